# SPDX-License-Identifier: Apache-2.0
"""Turn a row of leave into one step per day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from airflow_provider_allhours.absences.ledger import CREATE
from airflow_provider_allhours.absences.matching import People, find_definition
from airflow_provider_allhours.absences.source import LeaveRow
from airflow_provider_allhours.absences.spans import calendar_day, span_on
from airflow_provider_allhours.absences.step import UNKNOWN, Step, step_key
from airflow_provider_allhours.absences.workdays import WorkdayCalendar, workdays
from airflow_provider_allhours.client.errors import AllHoursIncompleteError, AllHoursParameterError
from airflow_provider_allhours.client.models import AbsenceDefinition
from airflow_provider_allhours.periods import Period


def steps_of_row(
    row: LeaveRow,
    period: Period,
    people: People,
    definitions: list[AbsenceDefinition],
    calendars: Mapping[str, WorkdayCalendar],
) -> Iterator[Step]:
    """One ``create`` step per day of a row, or one ``unknown`` step with the reason."""
    try:
        first, last = calendar_day("date_from", row.date_from), calendar_day("date_to", row.date_to)
        if last < first:
            raise AllHoursParameterError("parameter 'date_to' is before date_from")
        user = people.find(**row.identifiers)
        definition = find_definition(definitions, row.absence_definition)
        span_on(first, row.partial_from, row.partial_to)
        days = _days_of_leave(user.id, period.within(first, last), calendars, is_long=first != last)
    except (AllHoursParameterError, AllHoursIncompleteError) as error:
        yield Step(UNKNOWN, step_key(row.identity), row.number, external_id=row.external_id, reason=str(error))
        return
    for day in days:
        span = span_on(day, row.partial_from, row.partial_to)
        yield Step(
            CREATE,
            step_key(row.identity, user.id, day.isoformat(), span),
            row.number,
            external_id=row.external_id,
            user_id=user.id,
            employee_id=user.employee_id,
            day=day.isoformat(),
            definition_id=definition.id,
            definition=definition.name,
            partial_from=span.start.isoformat() if span.start else None,
            partial_to=span.end.isoformat() if span.end else None,
            comment=row.comment or None,
        )


def _days_of_leave(
    user_id: str, leave: Period | None, calendars: Mapping[str, WorkdayCalendar], *, is_long: bool
) -> list[date]:
    """The days of the period that leave is written on: that of a single day, or the person's workdays."""
    if leave is None:
        return []
    return workdays(user_id, leave, calendars.get(user_id, {})) if is_long else list(leave.days())
