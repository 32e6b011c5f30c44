# SPDX-License-Identifier: Apache-2.0
"""Other readings of the API, as switches of the sandbox, and what an export does; the documentation shows them."""

from __future__ import annotations

from typing import Any

DATASETS = ("timesheets", "counters", "absences", "clockings", "users")

RIGHT: dict[str, dict[str, Any]] = {
    "identical double of a user": {"doubled_user": "identical"},
    "no stop date as year 0001": {"no_stop_date": "0001"},
    "no stop date as year 9999": {"no_stop_date": "9999"},
    "ids of users in upper case": {"upper_case_ids": ["users"]},
    "ids of absences in upper case": {"upper_case_ids": ["absences"]},
    "ids of clockings in upper case": {"upper_case_ids": ["clockings"]},
    "ids of days in upper case": {"upper_case_ids": ["daily_calculations"]},
    "ids of absence definitions in upper case": {"upper_case_ids": ["absence_definitions"]},
    "exclusive ends of days": {"calculations_end_inclusive": False},
    "exclusive ends of lists": {"date_to_inclusive": False},
    "windows of one week": {"max_window_days": 7},
    "windows of two days with exclusive ends": {
        "max_window_days": 2,
        "date_to_inclusive": False,
        "calculations_end_inclusive": False,
    },
    "windows of one day": {"max_window_days": 1},
    "minutes as text": {"numbers_as_text": True},
    "pages of days that say so": {"calculations_page": 3},
    "compressed answers": {"gzip": True},
    "empty lists as null": {"empty_lists": "null"},
    "empty lists as 204": {"empty_lists": "204"},
    "empty lists as an empty body": {"empty_lists": "empty-body"},
    "archived users unlisted": {"archived_listed": False},
    "local times with a Z": {"timestamp_style": "zulu"},
    "local times with an offset": {"timestamp_style": "offset"},
}

LOUD: dict[str, tuple[tuple[str, ...], dict[str, Any], str]] = {
    "nobody has the flag": (
        DATASETS[:4],
        {"renamed_fields": {"User.IsTimeAttendanceUser": "TracksTime"}},
        "IsTimeAttendanceUser",
    ),
    "the flag is null": (DATASETS[:4], {"null_fields": ["User.IsTimeAttendanceUser"]}, "IsTimeAttendanceUser is null"),
    "no employee id": (DATASETS, {"absent_fields": ["User.CustomId"]}, "CustomId of GET /api/v1/Users"),
    "no start dates": (DATASETS, {"absent_fields": ["User.CalculationStartDate"]}, "CalculationStartDate"),
    "no stop dates": (DATASETS, {"absent_fields": ["User.CalculationStopDate"]}, "CalculationStopDate"),
    "no status of absences": (("absences",), {"renamed_fields": {"Absence.Status": "State"}}, "Status of GET"),
    "no status in days": (("timesheets",), {"absent_fields": ["Absence.Status"]}, "has no Status"),
    "no names of absences in days": (
        ("timesheets",),
        {"null_fields": ["Absence.AbsenceDefinitionName"]},
        "has no name of its definition",
    ),
    "no user of clockings": (("clockings",), {"absent_fields": ["Clocking.UserId"]}, "UserId"),
    "no counters": (("timesheets", "counters"), {"absent_fields": ["UserDailyCalculation.Accruals"]}, "Accruals"),
    "no counter codes": (
        ("timesheets", "counters"),
        {"renamed_fields": {"CalculationResult.CalculationResultTypeCode": "Code"}},
        "Accruals.CalculationResultTypeCode",
    ),
    "no counter values": (("counters",), {"absent_fields": ["CalculationResult.Value"]}, "Accruals.Value"),
    "no validity": (("timesheets",), {"absent_fields": ["UserDailyCalculation.IsCalculationValid"]}, "IsCalculation"),
    "no missing events": (
        ("timesheets",),
        {"absent_fields": ["UserDailyCalculation.MissingEventExceptions"]},
        "MissingEventExceptions",
    ),
    "no paid presence": (
        ("timesheets", "counters"),
        {"renamed_fields": {"DailySummary.PaidPresenceValue": "PaidPresence"}},
        "the field PaidPresenceValue is absent",
    ),
    "a user twice, differing": (DATASETS, {"doubled_user": "differing"}, "two different records with the Id 0100"),
    "a stop before the start": (DATASETS[:4], {"stop_before_start": True}, "is before CalculationStartDate"),
    "hours": (("timesheets", "counters"), {"minutes_format": "hours"}, "decimal point"),
    "clock times": (("timesheets", "counters"), {"minutes_format": "hh:mm"}, "hh:mm"),
    "seconds": (("timesheets", "counters"), {"minutes_format": "seconds"}, "a day has at most 1440"),
    "more than a day of presence": (
        ("timesheets", "counters"),
        {"oversized_field": "PaidPresenceValue"},
        "1441 minutes as PaidPresenceValue of user 0100",
    ),
    "whole days as UTC": (("timesheets", "counters", "absences"), {"whole_days_in_utc": True}, "timestamps: utc"),
    "times in UTC": (("timesheets", "counters", "absences"), {"timestamp_style": "utc"}, "timestamps: utc"),
    "no clockings and no archived user": (
        ("timesheets", "counters"),
        {"archived_listed": False, "missing_routes": ["clockings"]},
        "people who left cannot be seen",
    ),
    "no absences and no archived user": (
        ("timesheets", "counters"),
        {"archived_listed": False, "missing_routes": ["absences"]},
        "people who left cannot be seen",
    ),
    **{
        f"first page of users, {hint}": (
            DATASETS,
            {"paging": {"size": 4, "routes": ["users"], "hint": hint}},
            "page of",
        )
        for hint in ("link", "x-total-count", "x-pagination")
    },
    **{
        f"first page of users, {hint}": (
            DATASETS,
            {"paging": {"size": 4, "routes": ["users"], "hint": hint}},
            "list of",
        )
        for hint in ("TotalCount", "nextLink", "@odata.count", "@odata.nextLink")
    },
    "ten users without a hint": (
        ("timesheets", "counters"),
        {"paging": {"size": 10, "routes": ["users"]}},
        "is missing from the list of users",
    ),
    "twenty absences without a hint": (
        ("absences",),
        {"paging": {"size": 20, "routes": ["absences"]}},
        "one page of more",
    ),
    "twenty clockings without a hint": (
        ("clockings",),
        {"paging": {"size": 20, "routes": ["clockings"]}},
        "one page of more",
    ),
}


PASSING = {
    "latency", "slow_body", "slow_headers", "revoke", "reset", "cut_before", "cut_after", "truncated", "rate_limit",
    "status",
}  # fmt: skip
"""Faults that one failure of a read does not stop: the read is sent again, or the response only takes longer."""

STOPPING = {"html", "wrong_shape", "empty", "empty_body", "truncated_json", "deep_json", "redirect"}
"""Faults that no second request repairs, because they look like a response and hold something else."""
