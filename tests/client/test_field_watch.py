# SPDX-License-Identifier: Apache-2.0
"""Fields that no record of an account has."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_allhours.client.errors import AllHoursContractError
from airflow_provider_allhours.client.field_watch import FieldWatch

REQUESTS = {"User": "GET /Users", "DailyCalculation": "GET /Days"}
CODE = "DailyCalculation.Accruals.Code"
ALTERNATIVES = "DailyCalculation.Absences.FullName|Name"


def watch_of(fields: list[str], *answers: Any, record: str = "DailyCalculation") -> FieldWatch:
    watch = FieldWatch()
    watch.need(fields)
    for answer in answers:
        watch.examine(record, lambda: {"Accruals", "Absences"}, lambda answer=answer: answer)
    return watch


@pytest.mark.parametrize(
    "answer",
    [
        [{"Accruals": [{"X": 1}, {"Code": None}]}],
        {"DailyCalculations": [{"Accruals": []}, {"Accruals": [{"Code": 1}]}]},
        {"UserCalculations": [{"DailyCalculations": [{"Accruals": [{"Code": 1}]}]}]},
        {"UserCalculations": [{"Accruals": [{"Code": 1}]}], "TotalCount": 1},
    ],
)
def test_a_field_on_one_record_is_enough(answer: Any) -> None:
    watch_of([CODE], answer).require([CODE], REQUESTS)


def test_a_field_on_no_record() -> None:
    watch = watch_of([CODE, "DailyCalculation.Date"], [{"Accruals": [{"Kode": 1}], "Date": None}], [{"Date": "x"}])
    with pytest.raises(AllHoursContractError, match=r"no record has the field Accruals\.Code of GET /Days;"):
        watch.require([CODE, "DailyCalculation.Date"], REQUESTS)


def test_one_of_two_names_is_enough() -> None:
    watch_of([ALTERNATIVES], [{"Absences": [{"Name": "x"}]}]).require([ALTERNATIVES], REQUESTS)
    with pytest.raises(AllHoursContractError, match=r"Absences\.FullName or Name of GET /Days"):
        watch_of([ALTERNATIVES], [{"Absences": [{}]}]).require([ALTERNATIVES], REQUESTS)


def test_without_records_nothing_is_known() -> None:
    watch_of([CODE]).require([CODE], REQUESTS)
    watch_of([CODE], []).require([CODE], REQUESTS)
    watch_of([CODE], None, "x", 3).require([CODE], REQUESTS)


def test_an_empty_list_inside_says_nothing_of_its_fields() -> None:
    watch = FieldWatch()
    watch.need([CODE])
    watch.examine("DailyCalculation", set, lambda: pytest.fail("there is nothing to look for"))
    watch.require([CODE], REQUESTS)


def test_what_was_seen_is_not_looked_for_again() -> None:
    watch = watch_of(["User.A"], [{"A": 1}], record="User")
    watch.examine("User", set, lambda: pytest.fail("everything was seen"))
    watch.need(["User.A"])
    watch.examine("User", set, lambda: pytest.fail("everything was seen"))
