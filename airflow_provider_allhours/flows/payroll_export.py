# SPDX-License-Identifier: Apache-2.0
"""Write a payroll file from closed periods, and record the release beside the versions."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from airflow_provider_allhours import __version__
from airflow_provider_allhours.client.errors import AllHoursParameterError, AllHoursPreflightError
from airflow_provider_allhours.files.publication import MANIFEST_SUFFIX, publish_bytes, publish_json, sha256_of
from airflow_provider_allhours.files.staging import AnyPath, as_upath, sibling
from airflow_provider_allhours.flows.clock import utc_now
from airflow_provider_allhours.flows.period_close import CloseResult
from airflow_provider_allhours.flows.versions import RELEASE, FrozenVersion, manifest_path_of, open_close
from airflow_provider_allhours.payroll.amounts import as_amounts, changes
from airflow_provider_allhours.payroll.lines import Share, pay_lines, problems_of, totals_by_code
from airflow_provider_allhours.payroll.mapping import MappingDocument, read_mapping
from airflow_provider_allhours.payroll.profiles.profile import ProfileDeclaration, find_profile
from airflow_provider_allhours.payroll.releases import (
    PayrollFile,
    Release,
    baseline_of_correction,
    baseline_of_release,
    refuse_other_lines,
    release_name,
)
from airflow_provider_allhours.periods import PeriodJson

log = logging.getLogger(__name__)

MAX_PROBLEMS_SHOWN = 50

Close = CloseResult | Mapping[str, Any] | str
"""Return value of :func:`~airflow_provider_allhours.flows.period_close.close_period`, or the path of its manifest."""


class PaidPeriod(TypedDict):
    """A version that a payroll file pays: whole when ``baseline`` is None, else the delta against that version."""

    period: PeriodJson
    version: int
    baseline: int | None


class PayrollResult(TypedDict):
    """The payroll file; ``totals`` are hours, days or minutes by pay code."""

    path: str
    manifest_path: str
    lines: int
    employees: int
    totals: dict[str, float]
    sha256: str
    periods: list[PaidPeriod]


class PaidPeriodEvidence(PaidPeriod):
    """What is needed to make the file again from the version, without personal data.

    ``files`` are checksums by part of the version, ``window`` is the time during which the account was read.
    """

    manifest_sha256: str
    files: dict[str, str]
    open_approvals: int
    window: dict[str, str]


class PayrollManifest(TypedDict):
    """What ``<path>.manifest.json`` of a payroll file holds."""

    path: str
    manifest_path: str
    lines: int
    employees: int
    totals: dict[str, float]
    sha256: str
    periods: list[PaidPeriodEvidence]
    profile: str
    encoding: str
    mapping_sha256: str
    open_approvals: int
    provider_version: str
    created_at: str


@dataclass(frozen=True)
class _Contribution:
    """A version that contributes lines to a payroll file."""

    version: FrozenVersion
    baseline: int | None
    release: Release | None

    @property
    def name(self) -> str:
        return release_name(self.version.period, self.version.number)

    def read_share(self) -> Share:
        """Read the amounts that are paid: of the whole period, or the ± lines against the baseline."""
        after = self.version.read_amounts()
        if self.baseline is None:
            return Share(self.version.period, after)
        before = self.version.versions.open(self.baseline).read_amounts()
        return Share(self.version.period, as_amounts(changes(before, after), before, after))

    def to_json(self) -> PaidPeriod:
        return {
            "period": self.version.period.to_json(),
            "version": self.version.number,
            "baseline": self.baseline,
        }

    def evidence(self) -> PaidPeriodEvidence:
        manifest = self.version.manifest
        return {
            **self.to_json(),
            "manifest_sha256": self.version.manifest_sha256,
            "files": {part: file["sha256"] for part, file in manifest["files"].items()},
            "open_approvals": manifest["open_approvals"],
            "window": manifest["window"],
        }


def export_payroll(
    *,
    close: Close,
    profile: str | ProfileDeclaration,
    mapping: MappingDocument,
    path: AnyPath,
    delta: bool = False,
    corrections: Sequence[Close] = (),
    profile_options: Mapping[str, Any] | None = None,
    path_of: Callable[[str], AnyPath] = as_upath,
) -> PayrollResult:
    """Write pay lines of closed periods in a payroll layout, and record the release beside the versions.

    Nothing is released twice: the same file again changes nothing; another file of the same layout or from another
    mapping is refused. The same lines in another layout are a copy, which is added to the record of the release.

    Args:
        close: return value of :func:`close_period`, or the path of its manifest.
        profile: see :func:`find_profile`.
        mapping: plain JSON, see :func:`read_mapping`.
        path: the payroll file.
        delta: pay the ± lines since the last released version instead of the whole period.
        corrections: closes of earlier periods; the ± lines since their release are added to the file, with their own
            period. A period that was never released adds no lines.
        profile_options: options of the profile.
        path_of: makes a path object from the path of a manifest.

    Raises:
        AllHoursPreflightError: lists every problem that would make the file wrong; nothing is written.
        AllHoursConflictError: the file would pay something twice; nothing is written.
        AllHoursParameterError: a parameter is wrong; nothing is written.
    """
    layout = find_profile(profile, profile_options)
    rules = read_mapping(mapping)
    file: PayrollFile = {"profile": _profile_name(profile), "path": str(path), "mapping_sha256": rules.sha256}
    main = _main(open_close(path_of(manifest_path_of(close))), delta=delta, file=file)
    corrected = [open_close(path_of(manifest_path_of(entry))) for entry in corrections]
    parts = [main, *_corrections(corrected, main)]
    shares = [part.read_share() for part in parts]
    lines = [line for share in shares for line in pay_lines(share, rules)]
    problems = [problem for share in shares for problem in problems_of(share, rules)]
    problems += layout.problems(lines)
    if problems:
        raise AllHoursPreflightError(_preflight_message(problems), problems=problems)
    content = layout.render(lines).encode(layout.encoding)
    result: PayrollResult = {
        "path": str(path),
        "manifest_path": str(sibling(path, MANIFEST_SUFFIX)),
        "lines": len(lines),
        "employees": len({line.person.employee_id for line in lines}),
        "totals": totals_by_code(lines),
        "sha256": sha256_of(content),
        "periods": [part.to_json() for part in parts],
    }
    refuse_other_lines(main.release, main.version.period, main.version.number, file=file, sha256=result["sha256"])
    if not _is_published(path, result["sha256"]):
        publish_bytes(path, content, _manifest(result, parts, file, layout.encoding))
    for part in parts:
        _record_release(part, main, file, result["sha256"], [part for part in parts if part is not main])
    return result


def _main(version: FrozenVersion, *, delta: bool, file: PayrollFile) -> _Contribution:
    release = version.read_release()
    baseline = baseline_of_release(
        version.period,
        version.number,
        release=release,
        released=version.versions.released(),
        delta=delta,
        file=file,
    )
    return _Contribution(version, baseline, release)


def _corrections(corrected: Sequence[FrozenVersion], main: _Contribution) -> list[_Contribution]:
    """The corrections that add lines; for a released main period those that its release had."""
    contributions = []
    for version in sorted(corrected, key=lambda version: version.period.date_from):
        if version.period == main.version.period:
            raise AllHoursParameterError(
                f"parameter 'corrections' has {version.period}, which is the period of 'close'"
            )
        release = version.read_release()
        earlier = [number for number in version.versions.released() if number < version.number]
        baseline = baseline_of_correction(
            version.period,
            version.number,
            release=release,
            earlier=earlier,
            main_name=main.name,
            main_release=main.release,
        )
        if baseline is not None:
            contributions.append(_Contribution(version, baseline, release))
        elif release is None and not earlier:
            log.warning("No version of %s was released, so it adds no lines to this file", version.period)
    return contributions


def _profile_name(profile: str | ProfileDeclaration) -> str:
    return json.dumps(profile, sort_keys=True) if isinstance(profile, Mapping) else str(profile)


def _preflight_message(problems: list[str]) -> str:
    more = f" and {len(problems) - MAX_PROBLEMS_SHOWN} more" if len(problems) > MAX_PROBLEMS_SHOWN else ""
    return f"no payroll file: {len(problems)} problems: " + "; ".join(problems[:MAX_PROBLEMS_SHOWN]) + more


def _is_published(path: AnyPath, sha256: str) -> bool:
    """Whether the file and its manifest exist already, with this content."""
    target, manifest = as_upath(path), as_upath(sibling(path, MANIFEST_SUFFIX))
    if not (target.fs.exists(target.path) and manifest.fs.exists(manifest.path)):
        return False
    described = json.loads(manifest.fs.cat_file(manifest.path))
    return sha256_of(target.fs.cat_file(target.path)) == sha256 == str(described.get("sha256"))


def _manifest(result: PayrollResult, parts: list[_Contribution], file: PayrollFile, encoding: str) -> PayrollManifest:
    evidence = [part.evidence() for part in parts]
    return {
        "path": result["path"],
        "manifest_path": result["manifest_path"],
        "lines": result["lines"],
        "employees": result["employees"],
        "totals": result["totals"],
        "sha256": result["sha256"],
        "periods": evidence,
        "profile": file["profile"],
        "encoding": encoding,
        "mapping_sha256": file["mapping_sha256"],
        "open_approvals": sum(entry["open_approvals"] for entry in evidence),
        "provider_version": __version__,
        "created_at": utc_now(),
    }


def _record_release(
    part: _Contribution, main: _Contribution, file: PayrollFile, sha256: str, corrections: list[_Contribution]
) -> None:
    """Record the file beside the version: the first is the release, others are the same lines in other layouts."""
    release: Release = part.release or {
        "version": part.version.number,
        "baseline": part.baseline,
        "with": None if part is main else main.name,
        "corrections": [(str(other.version.period), other.version.number) for other in corrections]
        if part is main
        else [],
        "provider_version": __version__,
        "files": [],
    }
    if file["profile"] in {known["profile"] for known in release["files"]}:
        return
    released_files = [*release["files"], {**file, "sha256": sha256, "released_at": utc_now()}]
    publish_json(part.version.versions.path(part.version.number, RELEASE), {**release, "files": released_files})
