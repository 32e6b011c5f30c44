# SPDX-License-Identifier: Apache-2.0
"""Make small wrong changes to the package and report those that no test notices. ``make mutants SEED=1 COUNT=100``.

The mutation tools at hand run a whole suite for every change and neither sample by a seed nor pick tests by module;
here that is what keeps a run below half an hour. Every change is made in a copy of the tree, never in the tree itself.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import queue
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = "airflow_provider_allhours"
JUDGED = Path(__file__).with_name("judged_mutants.toml")
COPIED = (PACKAGE, "tests", "example_dags", "docs", "scripts", "pyproject.toml", "README.md", "Makefile")
MAX_SURVIVING_SHARE = 0.10
MIN_TIME_LIMIT = 60.0
STAGES = ("not e2e and not matrix and not slow", "slow and not e2e and not matrix")
"""Marks of the tests that run first, and of those that run only when none of the first noticed a change."""

NO_TEST_SELECTED = 5
"""Exit code of pytest."""

# Module (or folder) below the package -> patterns of the test files meant for it; the first entry that fits is taken.
# Tests named after the module run first, then in the order of the patterns.
TESTS = {
    "client/errors.py": ("task_utils/test_permanent*", "client/*", "hooks/*"),
    "client/concurrency.py": ("client/test_concurrency*",),
    "client": ("client/*", "hooks/*"),
    "periods.py": ("test_periods.py",),
    "parameters.py": ("test_parameters.py",),
    "retries.py": ("test_retries.py",),
    "texts.py": ("test_texts.py", "flows/test_export*"),
    "record_fields.py": ("client/test_field*", "flows/test_right_or_loud.py", "flows/test_export*"),
    "columns.py": ("test_columns.py", "flows/test_export_privacy.py", "files/*"),
    "rows.py": ("flows/test_export*", "flows/test_period_close.py"),
    "dataset_columns.py": ("test_dataset_columns.py", "flows/test_columns_of_files.py"),
    "attendance": ("attendance/*", "flows/test_right_or_loud.py", "flows/test_export*", "sensors/*"),
    "discovery": ("discovery/*",),
    "absences": ("absences/*", "flows/test_absence_[apt]*", "flows/test_absence_w*", "flows/test_absence_c*"),
    "payroll/register.py": ("payroll/*", "flows/test_reconciliation.py"),
    "payroll": ("payroll/*", "flows/test_payroll*", "flows/test_period_close.py"),
    "files": ("files/*",),
    "flows/datasets": ("flows/test_right_or_loud.py", "flows/test_export*", "operators/*"),
    "flows/exports.py": ("flows/test_export*", "flows/test_right_or_loud.py", "operators/*"),
    "flows/absence_update.py": ("flows/test_updates.py",),
    "flows/lost_answers.py": ("flows/test_absence_w*", "flows/test_user*"),
    "flows/absence": ("flows/test_absence_w*", "flows/test_absence_[apt]*", "flows/test_absence_c*"),
    "flows/user_creation.py": ("flows/test_user*",),
    "flows/user_update.py": ("flows/test_updates.py",),
    "flows/api_request.py": ("flows/test_api_request.py",),
    "flows/readiness.py": ("sensors/*", "triggers/*"),
    "flows/tenant_check.py": ("flows/test_tenant_check*",),
    "flows/reconciliation.py": ("flows/test_reconciliation.py",),
    "flows": (
        "flows/test_versions.py",
        "flows/test_period_close.py",
        "flows/test_payroll*",
        "flows/test_right_or_loud.py",
    ),
    "task_utils/personal.py": ("operators/test_rendered*",),
    "task_utils/stopping.py": ("task_utils/test_stopping*", "sensors/test_waiting*"),
    "task_utils/wait_state.py": ("task_utils/test_wait*", "sensors/test_waiting*"),
    "task_utils": ("task_utils/*", "operators/*", "sensors/*", "triggers/*"),
    "cli": ("cli/*",),
    "hooks": ("hooks/*", "operators/*"),
    "operators": ("operators/*", "flows/test_absence_w*", "flows/test_user*", "flows/test_api_request.py"),
    "sensors": ("sensors/*", "triggers/*"),
    "triggers": ("triggers/*", "sensors/*"),
    "plugins": ("plugins/*",),
    "links.py": ("operators/test_links.py",),
}

COMPARISONS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult}
NOT_MUTATED = ("log.", "self.log.", "warnings.")


@dataclass(frozen=True)
class Mutant:
    """One change: the lines from ``line`` that were ``before`` become ``after``."""

    file: str
    line: int
    before: str
    after: str
    source: str

    @property
    def room(self) -> str:
        """Folder or module of the package."""
        return self.file.split("/")[0]

    def diff(self) -> str:
        """The change as lines of a diff."""
        before = "\n".join(f"  - {line}" for line in self.before.splitlines())
        return before + "\n" + "\n".join(f"  + {line}" for line in self.after.splitlines())


def mutants_of(file: str) -> Iterator[Mutant]:
    """Every mutant of a module."""
    source = (ROOT / PACKAGE / file).read_text()
    tree = ast.parse(source)
    for node in _mutable_nodes(tree):
        for replacement in _replacements(node):
            content = source.encode()
            starts = [0]
            for line in content.splitlines(keepends=True):
                starts.append(starts[-1] + len(line))
            begin = starts[node.lineno - 1] + node.col_offset
            end = starts[node.end_lineno - 1] + node.end_col_offset
            mutated = (content[:begin] + replacement.encode() + content[end:]).decode()
            before = source.splitlines()[node.lineno - 1 : node.end_lineno]
            removed = content[begin:end].count(b"\n") - replacement.count("\n")
            after = mutated.splitlines()[node.lineno - 1 : node.end_lineno - removed]
            yield Mutant(file, node.lineno, "\n".join(before), "\n".join(after), mutated)


def _mutable_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Nodes that decide behaviour; neither annotations, texts, logging nor imports."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(NOT_MUTATED):
        return
    if isinstance(node, ast.JoinedStr):
        return
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _mutable_nodes(child)


def _replacements(node: ast.AST) -> Iterator[str]:
    changed = copy.deepcopy(node)
    match changed:
        case ast.Compare(ops=[operator]) if type(operator) in COMPARISONS:
            changed.ops = [COMPARISONS[type(operator)]()]
            yield f"({ast.unparse(changed)})"
        case ast.BoolOp():
            changed.op = ast.Or() if isinstance(changed.op, ast.And) else ast.And()
            yield f"({ast.unparse(changed)})"
            yield f"({ast.unparse(changed.values[0])})"
        case ast.UnaryOp(op=ast.Not()):
            yield f"({ast.unparse(changed.operand)})"
        case ast.BinOp() if type(changed.op) in ARITHMETIC:
            if not any(isinstance(side, ast.Constant | ast.JoinedStr) for side in (changed.left, changed.right)):
                changed.op = ARITHMETIC[type(changed.op)]()
                yield f"({ast.unparse(changed)})"
        case ast.Constant(value=bool()):
            yield str(not changed.value)
        case ast.Constant(value=int() | float()):
            yield repr(changed.value + 1)
        case ast.If() | ast.IfExp() if isinstance(changed.test, ast.Name | ast.Call | ast.Attribute):
            changed.test = ast.UnaryOp(ast.Not(), changed.test)
            if isinstance(changed, ast.IfExp):
                yield f"({ast.unparse(changed)})"
        case ast.Raise(exc=ast.AST()):
            yield "pass"
        case ast.Expr(value=ast.Call() | ast.Await()):
            if not ast.unparse(changed).startswith(NOT_MUTATED):
                yield "pass"
        case ast.Return(value=ast.Call() | ast.Name() | ast.Attribute()):
            yield "return None"


def tests_for(file: str, tree: Path) -> list[str]:
    """Test files of a copy of the tree that are meant for a module."""
    patterns = next((patterns for prefix, patterns in TESTS.items() if file.startswith(prefix)), ())
    paths = [path for pattern in patterns for path in sorted((tree / "tests").glob(pattern))]
    paths.sort(key=lambda path: not path.name.startswith(f"test_{Path(file).stem}"))
    names = [path.relative_to(tree).as_posix() for path in paths if path.match("test_*.py")]
    return list(dict.fromkeys(names))


def run_tests(tree: Path, tests: list[str], stage: str, time_limit: float) -> tuple[str, str]:
    """Outcome (``passed``, ``failed``, ``timed out``) of some tests in a copy of the tree, and what pytest printed."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", stage, *tests]
    # CI makes Hypothesis try the same examples in every run.
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1", "CI": "1"}
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            command, cwd=tree, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            code = process.wait(time_limit)
        except subprocess.TimeoutExpired:
            # The session's id is the process's own: only what it started ends with it.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return "timed out", ""
        output.seek(0)
        return "passed" if code in (0, NO_TEST_SELECTED) else "failed", output.read()


def survives(mutant: Mutant, tree: Path, limits: dict[str, float]) -> bool:
    """Whether no test notices the change; a test that hangs has noticed it."""
    module = tree / PACKAGE / mutant.file
    original = module.read_text()
    module.write_text(mutant.source)
    tests = tests_for(mutant.file, tree)
    try:
        return all(run_tests(tree, tests, stage, limits[stage])[0] == "passed" for stage in STAGES)
    finally:
        module.write_text(original)


def sample(seed: int, count: int, only: str) -> list[Mutant]:
    """A random choice; every mutant has the same chance."""
    modules = sorted((ROOT / PACKAGE).rglob("*.py"))
    files = [path.relative_to(ROOT / PACKAGE).as_posix() for path in modules]
    files = [file for file in files if file.startswith(tuple(TESTS)) and file.startswith(tuple(only.split(",")))]
    every = [mutant for file in files for mutant in mutants_of(file)]
    return random.Random(seed).sample(every, min(count, len(every)))


class Trees:
    """Copies of the tree, one for each worker.

    Args:
        count: how many.
        folder: where.
    """

    def __init__(self, count: int, folder: Path) -> None:
        self._free: queue.Queue[Path] = queue.Queue()
        for number in range(count):
            self._free.put(self._copy(folder / str(number)))

    @contextmanager
    def borrowed(self) -> Iterator[Path]:
        """A copy for as long as the ``with`` block runs; waits for a free one."""
        tree = self._free.get()
        try:
            yield tree
        finally:
            self._free.put(tree)

    @staticmethod
    def _copy(tree: Path) -> Path:
        tree.mkdir()
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__", "_build"))
            else:
                shutil.copy2(source, tree / name)
        return tree


def time_limits(files: set[str], trees: Trees, pool: Executor) -> dict[str, dict[str, float]]:
    """Seconds for the tests of each module and stage, from one run on unchanged code, which must pass."""

    def limits_of(tests: frozenset[str]) -> dict[str, float]:
        with trees.borrowed() as tree:
            return {stage: _time_limit(sorted(tests), stage, tree) for stage in STAGES}

    tests_of = {file: frozenset(tests_for(file, ROOT)) for file in files}
    groups = sorted(set(tests_of.values()), key=sorted)
    limits = dict(zip(groups, pool.map(limits_of, groups), strict=True))
    return {file: limits[tests] for file, tests in tests_of.items()}


def _time_limit(tests: list[str], stage: str, tree: Path) -> float:
    started = time.monotonic()
    outcome, output = run_tests(tree, tests, stage, 900)
    if outcome != "passed":
        raise SystemExit(f"the unchanged code does not pass {' '.join(tests)}:\n{output}")
    return max(MIN_TIME_LIMIT, 5 * (time.monotonic() - started))


def refuse_patterns_without_tests(tree: Path) -> None:
    """Stop when a pattern of :data:`TESTS` matches nothing: its tests were renamed, and mutants would survive."""
    patterns = {pattern for patterns in TESTS.values() for pattern in patterns}
    unmatched = sorted(pattern for pattern in patterns if not any((tree / "tests").glob(pattern)))
    if unmatched:
        raise SystemExit(f"no test file matches {', '.join(unmatched)}; TESTS in {__file__} names the files to run")


def read_judged() -> set[tuple[str, str, str]]:
    """File, lines before and lines after of the mutants that may survive."""
    entries = tomllib.loads(JUDGED.read_text())["mutant"]
    return {(entry["file"], entry["before"].strip(), entry["after"].strip()) for entry in entries}


def main() -> int:
    """Sample, run, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--only", default="", help="paths below the package, with commas: files,client/retry.py")
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    judged = read_judged()
    started = time.monotonic()
    mutants = sample(arguments.seed, arguments.count, arguments.only)
    if not mutants:
        raise SystemExit(f"nothing can be changed in {arguments.only!r}; --only takes a path below {PACKAGE}")
    refuse_patterns_without_tests(ROOT)
    with (
        tempfile.TemporaryDirectory(prefix="allhours-mutants-") as folder,
        ThreadPoolExecutor(arguments.workers) as pool,
    ):
        trees = Trees(arguments.workers, Path(folder))
        limits = time_limits({mutant.file for mutant in mutants}, trees, pool)

        def attempt(mutant: Mutant) -> bool:
            with trees.borrowed() as tree:
                alive = survives(mutant, tree, limits[mutant.file])
            if alive:
                print(f"survived {PACKAGE}/{mutant.file}:{mutant.line}\n{mutant.diff()}", flush=True)
            return alive

        survivors = [mutant for mutant, alive in zip(mutants, pool.map(attempt, mutants), strict=True) if alive]
    open_survivors = [
        mutant for mutant in survivors if (mutant.file, mutant.before.strip(), mutant.after.strip()) not in judged
    ]
    tried, alive = Counter(mutant.room for mutant in mutants), Counter(mutant.room for mutant in survivors)
    for room in sorted(tried):
        print(f"{room:<14} {alive[room]:>3} of {tried[room]:>3} survived")
    share = len(open_survivors) / len(mutants)
    minutes = (time.monotonic() - started) / 60
    print(f"{len(survivors)} of {len(mutants)} survived, {len(open_survivors)} of them not judged ({share:.0%})")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_minutes = (used.ru_utime + used.ru_stime) / 60
    print(f"took {minutes:.0f} minutes with {arguments.workers} workers; {cpu_minutes:.0f} minutes of processor time")
    return int(share > MAX_SURVIVING_SHARE)


if __name__ == "__main__":
    sys.exit(main())
