# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.periods import Period, fixed_offset, local_date, resolve_period

REFERENCE = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-10", date(2026, 10, 1), date(2026, 10, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-W41", date(2026, 10, 5), date(2026, 10, 11)),
        ("2026-W01", date(2025, 12, 29), date(2026, 1, 4)),
        ("2026-W53", date(2026, 12, 28), date(2027, 1, 3)),
        ("2026-10-05", date(2026, 10, 5), date(2026, 10, 5)),
        ("2026-10-01/2026-10-15", date(2026, 10, 1), date(2026, 10, 15)),
        (" 2026-10-05/2026-10-05 ", date(2026, 10, 5), date(2026, 10, 5)),
        ("previous-month", date(2026, 2, 1), date(2026, 2, 28)),
        ("current-month", date(2026, 3, 1), date(2026, 3, 31)),
        ("previous-week", date(2026, 2, 16), date(2026, 2, 22)),
        ("current-week", date(2026, 2, 23), date(2026, 3, 1)),
        ("previous-day", date(2026, 2, 28), date(2026, 2, 28)),
        ("current-day", date(2026, 3, 1), date(2026, 3, 1)),
    ],
)
def test_every_accepted_form(text: str, first: date, last: date) -> None:
    assert resolve_period(text, reference=REFERENCE) == Period(first, last)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "october",
        "2026-13",
        "2026-00",
        "2025-W53",
        "2026-02-30",
        "2026-10-15/2026-10-01",
        "2026-10/2026-11",
        "20261005",
        "last-month",
        "2026-10-01/",
        "2026-W41-1",
    ],
)
def test_anything_else_shows_the_accepted_forms(text: str) -> None:
    with pytest.raises(AllHoursParameterError, match="parameter 'period'.*2026-W41.*previous-month"):
        resolve_period(text, reference=REFERENCE)


def test_both_ends_are_days_of_the_period() -> None:
    period = Period(date(2026, 10, 24), date(2026, 10, 26))
    assert [day.day for day in period.days()] == [24, 25, 26]
    assert [day for day in range(20, 31) if date(2026, 10, day) in period] == [24, 25, 26]
    assert period.length == 3
    assert str(period) == "2026-10-24/2026-10-26"
    assert Period(date(2026, 10, 24), date(2026, 10, 24)).length == 1


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (None, None, (1, 31)),
        ("2026-10-15", None, (15, 31)),
        ("2026-09-15", None, (1, 31)),
        (None, "2026-10-15", (1, 15)),
        (None, "2026-11-15", (1, 31)),
        ("2026-10-31", None, (31, 31)),
        (None, "2026-10-01", (1, 1)),
        ("2026-10-10", "2026-10-12", (10, 12)),
        ("2026-11-01", None, None),
        (None, "2026-09-30", None),
    ],
)
def test_the_part_of_a_period_in_which_somebody_works(
    first: str | None, last: str | None, days: tuple[int, int] | None
) -> None:
    limits = [date.fromisoformat(limit) if limit else None for limit in (first, last)]
    expected = Period(date(2026, 10, days[0]), date(2026, 10, days[1])) if days else None
    assert Period.of_month(2026, 10).within(*limits) == expected


def test_the_day_of_a_moment_is_the_companys() -> None:
    just_before_midnight_utc = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
    assert local_date(just_before_midnight_utc, "Europe/Ljubljana") == date(2026, 11, 1)
    assert local_date(just_before_midnight_utc, "America/New_York") == date(2026, 10, 31)


@pytest.mark.parametrize("name", ["Europe/Atlantis", "Europe", "", "../UTC", "/etc/localtime"])
def test_an_unknown_zone_is_named(name: str) -> None:
    with pytest.raises(AllHoursParameterError, match=f"'timezone' is '{name}'; it takes an IANA name"):
        local_date(datetime(2026, 10, 1, tzinfo=UTC), name)


def test_a_period_reads_its_own_json() -> None:
    october = Period.of_month(2026, 10)
    assert october.to_json() == {"from": "2026-10-01", "to": "2026-10-31"}
    assert Period.from_json(october.to_json()) == october
    day = {"from": "2026-10-01", "to": "2026-10-01"}
    assert Period.from_json(day).to_json() == day


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ({"from": "2026-10-02", "to": "2026-10-01"}, ValueError),
        ({"from": "2026-10-02", "to": "tomorrow"}, ValueError),
        ({"from": "2026-10-02"}, KeyError),
        ({"from": None, "to": None}, TypeError),
    ],
)
def test_what_is_no_period_is_refused(document: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error):
        Period.from_json(document)


@pytest.mark.parametrize(
    ("text", "reference", "first", "last"),
    [
        ("month-ending-25", "2026-10-26", "2026-09-26", "2026-10-25"),
        ("month-ending-25", "2026-10-25", "2026-08-26", "2026-09-25"),
        ("month-ending-25", "2026-11-25", "2026-09-26", "2026-10-25"),
        ("month-ending-25", "2026-01-10", "2025-11-26", "2025-12-25"),
        ("month-ending-31", "2026-03-01", "2026-02-01", "2026-02-28"),
        ("month-ending-30", "2026-03-15", "2026-01-31", "2026-02-28"),
        ("month-ending-30", "2026-03-31", "2026-03-01", "2026-03-30"),
        ("2026-10-ending-25", "1970-01-01", "2026-09-26", "2026-10-25"),
        ("2026-01-ending-20", "1970-01-01", "2025-12-21", "2026-01-20"),
        ("previous-half-month", "2026-10-01", "2026-09-16", "2026-09-30"),
        ("previous-half-month", "2026-10-15", "2026-09-16", "2026-09-30"),
        ("previous-half-month", "2026-10-16", "2026-10-01", "2026-10-15"),
        ("previous-half-month", "2026-03-02", "2026-02-16", "2026-02-28"),
        ("previous-2-weeks-from-2026-01-05", "2026-01-19", "2026-01-05", "2026-01-18"),
        ("previous-2-weeks-from-2026-01-05", "2026-02-01", "2026-01-05", "2026-01-18"),
        ("previous-2-weeks-from-2026-01-05", "2026-02-02", "2026-01-19", "2026-02-01"),
        ("previous-2-weeks-from-2026-01-05", "2025-12-25", "2025-12-08", "2025-12-21"),
    ],
)
def test_pay_calendars(text: str, reference: str, first: str, last: str) -> None:
    found = resolve_period(text, reference=date.fromisoformat(reference))
    assert str(found) == f"{first}/{last}"
    assert found.date_to < date.fromisoformat(reference) or text.startswith("2026")


@given(reference=st.dates(date(2020, 1, 1), date(2030, 12, 31)), end=st.integers(1, 31))
def test_pay_months_follow_each_other(reference: date, end: int) -> None:
    """The next one begins behind this one, and the last that is over is the one."""
    found = resolve_period(f"month-ending-{end}", reference=reference)
    assert found.date_to < reference
    later = (resolve_period(f"month-ending-{end}", reference=reference + timedelta(days=days)) for days in range(40))
    following = next(period for period in later if period != found)
    assert following.date_from == found.date_to + timedelta(days=1)
    assert following.date_to >= reference


@pytest.mark.parametrize(
    "text",
    ["month-ending-0", "month-ending-32", "2026-13-ending-25", "previous-2-weeks-from-2026-02-30", "previous-3-weeks"],
)
def test_pay_calendars_that_do_not_exist(text: str) -> None:
    with pytest.raises(AllHoursParameterError, match="it takes 2026-10, .*previous-2-weeks-from-2026-01-05"):
        resolve_period(text, reference=date(2026, 10, 5))


@pytest.mark.parametrize(
    ("given_as", "text"),
    [
        (date(2026, 10, 5), "2026-10-05"),
        (datetime(2026, 10, 5, 8, 30), "2026-10-05"),
        ((date(2026, 10, 1), date(2026, 10, 15)), "2026-10-01/2026-10-15"),
        (["2026-10-01", datetime(2026, 10, 15)], "2026-10-01/2026-10-15"),
        (20261005, "2026-10-05"),
        ((20261001, 20261015), "2026-10-01/2026-10-15"),
    ],
)
def test_what_native_rendering_makes_of_a_period(given_as: object, text: str) -> None:
    day = date(2026, 10, 5)
    assert resolve_period(given_as, reference=day) == resolve_period(text, reference=day)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("2026-10", "2026-10"),
        ("2026-W41", "2026-W41"),
        ("2026-10-05", "2026-10-05"),
        ("2026-10-01/2026-10-15", "2026-10-01_2026-10-15"),
        ("2026-10-01/2026-10-31", "2026-10"),
        ("2026-10-05/2026-10-11", "2026-W41"),
        ("2026-W53", "2026-W53"),
    ],
)
def test_a_file_is_named_by_what_it_holds(text: str, name: str) -> None:
    period = resolve_period(text, reference=date(2026, 1, 1))
    assert period.name == name
    filled = period.fill("/data/{period}/{date_from}_{date_to}/{other}.csv")
    assert filled == f"/data/{name}/{period.date_from}_{period.date_to}/{{other}}.csv"


@pytest.mark.parametrize(
    ("name", "minutes"),
    [("+01:30", 90), ("-0930", -570), ("+23:59", 1439), ("+24:00", None), ("+01:60", None), ("01:00", None)],
)
def test_an_offset_is_a_zone(name: str, minutes: int | None) -> None:
    zone = fixed_offset(name)
    found = None if zone is None else zone.utcoffset(None)
    assert found == (None if minutes is None else timedelta(minutes=minutes))
