# SPDX-License-Identifier: Apache-2.0
"""The text that a person approves a plan by."""

from __future__ import annotations

from datetime import date

from airflow_provider_allhours.absences.ledger import CREATE, DELETE, UPDATE
from airflow_provider_allhours.absences.plan import Plan
from airflow_provider_allhours.absences.review import readable_diff
from airflow_provider_allhours.absences.step import CONFLICT, UNCHANGED, UNKNOWN, Step
from airflow_provider_allhours.periods import Period

WEEK = Period(date(2027, 2, 1), date(2027, 2, 7))


def test_the_diff_shows_ids_and_dates_and_is_cut() -> None:
    made = Plan(
        WEEK,
        "https://x",
        (
            Step(DELETE, "a", 0, employee_id="7", user_id="u", day="2027-02-01"),
            Step(UPDATE, "b", 1, user_id="u", day="2027-02-02", comment="secret"),
            Step(UNCHANGED, "c", 2, user_id="u", day="2027-02-03"),
            Step(CREATE, "d", 3, employee_id="7", day="2027-02-04", partial_from="2027-02-04T08:00:00"),
            Step(CONFLICT, "e", 4, employee_id="7", day="2027-02-05", reason="because"),
            Step(UNKNOWN, "f", 5, reason="'user_id' is 'w'"),
        ),
    )
    lines = [
        "! row 4, 7 on 2027-02-05: because",
        "! row 5: 'user_id' is 'w'",
        "- 7 on 2027-02-01",
        "~ u on 2027-02-02",
        "+ 7 on 2027-02-04 (part of the day)",
    ]
    assert readable_diff(made).splitlines() == lines
    assert readable_diff(made, max_lines=5).splitlines() == lines
    assert readable_diff(made, max_lines=4).splitlines() == [*lines[:4], "… and 1 more; all of them are in the plan"]
    assert readable_diff(Plan(WEEK, "", (made.steps[2],))) == "nothing to change"


def test_no_id_or_reason_ends_the_code_block_that_the_diff_stands_in() -> None:
    reason = "is 'x\n```\n# Approved\u2028'" + "y" * 200
    steps = (Step(UNKNOWN, "f", 5, reason=reason), Step(CREATE, "d", 1, employee_id="7\n```", day="2027"))
    made = Plan(WEEK, "", steps)
    first, second = readable_diff(made).split("\n")
    assert first.startswith("! row 5: is 'x " + "'" * 3 + " # Approved 'yyy")
    assert len(first) == 140
    assert second == "+ 7 " + "'" * 3 + " on 2027"
