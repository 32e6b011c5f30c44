# SPDX-License-Identifier: Apache-2.0
"""What the switches of :mod:`.switches` change in a successful answer; each function takes the switch's value."""

from __future__ import annotations

import json
from math import ceil
from typing import Any
from urllib.parse import urlencode

import msgspec

from airflow_provider_allhours.sandbox.answer import Answer, Call, records_of

# Users


def list_a_user_twice(copy: str, answer: Answer, call: Call) -> None:
    """The first time and attendance user comes again at the end, the same or with another last name."""
    if call.route != "users" or not isinstance(answer.content, list):
        return
    user = next((user for user in answer.content if user["IsTimeAttendanceUser"]), None)
    if user is not None:
        answer.content = [*answer.content, user if copy == "identical" else {**user, "LastName": "Differing"}]


def send_no_stop_date_as(year: str, answer: Answer, call: Call) -> None:
    """A stop date that is not set becomes the first day of year 0001 or the last of 9999."""
    if call.record == "User":
        for user in records_of(answer.content):
            if user["CalculationStopDate"] is None:
                user["CalculationStopDate"] = "0001-01-01T00:00:00" if year == "0001" else "9999-12-31T00:00:00"


def stop_before_start(is_on: bool, answer: Answer, call: Call) -> None:
    """The first time and attendance user of an answer starts on 12 October 2026 and stops on 30 September."""
    if call.record == "User":
        user = next((user for user in records_of(answer.content) if user["IsTimeAttendanceUser"]), None)
        if user is not None:
            user |= {"CalculationStartDate": "2026-10-12T00:00:00", "CalculationStopDate": "2026-09-30T00:00:00"}


def end_first_names_with_a_lone_surrogate(is_on: bool, answer: Answer, call: Call) -> None:
    """First names end with U+D800, which no UTF-8 text can hold."""
    for record in records_of(answer.content):
        if isinstance(record.get("FirstName"), str):
            record["FirstName"] = msgspec.Raw(json.dumps(record["FirstName"] + "\ud800").encode())


def send_ids_in_upper_case(routes: list[str], answer: Answer, call: Call) -> None:
    """Every ``Id`` and ``…Id`` that holds a GUID, nested records included."""
    if call.route in routes:
        answer.content = _upper_case_ids(answer.content)


def _upper_case_ids(content: Any) -> Any:
    if isinstance(content, list):
        return [_upper_case_ids(element) for element in content]
    if not isinstance(content, dict):
        return content
    return {
        name: value.upper() if name.endswith("Id") and isinstance(value, str) else _upper_case_ids(value)
        for name, value in content.items()
    }


# Employee-days


def exceed_a_day(field: str, answer: Answer, call: Call) -> None:
    """The field of the first employee-day's summary is 1,441 minutes."""
    days = records_of(answer.content)
    if call.route == "daily_calculations" and days:
        summary = days[0]["CalculationResultSummary"]
        days[0]["CalculationResultSummary"] = summary | {field: 1441}


def invalidate_days(dates: list[str], answer: Answer, call: Call) -> None:
    """Employee-days of these dates are not valid."""
    if call.route == "daily_calculations":
        for day in records_of(answer.content):
            if day["Date"] in dates:
                day["IsCalculationValid"] = False


# Lists


def cut_calculations(size: int, answer: Answer, call: Call) -> None:
    """The first employee-days under ``UserCalculations``, and how many there are."""
    if call.route == "daily_calculations":
        days = records_of(answer.content)
        answer.content = {"UserCalculations": days[:size], "TotalCount": len(days)}


def hide_absences_at_first(times: int, answer: Answer, call: Call) -> None:
    """GET Absences answers ``[]`` so many times, counted from the start of the sandbox."""
    if call.route == "absences" and isinstance(answer.content, list) and call.number <= times:
        answer.content = []


def cut_lists(paging: dict[str, Any], answer: Answer, call: Call) -> None:
    """One page of a bare array: ``{"size": 20, "routes": ["users"], "hint": "link"}``.

    The parameter ``page`` asks for further pages and counts from 1.
    """
    if call.route not in paging.get("routes", [call.route]) or not isinstance(answer.content, list):
        return
    size, total, hint = paging["size"], len(answer.content), paging.get("hint", "none")
    page = int(call.query.get("page", "1")) if call.query.get("page", "1").isdigit() else 1
    following = f"{call.path}?{urlencode({**call.query, 'page': page + 1})}" if page * size < total else None
    answer.content = answer.content[(page - 1) * size : page * size]
    if hint == "link" and following:
        answer.headers["Link"] = f'<{following}>; rel="next"'
    elif hint == "x-total-count":
        answer.headers["X-Total-Count"] = str(total)
    elif hint == "x-pagination":
        details = {"CurrentPage": page, "PageSize": size, "TotalCount": total, "TotalPages": ceil(total / size)}
        answer.headers["X-Pagination"] = json.dumps(details)
    elif hint in ("TotalCount", "@odata.count"):
        answer.content = {"value" if hint.startswith("@") else "Items": answer.content, hint: total}
    elif hint in ("nextLink", "@odata.nextLink"):
        answer.content = {"value": answer.content} | ({hint: following} if following else {})


def send_empty_lists_as(form: str, answer: Answer, call: Call) -> None:
    """A list without records becomes ``null``, a 204 or a 200 without a body."""
    if answer.content in ([], {"DailyCalculations": []}):
        if form == "null":
            answer.content = None
        elif form == "204":
            answer.status = 204
        else:
            answer.body = b""
