# SPDX-License-Identifier: Apache-2.0
"""The records of All Hours, as far as this provider reads or writes them.

Field names and types come from public client applications and a third party's copy of the vendor's Swagger; what is
known of each is in ``docs/evidence``. Every field but the identifying ones may be null or absent on the wire.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from airflow_provider_allhours.client.decoding import (
    SHIFTED_MIDNIGHT,
    IdentifiedRecord,
    LocalDateTime,
    LocalDay,
    Record,
    encode_day,
    encode_moment,
    prepare_decoders,
)
from airflow_provider_allhours.texts import clean_id

if TYPE_CHECKING:
    Minutes = int
else:
    # As decoded. The client replaces what was sent as text and refuses fractions before anybody sees the record:
    # decoded as int, 8.0 hours would become 8 minutes without a word.
    Minutes = int | float | str

MIDNIGHT = time()

NO_DATE_YEARS = (1, 9999)
"""Years of dates that .NET and SQL senders use for "no date"."""

ABSENCE_STATUS = {
    0: "auto-approved",
    1: "pending",
    2: "approved",
    3: "rejected",
    4: "auto-approved-notified",
}
"""Approval codes of an absence, stated by the vendor."""

PENDING, REJECTED = 1, 3

PLAN_CODE, DAILY_BALANCE_CODE, RUNNING_BALANCE_CODE, PRESENCE_CODE = 1, 4, 24, 33
"""``CalculationResultTypeCode`` values seen in use."""

TIME_VALUE = 1
"""``ValueType`` of a counter whose value is minutes."""


def absence_status_name(code: int | None) -> str:
    """The name of an approval code; an unknown one stays visible as ``status-<n>``."""
    return ABSENCE_STATUS.get(code, f"status-{code}") if code is not None else "status-unknown"


class User(IdentifiedRecord, frozen=True):
    """A person in the account.

    A start or stop date of year 0001 or 9999 means that there is none, and so does a lock date of year 0001.
    """

    id: str
    first_name: str | None = None
    last_name: str | None = None
    middle_name: str | None = None
    full_name: str | None = None
    birth_date: LocalDay | None = None
    address: str | None = None
    city: str | None = None
    state: str | None = None
    phone: str | None = None
    mobile: str | None = None
    email: str | None = None
    gender: str | int | None = None
    picture_uri: str | None = None
    custom_id: str | int | None = None
    custom_field1: str | None = None
    custom_field2: str | None = None
    custom_field3: str | None = None
    custom_field4: str | None = None
    custom_field5: str | None = None
    custom_field6: str | None = None
    custom_field7: str | None = None
    custom_field8: str | None = None
    custom_field9: str | None = None
    custom_field10: str | None = None
    is_time_attendance_user: bool | None = None
    is_archived: bool | None = None
    has_user_account: bool | None = None
    user_account_id: str | None = None
    user_name: str | None = None
    calculation_start_date: LocalDay | None = None
    calculation_stop_date: LocalDay | None = None
    has_assigned_pin: bool | None = None
    calculation_lock_date: LocalDay | None = None
    event_lock_date: LocalDay | None = None
    created_on: LocalDateTime | None = None
    updated_on: LocalDateTime | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("calculation_start_date", "calculation_stop_date", "calculation_lock_date", "event_lock_date"):
            day = getattr(self, name)
            # A lock date of 9999 is a lock for ever.
            if day is not None and day.year in (NO_DATE_YEARS if name.startswith("calculation_s") else (1,)):
                msgspec.structs.force_setattr(self, name, None)

    @property
    def employee_id(self) -> str:
        """The company's own employee number (``CustomId``) without invisible characters, empty when it has none."""
        return clean_id(self.custom_id)


class AbsenceDefinition(IdentifiedRecord, frozen=True):
    """A kind of absence, such as annual leave."""

    id: str
    name: str
    integration_id: int | str | None = None
    code: int | None = None
    type: int | None = None
    is_available_for_admins_only: bool | None = None
    category_definition_id: str | None = None
    category_definition_name: str | None = None
    fraction: float | None = None
    is_active: bool | None = None
    restriction_type: int | None = None
    tag_id: str | None = None


class Absence(IdentifiedRecord, frozen=True):
    """One person's absence on one day; several days of leave are several records.

    ``timestamp`` is the calendar day it belongs to, ``group_id`` joins the days of one request and
    ``partial_time_duration`` is minutes; these three are inferred.
    """

    guid_fields: ClassVar[tuple[str, ...]] = ("id", "user_id", "group_id", "absence_definition_id")

    id: str
    user_id: str
    timestamp: LocalDateTime
    group_id: str | None = None
    first_name: str | None = None
    middle_name: str | None = None
    last_name: str | None = None
    absence_definition_id: str | None = None
    absence_definition_name: str | None = None
    absence_definition_type: int | None = None
    inserted_on: LocalDateTime | None = None
    modified_on: LocalDateTime | None = None
    created_on: LocalDateTime | None = None
    updated_on: LocalDateTime | None = None
    is_modified: bool | None = None
    origin: int | None = None
    origin_display_name: str | None = None
    comment: str | None = None
    is_authentic: bool | None = None
    is_calculated: bool | None = None
    status: int | None = None
    is_partial: bool | None = None
    partial_time_from: LocalDateTime | None = None
    partial_time_to: LocalDateTime | None = None
    partial_time_duration: Minutes | None = None
    override_holiday_absence: bool | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _refuse_shifted_day(self)

    @property
    def day(self) -> date:
        """The company-local day of the absence."""
        return date(self.timestamp.year, self.timestamp.month, self.timestamp.day)

    @property
    def status_name(self) -> str:
        """The approval state in words."""
        return absence_status_name(self.status)

    @property
    def is_pending(self) -> bool:
        """Whether somebody still has to decide."""
        return self.status == PENDING

    @property
    def is_decided(self) -> bool:
        """Whether it is in one of the known states that nobody has to decide any more; an unknown state is not."""
        return self.status in ABSENCE_STATUS and not self.is_pending

    @property
    def is_booked(self) -> bool:
        """Whether it counts as taken: neither pending nor rejected (inferred from the vendor's list)."""
        return self.status not in (PENDING, REJECTED)


class AbsenceDraft(msgspec.Struct, frozen=True, kw_only=True):
    """An absence to be written."""

    user_id: str
    absence_definition_id: str
    day: date
    comment: str | None = None
    partial_from: datetime | None = None
    partial_to: datetime | None = None
    origin: int = 0
    override_holiday_absence: bool = False

    @property
    def is_partial(self) -> bool:
        """Whether it covers a part of the day only."""
        return self.partial_from is not None

    @property
    def partial_minutes(self) -> int:
        """Length of the part in minutes, 0 for a whole day."""
        if self.partial_from is None or self.partial_to is None:
            return 0
        return int((self.partial_to - self.partial_from).total_seconds() // 60)

    def to_wire(self) -> dict[str, Any]:
        """The JSON body of a POST; a PUT adds ``Id``."""
        return {
            "UserId": self.user_id,
            "AbsenceDefinitionId": self.absence_definition_id,
            "Timestamp": encode_day(self.day),
            "Origin": self.origin,
            "Comment": self.comment,
            "IsPartial": self.is_partial,
            "PartialTimeFrom": encode_moment(self.partial_from) if self.partial_from else None,
            "PartialTimeTo": encode_moment(self.partial_to) if self.partial_to else None,
            "PartialTimeDuration": self.partial_minutes,
            "OverrideHolidayAbsence": self.override_holiday_absence,
        }


class Clocking(IdentifiedRecord, frozen=True):
    """One clock-in or clock-out."""

    guid_fields: ClassVar[tuple[str, ...]] = ("id", "user_id", "clocking_definition_id")

    timestamp: LocalDateTime
    id: str | None = None
    user_id: str | None = None
    clocking_definition_id: str | None = None
    clocking_definition_name: str | None = None
    status: int | None = None
    origin: int | None = None
    origin_display_name: str | None = None
    comment: str | None = None
    original_timestamp: LocalDateTime | None = None
    inserted_on: LocalDateTime | None = None
    modified_on: LocalDateTime | None = None
    is_modified: bool | None = None


class ClockingDefinition(Record, frozen=True):
    """A kind of clocking, such as arrival."""

    id: str
    name: str
    type: int | None = None
    code: int | None = None
    is_active: bool | None = None


class CalculationResultType(Record, frozen=True):
    """A daily counter that the account computes."""

    id: str
    name: str | None = None
    type: int | None = None
    value_type: int | None = None
    code: int | None = None


class OrganizationUnit(Record, frozen=True):
    """A department in the tree."""

    id: str
    name: str | None = None
    parent_organization_unit_id: str | None = None
    has_children: bool | None = None
    display_name: str | None = None


class DailySummary(Record, frozen=True):
    """Minutes of one employee-day.

    The minutes that pay depends on must be there, if only as null: a renamed field is an error, not an empty month.
    """

    daily_balance_value: Minutes | None
    running_balance_value: Minutes | None
    daily_overtime_value: Minutes | None
    paid_presence_value: Minutes | None
    paid_absence_value: Minutes | None
    missing_presence_value: Minutes | None
    unpaid_presence_value: Minutes | None
    lunch_break_value: Minutes | None
    running_overtime_value: Minutes | None = None
    lunch_break_count_value: int | None = None


class CalculationResult(Record, frozen=True):
    """One counter of one employee-day; the value is text, minutes where it is a time."""

    calculation_result_type_code: int | None = None
    id: str | None = None
    name: str | None = None
    value_type: int | None = None
    value: str | int | float | None = None

    @property
    def minutes(self) -> int | None:
        """The value in whole minutes where it is a time, else None."""
        if self.value_type not in (None, TIME_VALUE) or self.value is None:
            return None
        try:
            return int(str(self.value).strip())
        except ValueError:
            return None


class MissingEvent(Record, frozen=True):
    """A clocking that should be there and is not."""

    name: str | None = None
    value: Any = None


class BookedAbsence(IdentifiedRecord, frozen=True):
    """An absence as it stands inside an employee-day."""

    guid_fields: ClassVar[tuple[str, ...]] = ("id", "absence_definition_id")

    timestamp: LocalDateTime | None = None

    id: str | None = None
    absence_definition_id: str | None = None
    absence_definition_name: str | None = None
    name: str | None = None
    status: int | None = None
    is_partial: bool | None = None
    partial_time_duration: int | float | str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _refuse_shifted_day(self)


def _refuse_shifted_day(absence: Absence | BookedAbsence) -> None:
    moment = absence.timestamp
    if moment is not None and moment.had_zone and not absence.is_partial and moment.time() != MIDNIGHT:
        raise ValueError(SHIFTED_MIDNIGHT)


class DailyCalculation(IdentifiedRecord, frozen=True):
    """One employee-day as All Hours calculates it.

    ``is_calculation_valid`` false means a recalculation is due (inferred): read again later.
    """

    guid_fields: ClassVar[tuple[str, ...]] = ("user_id",)

    date: LocalDay
    calculation_result_summary: DailySummary
    user_id: str | None = None
    accruals: Sequence[CalculationResult] | None = ()
    absences: Sequence[BookedAbsence] | None = ()
    clockings: Sequence[Clocking] | None = ()
    missing_event_exceptions: Sequence[MissingEvent] | None = ()
    is_calculation_valid: bool | None = None
    is_holiday: bool | None = None
    is_weekend: bool | None = None
    holiday_name: str | None = None
    daily_comment: str | None = None
    is_prior_calculation_start_date: bool | None = None
    is_after_calculation_end_date: bool | None = None

    def counter_minutes(self, code: int) -> int | None:
        """Minutes of the counter with this code, None when the day lacks it."""
        for accrual in self.accruals or ():
            if accrual.calculation_result_type_code == code:
                return accrual.minutes
        return None


prepare_decoders(
    described_as={
        User: "a user",
        Absence: "an absence",
        DailyCalculation: "an employee-day",
        list[User]: "a list of users",
        list[AbsenceDefinition]: "a list of absence definitions",
        list[Absence]: "a list of absences",
        list[Clocking]: "a list of clockings",
        list[ClockingDefinition]: "a list of clocking definitions",
        list[CalculationResultType]: "a list of calculation result types",
        list[OrganizationUnit]: "a list of organization units",
    }
)
