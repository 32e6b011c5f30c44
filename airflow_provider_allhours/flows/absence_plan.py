# SPDX-License-Identifier: Apache-2.0
"""Plan the absence writes for a source of leave; nothing is written to All Hours."""

from __future__ import annotations

from typing import TypedDict

from airflow_provider_allhours.absences.ledger import CREATE, DELETE, UPDATE, replay
from airflow_provider_allhours.absences.matching import People
from airflow_provider_allhours.absences.plan import make_plan
from airflow_provider_allhours.absences.review import readable_diff
from airflow_provider_allhours.absences.source import read_source
from airflow_provider_allhours.absences.step import CONFLICT, UNCHANGED, UNKNOWN
from airflow_provider_allhours.absences.workdays import workdays
from airflow_provider_allhours.attendance.roster import employments_in
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import (
    AllHoursContractError,
    AllHoursNotFoundError,
    AllHoursParameterError,
)
from airflow_provider_allhours.client.models import DailyCalculation, User
from airflow_provider_allhours.files.journal import read_or_empty
from airflow_provider_allhours.files.publication import publish_bytes
from airflow_provider_allhours.files.staging import AnyPath, as_upath
from airflow_provider_allhours.periods import Period


class PlanResult(TypedDict):
    """Counts of steps by action, the plan's checksum and path, and a summary.

    ``diff`` shows the first changes as text, with employee ids and dates, without names and reasons.
    """

    create: int
    update: int
    delete: int
    unchanged: int
    conflict: int
    unknown: int
    plan_sha256: str
    plan_path: str
    diff: str


def plan_absences(
    client: AllHoursClient, *, source: AnyPath, period: Period, plan_path: AnyPath, ledger_path: AnyPath
) -> PlanResult:
    """Compare a source of leave with the account, and write a plan of the writes that would make the account agree.

    Reads the users, the definitions, the period's absences and one employee's days (for weekends and holidays), so the
    number of requests does not grow with the rows.

    Args:
        client: the account.
        source: CSV or JSON Lines in UTF-8, see :func:`read_source`.
        period: the days that the source covers.
        plan_path: where the plan is written.
        ledger_path: the ledger of earlier applies; need not exist.

    Raises:
        AllHoursParameterError: the source or the ledger cannot be read.
    """
    file = as_upath(source)
    if not file.fs.exists(file.path):
        raise AllHoursParameterError(
            f"parameter 'source' is {source}, where there is no file; it takes a CSV or JSON Lines file"
        )
    users = client.users()
    plan = make_plan(
        read_source(file.fs.cat_file(file.path), file.name),
        period=period,
        host=client.host,
        people=People(users),
        definitions=client.absence_definitions(),
        workdays=workdays(period, _company_days(client, users, period), by_plan=False),
        absences=client.absences(period.date_from, period.date_to),
        ledger=replay(read_or_empty(ledger_path)),
    )
    sha256 = publish_bytes(plan_path, plan.to_bytes())
    counts = plan.counts
    return {
        "create": counts[CREATE],
        "update": counts[UPDATE],
        "delete": counts[DELETE],
        "unchanged": counts[UNCHANGED],
        "conflict": counts[CONFLICT],
        "unknown": counts[UNKNOWN],
        "plan_sha256": sha256,
        "plan_path": str(plan_path),
        "diff": readable_diff(plan),
    }


def _company_days(client: AllHoursClient, users: list[User], period: Period) -> list[DailyCalculation]:
    """Calculations of one employee for the period, preferably of one employed throughout it."""
    roster = employments_in(users, period)
    whole = [employment for employment in roster if employment.days == period] or roster
    if not whole:
        return []
    try:
        return client.daily_calculations(whole[0].user.id, period.date_from, period.date_to)
    except (AllHoursNotFoundError, AllHoursContractError):
        return []
