# SPDX-License-Identifier: Apache-2.0
"""Who approved, in the forms that templates make of Airflow's approval."""

from __future__ import annotations

import pytest

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.task_utils.approval import person


@pytest.mark.parametrize(
    "given",
    [
        " ada ",
        {"id": "1", "name": "ada"},
        {"id": "ada", "name": None},
        "{'id': '1', 'name': 'ada'}",
        '{"id": "1", "name": "ada"}',
    ],
)
def test_a_person_has_one_name_in_every_form(given: object) -> None:
    """Otherwise the text of an object is another person than its name, and one person's approval is by four eyes."""
    assert person("approved_by", given) == "ada"


@pytest.mark.parametrize("given", [None, "", " ", "None", "null", {}, "{}", [], "[]"])
def test_nobody_is_nobody(given: object) -> None:
    assert person("approved_by", given) is None


@pytest.mark.parametrize("given", [5, ["ada"], "['ada']", {"id": None, "name": None}, "{'id': None}", "{ada"])
def test_what_names_nobody_is_refused(given: object) -> None:
    with pytest.raises(AllHoursParameterError, match="'approved_by' takes a name, or responded_by_user"):
        person("approved_by", given)
