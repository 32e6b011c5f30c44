# SPDX-License-Identifier: Apache-2.0
"""Find in Airflow's database which runs closed, paid and reported a period, and the last look of each wait.

Two queries, each along an index: which tasks of the newest run of each DAG are ours, and what they returned last. An
XCom is what a run, or anybody who may edit XComs, wrote: nothing here opens a path from one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlalchemy import func, select, tuple_

from airflow_provider_allhours.periods import Period, PeriodJson

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

CLOSE, PAYROLL, REPORT, READINESS = (
    "AllHoursClosePeriodOperator",
    "AllHoursExportPayrollOperator",
    "AllHoursPayrollReportOperator",
    "AllHoursPeriodReadySensor",
)
RESULT, SUMMARY = "return_value", "summary"

MAX_TASKS = 200
MAX_XCOMS = 1000
MAX_LOOKS = 10


@dataclass(frozen=True)
class RunLink:
    """A run of a DAG."""

    dag_id: str
    run_id: str


@dataclass(frozen=True)
class Look:
    """The last look of a task that waits for a period.

    Attributes:
        task_id: the task.
        run: its run.
        summary: its sentence: counts, no names.
        at: when, ISO 8601 in UTC.
    """

    task_id: str
    run: RunLink
    summary: str
    at: str


@dataclass(frozen=True)
class SeenClose:
    """A version that a run closed, as the run said.

    Attributes:
        folder: of all periods.
        period: the days.
        version: number of the version.
        provisional: whether the period was not over.
        employees: number of people.
        run: the run.
    """

    folder: str
    period: Period
    version: int
    provisional: bool
    employees: int
    run: RunLink


@dataclass(frozen=True)
class SeenReport:
    """A month-end report; ``exceptions`` is the number of each kind."""

    path: str
    exceptions: dict[str, int]
    run: RunLink


@dataclass
class SeenRuns:
    """What runs said, newest first.

    Attributes:
        closes: versions.
        looks: the last look of each wait.
    """

    closes: list[SeenClose] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    _payrolls: dict[tuple[str, str], RunLink] = field(default_factory=dict)
    _reports: dict[tuple[RunLink, Period, int], SeenReport] = field(default_factory=dict)

    def run_of_version(self, folder: str, period: PeriodJson, version: int) -> RunLink | None:
        """The last run that returned this version of a folder."""
        close = self._close(folder, Period.from_json(period), version)
        return close.run if close else None

    def run_of_file(self, path: str | None, sha256: str | None) -> RunLink | None:
        """The last run that released this payroll file."""
        return None if path is None or sha256 is None else self._payrolls.get((comparable(path), sha256))

    def report_of(self, folder: str, period: PeriodJson, version: int) -> SeenReport | None:
        """The last report of a version.

        A report does not say which folder it is of: it belongs to a version that its own run closed, where that run
        closed no other folder's version of the same number.
        """
        days, wanted = Period.from_json(period), comparable(folder)
        for (run, of, number), report in self._reports.items():
            if (of, number) != (days, version):
                continue
            folders = {
                comparable(close.folder)
                for close in self.closes
                if (close.run, close.period, close.version) == (run, days, version)
            }
            if folders == {wanted}:
                return report
        return None

    def _close(self, folder: str, period: Period, version: int) -> SeenClose | None:
        wanted = comparable(folder)
        return next(
            (
                close
                for close in self.closes
                if (close.period, close.version) == (period, version) and comparable(close.folder) == wanted
            ),
            None,
        )


def seen_runs(session: Session, may_read: Callable[[Iterable[str]], set[str]]) -> SeenRuns:
    """Read what the newest runs of our tasks returned.

    Args:
        session: of Airflow's database.
        may_read: of DAG ids, those whose XComs the user may read.
    """
    from airflow.models.xcom import XComModel

    tasks = _tasks(session, may_read)
    if not tasks:
        return SeenRuns()
    rows = session.execute(
        select(
            XComModel.dag_id,
            XComModel.task_id,
            XComModel.run_id,
            XComModel.map_index,
            XComModel.key,
            XComModel.value,
            XComModel.timestamp,
        )
        .where(
            # Not only as pairs, of which not every database finds the index.
            XComModel.dag_id.in_({dag_id for dag_id, _ in tasks}),
            XComModel.task_id.in_({task_id for _, task_id in tasks}),
            tuple_(XComModel.dag_id, XComModel.task_id).in_(list(tasks)),
            XComModel.key.in_((RESULT, SUMMARY)),
        )
        .order_by(XComModel.timestamp.desc())
        .limit(MAX_XCOMS)
    )
    seen = SeenRuns()
    looked: set[tuple[str, str, int]] = set()
    for dag_id, task_id, run_id, map_index, key, value, timestamp in rows:
        operator, run = tasks[dag_id, task_id], RunLink(dag_id, run_id)
        if operator == READINESS:
            wait = dag_id, task_id, map_index
            if key == SUMMARY and wait not in looked and len(looked) < MAX_LOOKS:
                looked.add(wait)
                seen.looks.append(Look(task_id, run, _text(value), _moment(timestamp)))
        elif key == RESULT:
            _note(seen, operator, run, _object(value))
    return seen


def _tasks(session: Session, may_read: Callable[[Iterable[str]], set[str]]) -> dict[tuple[str, str], str]:
    """Our tasks in the newest run of each DAG: operator by DAG id and task id."""
    from airflow.models.dagrun import DagRun
    from airflow.models.taskinstance import TaskInstance

    newest = select(func.max(DagRun.id)).group_by(DagRun.dag_id)
    rows = session.execute(
        select(TaskInstance.dag_id, TaskInstance.task_id, TaskInstance.operator)
        .join(DagRun, (DagRun.dag_id == TaskInstance.dag_id) & (DagRun.run_id == TaskInstance.run_id))
        .where(DagRun.id.in_(newest), TaskInstance.operator.in_((CLOSE, PAYROLL, REPORT, READINESS)))
        .distinct()
        .order_by(TaskInstance.dag_id, TaskInstance.task_id)
    )
    tasks = {(dag_id, task_id): str(operator) for dag_id, task_id, operator in rows}
    readable = may_read({dag_id for dag_id, _ in tasks})
    return dict([(task, operator) for task, operator in tasks.items() if task[0] in readable][:MAX_TASKS])


def _note(seen: SeenRuns, operator: str, run: RunLink, result: Mapping[str, Any]) -> None:
    try:
        if operator == CLOSE:
            seen.closes.append(
                SeenClose(
                    folder=_folder_of_periods(result["manifest_path"]),
                    period=Period.from_json(result["period"]),
                    version=int(result["version"]),
                    provisional=bool(result["provisional"]),
                    employees=int(result["employees"]),
                    run=run,
                )
            )
        elif operator == PAYROLL and result["released"]:
            seen._payrolls.setdefault((comparable(result["path"]), str(result["sha256"])), run)
        elif operator == REPORT:
            exceptions = {str(kind): int(count) for kind, count in result["exceptions"].items()}
            key = run, Period.from_json(result["period"]), int(result["version"])
            seen._reports.setdefault(key, SeenReport(str(result["path"]), exceptions, run))
    except (KeyError, ValueError, TypeError, AttributeError):
        # A backend that keeps XComs elsewhere, another version of the provider, or an XCom that somebody edited.
        return


def _folder_of_periods(manifest_path: str) -> str:
    """``<path>`` of ``<path>/<period>/v0001/manifest.json``."""
    folder, period, version, name = manifest_path.rsplit("/", 3)
    if not (period and version and name):
        raise ValueError("not the path of a manifest")
    return folder


def comparable(path: str) -> str:
    """A path in a form in which paths of XComs and of the configuration are compared, by their text alone."""
    if "://" not in path:
        return os.path.normpath(os.path.expanduser(path))
    try:
        url = urlsplit(path)
    except ValueError:
        return path
    if url.scheme in ("file", "local"):
        return os.path.normpath(url.path)
    place = url.netloc.rpartition("@")[2]
    return f"{url.scheme}://{place}{url.path}".rstrip("/")


def _plain(value: Any) -> Any:
    """The value of an XCom, which the database has as JSON, or as JSON in a text."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _object(value: Any) -> Mapping[str, Any]:
    plain = _plain(value)
    return plain if isinstance(plain, Mapping) else {}


def _text(value: Any) -> str:
    plain = _plain(value)
    return plain[:300] if isinstance(plain, str) else ""


def _moment(timestamp: datetime) -> str:
    return timestamp.astimezone(UTC).isoformat(timespec="seconds")
