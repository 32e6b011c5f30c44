# SPDX-License-Identifier: Apache-2.0
"""Turn a row of leave into one step per day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from airflow_provider_allhours.absences.ledger import CREATE
from airflow_provider_allhours.absences.matching import People, find_definition
from airflow_provider_allhours.absences.source import LeaveRow
from airflow_provider_allhours.absences.spans import calendar_day, span_on
from airflow_provider_allhours.absences.step import UNKNOWN, Step, step_key
from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.client.models import AbsenceDefinition
from airflow_provider_allhours.periods import Period


def steps_of_row(
    row: LeaveRow,
    period: Period,
    people: People,
    definitions: list[AbsenceDefinition],
    workdays: set[date],
) -> Iterator[Step]:
    """One ``create`` step per day of a row, or one ``unknown`` step with the reason."""
    try:
        first, last = calendar_day("date_from", row.date_from), calendar_day("date_to", row.date_to)
        if last < first:
            raise AllHoursParameterError("parameter 'date_to' is before date_from")
        user = people.find(user_id=row.user_id, employee_id=row.employee_id, email=row.email)
        definition = find_definition(definitions, row.absence_definition)
        span_on(first, row.partial_from, row.partial_to)
    except AllHoursParameterError as error:
        yield Step(UNKNOWN, step_key(row.identity), row.number, external_id=row.external_id, reason=str(error))
        return
    days_in_period = period.within(first, last)
    for day in days_in_period.days() if days_in_period else ():
        if first != last and day not in workdays:
            continue
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
