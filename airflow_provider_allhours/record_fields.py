# SPDX-License-Identifier: Apache-2.0
"""Which fields of which records fill each published column, or decide who is in a file.

A field that no record of an account has is renamed there, and the column would be empty without a word. Fields are
written as :meth:`AllHoursClient.need_fields` takes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

ROSTER_FIELDS = (
    "User.CustomId",
    "User.IsTimeAttendanceUser",
    "User.CalculationStartDate",
    "User.CalculationStopDate",
)
"""These decide who is in, which of their days are due, and the order of the rows."""

CLOCKING_OWNER = "Clocking.UserId"
STATUS_OF_ABSENCES = "Absence.Status"
STATUS_IN_DAYS = "DailyCalculation.Absences.Status"
VALIDITY = "DailyCalculation.IsCalculationValid"
MISSING_EVENTS = "DailyCalculation.MissingEventExceptions"

_USER_COLUMNS = {"first_name": ("User.FirstName",), "last_name": ("User.LastName",), "email": ("User.Email",)}
_COUNTERS = (
    "DailyCalculation.Accruals",
    "DailyCalculation.Accruals.CalculationResultTypeCode",
    "DailyCalculation.Accruals.Value",
)

FIELDS_OF_COLUMNS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "timesheets": {
        **_USER_COLUMNS,
        "planned_minutes": _COUNTERS,
        "first_clocking": ("DailyCalculation.Clockings",),
        "last_clocking": ("DailyCalculation.Clockings",),
        "absences": (
            "DailyCalculation.Absences",
            "DailyCalculation.Absences.AbsenceDefinitionName|Name",
            STATUS_IN_DAYS,
        ),
        "missing_events": (MISSING_EVENTS,),
        "is_weekend": ("DailyCalculation.IsWeekend",),
        "is_holiday": ("DailyCalculation.IsHoliday",),
        "holiday_name": ("DailyCalculation.HolidayName",),
        "is_valid": (VALIDITY,),
        "comment": ("DailyCalculation.DailyComment",),
    },
    "counters": {
        "counter_code": _COUNTERS,
        "counter": (*_COUNTERS, "DailyCalculation.Accruals.Name"),
        "value_type": (*_COUNTERS, "DailyCalculation.Accruals.ValueType"),
        "value": _COUNTERS,
        "minutes": (*_COUNTERS, "DailyCalculation.Accruals.ValueType"),
    },
    "absences": {
        **_USER_COLUMNS,
        "group_id": ("Absence.GroupId",),
        "absence_definition_id": ("Absence.AbsenceDefinitionId",),
        "absence_definition": ("Absence.AbsenceDefinitionName",),
        "integration_id": ("Absence.AbsenceDefinitionId", "AbsenceDefinition.IntegrationId"),
        "status": (STATUS_OF_ABSENCES,),
        "is_partial": ("Absence.IsPartial",),
        "partial_from": ("Absence.IsPartial", "Absence.PartialTimeFrom"),
        "partial_to": ("Absence.IsPartial", "Absence.PartialTimeTo"),
        "partial_minutes": ("Absence.IsPartial", "Absence.PartialTimeDuration"),
        "comment": ("Absence.Comment",),
        "inserted_on": ("Absence.InsertedOn",),
        "modified_on": ("Absence.ModifiedOn",),
    },
    "absence_spans": {
        "first_name": ("User.FirstName",),
        "last_name": ("User.LastName",),
        "absence_definition_id": ("Absence.AbsenceDefinitionId",),
        "absence_definition": ("Absence.AbsenceDefinitionName",),
        "integration_id": ("Absence.AbsenceDefinitionId", "AbsenceDefinition.IntegrationId"),
        "days": ("DailyCalculation.IsWeekend", "DailyCalculation.IsHoliday"),
        "workdays": ("DailyCalculation.IsWeekend", "DailyCalculation.IsHoliday"),
        "minutes": ("Absence.IsPartial", "Absence.PartialTimeDuration", *_COUNTERS),
        "status": (STATUS_OF_ABSENCES,),
    },
    "clockings": {
        "clocking_definition_id": ("Clocking.ClockingDefinitionId",),
        "clocking_definition": ("Clocking.ClockingDefinitionName",),
        "status": ("Clocking.Status",),
        "origin": ("Clocking.OriginDisplayName|Origin",),
        "comment": ("Clocking.Comment",),
    },
    "users": {
        **_USER_COLUMNS,
        "custom_id": ("User.CustomId",),
        "is_time_attendance_user": ("User.IsTimeAttendanceUser",),
        "is_archived": ("User.IsArchived",),
        "calculation_start_date": ("User.CalculationStartDate",),
        "calculation_stop_date": ("User.CalculationStopDate",),
    },
}
"""Dataset -> column -> fields. Of users, the fields that decide something; which of the others an account has differs,
and of these a field is needed where its column is chosen."""


def fields_of(dataset: str, columns: Iterable[str], *, are_chosen: bool = False) -> tuple[str, ...]:
    """The fields that a file with these columns of a dataset depends on.

    Args:
        dataset: name of the dataset.
        columns: names of the dataset's columns that are published, hashed ones included.
        are_chosen: whether somebody named these columns, instead of taking all.
    """
    published = dict(FIELDS_OF_COLUMNS[dataset])
    if dataset == "users" and are_chosen:
        published.update({column: (f"User.{column.title().replace('_', '')}",) for column in columns})
    fields = [field for column in columns for field in published.get(column, ())]
    decisive = () if dataset == "users" else ROSTER_FIELDS
    owner = (CLOCKING_OWNER,) if dataset == "clockings" else ()
    return tuple(dict.fromkeys((*decisive, *owner, *fields)))
