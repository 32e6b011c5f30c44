# SPDX-License-Identifier: Apache-2.0
"""Close a period: freeze it as an immutable version, with a delta against the last released version."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from airflow_provider_allhours import __version__
from airflow_provider_allhours.attendance.coverage import Coverage, CoverageJson
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursConflictError, AllHoursContractError, AllHoursParameterError
from airflow_provider_allhours.client.models import ABSENCE_STATUS, DailyCalculation
from airflow_provider_allhours.columns import Column, Row
from airflow_provider_allhours.files.csv_table import csv_bytes
from airflow_provider_allhours.files.part_files import private_folder
from airflow_provider_allhours.files.publication import Written, as_json_bytes, publish_rows, sha256_of
from airflow_provider_allhours.files.staging import AnyPath, publish_together, stage
from airflow_provider_allhours.flows.clock import utc_now
from airflow_provider_allhours.flows.datasets.absences import ABSENCES
from airflow_provider_allhours.flows.datasets.dataset import DatasetReader, ProgressCallback, ignore_progress
from airflow_provider_allhours.flows.datasets.days import COUNTERS, TIMESHEETS, read_days
from airflow_provider_allhours.flows.datasets.roster import read_roster
from airflow_provider_allhours.flows.versions import (
    DELTA,
    MANIFEST,
    PARTS,
    DeltaEvidence,
    FrozenVersion,
    PeriodVersions,
    VersionFile,
    VersionManifest,
)
from airflow_provider_allhours.parameters import FAIL_OR_WARN, one_of
from airflow_provider_allhours.payroll.amounts import (
    Amounts,
    Change,
    changes,
    count_amounts,
    people_changed,
    totals,
)
from airflow_provider_allhours.periods import Period, PeriodJson
from airflow_provider_allhours.rows import COUNTER_COLUMNS, TIMESHEET_COLUMNS, counter_rows, timesheet_row

USER_ID, DATE, STATUS = (
    next(position for position, column in enumerate(ABSENCES.columns) if column.name == name)
    for name in ("user_id", "date", "status")
)

DELTA_COLUMNS = (
    "employee_id",
    "user_id",
    "date",
    "kind",
    "item",
    "minutes_before",
    "minutes_after",
    "minutes",
    "days",
    "reason",
)

MIN_MASS_CHANGE = 3
"""Fewer changed people are always allowed: in a small company one or two are a large share."""


class CloseResult(TypedDict):
    """A frozen version; ``totals`` are minutes by timesheet column."""

    version: int
    changed: bool
    delta_path: str | None
    manifest_path: str
    totals: dict[str, int]
    period: PeriodJson


class _ReadEvidence(TypedDict):
    """Files and evidence of one reading of the account; see :class:`VersionManifest`."""

    files: dict[str, VersionFile]
    coverage: CoverageJson
    absence_fractions: dict[str, float]
    window: dict[str, str]
    requests: int


def close_period(
    client: AllHoursClient,
    *,
    period: Period,
    path: AnyPath,
    timezone: str,
    max_changed_share: float = 0.2,
    on_invalid: str = "fail",
    on_progress: ProgressCallback = ignore_progress,
) -> CloseResult:
    """Freeze a period's timesheets, absences and counters.

    Unchanged data makes no new version; changed data makes the next one, with a delta of ± lines against the last
    released version. Versions are never changed or removed.

    Args:
        client: the account.
        period: the days.
        path: folder of all periods.
        timezone: IANA name of the company's time zone, recorded in the manifest.
        max_changed_share: largest share of the people (0 to 1) whose amounts may differ from the version before;
            one or two people always may.
        on_invalid: ``fail`` freezes nothing when the calculation of a day is not valid; ``warn`` freezes it.
        on_progress: called after each employee.

    Raises:
        AllHoursIncompleteError: employee-days are missing or contradictory, not valid, or show other absences than the
            list of absences; nothing is frozen.
        AllHoursContractError: no record has a field that fills a column; nothing is frozen.
        AllHoursConflictError: more people changed than ``max_changed_share`` allows, or a frozen file was changed;
            nothing is frozen.
        AllHoursParameterError: ``max_changed_share`` is not from 0 to 1; nothing is read.
    """
    if not 0 <= max_changed_share <= 1:
        raise AllHoursParameterError(f"parameter 'max_changed_share' is {max_changed_share}; it takes 0 to 1")
    one_of("on_invalid", on_invalid, FAIL_OR_WARN)
    versions = PeriodVersions.of(path, period)
    with private_folder(str(versions.folder)) as folder:
        evidence = _read_account(client, period, folder, on_invalid, on_progress)
        amounts = _count_parts(folder, evidence["absence_fractions"])
        latest = _latest_version(versions)
        before = latest.read_amounts() if latest else None
        if latest and before and before.is_same(amounts):
            return _result(versions, latest.manifest, changed=False)
        if before:
            _refuse_mass_change(before, amounts, max_changed_share)
        delta = _delta_to_last_release(versions, latest, before, amounts)
        manifest: VersionManifest = {
            "version": latest.number + 1 if latest else 1,
            "period": period.to_json(),
            "timezone": timezone,
            "employees": len(amounts.people),
            "open_approvals": amounts.open_approvals,
            "totals": totals(amounts),
            "baseline": delta.baseline if delta else None,
            "delta": delta.evidence if delta else None,
            **evidence,
            "source": {"host": client.host, "routes": client.route_paths("users", "daily_calculations", "absences")},
            "provider_version": __version__,
            "created_at": utc_now(),
        }
        _publish(versions, folder, delta.content if delta else None, manifest)
    return _result(versions, manifest, changed=True)


def _latest_version(versions: PeriodVersions) -> FrozenVersion | None:
    numbers = versions.numbers()
    return versions.open(numbers[-1]) if numbers else None


def _read_account(
    client: AllHoursClient, period: Period, folder: Path, on_invalid: str, on_progress: ProgressCallback
) -> _ReadEvidence:
    """Write the three parts to a temporary folder."""
    began, requests = utc_now(), client.requests
    fields = [field for dataset in (TIMESHEETS, ABSENCES, COUNTERS) for field in dataset.fields()]
    client.need_fields(fields)
    coverage = Coverage()
    counters: list[Row] = []
    days_read: dict[str, list[DailyCalculation]] = {}

    def timesheets() -> Iterator[Row]:
        for user, days in read_days(client, read_roster(client, period, coverage), coverage, on_progress):
            days_read[user.id] = days
            for day in days:
                yield timesheet_row(user, day)
                counters.extend(counter_rows(user, day))
        coverage.require_complete(f"the period {period}")
        if on_invalid == "fail":
            coverage.require_valid(f"the period {period}")

    absences = DatasetReader(ABSENCES, client, period, proof="days", days_read=days_read)

    def proven_absences() -> Iterator[Row]:
        for row in absences.rows:
            if row[STATUS] not in ABSENCE_STATUS.values():
                absences.coverage.note(
                    AllHoursContractError(
                        f"the absence of user {row[USER_ID]} on {row[DATE]} has the state {row[STATUS]}; nothing known "
                        "says whether it is taken"
                    )
                )
            yield row
        absences.coverage.require_complete(f"the list of absences of {period}, held against the employee-days,")

    # In this order: the counters are collected while the timesheets are written, and the absences are held against
    # the same days.
    files = {
        "timesheets": _write_part(folder, "timesheets", timesheets(), TIMESHEET_COLUMNS),
        "absences": _write_part(folder, "absences", proven_absences(), ABSENCES.columns),
        "counters": _write_part(folder, "counters", counters, COUNTER_COLUMNS),
    }
    client.require_fields(fields)
    definitions = client.absence_definitions()
    return {
        "files": files,
        "coverage": coverage.to_json(),
        "absence_fractions": {definition.id: _fraction(definition.fraction) for definition in definitions},
        "window": {"from": began, "to": utc_now()},
        "requests": client.requests - requests,
    }


def _write_part(folder: Path, part: str, rows: Iterable[Row], columns: Sequence[Column]) -> VersionFile:
    def described(written: Written) -> VersionFile:
        return {
            "name": f"{part}.jsonl",
            "rows": written.rows,
            "bytes": written.bytes,
            "sha256": written.sha256,
        }

    return publish_rows(str(folder / f"{part}.jsonl"), rows, columns, manifest=described)


def _fraction(fraction: float | None) -> float:
    """The part of a day that a whole-day record stands for; 1 where the definition has none or 0."""
    return float(fraction) if fraction else 1.0


def _count_parts(folder: Path, fractions: dict[str, float]) -> Amounts:
    timesheets, absences, counters = (
        (json.loads(line) for line in (folder / f"{part}.jsonl").read_bytes().splitlines()) for part in PARTS
    )
    return count_amounts(timesheets, absences, counters, fractions)


def _refuse_mass_change(before: Amounts, after: Amounts, max_share: float) -> None:
    changed, everybody = people_changed(before, after)
    if changed >= MIN_MASS_CHANGE and changed / everybody > max_share:
        raise AllHoursConflictError(
            f"{changed} of {everybody} people differ from the version before, more than max_changed_share={max_share} "
            "allows; nothing was frozen. Check that the connection leads to the right tenant; raise the share if the "
            "changes are right"
        )


@dataclass(frozen=True)
class _Delta:
    """The delta file of a version against the version ``baseline``."""

    baseline: int
    content: bytes
    evidence: DeltaEvidence


def _delta_to_last_release(
    versions: PeriodVersions, latest: FrozenVersion | None, latest_amounts: Amounts | None, amounts: Amounts
) -> _Delta | None:
    """The delta against the last released version; None before the first release."""
    released = versions.released()
    if not released:
        return None
    baseline = released[-1]
    is_latest = latest is not None and latest.number == baseline
    before = latest_amounts if is_latest and latest_amounts else versions.open(baseline).read_amounts()
    lines = changes(before, amounts)
    content = _delta_file(lines, before, amounts)
    reasons = Counter(change.reason for change in lines)
    evidence: DeltaEvidence = {
        "name": DELTA,
        "lines": len(lines),
        "sha256": sha256_of(content),
        "reasons": dict(sorted(reasons.items())),
    }
    return _Delta(baseline, content, evidence)


def _delta_file(lines: list[Change], before: Amounts, after: Amounts) -> bytes:
    def row(change: Change) -> tuple[object, ...]:
        item, difference = change.item, change.difference
        person = after.people.get(item.user_id) or before.people[item.user_id]
        minutes = (change.before.minutes, change.after.minutes, difference.minutes)
        days = None if difference.days is None else round(float(difference.days), 4)
        return (person.employee_id, *item, *minutes, days, change.reason)

    return csv_bytes(DELTA_COLUMNS, map(row, lines))


def _publish(versions: PeriodVersions, folder: Path, delta: bytes | None, manifest: VersionManifest) -> None:
    """Publish the files of a version, the manifest last; all of them or none."""
    number = manifest["version"]
    with ExitStack() as clean_up:
        staged = []
        for part in PARTS:
            file = stage(versions.path(number, f"{part}.jsonl"))
            clean_up.callback(file.clean_up)
            with (folder / f"{part}.jsonl").open("rb") as stream:
                shutil.copyfileobj(stream, file.stream)
            staged.append(file)
        for name, content in ((DELTA, delta), (MANIFEST, as_json_bytes(manifest))):
            if content is not None:
                file = stage(versions.path(number, name))
                clean_up.callback(file.clean_up)
                file.stream.write(content)
                staged.append(file)
        publish_together(staged)


def _result(versions: PeriodVersions, manifest: VersionManifest, *, changed: bool) -> CloseResult:
    number = manifest["version"]
    return {
        "version": number,
        "changed": changed,
        "delta_path": str(versions.path(number, DELTA)) if manifest["delta"] else None,
        "manifest_path": str(versions.path(number, MANIFEST)),
        "totals": manifest["totals"],
        "period": manifest["period"],
    }
