# SPDX-License-Identifier: Apache-2.0
"""Turn closed periods into a payroll file, and record what was released."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from airflow_provider_allhours import __version__
from airflow_provider_allhours.client.errors import (
    AllHoursConflictError,
    AllHoursParameterError,
    AllHoursPreflightError,
)
from airflow_provider_allhours.files.publication import MANIFEST_SUFFIX, publish_bytes, publish_json, sha256_of
from airflow_provider_allhours.files.staging import AnyPath, as_upath, sibling
from airflow_provider_allhours.flows.versions import RELEASE, PeriodVersions, versions_of_manifest
from airflow_provider_allhours.payroll.amounts import as_amounts, changes
from airflow_provider_allhours.payroll.lines import Share, pay_lines, problems_of, totals_by_code
from airflow_provider_allhours.payroll.mapping import read_mapping
from airflow_provider_allhours.payroll.profiles.profile import find_profile
from airflow_provider_allhours.periods import Period

log = logging.getLogger(__name__)

MAX_PROBLEMS_SHOWN = 50


@dataclass(frozen=True)
class _Contribution:
    """One period's part of a file."""

    versions: PeriodVersions
    version: int
    period: Period
    baseline: int | None

    @property
    def share(self) -> Share:
        """What is paid of it: all, or the ± lines since the baseline."""
        after = self.versions.amounts(self.version)
        if self.baseline is None:
            return Share(self.period, after)
        before = self.versions.amounts(self.baseline)
        return Share(self.period, as_amounts(changes(before, after), before, after))

    def evidence(self) -> dict[str, Any]:
        """What an auditor needs to replay it; no person."""
        manifest = self.versions.manifest(self.version)
        return {
            "period": manifest["period"],
            "version": self.version,
            "baseline": self.baseline,
            "manifest_sha256": self.versions.manifest_sha256(self.version),
            "files": {name: part["sha256"] for name, part in manifest["files"].items()},
            "open_approvals": manifest["open_approvals"],
            "window": manifest["window"],
        }


def export_payroll(
    *,
    close: Any,
    profile: Any,
    mapping: Any,
    path: AnyPath,
    delta: bool = False,
    corrections: Sequence[Any] = (),
    profile_options: Mapping[str, Any] | None = None,
    place: Any = as_upath,
) -> dict[str, Any]:
    """Write pay lines of closed periods in a payroll layout, and record the release beside the versions.

    Nothing is released twice: run again for the same file, it changes nothing; another file of the same layout or from
    another mapping is refused. The same lines in another layout are a copy, and are added to the record.

    Args:
        close: return value of :func:`close_period`, or the path of its manifest.
        profile: see :func:`find_profile`.
        mapping: plain JSON, see :func:`read_mapping`.
        path: the payroll file.
        delta: pay the ± lines since the last released version instead of the whole period.
        corrections: closes of earlier periods; what changed in them since their release joins the file, marked with its
            own period. One that was never released adds nothing.
        profile_options: options of the profile.
        place: makes a path object of a manifest's path.

    Returns:
        ``path``, ``manifest_path``, ``lines``, ``employees``, ``totals`` per pay code, ``sha256``, ``periods``.

    Raises:
        AllHoursPreflightError: everything that would make the file wrong, at once; nothing is written.
        AllHoursConflictError: it would pay something twice.
    """
    layout = find_profile(profile, profile_options)
    rules = read_mapping(mapping)
    file = {"profile": _profile_name(profile), "path": str(path), "mapping_sha256": rules.sha256}
    main = _main(_version_of(close, place), delta=delta, file=file)
    parts = [main, *_corrections([_version_of(entry, place) for entry in corrections], main)]
    shares = [part.share for part in parts]
    lines = [line for share in shares for line in pay_lines(share, rules)]
    problems = [problem for share in shares for problem in problems_of(share, rules)]
    problems += layout.problems(lines)
    if problems:
        raise AllHoursPreflightError(_said(problems), problems=problems)
    content = layout.render(lines).encode(layout.encoding)
    answer: dict[str, Any] = {
        "path": str(path),
        "manifest_path": str(sibling(path, MANIFEST_SUFFIX)),
        "lines": len(lines),
        "employees": len({line.person.employee_id for line in lines}),
        "totals": totals_by_code(lines),
        "sha256": sha256_of(content),
        "periods": [
            {"period": part.period.to_json(), "version": part.version, "baseline": part.baseline} for part in parts
        ],
    }
    file["sha256"] = answer["sha256"]
    _refuse_other_lines(main, file)
    if not _stands_already(path, answer["sha256"]):
        publish_bytes(path, content, _manifest(answer, parts, file, layout.encoding))
    for part in parts:
        _record_release(part, main, file, [part for part in parts if part is not main])
    return answer


def _version_of(close: Any, place: Any) -> tuple[PeriodVersions, int, Period]:
    found = close.get("manifest_path") if isinstance(close, Mapping) else close
    if not found or not isinstance(found, str):
        raise AllHoursParameterError(
            "parameter 'close' takes the return value of AllHoursClosePeriodOperator or the path of its manifest"
        )
    return versions_of_manifest(place(found))


def _main(found: tuple[PeriodVersions, int, Period], *, delta: bool, file: dict[str, str]) -> _Contribution:
    versions, version, period = found
    release = versions.release(version)
    released = [number for number in versions.released() if number != version]
    if release is not None:
        _refuse_twice(release, version, period, delta=delta, file=file)
        return _Contribution(versions, version, period, release["baseline"])
    if released and released[-1] > version:
        raise AllHoursConflictError(f"version {released[-1]} of {period} was released, and {version} is older")
    if delta and not released:
        raise AllHoursConflictError(f"nothing of {period} was released yet; the first payroll file takes delta=False")
    if released and not delta:
        raise AllHoursConflictError(
            f"version {released[-1]} of {period} was released already; delta=True pays what changed since"
        )
    return _Contribution(versions, version, period, released[-1] if delta else None)


def _refuse_twice(release: dict[str, Any], version: int, period: Period, *, delta: bool, file: dict[str, str]) -> None:
    same_layout = next((known for known in release["files"] if known["profile"] == file["profile"]), None)
    if (
        (release["baseline"] is not None) != delta
        or release["files"][0]["mapping_sha256"] != file["mapping_sha256"]
        or (same_layout is not None and same_layout["path"] != file["path"])
    ):
        raise AllHoursConflictError(
            f"version {version} of {period} was released already, to {release['files'][0]['path']}; nothing is "
            "released twice"
        )


def _corrections(found: Sequence[tuple[PeriodVersions, int, Period]], main: _Contribution) -> list[_Contribution]:
    """What earlier periods add: the same as before where the main period was released already."""
    release = main.versions.release(main.version)
    joined = None if release is None else {tuple(pair) for pair in release["corrections"]}
    parts = []
    for versions, version, period in sorted(found, key=lambda entry: entry[2].date_from):
        if period == main.period:
            raise AllHoursParameterError(f"parameter 'corrections' has {period}, which is the period of 'close'")
        own = versions.release(version)
        released = [number for number in versions.released() if number < version]
        if own is not None and own.get("with") == _name(main):
            parts.append(_Contribution(versions, version, period, own["baseline"]))
        elif own is None and released and (joined is None or (str(period), version) in joined):
            parts.append(_Contribution(versions, version, period, released[-1]))
        elif own is None and not released:
            log.warning("Nothing of %s was ever released; it adds nothing to this file", period)
    return parts


def _name(part: _Contribution) -> str:
    return f"{part.period} version {part.version}"


def _profile_name(profile: Any) -> str:
    return json.dumps(profile, sort_keys=True) if isinstance(profile, Mapping) else str(profile)


def _said(problems: list[str]) -> str:
    more = f" and {len(problems) - MAX_PROBLEMS_SHOWN} more" if len(problems) > MAX_PROBLEMS_SHOWN else ""
    return f"no payroll file: {len(problems)} problems: " + "; ".join(problems[:MAX_PROBLEMS_SHOWN]) + more


def _refuse_other_lines(main: _Contribution, file: dict[str, str]) -> None:
    release = main.versions.release(main.version)
    for known in release["files"] if release is not None else ():
        if known["profile"] == file["profile"] and known["sha256"] != file["sha256"]:
            raise AllHoursConflictError(
                f"version {main.version} of {main.period} was released already with other lines (other options or "
                "corrections); nothing is released twice"
            )


def _stands_already(path: AnyPath, sha256: str) -> bool:
    target, manifest = as_upath(path), as_upath(sibling(path, MANIFEST_SUFFIX))
    if not (target.fs.exists(target.path) and manifest.fs.exists(manifest.path)):
        return False
    described = json.loads(manifest.fs.cat_file(manifest.path))
    return sha256_of(target.fs.cat_file(target.path)) == sha256 == str(described.get("sha256"))


def _manifest(
    answer: dict[str, Any], parts: list[_Contribution], file: dict[str, str], encoding: str
) -> dict[str, Any]:
    evidence = [part.evidence() for part in parts]
    return {
        **answer,
        "profile": file["profile"],
        "encoding": encoding,
        "mapping_sha256": file["mapping_sha256"],
        "periods": evidence,
        "open_approvals": sum(entry["open_approvals"] for entry in evidence),
        "provider_version": __version__,
        "created_at": _now(),
    }


def _record_release(
    part: _Contribution, main: _Contribution, file: dict[str, str], corrections: list[_Contribution]
) -> None:
    """Note the file beside the version; the first one is the release, others are the same lines in other layouts."""
    known = part.versions.release(part.version) or {
        "version": part.version,
        "baseline": part.baseline,
        "with": None if part is main else _name(main),
        "corrections": [[str(other.period), other.version] for other in corrections] if part is main else [],
        "provider_version": __version__,
        "files": [],
    }
    if file["profile"] in {entry["profile"] for entry in known["files"]}:
        return
    known["files"].append({**file, "released_at": _now()})
    publish_json(part.versions.place(part.version, RELEASE), known)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
