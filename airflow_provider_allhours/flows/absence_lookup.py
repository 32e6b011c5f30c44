# SPDX-License-Identifier: Apache-2.0
"""Read the absences that exist, so that an empty list is never taken for "nothing there" unproven."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

from airflow_provider_allhours.absences.concerned import ConcernedAbsences
from airflow_provider_allhours.absences.evidence import refuse_unlisted_absences
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.concurrency import map_ordered
from airflow_provider_allhours.client.errors import AllHoursIncompleteError
from airflow_provider_allhours.client.models import Absence
from airflow_provider_allhours.flows.datasets.roster import days_of_absences
from airflow_provider_allhours.periods import Period

log = logging.getLogger(__name__)

Result = TypeVar("Result")


def read_absences(
    client: AllHoursClient,
    period: Period,
    user_ids: Iterable[str],
    *,
    company: int = 0,
    keep: Callable[[Absence], bool] = lambda absence: True,
) -> list[Absence]:
    """The account's absences of a period; an empty list is held against the days of the people it matters for.

    Args:
        client: the account.
        period: the days.
        user_ids: the people for whom something is written; where the list is empty, each costs a request.
        company: how many users the account has, where that is known; of a large one the list is read in parts.
        keep: which absences are returned; all are read, and the list is empty where there is none at all.

    Raises:
        AllHoursIncompleteError: the list is empty, and an employee-day shows an absence, also when both are read again.
    """
    people = sorted(set(user_ids))

    def read() -> list[Absence]:
        days = days_of_absences(max(company, len(people)))
        parts = client.absences_in_parts(period.date_from, period.date_to, days=days)
        absences, count = [], 0
        for part in parts:
            count += len(part)
            absences += [absence for absence in part if keep(absence)]
        if not count:
            for _ in map_ordered(prove_nothing, people, workers=client.max_concurrency):
                pass
        return absences

    def prove_nothing(user_id: str) -> None:
        refuse_unlisted_absences(user_id, (), client.daily_calculations(user_id, period.date_from, period.date_to))

    return twice_if_contradictory(read)


def read_concerned_absences(
    client: AllHoursClient, period: Period, user_ids: Collection[str], concerned: ConcernedAbsences, *, company: int
) -> list[Absence]:
    """The absences that a plan looks at; see :func:`read_absences`.

    Args:
        client: the account.
        period: the days.
        user_ids: the people for whom something is written.
        concerned: which these are; learns who has absences that the ledger owns.
        company: how many users the account has.
    """
    absences = read_absences(client, period, user_ids, company=company, keep=concerned.has)
    if concerned.follow(absences):
        absences = read_absences(client, period, user_ids, company=company, keep=concerned.has)
    return absences


def twice_if_contradictory(read: Callable[[], Result]) -> Result:
    """Read a list of absences and employee-days; both again when they differ, as one may have been entered in between.

    Raises:
        AllHoursIncompleteError: they differ again.
    """
    try:
        return read()
    except AllHoursIncompleteError as difference:
        log.warning("%s; reading both again", difference)
        return read()
