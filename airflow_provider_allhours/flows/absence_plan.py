# SPDX-License-Identifier: Apache-2.0
"""Plan the leave of a source into the account; writes nothing to All Hours."""

from __future__ import annotations

from typing import Any

from airflow_provider_allhours.absences.ledger import replay
from airflow_provider_allhours.absences.matching import People
from airflow_provider_allhours.absences.plan import make_plan
from airflow_provider_allhours.absences.review import readable_diff
from airflow_provider_allhours.absences.source import read_source
from airflow_provider_allhours.absences.workdays import workdays
from airflow_provider_allhours.attendance.roster import employments_in
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import (
    AllHoursContractError,
    AllHoursNotFoundError,
    AllHoursParameterError,
)
from airflow_provider_allhours.client.models import DailyCalculation
from airflow_provider_allhours.files.journal import read_or_empty
from airflow_provider_allhours.files.publication import publish_bytes
from airflow_provider_allhours.files.staging import AnyPath, as_upath
from airflow_provider_allhours.periods import Period


def plan_absences(
    client: AllHoursClient, *, source: AnyPath, period: Period, plan_path: AnyPath, ledger_path: AnyPath
) -> dict[str, Any]:
    """Compare the source with the account and write down what it would take to make them agree.

    The reads are the users, the definitions, the period's absences and one employee's days (for weekends and holidays):
    as many for ten thousand rows as for ten.

    Returns:
        Counts of ``create, update, delete, unchanged, conflict, unknown``, ``plan_sha256``, ``plan_path`` and
        ``diff``: the first changes in a person's words, with employee ids and dates, without names and reasons.

    Raises:
        AllHoursParameterError: the source or the ledger cannot be read.
    """
    place = as_upath(source)
    if not place.fs.exists(place.path):
        raise AllHoursParameterError("parameter 'source' leads to no file; it takes a CSV or JSON Lines file")
    users = client.users()
    plan = make_plan(
        read_source(place.fs.cat_file(place.path), place.name),
        period=period,
        host=client.host,
        people=People(users),
        definitions=client.absence_definitions(),
        workdays=workdays(period, _company_days(client, users, period), by_plan=False),
        present=client.absences(period.date_from, period.date_to),
        ledger=replay(read_or_empty(ledger_path)),
    )
    sha256 = publish_bytes(plan_path, plan.to_bytes())
    return {**plan.counts, "plan_sha256": sha256, "plan_path": str(plan_path), "diff": readable_diff(plan)}


def _company_days(client: AllHoursClient, users: list[Any], period: Period) -> list[DailyCalculation]:
    """Anybody's days of the period: what is a weekend and a holiday in the company."""
    roster = employments_in(users, period)
    whole = [employment for employment in roster if employment.days == period] or roster
    if not whole:
        return []
    try:
        return client.daily_calculations(whole[0].user.id, period.date_from, period.date_to)
    except (AllHoursNotFoundError, AllHoursContractError):
        return []
