# SPDX-License-Identifier: Apache-2.0
"""Absence spans: one row per person and unbroken leave, joined over days on which no work is planned."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction

from airflow_provider_allhours.attendance.proof import days_whose_absences_differ
from airflow_provider_allhours.attendance.roster import Employment
from airflow_provider_allhours.attendance.spans import DayPlan, plan_of, spans_of
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.concurrency import map_ordered
from airflow_provider_allhours.client.errors import AllHoursNotFoundError, AllHoursValidationError
from airflow_provider_allhours.client.models import REJECTED, Absence, AbsenceDefinition, DailyCalculation
from airflow_provider_allhours.columns import Row
from airflow_provider_allhours.dataset_columns import SPAN_COLUMNS
from airflow_provider_allhours.flows.datasets.absences import note_cut_definitions
from airflow_provider_allhours.flows.datasets.dataset import Dataset, DatasetReader
from airflow_provider_allhours.flows.datasets.on_disk import SpooledRecords, SpooledRoster
from airflow_provider_allhours.flows.datasets.roster import days_of_absences, each_employment
from airflow_provider_allhours.payroll.frozen import fraction_of
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.rows import span_row

log = logging.getLogger(__name__)

MARGIN = timedelta(days=14)
"""How far around the period leave is looked for that goes on there: further than any run of days without work."""


def _rows(reader: DatasetReader, period: Period) -> Iterator[Row]:
    client = reader.client
    client.require_route("absences")
    by_id = {definition.id: definition for definition in client.absence_definitions()}
    used: set[str | None] = set()
    with SpooledRecords[Absence]() as records:

        def absent(users: int) -> set[str | None]:
            of_period: set[str | None] = set()
            days = days_of_absences(users)
            for absences in client.absences_in_parts(period.date_from - MARGIN, period.date_to + MARGIN, days=days):
                for absence in absences:
                    used.add(absence.absence_definition_id)
                    records.add(absence)
                    if absence.day in period:
                        reader.left_out += 1
                        of_period.add(absence.user_id)
            return of_period

        employments = each_employment(client, period, reader.coverage, absent=absent, selection=reader.selection)
        with SpooledRoster(employments) as roster:
            note_cut_definitions(reader.coverage, by_id.keys(), used)
            yield from _spans(reader, roster, records, by_id)


def _spans(
    reader: DatasetReader,
    roster: SpooledRoster,
    records: SpooledRecords[Absence],
    by_id: Mapping[str, AbsenceDefinition],
) -> Iterator[Row]:
    """The spans of everybody, whose days are read where they have absences or all days are to be proven."""
    fractions: dict[str | None, Fraction] = {
        identifier: Fraction(str(fraction_of(definition))) for identifier, definition in by_id.items()
    }

    def needed() -> Iterator[Employment]:
        for employment in roster:
            own = records.of(employment.user.id)
            if reader.proof == "days" or any(absence.day in employment.days for absence in own):
                yield employment

    def days_of(employment: Employment) -> tuple[Employment, list[DailyCalculation]]:
        return employment, _days_around(reader.client, employment)

    count = sum(1 for _ in needed())
    responses = map_ordered(days_of, needed(), workers=reader.client.max_concurrency)
    for done, (employment, days) in enumerate(responses, start=1):
        own = records.of(employment.user.id)
        _note_missing(reader, employment, own, days)
        employed = [absence for absence in own if absence.day in _employed(employment)]
        plans: dict[date, DayPlan] = {day.date: plan_of(day) for day in days}
        for span in spans_of(employed, plans, employment.days, fractions):
            reader.employees.add(employment.user.id)
            reader.coverage.received += 1
            reader.left_out -= len(span.absences)
            first = span.absences[0]
            yield span_row(
                employment.user,
                first,
                by_id.get(first.absence_definition_id or ""),
                days=span.days,
                workdays=span.workdays,
                minutes=span.minutes,
                continues_before=span.continues_before,
                continues_after=span.continues_after,
            )
        reader.on_progress(done, count)


def _employed(employment: Employment) -> Period:
    """The days around the period on which somebody is employed."""
    user, days = employment.user, employment.days
    around = Period(days.date_from - MARGIN, days.date_to + MARGIN)
    return around.within(user.calculation_start_date, user.calculation_stop_date) or days


def _days_around(client: AllHoursClient, employment: Employment) -> list[DailyCalculation]:
    """The employee-days of the period and around it; only those of the period where the account refuses others.

    A server that fails refuses nothing: the file would tell otherwise on a better day.
    """
    days, around = employment.days, _employed(employment)
    try:
        return client.daily_calculations(employment.user.id, around.date_from, around.date_to)
    except (AllHoursNotFoundError, AllHoursValidationError):
        log.debug("The days around the period of user %s cannot be read", employment.user.id)
    return client.daily_calculations(employment.user.id, days.date_from, days.date_to)


def _note_missing(
    reader: DatasetReader,
    employment: Employment,
    own: list[Absence],
    days: list[DailyCalculation],
) -> None:
    """Days that did not come once make the spans incomplete; so do days that contradict the list.

    All of them are needed: leave is joined over days without work. Days that are not valid are counted. A day with one
    whole-day leave twice would count as two.
    """
    came: Mapping[date, int] = _counted(days)
    unproven = {day for day in employment.days.days() if came.get(day) != 1}
    unproven.update(day for day in _days_with_twins(own) if day in employment.days)
    reader.coverage.note_invalid(employment.user.id, (day for day in days if day.date in employment.days))
    if reader.proof == "days":
        unproven.update(days_whose_absences_differ(employment, own, days))
    reader.coverage.note_differences(employment.user.id, sorted(unproven))


def _days_with_twins(absences: list[Absence]) -> set[date]:
    """Days with two records of one kind and state, of which one is the whole day."""
    kinds: dict[tuple[date, str | None, int | None], list[Absence]] = defaultdict(list)
    for absence in absences:
        kinds[absence.day, absence.absence_definition_id, absence.status].append(absence)
    return {
        day
        for (day, _, status), same in kinds.items()
        if status != REJECTED and len(same) > 1 and not all(absence.is_partial for absence in same)
    }


def _counted(days: list[DailyCalculation]) -> dict[date, int]:
    counted: dict[date, int] = {}
    for day in days:
        counted[day.date] = counted.get(day.date, 0) + 1
    return counted


def _open_rows(reader: DatasetReader) -> Iterator[Row]:
    return _rows(reader, reader.required_period())


ABSENCE_SPANS = Dataset(
    "absence_spans",
    SPAN_COLUMNS,
    ("users", "absences", "absence_definitions", "daily_calculations"),
    _open_rows,
    provable=True,
)
