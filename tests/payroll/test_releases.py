# SPDX-License-Identifier: Apache-2.0
"""What may be paid from a version: nothing twice, nothing against the wrong baseline."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_allhours.client.errors import AllHoursConflictError
from airflow_provider_allhours.payroll.releases import (
    PayrollFile,
    Release,
    baseline_of_correction,
    baseline_of_release,
    printed_so_far,
    refuse_other_lines,
    release_name,
)
from airflow_provider_allhours.periods import Period

OCTOBER = Period.of_month(2026, 10)
SEPTEMBER = Period.of_month(2026, 9)
FILE: PayrollFile = {"profile": "generic-csv", "path": "/pay.csv", "mapping_sha256": "m"}
MAIN = release_name(OCTOBER, 1)


def released(baseline: int | None = None, **changes: Any) -> Release:
    release: Any = {
        "version": 1,
        "baseline": baseline,
        "with": None,
        "corrections": [],
        "provider_version": "1",
        "printed": [],
        "codes": [],
        "kept": [],
        "renumbered": [],
        "files": [{**FILE, "sha256": "s", "released_at": "now"}],
        **changes,
    }
    return release  # type: ignore[no-any-return] -- the tests change single keys


def baseline(version: int, earlier: list[int], *, delta: bool, release: Release | None = None, **file: str) -> Any:
    changed: Any = {**FILE, **file}
    return baseline_of_release(OCTOBER, version, release=release, released=earlier, delta=delta, file=changed)


def test_the_first_file_pays_the_whole_period() -> None:
    assert baseline(1, [], delta=False) is None


def test_a_delta_is_against_the_last_release() -> None:
    assert baseline(5, [1, 3], delta=True) == 3


def test_the_same_file_again_has_the_baseline_it_had() -> None:
    assert baseline(1, [1], delta=False, release=released()) is None
    assert baseline(3, [1, 3, 4], delta=True, release=released(baseline=1)) == 1


def test_another_layout_of_the_release_may_go_elsewhere() -> None:
    assert baseline(1, [1], delta=False, release=released(), profile="datev-lug", path="/lug.txt") is None


@pytest.mark.parametrize(
    ("version", "earlier", "delta", "message"),
    [
        (1, [], True, "no version of .* was released;"),
        (2, [1], False, "version 1 of .* was released already; delta=True"),
        (1, [2], True, "version 2 of .* was released, and 1 is older"),
        (1, [2], False, "version 2 of .* was released, and 1 is older"),
    ],
)
def test_baselines_that_would_pay_wrongly(version: int, earlier: list[int], delta: bool, message: str) -> None:
    with pytest.raises(AllHoursConflictError, match=message):
        baseline(version, earlier, delta=delta)


@pytest.mark.parametrize(
    ("delta", "file"), [(True, {}), (False, {"mapping_sha256": "other"}), (False, {"path": "/again.csv"})]
)
def test_nothing_is_released_twice(delta: bool, file: dict[str, str]) -> None:
    with pytest.raises(AllHoursConflictError, match="released already, to /pay.csv; nothing is released twice"):
        baseline(1, [1], delta=delta, release=released(), **file)


def test_other_lines_of_the_released_layout_are_refused() -> None:
    copy: PayrollFile = {**FILE, "profile": "datev-lug"}
    line: Any = {"employee_id": "1", "quantity": 1}
    refuse_other_lines(None, OCTOBER, 1, file=FILE, sha256="other", printed=[line])
    refuse_other_lines(released(), OCTOBER, 1, file=FILE, sha256="s", printed=[])
    refuse_other_lines(released(), OCTOBER, 1, file=copy, sha256="other", printed=[])
    for file, sha256, printed in ((FILE, "other", []), (FILE, "s", [line]), (copy, "other", [line])):
        with pytest.raises(AllHoursConflictError, match="with other lines"):
            refuse_other_lines(released(), OCTOBER, 1, file=file, sha256=sha256, printed=printed)


def correction(
    *, earlier: list[int], release: Release | None = None, main_release: Release | None = None, version: int = 4
) -> int | None:
    return baseline_of_correction(
        SEPTEMBER, version, release=release, earlier=earlier, main_name=MAIN, main_release=main_release
    )


def test_a_correction_is_against_its_last_earlier_release() -> None:
    assert correction(earlier=[1, 3]) == 3


def test_a_period_that_was_never_released_adds_nothing() -> None:
    assert correction(earlier=[]) is None


def test_a_correction_that_another_file_paid_adds_nothing() -> None:
    assert correction(earlier=[1], release=released(baseline=1, **{"with": release_name(OCTOBER, 2)})) is None
    assert correction(earlier=[1], release=released(baseline=1)) is None


def test_a_file_that_is_written_again_has_the_corrections_that_it_had() -> None:
    assert correction(earlier=[1, 4], release=released(baseline=1, **{"with": MAIN})) == 1
    assert correction(earlier=[1], main_release=released()) is None
    assert correction(earlier=[1], main_release=released(corrections=[[str(SEPTEMBER), 4]])) == 1
    assert correction(earlier=[1], main_release=released(corrections=[[str(SEPTEMBER), 3]])) is None


def test_lines_and_answers_of_all_releases_are_what_was_printed() -> None:
    line: Any = {
        "user_ids": ["u"],
        "employee_id": "1",
        "pay_code": "1000",
        "unit": "hours",
        "cost_centre": "",
        "quantity": 100,
        "exact_minutes": 60,
        "bs_nr": None,
        "no_wage_type": False,
    }
    first = released(printed=[line], codes=[["1000", "hours"]], kept=["a"])
    second = released(1, printed=[{**line, "quantity": -5}], codes=[["2000", "days"]], renumbered=[["u", "1", "2"]])
    so_far = printed_so_far(OCTOBER, [first, second])
    assert [(line.person.user_id, line.quantity, line.period) for line in so_far.lines] == [
        ("u", 100, OCTOBER),
        ("u", -5, OCTOBER),
    ]
    assert so_far.codes == {("1000", "hours"), ("2000", "days")}
    assert (so_far.answers.kept, so_far.answers.number_of("u", "1")) == ({"a"}, "2")
    assert so_far.mappings == {"m"}


def test_somebody_who_came_back_and_was_paid_is_a_question_again() -> None:
    line: Any = {
        "user_ids": ["a"],
        "employee_id": "1",
        "pay_code": "1000",
        "unit": "hours",
        "cost_centre": "",
        "quantity": 100,
        "exact_minutes": 60,
        "bs_nr": None,
        "no_wage_type": False,
    }
    kept = released(kept=["a", "b"])
    assert printed_so_far(OCTOBER, [kept]).answers.kept == {"a", "b"}
    assert printed_so_far(OCTOBER, [kept, released(1, printed=[line])]).answers.kept == {"b"}
