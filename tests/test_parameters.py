# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.parameters import FAIL_OR_WARN, one_of


def test_a_choice_is_returned() -> None:
    assert one_of("mode", "warn", FAIL_OR_WARN) == "warn"


@pytest.mark.parametrize("value", ["", "Fail", "warning", None, 1, ["fail"]])
def test_anything_else_lists_the_choices(value: object) -> None:
    with pytest.raises(AllHoursParameterError, match="parameter 'mode' is .*; it takes fail or warn$"):
        one_of("mode", value, FAIL_OR_WARN)


def test_more_than_two_choices() -> None:
    with pytest.raises(AllHoursParameterError, match="it takes keep, drop or hash$"):
        one_of("mode", "x", ("keep", "drop", "hash"))
