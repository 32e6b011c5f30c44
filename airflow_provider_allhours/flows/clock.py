# SPDX-License-Identifier: Apache-2.0
"""The time that manifests and release records note, and the day that decides whether a period is over."""

from __future__ import annotations

from datetime import UTC, date, datetime

from airflow_provider_allhours.periods import local_date


def utc_now() -> str:
    """The current time in UTC, ISO 8601 with seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def utc_moment() -> str:
    """The current time in UTC, ISO 8601 with microseconds, for what is compared by time."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def company_today(timezone: str) -> date:
    """The company's day of today.

    Args:
        timezone: IANA name or fixed offset of the company's time zone.

    Raises:
        AllHoursParameterError: there is no such zone.
    """
    return local_date(datetime.now(UTC), timezone)
