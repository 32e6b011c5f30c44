# SPDX-License-Identifier: Apache-2.0
"""Units, moments and names of records as an account sends them."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_allhours.client.contract import parse_contract
from airflow_provider_allhours.client.contract.wire_records import WireForm, minutes_from
from airflow_provider_allhours.client.errors import AllHoursParameterError


@pytest.mark.parametrize(
    ("sent", "unit", "minutes"),
    [
        (8, "hours", 480),
        (7.75, "hours", 465),
        ("-0.5", "hours", -30),
        (0.008, "hours", 0),
        (0.0084, "hours", 1),
        (28800, "seconds", 480),
        (90, "seconds", 2),
        (-90, "seconds", -2),
        ("8:05", "hh:mm", 485),
        ("-1:30", "hh:mm", -90),
        ("-0:30", "hh:mm", -30),
        ("100:00:30", "hh:mm", 6001),
        (480, "minutes", 480),
        ("7.5", "minutes", 8),
        (True, "hours", None),
        ("8,5", "hours", None),
        ("soon", "hh:mm", None),
        ("8:65", "hh:mm", None),
        (None, "hours", None),
        ("nan", "hours", None),
        (8, "hh:mm", None),
    ],
)
def test_minutes(sent: object, unit: Any, minutes: int | None) -> None:
    assert minutes_from(sent, unit) == minutes


def form(
    route: str, stated: dict[str, Any] | None = None, timezone: str = "Europe/Ljubljana", **contract: Any
) -> WireForm:
    routes = {} if stated is None else {"routes": {route: stated}}
    return WireForm.of(route, parse_contract({**contract, **routes}), timezone)


def test_an_account_as_believed_costs_nothing() -> None:
    assert form("daily_calculations").is_as_believed
    assert form("users", {"timestamps": "local"}).is_as_believed
    assert form("daily_calculations", {"minutes": "minutes"}).is_as_believed
    assert not form("users", case="camel").is_as_believed


@pytest.mark.parametrize(
    ("sent", "timezone", "local"),
    [
        ("2026-10-04T22:00:00Z", "Europe/Ljubljana", "2026-10-05T00:00:00"),
        ("2026-10-25T23:00:00Z", "Europe/Ljubljana", "2026-10-26T00:00:00"),
        ("2026-10-05T04:00:00", "America/New_York", "2026-10-05T00:00:00"),
        ("2026-10-05", "America/New_York", "2026-10-05"),
        ("2026-10-05T00:00:00", "America/New_York", "2026-10-05T00:00:00"),
        ("2026-10-05T00:00:00Z", "America/New_York", "2026-10-05T00:00:00Z"),
        ("9999-12-31T23:59:59", "Europe/Ljubljana", "9999-12-31T23:59:59"),
        ("not a date, at all", "Europe/Ljubljana", "not a date, at all"),
    ],
)
def test_days_in_utc(sent: str, timezone: str, local: str) -> None:
    utc = form("users", {"timestamps": "utc"}, timezone)
    assert utc.ours({"Id": "u", "CalculationStartDate": sent})["CalculationStartDate"] == local


def test_moments_in_utc_also_inside_a_day() -> None:
    utc = form("daily_calculations", {"timestamps": "utc"})
    record = utc.ours(
        {
            "Date": "2026-10-04T22:00:00Z",
            "Clockings": [{"Timestamp": "2026-10-05T06:00:00Z"}, {"Timestamp": None}],
            "CalculationResultSummary": {"PaidPresenceValue": 480},
        }
    )
    assert record["Date"] == "2026-10-05T00:00:00"
    assert record["Clockings"] == [{"Timestamp": "2026-10-05T08:00:00"}, {"Timestamp": None}]


def test_names() -> None:
    snake = form("users", case="snake").ours({"id": "u", "custom_id": "1", "custom_field_3": "x", "first_name": "A"})
    assert snake == {"Id": "u", "CustomId": "1", "CustomField3": "x", "FirstName": "A"}
    camel = form("users", {"fields": {"CustomId": "staffNo"}}, case="camel").ours({"id": "u", "staffNo": "7"})
    assert camel["CustomId"] == "7"


def test_a_field_that_they_do_not_send_is_absent() -> None:
    renamed = form("users", {"fields": {"CustomId": "StaffNo"}})
    assert renamed.ours({"Id": "u", "CustomId": "of somebody else"}) == {"Id": "u"}
    nested = form("users", {"fields": {"CustomId": "Job.No"}})
    assert nested.ours({"Id": "u", "Job": None}) == {"Id": "u", "Job": None}
    assert nested.ours({"Id": "u", "Job": {"No": "5"}})["CustomId"] == "5"


def test_what_is_written_is_spelled_as_the_account_does_or_refused() -> None:
    body = {"UserId": "u", "CustomField1": "x", "IsPartial": True}
    assert form("absences").theirs(body) == body
    assert form("absences", case="camel").theirs(body) == {"userId": "u", "customField1": "x", "isPartial": True}
    assert form("absences", case="snake").theirs(body) == {"user_id": "u", "custom_field1": "x", "is_partial": True}
    for stated in ({"minutes": "hours"}, {"timestamps": "utc"}, {"fields": {"Comment": "Remark"}}):
        with pytest.raises(AllHoursParameterError, match=f"{next(iter(stated))} of this account differ"):
            form("absences", stated).theirs(body)


def test_one_user_is_spelled_as_the_list_of_users() -> None:
    contract = parse_contract({"routes": {"users": {"fields": {"CustomId": "StaffNo"}}}})
    assert WireForm.of("user", contract, None).ours({"Id": "u", "StaffNo": "7"})["CustomId"] == "7"


def test_the_duration_of_leave_follows_the_route_of_absences() -> None:
    hours = form("absences", {"minutes": "hours"})
    assert hours.ours({"Id": "a", "PartialTimeDuration": 4})["PartialTimeDuration"] == 240
    contract = parse_contract({"routes": {"absences": {"minutes": "hours"}}})
    day = WireForm.of("daily_calculations", contract, None)
    record = day.ours({"Absences": [{"PartialTimeDuration": 4}], "CalculationResultSummary": {"PaidPresenceValue": 9}})
    assert record["Absences"] == [{"PartialTimeDuration": 240}]
    assert record["CalculationResultSummary"] == {"PaidPresenceValue": 9}
