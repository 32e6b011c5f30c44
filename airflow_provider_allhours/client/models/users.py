# SPDX-License-Identifier: Apache-2.0
"""People of the account."""

from __future__ import annotations

import msgspec

from airflow_provider_allhours.client.decoding import (
    IdentifiedRecord,
    LocalDateTime,
    LocalDay,
    Record,
    prepare_decoders,
)
from airflow_provider_allhours.texts import clean_id

NO_DATE_YEARS = (1, 9999)
"""Years of dates that .NET and SQL senders use for "no date"."""


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


class OrganizationUnit(Record, frozen=True):
    """A department in the tree."""

    id: str
    name: str | None = None
    parent_organization_unit_id: str | None = None
    has_children: bool | None = None
    display_name: str | None = None


prepare_decoders(
    described_as={
        User: "a user",
        list[User]: "a list of users",
        list[OrganizationUnit]: "a list of organization units",
    }
)
