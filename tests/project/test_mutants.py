# SPDX-License-Identifier: Apache-2.0
"""``make mutants`` knows the tests of every module, and makes changes that Python can read."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from coverage import CoverageData

from scripts.mutants.__main__ import noticed_by, read_judged
from scripts.mutants.changes import Mutant, mutants_of, sample
from scripts.mutants.chosen_tests import (
    PACKAGE,
    ROOT,
    TESTS,
    RecordedLines,
    every_test_file,
    files_meant_for,
    refuse_patterns_without_tests,
)

NOT_MUTATED = {"__init__.py", "get_provider_info.py", "sandbox", "cli"}


def test_every_module_has_tests_that_exist() -> None:
    refuse_patterns_without_tests(ROOT)
    package = ROOT / PACKAGE
    modules = [path.relative_to(package).as_posix() for path in package.rglob("*.py")]
    mutated = [module for module in modules if module.split("/")[0] not in NOT_MUTATED]
    assert [module for module in mutated if not files_meant_for(module, ROOT)] == []


def test_a_pattern_that_matches_nothing_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TESTS, "client", ("renamed/*",))
    with pytest.raises(SystemExit, match="no test file matches renamed/"):
        refuse_patterns_without_tests(ROOT)


def test_tests_named_after_the_module_run_first() -> None:
    first, *others = files_meant_for("payroll/register.py", ROOT)
    assert first == "tests/payroll/test_register.py"
    assert "tests/flows/test_reconciliation.py" in others


def test_the_tests_of_a_line_are_those_that_ran_it_the_most_specific_first(tmp_path: Path) -> None:
    module, other = (str(tmp_path / PACKAGE / name) for name in ("retries.py", "columns.py"))
    record = CoverageData(str(tmp_path / "record"))
    for test, lines in {
        "tests/flows/test_exports.py::test_all|call": {module: [3, 4], other: [1, 2, 3, 4]},
        "tests/hooks/test_hook.py::test_one[a|b]|setup": {module: [3], other: [1]},
        "tests/test_retries.py::test_retry|call": {module: [3, 4, 5], other: [1, 2, 3, 4]},
        "tests/test_columns.py::test_other|call": {module: [9]},
        "": {module: [1, 3]},
    }.items():
        record.set_context(test)
        record.add_lines(lines)
    record.write()
    recorded_lines = RecordedLines(tmp_path / "record", tmp_path)
    assert recorded_lines.of("retries.py", range(3, 5)) == [
        "tests/test_retries.py::test_retry",
        "tests/hooks/test_hook.py::test_one[a|b]",
        "tests/flows/test_exports.py::test_all",
    ]
    assert recorded_lines.of("retries.py", range(0)) == []
    assert recorded_lines.of("retries.py", range(7, 8)) == []


def test_only_what_a_call_runs_is_looked_up_by_its_lines() -> None:
    """A module may be imported by any test, which is then the only one recorded for the lines outside functions."""
    changes = {mutant.before.strip(): mutant for mutant in mutants_of("flows/lost_answers.py")}
    assert list(changes["MAX_TRIES = 6"].lines) == []
    inside = changes["bound = MAX_WAIT if max_wait is None else max_wait"]
    assert list(inside.lines) == [inside.line]


def test_the_fast_tests_that_run_first_are_those_that_run_the_package() -> None:
    files = every_test_file(ROOT)
    assert {"tests/test_periods.py", "tests/flows/test_updates.py", "tests/client/contract/test_parser.py"} <= set(
        files
    )
    assert {file for pattern in TESTS for file in files_meant_for(pattern, ROOT)} <= set(files)
    assert not [file for file in files if file.startswith(("tests/sandbox", "tests/e2e", "tests/project"))]


MODULE = "FIRST = 1\n\n\ndef later(day: int) -> int:\n    return day + FIRST\n"
TESTS_OF_MODULE = """
import pytest
from airflow_provider_allhours.periods import FIRST, later

def test_first():
    assert FIRST == 1

@pytest.mark.slow
def test_later():
    assert later(2) == 3
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "after", "test"),
    [("FIRST = 1", "FIRST = 2", "test_first"), ("day + FIRST", "day - FIRST", "test_later"), ("-> int", "", None)],
)
@pytest.mark.parametrize("first", [[], ["tests/test_periods.py::test_first"]], ids=["no fast test", "a fast test"])
def test_a_change_is_noticed_by_fast_tests_else_by_slow_ones_and_undone(
    tmp_path: Path, before: str, after: str, test: str | None, first: list[str]
) -> None:
    module = tmp_path / PACKAGE / "periods.py"
    for file, content in ((module, MODULE), (tmp_path / "tests" / "test_periods.py", TESTS_OF_MODULE)):
        file.parent.mkdir()
        file.write_text(content)
    (module.parent / "__init__.py").touch()
    mutant = Mutant("periods.py", 1, before, after, MODULE.replace(before, after), range(0))
    failure = noticed_by(mutant, tmp_path, first)
    assert failure is None if test is None else failure is not None and f"::{test} - assert" in failure
    assert module.read_text() == MODULE


@pytest.mark.slow
def test_every_change_is_python_and_the_same_seed_gives_the_same_sample() -> None:
    chosen = sample(seed=7, count=60, only="payroll")
    assert chosen == sample(seed=7, count=60, only="payroll") != sample(seed=8, count=60, only="payroll")
    for mutant in chosen:
        original = (ROOT / PACKAGE / mutant.file).read_text()
        assert ast.dump(ast.parse(mutant.source)) != ast.dump(ast.parse(original))


@pytest.mark.slow
def test_judged_mutants_are_changes_that_can_be_made() -> None:
    """An entry whose line was changed judges nothing any more."""
    judged = read_judged()
    possible = {
        (mutant.file, mutant.before.strip(), mutant.after.strip())
        for file in {file for file, _, _ in judged}
        for mutant in mutants_of(file)
    }
    assert judged - possible == set()


@pytest.mark.slow
def test_the_order_of_a_seed_is_the_same_whatever_else_is_changed() -> None:
    every = sample(1, 100_000, "client")
    one = sample(1, 100_000, "client/retry.py")
    assert one
    assert [mutant for mutant in every if mutant.file == "client/retry.py"] == one
    assert sample(2, 100_000, "client/retry.py") != one
