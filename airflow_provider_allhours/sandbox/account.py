# SPDX-License-Identifier: Apache-2.0
"""One account of All Hours: its company, its switches, its tokens."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from airflow_provider_allhours.sandbox.company import Company
from airflow_provider_allhours.sandbox.stats import Stats
from airflow_provider_allhours.sandbox.switches import Switches
from airflow_provider_allhours.sandbox.tokens import TokenDesk


@dataclass(frozen=True)
class Account:
    """What route handlers and records read.

    Attributes:
        company: people, days and absences.
        switches: how this tenant behaves.
        tokens: the access tokens it granted.
        stats: its counters.
        calls: calls by method and route since the start, which a reset of ``stats`` leaves alone.
    """

    company: Company
    switches: Switches
    tokens: TokenDesk = field(default_factory=TokenDesk)
    stats: Stats = field(default_factory=Stats)
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count_call(self, method: str, route: str) -> int:
        """The number of this call among those of its method and route."""
        self.calls[method, route] += 1
        return self.calls[method, route]

    def moment(self, value: datetime | date | None) -> str | None:
        """A date-time as this tenant writes it; a date is its midnight."""
        if value is None:
            return None
        is_whole_day = not isinstance(value, datetime)
        if not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day)  # noqa: DTZ001 -- company-local
        style = self.switches.timestamp_style
        if style == "utc" or (is_whole_day and self.switches.whole_days_in_utc):
            instant = value.replace(tzinfo=self.company.zone).astimezone(UTC)
            return instant.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
        text = value.isoformat(timespec="seconds")
        if style == "fraction":
            return f"{text}.{value.microsecond:06d}7" if value.microsecond else text
        if style == "offset":
            return value.replace(tzinfo=self.company.zone).isoformat(timespec="seconds")
        return text + "Z" if style == "zulu" else text

    def day(self, value: date) -> str:
        """The date of an employee-day as this tenant writes it."""
        is_in_utc = self.switches.whole_days_in_utc or self.switches.timestamp_style == "utc"
        return (self.moment(value) if is_in_utc else None) or value.isoformat()

    def count(self, value: int) -> int | str:
        """A number without a unit as this tenant writes it."""
        return str(value) if self.switches.numbers_as_text else value

    def minutes(self, value: int) -> int | float | str:
        """A duration as this tenant writes it."""
        style = self.switches.minutes_format
        if style == "hh:mm":
            return f"{'-' if value < 0 else ''}{abs(value) // 60:02d}:{abs(value) % 60:02d}"
        number = {"hours": value / 60, "seconds": value * 60}.get(style, value)
        return str(number) if self.switches.numbers_as_text else number
