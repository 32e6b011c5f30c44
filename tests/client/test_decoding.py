# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import pytest

from airflow_provider_allhours.client.calculations import parse_calculations
from airflow_provider_allhours.client.decoding import decode
from airflow_provider_allhours.client.errors import AllHoursContractError
from airflow_provider_allhours.client.models import Absence, AbsenceDraft, Clocking, User, absence_status_name

SUMMARY = {
    "DailyBalanceValue": 30,
    "RunningBalanceValue": -120,
    "DailyOvertimeValue": 0,
    "PaidPresenceValue": 480,
    "PaidAbsenceValue": 0,
    "MissingPresenceValue": 0,
    "UnpaidPresenceValue": 0,
    "LunchBreakValue": 30,
}


def day(**changes: Any) -> dict[str, Any]:
    return {"UserId": "u", "Date": "2026-10-05", "CalculationResultSummary": SUMMARY, **changes}


def calculations(answer: object) -> Any:
    return parse_calculations(json.dumps(answer).encode(), request="GET /x")


@pytest.mark.parametrize(
    "moment",
    [
        "2026-10-05T00:00:00",
        "2026-10-05T00:00:00.0000000",
        "2026-10-05T00:00:00.123",
        "2026-10-05T00:00:00Z",
        "2026-10-05T00:00:00+02:00",
        "2026-10-05",
    ],
)
def test_a_day_is_the_date_part_as_sent(moment: str) -> None:
    body = json.dumps({"Id": "a", "UserId": "u", "Timestamp": moment}).encode()
    absence = decode(body, Absence, request="GET /x")
    assert absence.day == date(2026, 10, 5)
    assert absence.timestamp.tzinfo is None


def test_seven_fractional_digits_are_cut_to_microseconds() -> None:
    body = b'{"Id":"a","UserId":"u","Timestamp":"2022-03-17T16:35:28.5939628"}'
    assert decode(body, Absence, request="GET /x").timestamp == datetime(2022, 3, 17, 16, 35, 28, 593962)


@pytest.mark.parametrize(
    ("field", "sent", "read"),
    [
        ("CalculationStartDate", "0001-01-01", None),
        ("CalculationStartDate", "0002-01-01", date(2, 1, 1)),
        ("CalculationStopDate", "9999-12-31", None),
        ("CalculationStopDate", "9998-12-31", date(9998, 12, 31)),
        ("CalculationLockDate", "0001-01-01", None),
        ("CalculationLockDate", "9999-12-31", date(9999, 12, 31)),
    ],
)
def test_a_date_that_stands_for_no_date(field: str, sent: str, read: date | None) -> None:
    user = decode(json.dumps({"Id": "u", field: f"{sent}T00:00:00"}).encode(), User, request="GET /x")
    known = (user.calculation_start_date, user.calculation_stop_date, user.calculation_lock_date)
    assert [day for day in known if day is not None] == ([] if read is None else [read])


def test_clockings_with_and_without_an_id_have_an_order() -> None:
    sent = [("08:00", "b"), ("08:00", None), ("07:00", "c"), ("08:00", "a")]
    body = json.dumps([{"Timestamp": f"2026-10-05T{time}:00", "Id": id_} for time, id_ in sent]).encode()
    found = sorted(decode(body, list[Clocking], request="GET /x"), key=lambda clocking: clocking.order)
    assert [clocking.id for clocking in found] == ["c", None, "a", "b"]


def test_of_a_clocking_in_a_day_nothing_is_read_that_nothing_needs() -> None:
    clocking = {
        "Timestamp": "2026-10-05T08:00:00",
        "ClockingDefinitionId": "0A5E7F3C-1111-4222-8333-444455556666",
        "InsertedOn": "not a moment",
        "OriginalTimestamp": 5,
    }
    (read,) = calculations([day(Clockings=[clocking])]).days
    assert read.clockings[0].timestamp == datetime(2026, 10, 5, 8)
    assert read.clockings[0].clocking_definition_id == "0a5e7f3c-1111-4222-8333-444455556666"
    with pytest.raises(AllHoursContractError, match="Timestamp"):
        calculations([day(Clockings=[{**clocking, "Timestamp": "not a moment"}])])


def test_form_is_tolerated() -> None:
    body = b'\xef\xbb\xbf[{"Id":"u","CustomId":17,"IsArchived":"false","Unknown":{"a":[1]},"Email":null}]'
    (user,) = decode(body, list[User], request="GET /x")
    assert user.employee_id == "17"
    assert user.is_archived is False
    assert user.email is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<!DOCTYPE html><html></html>", "a page of HTML where a list of users is due"),
        (b"", "answered nothing"),
        (b'[{"Id":"u"', "not JSON"),
        (b'{"Id":"u"}', "an array is due, an object came$"),
        (b'[{"FirstName":"Ana"}]', r"the field Id is absent, at `\$\[0\]`"),
        (b'[{"Id":null}]', r"a text is due, null came, at `\$\[0\]\.Id`"),
        (b'[{"Id":"u","IsArchived":7.5}]', r"true or false or null is due, a number came, at `\$\[0\]\.IsArchived`"),
        (b'[{"Id":"u","BirthDate":"5th of May"}]', "an ISO date is due"),
        (b'[{"Id":"u","Unknown":' + b"[" * 100_000, "nested too deeply"),
        (b"[\xff]", "not JSON"),
    ],
)
def test_meaning_is_not(body: bytes, said: str) -> None:
    with pytest.raises(AllHoursContractError, match=said) as caught:
        decode(body, list[User], request="GET /api/v1/Users")
    assert "GET /api/v1/Users" in str(caught.value)
    assert "Ana" not in str(caught.value)
    assert "May" not in str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [
        {"DailyCalculations": [day()]},
        {"UserCalculations": [day()], "TotalCount": 1},
        {"UserCalculations": [{"DailyCalculations": [day()]}], "TotalCount": 1},
        [day()],
    ],
)
def test_every_open_shape_of_the_calculations_is_read(answer: object) -> None:
    page = calculations(answer)
    assert [found.date for found in page.days] == [date(2026, 10, 5)]
    assert not page.is_cut


def test_a_page_that_says_there_is_more_is_cut() -> None:
    assert calculations({"UserCalculations": [day()], "TotalCount": 31}).is_cut


@pytest.mark.parametrize("answer", [{}, {"Days": []}, {"DailyCalculations": None}, {"DailyCalculations": {}}, "x"])
def test_another_shape_is_not(answer: object) -> None:
    with pytest.raises(AllHoursContractError):
        calculations(answer)


def test_a_renamed_minutes_field_is_an_error_not_an_empty_month() -> None:
    renamed = {("PaidPresence" if k == "PaidPresenceValue" else k): v for k, v in SUMMARY.items()}
    with pytest.raises(AllHoursContractError, match="PaidPresenceValue"):
        calculations({"DailyCalculations": [day(CalculationResultSummary=renamed)]})


def test_nulls_in_an_employee_day_are_read() -> None:
    (found,) = calculations({"DailyCalculations": [day(Accruals=None, Absences=None, Clockings=None)]}).days
    assert found.counter_minutes(1) is None


def test_counter_values_are_text_on_the_wire() -> None:
    accruals = [
        {"CalculationResultTypeCode": 1, "ValueType": 1, "Value": "480"},
        {"CalculationResultTypeCode": 2, "ValueType": 1, "Value": 15},
        {"CalculationResultTypeCode": 3, "ValueType": 2, "Value": "7"},
        {"CalculationResultTypeCode": 4, "ValueType": 1, "Value": "n/a"},
    ]
    (found,) = calculations({"DailyCalculations": [day(Accruals=accruals)]}).days
    assert [found.counter_minutes(code) for code in (1, 2, 3, 4, 5)] == [480, 15, None, None, None]


def test_a_draft_goes_out_as_a_local_day() -> None:
    draft = AbsenceDraft(
        user_id="u",
        absence_definition_id="d",
        day=date(2026, 10, 25),
        partial_from=datetime(2026, 10, 25, 8),
        partial_to=datetime(2026, 10, 25, 12, 30),
    )
    body = draft.to_wire()
    assert body["Timestamp"] == "2026-10-25T00:00:00"
    assert (body["PartialTimeFrom"], body["PartialTimeDuration"]) == ("2026-10-25T08:00:00", 270)
    assert body["IsPartial"] is True


def test_states_have_names_and_unknown_ones_stay_visible() -> None:
    names = [absence_status_name(code) for code in (0, 1, 2, 3, 4, 9)]
    assert names == ["auto-approved", "pending", "approved", "rejected", "auto-approved-notified", "status-9"]


@pytest.mark.parametrize(
    ("clock", "is_shifted"),
    [
        ("T00:00:00", False),
        ("T00:00:00.0000000", False),
        ("T00:00:00Z", False),
        ("T00:00:00+02:00", False),
        ("T23:59:59", False),
        ("T23:59:59.9999999", False),
        ("T08:00:00", False),
        ("T16:35:28.5939628", False),
        ("T22:00:00", True),
        ("T23:00:00.000", True),
        ("T18:30:00", True),
        ("T22:00:00Z", True),
        ("T08:00:00Z", True),
        ("T01:00:00+02:00", True),
    ],
)
def test_days_that_are_the_midnight_of_another_zone(clock: str, is_shifted: bool) -> None:
    user = json.dumps({"Id": "u", "CalculationStopDate": f"2026-10-05{clock}"}).encode()
    absence = json.dumps({"Id": "a", "UserId": "u", "Timestamp": f"2026-10-05{clock}"}).encode()
    if is_shifted:
        for body, kind in ((user, User), (absence, Absence)):
            with pytest.raises(AllHoursContractError, match="midnight of another time zone"):
                decode(body, kind, request="GET /x")
    else:
        assert decode(user, User, request="GET /x").calculation_stop_date == date(2026, 10, 5)
        assert decode(absence, Absence, request="GET /x").day == date(2026, 10, 5)


def test_a_wrong_declaration_of_the_character_set() -> None:
    body = '[{"Id":"u","FirstName":"Žiga"}]'
    for sent, declared in (
        (body.encode(), "iso-8859-1"),
        (body.encode("cp1250"), "windows-1250"),
        (body.encode("utf-16"), "utf-16"),
    ):
        content_type = f"application/json; charset={declared}"
        assert decode(sent, list[User], request="GET /x", content_type=content_type)[0].first_name == "Žiga"
    with pytest.raises(AllHoursContractError, match="not in the character set"):
        decode(body.encode("cp1250"), list[User], request="GET /x", content_type="text/json; charset=klingon")
