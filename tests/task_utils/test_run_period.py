# SPDX-License-Identifier: Apache-2.0
"""The period of a DAG run: its partition, else its logical date, else run_after; never the wall clock."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.task_utils.run_period import period_of

LJUBLJANA = "Europe/Ljubljana"
LATER = datetime(2026, 12, 24, 6, tzinfo=UTC)
SUMMER_MIDNIGHT = datetime(2026, 9, 30, 22, tzinfo=UTC)
"""The 1st of October in Ljubljana."""


def run(**fields: Any) -> dict[str, Any]:
    known = {"logical_date": None, "run_after": LATER, "partition_key": None, "partition_date": None}
    return {"dag_run": SimpleNamespace(**{**known, **fields})}


@pytest.mark.parametrize(
    ("fields", "text", "expected"),
    [
        ({"partition_key": "2026-10"}, "current-month", "2026-10-01/2026-10-31"),
        ({"partition_key": "2026-10"}, "previous-month", "2026-09-01/2026-09-30"),
        ({"partition_key": "2026-10-05"}, "current-week", "2026-10-05/2026-10-11"),
        ({"partition_key": "2026-W41"}, "current-week", "2026-10-05/2026-10-11"),
        ({"partition_key": "2026-10-05T00:00:00"}, "current-day", "2026-10-05/2026-10-05"),
        ({"partition_key": "2026-09-30T22:00:00+00:00"}, "current-month", "2026-10-01/2026-10-31"),
        ({"partition_date": SUMMER_MIDNIGHT}, "current-month", "2026-10-01/2026-10-31"),
        ({"partition_date": SUMMER_MIDNIGHT, "partition_key": "x"}, "current-day", "2026-10-01/2026-10-01"),
        # A key names local days, whatever the zone in which the timetable made its date.
        ({"partition_key": "2026-10", "partition_date": SUMMER_MIDNIGHT}, "current-month", "2026-10-01/2026-10-31"),
        (
            {"partition_key": "2026-10", "partition_date": datetime(2026, 10, 1, tzinfo=UTC)},
            "current-month",
            "2026-10-01/2026-10-31",
        ),
        ({"partition_key": "2026-10-05/2026-10-11"}, "current-week", "2026-10-05/2026-10-11"),
        ({"partition_key": ""}, "current-month", "2026-12-01/2026-12-31"),
        ({"partition_key": "emea"}, "2026-03", "2026-03-01/2026-03-31"),
        ({"logical_date": datetime(2026, 11, 1, tzinfo=UTC)}, "previous-month", "2026-10-01/2026-10-31"),
        ({}, "previous-month", "2026-11-01/2026-11-30"),
        ({"partition_key": "2026-10"}, "2026-03", "2026-03-01/2026-03-31"),
    ],
)
def test_what_a_period_is_relative_to(fields: dict[str, Any], text: str, expected: str) -> None:
    assert str(period_of(text, run(**fields), LJUBLJANA)) == expected


def test_a_partition_west_of_greenwich_is_its_own_month() -> None:
    """Midnight UTC of the 1st of October is September in New York."""
    context = run(partition_key="2026-10", partition_date=datetime(2026, 10, 1, tzinfo=UTC))
    assert str(period_of("current-month", context, "America/New_York")) == "2026-10-01/2026-10-31"


@pytest.mark.parametrize("key", ["emea", "previous-month", "emea|2026-10", "2026", "month-ending-25", "1", "2026W01"])
def test_a_relative_period_of_a_partition_that_names_no_day_is_refused(key: str) -> None:
    """Counted from the run, a backfill and a scheduled run of one partition would mean different days."""
    with pytest.raises(AllHoursParameterError, match="names no day"):
        period_of("current-month", run(partition_key=key), LJUBLJANA)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("2026-W01", "current-month"),
        ("2026-10", "current-week"),
        ("2026-10", "previous-day"),
        ("2026-10", "month-ending-25"),
        ("2026-10-05/2026-10-11", "current-day"),
    ],
)
def test_what_means_different_periods_from_days_of_a_partition_is_refused(key: str, text: str) -> None:
    with pytest.raises(AllHoursParameterError, match="from the first day of the run's partition"):
        period_of(text, run(partition_key=key), LJUBLJANA)


def test_every_run_of_a_partition_means_the_same_days() -> None:
    runs = [
        run(partition_key="2026-10"),
        run(partition_key="2026-10", logical_date=datetime(2026, 11, 1, 6, tzinfo=UTC)),
        run(partition_key="2026-10", run_after=datetime(2027, 3, 1, tzinfo=UTC)),
    ]
    assert {str(period_of("current-month", one, LJUBLJANA)) for one in runs} == {"2026-10-01/2026-10-31"}
    context = {"dag_run": SimpleNamespace(), "partition_key": "2026-10", "logical_date": LATER}
    assert str(period_of("current-month", context, LJUBLJANA)) == "2026-10-01/2026-10-31"


def test_a_run_without_any_date_takes_absolute_periods_only() -> None:
    bare = run(run_after=None)
    assert str(period_of("2026-10-ending-25", bare, LJUBLJANA)) == "2026-09-26/2026-10-25"
    for text in ("previous-month", "month-ending-25", "previous-half-month", "previous-2-weeks-from-2026-01-05"):
        with pytest.raises(AllHoursParameterError, match="neither a logical date nor run_after"):
            period_of(text, bare, LJUBLJANA)


@pytest.mark.parametrize(
    ("hour", "zone", "expected", "warned"),
    [
        (6, "America/Los_Angeles", "2026-09-01/2026-09-30", True),
        (6, LJUBLJANA, "2026-10-01/2026-10-31", False),
        (12, "America/Los_Angeles", "2026-10-01/2026-10-31", False),
        (12, "Pacific/Auckland", "2026-10-01/2026-10-31", False),
    ],
)
def test_a_schedule_in_utc_that_means_another_month_in_the_company_is_warned_of(
    caplog: pytest.LogCaptureFixture, hour: int, zone: str, expected: str, warned: bool
) -> None:
    first = run(logical_date=datetime(2026, 11, 1, hour, tzinfo=UTC))
    assert str(period_of("previous-month", first, zone)) == expected
    assert ("counts from 2026-10-31 in America/Los_Angeles, which is 2026-11-01 in UTC" in caplog.text) == warned
    assert ("2026-10-01/2026-10-31" in caplog.text) == warned


def test_a_partition_of_a_timetable_in_utc_is_no_other_month_in_america() -> None:
    fields = {"partition_key": "202610", "partition_date": datetime(2026, 10, 1, tzinfo=UTC)}
    with pytest.raises(AllHoursParameterError, match=r"'202610' is 2026-10-01 in UTC and 2026-09-30 in America"):
        period_of("current-month", run(**fields), "America/Los_Angeles")
    assert str(period_of("current-month", run(**fields), LJUBLJANA)) == "2026-10-01/2026-10-31"
    late = {"partition_key": "late", "partition_date": datetime(2026, 10, 15, tzinfo=UTC)}
    assert str(period_of("current-month", run(**late), "America/Los_Angeles")) == "2026-10-01/2026-10-31"


def test_moments_of_native_rendering_are_the_companys_days() -> None:
    given = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
    assert str(period_of(given, run(), LJUBLJANA)) == "2026-11-01/2026-11-01"
    assert str(period_of([given, given], run(), LJUBLJANA)) == "2026-11-01/2026-11-01"
    assert str(period_of(given.replace(tzinfo=None), run(), LJUBLJANA)) == "2026-10-31/2026-10-31"
