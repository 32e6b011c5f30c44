# SPDX-License-Identifier: Apache-2.0
"""What a payroll file pays, as a short text for the person who approves it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import cast

from airflow_provider_allhours.files.staging import AnyPath, as_upath
from airflow_provider_allhours.flows.payroll_contributions import PaidPeriodEvidence
from airflow_provider_allhours.flows.payroll_manifest import PayrollManifest
from airflow_provider_allhours.flows.registry import Registry
from airflow_provider_allhours.flows.release_claim import MANIFEST
from airflow_provider_allhours.flows.release_lookup import read_payroll_manifest, registry_of
from airflow_provider_allhours.payroll.pay_code_names import words_of_codes
from airflow_provider_allhours.periods import Period

MAX_LISTED = 30
"""Pay codes, people and warnings that are listed at most; the rest is counted."""

MAX_OTHER_LENGTH = 4
"""Days by which the period before may be longer or shorter: months have 28 to 31 days."""


def summarize_payroll(*, manifest: AnyPath, path_of: Callable[[str], AnyPath] = as_upath) -> str:
    """Describe a payroll file in Markdown: people, lines, totals beside the period before, corrections, exceptions.

    It has employee ids, and no names.

    Args:
        manifest: the manifest of the payroll file, of a preview or of a release.
        path_of: makes a path object from the path of the registry.

    Raises:
        AllHoursParameterError: it is not the manifest of a payroll file.
    """
    described = read_payroll_manifest("manifest", manifest)
    is_delta = described["options"]["delta"]
    before = None if is_delta else manifest_of_the_period_before(described, registry_of(described, path_of))
    return "\n".join(_lines(described, before))


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _lines(manifest: PayrollManifest, before: PayrollManifest | None) -> Iterator[str]:
    main, *corrections = manifest["periods"]
    kind = "Preview" if manifest["preview"] else "Released"
    whole = "" if main["baseline"] is None else f", differences since version {main['baseline']}"
    yield (
        f"{kind}: {_days(main)}, version {main['version']}{whole}: "
        f"{_counted(manifest['employees'], 'employee')}, {_counted(manifest['lines'], 'line')}"
    )
    yield ""
    yield from _totals(manifest, before)
    yield ""
    for part in corrections:
        yield (
            f"- Correction of {_days(part)}: {_counted(part['lines'], 'line')} of "
            f"{_counted(part['employees'], 'employee')}, version "
            f"{part['version']} against version {part['baseline']}"
        )
    excluded = manifest["options"]["exclude"]
    yield from (f"- Not paid: {number} ({reason})" for number, reason in list(excluded.items())[:MAX_LISTED])
    yield from _rest(len(excluded), "not paid")
    if manifest["open_approvals"]:
        yield f"- {manifest['open_approvals']} absences wait for approval and are not paid"
    yield from (f"- Warning: {warning}" for warning in manifest["warnings"][:MAX_LISTED])
    yield from _rest(len(manifest["warnings"]), "warnings")
    yield f"- File: `{manifest['path']}`"
    yield f"- SHA-256: `{manifest['sha256']}`"


def _totals(manifest: PayrollManifest, before: PayrollManifest | None) -> Iterator[str]:
    totals, earlier = manifest["totals"], before["totals"] if before else {}
    words = words_of_codes(manifest["options"]["mapping"])
    headings = ["pay code", "what", "total", "per employee"]
    if before is not None:
        words = {**words_of_codes(before["options"]["mapping"]), **words}
        headings += [_days(before["periods"][0]), "difference"]
    yield _row(headings)
    yield _row(["---", "---", *["---:"] * (len(headings) - 2)])
    codes = [*totals, *(code for code in earlier if code not in totals)]
    for code in codes[:MAX_LISTED]:
        now, then = totals.get(code, 0), earlier.get(code, 0)
        cells = [code, words.get(code, ""), _number(now), _number(now / max(manifest["employees"], 1))]
        if before is not None:
            cells += [_number(then), _number(now - then, sign="+")]
        yield _row(cells)
    if (count := len(codes)) > MAX_LISTED:
        yield ""
        yield f"{count - MAX_LISTED} more pay codes"


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _rest(count: int, what: str) -> Iterator[str]:
    if count > MAX_LISTED:
        yield f"- {count - MAX_LISTED} more {what}"


def _days(part: PaidPeriodEvidence) -> str:
    return f"{part['period']['from']} to {part['period']['to']}"


def _number(value: float, sign: str = "") -> str:
    return f"{round(value, 2):{sign},.2f}"


def manifest_of_the_period_before(manifest: PayrollManifest, registry: Registry) -> PayrollManifest | None:
    """The manifest of the last whole file of the same employees for the period that ends the day before."""
    period = Period.from_json(manifest["periods"][0]["period"])
    for release in reversed(registry.read().releases.valid):
        earlier = Period.from_json(release.parts[0]["period"])
        is_before = earlier.date_to == period.date_from - timedelta(days=1)
        if release.file is None or release.is_delta or not is_before:
            continue
        if abs(earlier.length - period.length) > MAX_OTHER_LENGTH:
            continue
        try:
            before = json.loads(registry.read_file(release.file["folder"], MANIFEST))
        except FileNotFoundError:
            continue
        if before["options"]["employees"] == manifest["options"]["employees"]:
            return cast("PayrollManifest", before)
    return None
