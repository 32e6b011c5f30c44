# SPDX-License-Identifier: Apache-2.0
"""What blocks a period, on records made by hand."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from airflow_provider_allhours.attendance.readiness import (
    CHECKS,
    DEFAULT_CHECKS,
    Blocker,
    Verdict,
    blockers_of_days,
    blockers_of_lists,
    blockers_of_period,
    is_locked,
    known_checks,
)
from airflow_provider_allhours.attendance.roster import Employment
from airflow_provider_allhours.client.decoding import decode
from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.client.models import Absence, DailyCalculation, User
from airflow_provider_allhours.periods import Period

SUMMARY_FIELDS = [
    f"{name}Value"
    for name in (
        "DailyBalance",
        "RunningBalance",
        "DailyOvertime",
        "PaidPresence",
        "PaidAbsence",
        "MissingPresence",
        "UnpaidPresence",
        "LunchBreak",
    )
]
DAYS = Period(date(2026, 10, 5), date(2026, 10, 6))


def made(record_class: type[Any], **fields: Any) -> Any:
    return decode(json.dumps(fields).encode(), record_class, request="GET /test")


def employment(**fields: Any) -> Employment:
    return Employment(made(User, Id="u", CustomId="1007", **fields), DAYS)


def calculation(day: int, *, valid: bool | None = True, **fields: Any) -> DailyCalculation:
    summary = dict.fromkeys(SUMMARY_FIELDS, 0)
    return made(
        DailyCalculation,
        Date=f"2026-10-{day:02}T00:00:00",
        CalculationResultSummary=summary,
        IsCalculationValid=valid,
        **{"MissingEventExceptions": [], **fields},
    )


def days_blocked(*calculations: DailyCalculation, checks: Any = ("calculations-valid",)) -> list[tuple[int, str]]:
    return [(blocker.day.day, blocker.reason) for blocker in blockers_of_days(checks, employment(), calculations)]


def test_valid_days_block_nothing() -> None:
    assert days_blocked(calculation(5), calculation(6), checks=CHECKS) == []


@pytest.mark.parametrize("valid", [False, None])
def test_a_day_is_valid_only_when_all_hours_says_so(valid: bool | None) -> None:
    assert days_blocked(calculation(5, valid=valid), calculation(6)) == [(5, "the calculation of the day is not valid")]


def test_a_day_without_a_calculation_is_not_valid() -> None:
    assert days_blocked(calculation(6)) == [(5, "All Hours has no calculation of the day")]


def test_a_day_with_two_calculations_is_not_valid() -> None:
    contradictory = [calculation(5, DailyComment="a"), calculation(5, DailyComment="b"), calculation(6)]
    assert days_blocked(*contradictory) == [(5, "All Hours has two different calculations of the day")]


def test_days_outside_the_employment_block_nothing() -> None:
    assert days_blocked(calculation(4, valid=False), calculation(5), calculation(6), calculation(7, valid=False)) == []


def test_a_day_with_a_missing_clocking() -> None:
    missing = calculation(6, MissingEventExceptions=[{}])
    assert days_blocked(calculation(5), missing, checks=["no-missing-events"]) == [
        (6, "a clock-in or clock-out is missing")
    ]
    assert days_blocked(calculation(5), missing, checks=["calculations-valid"]) == []


def test_a_day_that_does_not_say_whether_a_clocking_is_missing() -> None:
    silent = calculation(5, MissingEventExceptions=None)
    assert days_blocked(silent, checks=["no-missing-events"]) == [
        (5, "All Hours does not say whether a clock-in or clock-out is missing"),
        (6, "All Hours has no calculation of the day"),
    ]


def absence(day: int, status: int, user: str = "u") -> Absence:
    return made(
        Absence, Id="a", UserId=user, Timestamp=f"2026-10-{day:02}T00:00:00", AbsenceDefinitionId="d", Status=status
    )


@pytest.mark.parametrize(
    ("listed", "count"),
    [
        (absence(5, 1), 1),
        (absence(6, 1), 1),
        (absence(4, 1), 0),
        (absence(7, 1), 0),
        (absence(5, 1, user="stranger"), 0),
        *((absence(5, status), 0) for status in (0, 2, 3, 4)),
        *((absence(5, status), 1) for status in (5, -1, 77)),
        (absence(7, 77), 0),
    ],
)
def test_absences_of_employed_days_block_until_they_are_in_a_known_decided_state(listed: Absence, count: int) -> None:
    blockers = list(blockers_of_lists(["absences-decided"], [employment()], [listed]))
    assert [(blocker.check, blocker.user_id, blocker.employee_id) for blocker in blockers] == [
        ("absences-decided", "u", "1007")
    ] * count
    assert list(blockers_of_lists(["employee-ids"], [employment()], [listed])) == []


@pytest.mark.parametrize(
    ("status", "is_decided", "is_pending"),
    [
        (0, True, False),
        (1, False, True),
        (2, True, False),
        (3, True, False),
        (4, True, False),
        (5, False, False),
        (-1, False, False),
        (77, False, False),
    ],
)
def test_an_unknown_status_is_no_decision(status: int, is_decided: bool, is_pending: bool) -> None:
    assert (absence(5, status).is_decided, absence(5, status).is_pending) == (is_decided, is_pending)


@pytest.mark.parametrize("custom_id", [None, ""])
def test_employees_without_an_id_block(custom_id: str | None) -> None:
    nameless = Employment(made(User, Id="u", CustomId=custom_id), DAYS)
    assert [blocker.check for blocker in blockers_of_lists(DEFAULT_CHECKS, [nameless], [])] == ["employee-ids"]
    assert next(blockers_of_lists(["period-locked"], [nameless], [])).reason.endswith("up to 2026-10-06")


def test_employees_who_share_an_id_block() -> None:
    roster = [Employment(made(User, Id=user, CustomId=number), DAYS) for user, number in zip("abc", "771", strict=True)]
    assert [(blocker.user_id, blocker.reason) for blocker in blockers_of_lists(["employee-ids"], roster, [])] == [
        ("a", "2 users of the period have this employee id (CustomId)"),
        ("b", "2 users of the period have this employee id (CustomId)"),
    ]


@pytest.mark.parametrize(("today", "blocks"), [((2026, 10, 5), True), ((2026, 10, 6), True), ((2026, 10, 7), False)])
def test_a_period_is_over_when_its_last_day_is_past(today: tuple[int, int, int], blocks: bool) -> None:
    blockers = list(blockers_of_period(DEFAULT_CHECKS, DAYS, date(*today)))
    assert [(blocker.check, blocker.day) for blocker in blockers] == [("period-ended", DAYS.date_to)] * blocks
    assert list(blockers_of_period(["employee-ids"], DAYS, date(*today))) == []


@pytest.mark.parametrize("field", ["CalculationLockDate", "EventLockDate"])
@pytest.mark.parametrize(("lock", "locked"), [("2026-10-06", False), ("2026-10-07", True), (None, False)])
def test_a_lock_ends_before_the_first_day_that_may_change(field: str, lock: str | None, locked: bool) -> None:
    employee = employment(**{field: lock and f"{lock}T00:00:00"})
    assert is_locked(employee) is locked
    assert (not list(blockers_of_lists(["period-locked"], [employee], []))) is locked


def test_checks_are_known_named_and_counted_once() -> None:
    assert known_checks("period-locked") == ("period-locked",)
    assert known_checks(["employee-ids", "period-locked", "employee-ids"]) == ("employee-ids", "period-locked")
    for unknown in ([], ["employee-ids", "vibes"], "vibes"):
        with pytest.raises(AllHoursParameterError, match="parameter 'checks' is"):
            known_checks(unknown)


def blocker(check: str, user: str, day: date | None = None) -> Blocker:
    return Blocker(check, user, "", day, "")


@pytest.mark.parametrize(
    ("blockers", "sentence"),
    [
        ([], "October 2026 is ready"),
        ([("absences-decided", "a")], "1 person blocks October 2026: 1 pending absence"),
        (
            [("absences-decided", "a"), ("absences-decided", "a"), ("employee-ids", "b")],
            "2 people block October 2026: 2 pending absences, 1 employee without a number of their own",
        ),
        ([("period-ended", "")], "October 2026 is not over (last day 2026-10-31)"),
        (
            [("period-ended", ""), ("employee-ids", "b")],
            "October 2026 is not over (last day 2026-10-31); 1 person blocks October 2026: 1 employee without a number "
            "of their own",
        ),
    ],
)
def test_the_summary_counts_people_and_causes(blockers: list[tuple[str, str]], sentence: str) -> None:
    month = Period(date(2026, 10, 1), date(2026, 10, 31))
    verdict = Verdict(month, DEFAULT_CHECKS, tuple(blocker(*each) for each in blockers))
    assert verdict.summary == sentence
    assert verdict.is_ready is (not blockers)
    assert verdict.to_json()["blockers"].keys() == set(DEFAULT_CHECKS)


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [((10, 1), (10, 31), "October 2026"), ((10, 1), (10, 30), "2026-10-01"), ((10, 2), (10, 31), "2026-10-02")],
)
def test_only_a_whole_month_has_its_name(first: tuple[int, int], last: tuple[int, int], name: str) -> None:
    period = Period(date(2026, *first), date(2026, *last))
    assert Verdict(period, CHECKS, ()).summary.startswith(name)
