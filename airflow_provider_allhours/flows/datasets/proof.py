# SPDX-License-Identifier: Apache-2.0
"""Hold the records of a list against the employee-days."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import TypeVar

from airflow_provider_allhours.attendance.roster import Employment
from airflow_provider_allhours.client.concurrency import map_ordered
from airflow_provider_allhours.client.errors import AllHoursContractError, AllHoursResponseError
from airflow_provider_allhours.client.models import Absence, Clocking, DailyCalculation
from airflow_provider_allhours.flows.datasets.dataset import DatasetReader
from airflow_provider_allhours.flows.datasets.on_disk import SpooledRecords, SpooledRoster

Record = TypeVar("Record", Absence, Clocking)

log = logging.getLogger(__name__)


def prove_by_days(
    reader: DatasetReader,
    roster: SpooledRoster,
    records: SpooledRecords[Record],
    days_that_differ: Callable[[Employment, Iterable[Record], Iterable[DailyCalculation], bool], list[date]],
    *,
    margin_days: int = 0,
) -> None:
    """Count the days on which a list and the employee-days contradict each other as missing.

    An employee-day that does not come proves nothing and counts as missing, too.

    Args:
        reader: whose client is asked and whose coverage counts.
        roster: everybody.
        records: of the list.
        days_that_differ: compares one employee's records with the days, which may have a margin; returns the days that
            differ.
        margin_days: further days that are read at both ends of each employment, where the account has them.
    """
    margin = timedelta(days=margin_days)

    def days_of(employment: Employment) -> tuple[Employment, list[DailyCalculation], bool]:
        user_id, days = employment.user.id, employment.days
        if reader.days_read is not None:
            return employment, reader.days_read.get(user_id, []), False
        if margin:
            try:
                wide = reader.client.daily_calculations(user_id, days.date_from - margin, days.date_to + margin)
            except (AllHoursResponseError, AllHoursContractError):
                # An account may refuse days beyond the employment or in the future, which are not those to be proven.
                log.debug("The days around the employment of user %s cannot be read", user_id)
            else:
                return employment, wide, True
        return employment, reader.client.daily_calculations(user_id, days.date_from, days.date_to), False

    responses = map_ordered(days_of, roster, workers=reader.client.max_concurrency)
    for done, (employment, days, has_margin) in enumerate(responses, start=1):
        own = records.of(employment.user.id)
        came = {day.date for day in days}
        unproven = {day for day in employment.days.days() if day not in came}
        unproven.update(days_that_differ(employment, own, days, has_margin))
        reader.coverage.note_differences(employment.user.id, sorted(unproven))
        reader.on_progress(done, len(roster))
