# SPDX-License-Identifier: Apache-2.0
"""Clock-ins and clock-outs."""

from __future__ import annotations

from typing import ClassVar

from airflow_provider_allhours.client.decoding import IdentifiedRecord, LocalDateTime, Record, prepare_decoders


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

    @property
    def order(self) -> tuple[LocalDateTime, str]:
        """What one person's clockings are sorted by; of one moment those without an id come first."""
        return self.timestamp, self.id or ""


class DayClocking(IdentifiedRecord, frozen=True):
    """A clocking as it stands inside an employee-day: what is computed or compared, and no more.

    A month of a company has tens of thousands of them, and each moment that is converted takes longer than all other
    fields together.
    """

    guid_fields: ClassVar[tuple[str, ...]] = ("clocking_definition_id",)

    timestamp: LocalDateTime
    clocking_definition_id: str | None = None
    status: int | None = None


class ClockingDefinition(Record, frozen=True):
    """A kind of clocking, such as arrival."""

    id: str
    name: str
    type: int | None = None
    code: int | None = None
    is_active: bool | None = None


prepare_decoders(
    described_as={
        list[Clocking]: "a list of clockings",
        list[ClockingDefinition]: "a list of clocking definitions",
    }
)
