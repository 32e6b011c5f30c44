# SPDX-License-Identifier: Apache-2.0
"""How many requests each use case sends, counted by the sandbox; the documentation shows the formulas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from airflow_provider_allhours.attendance.readiness import DEFAULT_CHECKS
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.flows.absence_apply import apply_plan
from airflow_provider_allhours.flows.absence_creation import Leave, create_absence, delete_absence
from airflow_provider_allhours.flows.absence_plan import plan_absences
from airflow_provider_allhours.flows.absence_update import AbsenceChanges, update_absence
from airflow_provider_allhours.flows.exports import ExportRequest, export_dataset
from airflow_provider_allhours.flows.period_close import close_period
from airflow_provider_allhours.flows.readiness import evaluate_period
from airflow_provider_allhours.flows.user_creation import create_user
from airflow_provider_allhours.flows.user_update import update_user
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox

OCTOBER, APRIL = Period.of_month(2026, 10), Period.of_month(2027, 4)
PEOPLE_OF_PLAN, STEPS_OF_PLAN = 2, 7


@dataclass(frozen=True)
class Account:
    """The account that is asked, and a folder for files."""

    sandbox: Sandbox
    client: AllHoursClient
    folder: Path

    def person(self, index: int = 8) -> Any:
        return self.sandbox.company.user_at(index)

    def export(self, dataset: str, *, proof: str = "none", employees: Any = None) -> None:
        period = None if dataset == "users" else OCTOBER
        path = str(self.folder / f"{dataset}.jsonl")
        request = ExportRequest(dataset, path, period, "Europe/Ljubljana", proof=proof, employees=employees)
        export_dataset(self.client, request)

    def look(self, *checks: str) -> None:
        evaluate_period(self.client, OCTOBER, checks, today=date(2026, 11, 3))

    def close(self) -> None:
        close_period(self.client, period=OCTOBER, path=self.folder / "periods", timezone="Europe/Ljubljana")

    def create(self, first: str, last: str | None = None) -> str | None:
        leave = Leave("Annual leave", first, last, user_id=self.person().id)
        created = create_absence(self.client, leave)["created"]
        return created[0]["id"] if created else None

    def absence(self, day: str) -> str:
        identifier = self.create(day)
        self.sandbox.reset_stats()
        assert identifier is not None
        return identifier

    def plan(self) -> None:
        rows = [
            "employee_id,absence_definition,date_from,date_to,external_id",
            f"{self.person(8).custom_id},Annual leave,2027-04-12,2027-04-16,A",
            f"{self.person(9).custom_id},Annual leave,2027-04-12,2027-04-13,B",
        ]
        (self.folder / "leave.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
        plan_absences(self.client, source=self.folder / "leave.csv", period=APRIL, **self.files)

    def apply(self) -> None:
        self.plan()
        self.sandbox.reset_stats()
        assert apply_plan(self.client, **self.files)["created"] == STEPS_OF_PLAN

    @property
    def files(self) -> dict[str, Any]:
        return {"plan_path": self.folder / "plan.jsonl", "ledger_path": self.folder / "ledger.jsonl"}


@dataclass(frozen=True)
class Cost:
    """Requests of one use case for October.

    Attributes:
        task: the operator or sensor, in reStructuredText.
        formula: in words, where N is the number of employees of the file.
        requests: the same of N.
        run: sends them.
        is_bound: whether the formula is what is sent at most.
    """

    task: str
    formula: str
    requests: Callable[[int], int]
    run: Callable[[Account], Any]
    is_bound: bool = False


COSTS = {
    "timesheets": Cost(
        "``AllHoursExportTimesheetsOperator``", "N + 4", lambda n: n + 4, lambda account: account.export("timesheets")
    ),
    "counters": Cost(
        "``AllHoursExportCountersOperator``", "N + 4", lambda n: n + 4, lambda account: account.export("counters")
    ),
    "absences": Cost(
        "``AllHoursExportAbsencesOperator``", "5", lambda n: 5, lambda account: account.export("absences")
    ),
    "proven absences": Cost(
        '``AllHoursExportAbsencesOperator`` with ``proof="days"``',
        "N + 5",
        lambda n: n + 5,
        lambda account: account.export("absences", proof="days"),
    ),
    "spans": Cost(
        "``AllHoursExportAbsenceSpansOperator``",
        "5 and one for each employee with leave, so at most N + 5",
        lambda n: n + 5,
        lambda account: account.export("absence_spans"),
        is_bound=True,
    ),
    "clockings": Cost(
        "``AllHoursExportClockingsOperator``", "7", lambda n: 7, lambda account: account.export("clockings")
    ),
    "proven clockings": Cost(
        '``AllHoursExportClockingsOperator`` with ``proof="days"``',
        "N + 7",
        lambda n: n + 7,
        lambda account: account.export("clockings", proof="days"),
    ),
    "users": Cost("``AllHoursExportUsersOperator``", "1", lambda n: 1, lambda account: account.export("users")),
    "close": Cost("``AllHoursClosePeriodOperator``", "N + 9", lambda n: n + 9, Account.close),
    "ready": Cost(
        "``AllHoursPeriodReadySensor``, a look at everybody",
        "N + 4",
        lambda n: n + 4,
        lambda account: account.look(*DEFAULT_CHECKS),
    ),
    "ready by lists": Cost(
        "``AllHoursPeriodReadySensor`` with checks that need no days (``period-ended``, ``absences-decided``, "
        "``employee-ids``, ``period-locked``)",
        "4",
        lambda n: 4,
        lambda account: account.look("period-ended", "absences-decided", "employee-ids", "period-locked"),
    ),
    "decided": Cost(
        "``AllHoursAbsenceDecidedSensor``, a poll",
        "1",
        lambda n: 1,
        lambda account: account.client.absence(account.absence("2027-02-09")),
    ),
    "create": Cost(
        "``AllHoursCreateAbsenceOperator``, one day", "6", lambda n: 6, lambda account: account.create("2027-02-04")
    ),
    "create a week": Cost(
        "``AllHoursCreateAbsenceOperator``, D workdays (here 5)",
        "D + 6",
        lambda n: 11,
        lambda account: account.create("2027-03-01", "2027-03-05"),
    ),
    "delete": Cost(
        "``AllHoursDeleteAbsenceOperator``",
        "1",
        lambda n: 1,
        lambda account: delete_absence(account.client, account.absence("2027-02-10")),
    ),
    "update": Cost(
        "``AllHoursUpdateAbsenceOperator``",
        "4",
        lambda n: 4,
        lambda account: update_absence(account.client, account.absence("2027-02-11"), AbsenceChanges(comment="later")),
    ),
    "plan": Cost(
        "``AllHoursPlanAbsencesOperator``, a month of P people (here 2)",
        "4 and two for each person, so 2 P + 4",
        lambda n: 2 * PEOPLE_OF_PLAN + 4,
        Account.plan,
    ),
    "apply": Cost(
        "``AllHoursApplyAbsencePlanOperator``, S steps of P people (here 7 of 2)",
        "S + P + 2",
        lambda n: STEPS_OF_PLAN + PEOPLE_OF_PLAN + 2,
        Account.apply,
    ),
    "create user": Cost(
        "``AllHoursCreateUserOperator``",
        "2",
        lambda n: 2,
        lambda account: create_user(account.client, first_name="Eva", last_name="Novak", employee_id="990099"),
    ),
    "update user": Cost(
        "``AllHoursUpdateUserOperator``",
        "4",
        lambda n: 4,
        lambda account: update_user(account.client, user_id=account.person().id, fields={"CustomField1": "R&D"}),
    ),
}
"""Name -> what it costs."""
