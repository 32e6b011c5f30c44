# SPDX-License-Identifier: Apache-2.0
"""Close a period: freeze it as an immutable version, and say what changed since it was released."""

from __future__ import annotations

import csv
import io
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airflow_provider_allhours import __version__
from airflow_provider_allhours.attendance.coverage import Coverage
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursConflictError, AllHoursParameterError
from airflow_provider_allhours.columns import Row
from airflow_provider_allhours.files.publication import as_json_bytes, publish_rows, sha256_of
from airflow_provider_allhours.files.staging import AnyPath, publish_together, stage
from airflow_provider_allhours.flows.datasets.absences import ABSENCES
from airflow_provider_allhours.flows.datasets.dataset import DatasetReader
from airflow_provider_allhours.flows.datasets.days import read_days
from airflow_provider_allhours.flows.datasets.roster import read_roster
from airflow_provider_allhours.flows.versions import DELTA, MANIFEST, PARTS, PeriodVersions
from airflow_provider_allhours.payroll.amounts import (
    Amounts,
    Change,
    changes,
    count_amounts,
    people_changed,
    totals,
)
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.rows import COUNTER_COLUMNS, TIMESHEET_COLUMNS, counter_rows, timesheet_row

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
"""In a small company one or two corrected people are a large share, and nothing out of the ordinary."""


def close_period(
    client: AllHoursClient,
    *,
    period: Period,
    path: AnyPath,
    timezone: str,
    max_changed_share: float = 0.2,
    on_progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Freeze a period's timesheets, absences and counters.

    The same data makes no new version, changed data makes the next one, with a delta of ± lines against the last
    released version. Versions are never changed or removed.

    Args:
        client: the account.
        period: the days.
        path: folder of all periods.
        timezone: IANA name, noted as evidence.
        max_changed_share: the largest part of the people (0 to 1) whose amounts may differ from the version before;
            one or two people always may.
        on_progress: told after each employee.

    Returns:
        ``version``, ``changed``, ``delta_path``, ``manifest_path``, ``totals`` (minutes by column) and ``period``.

    Raises:
        AllHoursIncompleteError: employee-days are missing or contradictory; nothing is frozen.
        AllHoursConflictError: more people changed than ``max_changed_share`` allows; nothing is frozen.
    """
    if not 0 <= max_changed_share <= 1:
        raise AllHoursParameterError(f"parameter 'max_changed_share' is {max_changed_share}; it takes 0 to 1")
    versions = PeriodVersions.of(path, period)
    with tempfile.TemporaryDirectory(prefix="allhours-close-") as folder:
        evidence = _read(client, period, Path(folder), on_progress or (lambda done, total: None))
        amounts = _counted(Path(folder), evidence["absence_fractions"])
        numbers = versions.numbers()
        if numbers:
            latest = versions.amounts(numbers[-1])
            if latest.is_same(amounts):
                return _answer(versions, numbers[-1], changed=False)
            _refuse_mass_change(latest, amounts, max_changed_share)
        version = (numbers[-1] if numbers else 0) + 1
        released = versions.released()
        baseline = released[-1] if released else None
        found = changes(versions.amounts(baseline), amounts) if baseline else None
        delta = None if baseline is None else _delta_file(found or [], versions.amounts(baseline), amounts)
        manifest = {
            "version": version,
            "period": period.to_json(),
            "timezone": timezone,
            "employees": len(amounts.people),
            "open_approvals": amounts.open_approvals,
            "totals": totals(amounts),
            "baseline": baseline,
            "delta": None if found is None else _delta_evidence(found, delta or b""),
            **evidence,
            "source": {"host": client.host, "routes": client.route_paths("users", "daily_calculations", "absences")},
            "provider_version": __version__,
            "created_at": _now(),
        }
        _publish(versions, version, Path(folder), delta, manifest)
    return _answer(versions, version, changed=True)


def _read(
    client: AllHoursClient, period: Period, folder: Path, on_progress: Callable[[int, int], None]
) -> dict[str, Any]:
    """Write the three parts aside; what is known of the reading."""
    began, requests = _now(), client.requests
    coverage = Coverage()
    counters: list[Row] = []

    def timesheets() -> Iterator[Row]:
        for user, days in read_days(client, read_roster(client, period, coverage), coverage, on_progress):
            for day in days:
                yield timesheet_row(user, day)
                counters.extend(counter_rows(user, day))
        coverage.require_complete(f"the period {period}")

    absences = DatasetReader(ABSENCES, client, period)
    parts = {
        "timesheets": (timesheets(), TIMESHEET_COLUMNS),
        "absences": (absences.rows, ABSENCES.columns),
        "counters": (counters, COUNTER_COLUMNS),
    }
    files = {
        name: publish_rows(
            str(folder / f"{name}.jsonl"),
            rows,
            columns,
            manifest=lambda written, name=name: {  # type: ignore[misc]
                "name": f"{name}.jsonl",
                "rows": written.rows,
                "bytes": written.bytes,
                "sha256": written.sha256,
            },
        )
        for name, (rows, columns) in parts.items()
    }
    definitions = client.absence_definitions()
    return {
        "files": files,
        "coverage": coverage.to_json(),
        "absence_fractions": {definition.id: _fraction(definition.fraction) for definition in definitions},
        "window": {"from": began, "to": _now()},
        "requests": client.requests - requests,
    }


def _fraction(said: float | None) -> float:
    """A definition that says nothing, or 0, stands for whole days."""
    return float(said) if said else 1.0


def _counted(folder: Path, fractions: dict[str, float]) -> Amounts:
    timesheets, absences, counters = (
        (json.loads(line) for line in (folder / f"{name}.jsonl").read_bytes().splitlines()) for name in PARTS
    )
    return count_amounts(timesheets, absences, counters, fractions)


def _refuse_mass_change(before: Amounts, after: Amounts, most: float) -> None:
    touched, everybody = people_changed(before, after)
    if touched >= MIN_MASS_CHANGE and touched / everybody > most:
        raise AllHoursConflictError(
            f"{touched} of {everybody} people differ from the version before, more than max_changed_share={most} "
            "allows; nothing was frozen. A wrong tenant or a broken answer looks like this; raise the share if it is "
            "right"
        )


def _delta_file(found: list[Change], before: Amounts, after: Amounts) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(DELTA_COLUMNS)
    for change in found:
        item, difference = change.item, change.difference
        person = after.people.get(item.user_id) or before.people[item.user_id]
        sides = (change.before.minutes, change.after.minutes, difference.minutes)
        days = None if difference.days is None else round(float(difference.days), 4)
        writer.writerow((person.employee_id, *item, *sides, days, change.reason))
    return text.getvalue().encode()


def _delta_evidence(found: list[Change], content: bytes) -> dict[str, Any]:
    reasons = Counter(change.reason for change in found)
    return {"name": DELTA, "lines": len(found), "sha256": sha256_of(content), "reasons": dict(sorted(reasons.items()))}


def _publish(
    versions: PeriodVersions, version: int, folder: Path, delta: bytes | None, manifest: dict[str, Any]
) -> None:
    """All files of the version and its manifest last, or none of them."""
    with ExitStack() as clean_up:
        staged = []
        for name in PARTS:
            file = stage(versions.place(version, f"{name}.jsonl"))
            clean_up.callback(file.clean_up)
            with (folder / f"{name}.jsonl").open("rb") as part:
                shutil.copyfileobj(part, file.stream)
            staged.append(file)
        small = [(DELTA, delta), (MANIFEST, as_json_bytes(manifest))]
        for name, content in small:
            if content is not None:
                file = stage(versions.place(version, name))
                clean_up.callback(file.clean_up)
                file.stream.write(content)
                staged.append(file)
        publish_together(staged)


def _answer(versions: PeriodVersions, version: int, *, changed: bool) -> dict[str, Any]:
    manifest = versions.manifest(version)
    return {
        "version": version,
        "changed": changed,
        "delta_path": str(versions.place(version, DELTA)) if manifest["delta"] else None,
        "manifest_path": str(versions.place(version, MANIFEST)),
        "totals": manifest["totals"],
        "period": manifest["period"],
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
