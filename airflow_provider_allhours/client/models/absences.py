# SPDX-License-Identifier: Apache-2.0
"""Absences, their kinds, and the drafts that are written."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, ClassVar

import msgspec

from airflow_provider_allhours.client.decoding import (
    SHIFTED_MIDNIGHT,
    IdentifiedRecord,
    LocalDateTime,
    encode_day,
    encode_moment,
    is_shifted_midnight,
    prepare_decoders,
)
from airflow_provider_allhours.client.models.minutes_type import Minutes

ABSENCE_STATUS = {
    0: "auto-approved",
    1: "pending",
    2: "approved",
    3: "rejected",
    4: "auto-approved-notified",
}
"""Approval codes of an absence, stated by the vendor."""

PENDING, REJECTED = 1, 3


MIDNIGHT = time()


def absence_status_name(code: int | None) -> str:
    """The name of an approval code; an unknown one stays visible as ``status-<n>``."""
    return ABSENCE_STATUS.get(code, f"status-{code}") if code is not None else "status-unknown"


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
    if moment is None or moment.time() == MIDNIGHT or absence.is_partial:
        return
    # The clock of a record that was made at a moment is any; that of a shifted midnight is a full or half hour.
    zone = "Z" if moment.had_zone else ""
    if is_shifted_midnight(f"T{moment:%H:%M:%S.%f}{zone}"):
        raise ValueError(SHIFTED_MIDNIGHT)


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


prepare_decoders(
    described_as={
        Absence: "an absence",
        list[AbsenceDefinition]: "a list of absence definitions",
        list[Absence]: "a list of absences",
    }
)
