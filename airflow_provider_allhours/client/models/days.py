# SPDX-License-Identifier: Apache-2.0
"""Employee-days as All Hours calculates them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from airflow_provider_allhours.client.decoding import IdentifiedRecord, LocalDay, Record, prepare_decoders
from airflow_provider_allhours.client.models.absences import BookedAbsence
from airflow_provider_allhours.client.models.clockings import DayClocking
from airflow_provider_allhours.client.models.minutes_type import Minutes

PLAN_CODE, DAILY_BALANCE_CODE, RUNNING_BALANCE_CODE, PRESENCE_CODE = 1, 4, 24, 33
"""``CalculationResultTypeCode`` values seen in use."""

TIME_VALUE = 1
"""``ValueType`` of a counter whose value is minutes."""


class CalculationResultType(Record, frozen=True):
    """A daily counter that the account computes."""

    id: str
    name: str | None = None
    type: int | None = None
    value_type: int | None = None
    code: int | None = None


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
    """One counter of one employee-day; the value is text, minutes where it is a time.

    ``sent_value`` is the value before its unit was converted, where the contract of the account has another unit.
    """

    calculation_result_type_code: int | None = None
    id: str | None = None
    name: str | None = None
    value_type: int | None = None
    value: str | int | float | None = None
    sent_value: str | int | float | None = None

    @property
    def as_sent(self) -> str | None:
        """The value as it was sent, as text."""
        sent = self.value if self.sent_value is None else self.sent_value
        return None if sent is None else str(sent)

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
    clockings: Sequence[DayClocking] | None = ()
    missing_event_exceptions: Sequence[MissingEvent] | None = None
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
        DailyCalculation: "an employee-day",
        list[CalculationResultType]: "a list of calculation result types",
    }
)
