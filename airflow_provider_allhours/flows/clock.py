# SPDX-License-Identifier: Apache-2.0
"""The time that manifests and release records note, and a company's date."""

from __future__ import annotations

from datetime import UTC, date, datetime

from airflow_provider_allhours.periods import local_date


def utc_now() -> str:
    """The current time in UTC, ISO 8601 with seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def company_today(timezone: str) -> date:
    """The date of this moment in the company's time zone.

    Args:
        timezone: IANA name or fixed offset.
    """
    return local_date(datetime.now(UTC), timezone)
