# SPDX-License-Identifier: Apache-2.0
"""``make mutants`` knows the tests of every module, and makes changes that Python can read."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NOT_MUTATED = {"__init__.py", "get_provider_info.py", "sandbox", "cli"}


@pytest.fixture(scope="module")
def mutants() -> Any:
    spec = importlib.util.spec_from_file_location("mutants", ROOT / "scripts" / "mutants.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["mutants"] = module
    spec.loader.exec_module(module)
    return module


def test_every_module_has_tests_that_exist(mutants: Any) -> None:
    mutants.refuse_patterns_without_tests(ROOT)
    package = ROOT / mutants.PACKAGE
    modules = [path.relative_to(package).as_posix() for path in package.rglob("*.py")]
    mutated = [module for module in modules if module.split("/")[0] not in NOT_MUTATED]
    assert [module for module in mutated if not mutants.tests_for(module, ROOT)] == []


def test_a_pattern_that_matches_nothing_stops_the_run(mutants: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(mutants.TESTS, "client", ("renamed/*",))
    with pytest.raises(SystemExit, match="no test file matches renamed/"):
        mutants.refuse_patterns_without_tests(ROOT)


def test_tests_named_after_the_module_run_first(mutants: Any) -> None:
    first, *others = mutants.tests_for("payroll/register.py", ROOT)
    assert first == "tests/payroll/test_register.py"
    assert "tests/flows/test_reconciliation.py" in others


@pytest.mark.slow
def test_every_change_is_python_and_the_same_seed_gives_the_same_sample(mutants: Any) -> None:
    chosen = mutants.sample(seed=7, count=60, only="payroll")
    assert (
        chosen == mutants.sample(seed=7, count=60, only="payroll") != mutants.sample(seed=8, count=60, only="payroll")
    )
    for mutant in chosen:
        original = (ROOT / mutants.PACKAGE / mutant.file).read_text()
        assert ast.dump(ast.parse(mutant.source)) != ast.dump(ast.parse(original))


def test_judged_mutants_are_changes_that_can_be_made(mutants: Any) -> None:
    """An entry whose line was changed judges nothing any more."""
    judged = mutants.read_judged()
    possible = {
        (mutant.file, mutant.before.strip(), mutant.after.strip())
        for file in {file for file, _, _ in judged}
        for mutant in mutants.mutants_of(file)
    }
    assert judged - possible == set()
