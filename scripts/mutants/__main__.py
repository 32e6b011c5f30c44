# SPDX-License-Identifier: Apache-2.0
"""Sample, run, report."""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import scripts.mutants
from scripts.mutants.changes import Mutant, sample
from scripts.mutants.chosen_tests import (
    BATCHES,
    PACKAGE,
    ROOT,
    RecordedLines,
    every_test_file,
    files_meant_for,
    refuse_patterns_without_tests,
)
from scripts.mutants.trees import Trees, first_failure, run_pytest, write_module

JUDGED = ROOT / "scripts" / "judged_mutants.toml"
MAX_SURVIVING_SHARE = 0.10
FAST = "not slow and not e2e and not matrix and not browser"
SLOW = "slow and not e2e and not matrix and not browser"


def record_lines(tree: Path, workers: int) -> RecordedLines:
    """Run the fast tests of all modules once on unchanged code, which must pass, and note the lines that each runs."""
    coverage = ("--cov", "--cov-context=test", "--cov-report=")
    passed, output = run_pytest(
        tree, "-n", str(workers), "--dist", "worksteal", "-m", FAST, *coverage, *every_test_file(tree)
    )
    if not passed:
        raise SystemExit(f"the unchanged code does not pass its fast tests:\n{output}")
    return RecordedLines(tree / ".coverage", tree)


def refuse_unknown_tests(tests: set[str], tree: Path) -> None:
    """Stop when pytest cannot find a test by its id: that would look as if it had noticed a change."""
    found, output = run_pytest(tree, "--collect-only", "-m", FAST, *sorted(tests))
    if not found:
        raise SystemExit(f"tests that ran are not found by their ids:\n{output}")


def noticed_by(mutant: Mutant, tree: Path, first: list[str]) -> str | None:
    """The failure that shows the change, or None when it survives.

    Most changes are noticed by the fast tests that run the line. Only the others cost the tests meant for the module,
    slow ones included; these also cover what runs at import or once in a process, which no single test is known for.

    Args:
        mutant: the change.
        tree: a copy of the tree to make it in.
        first: ids of the fast tests that run its lines.
    """
    module = tree / PACKAGE / mutant.file
    original = module.read_text()
    meant = files_meant_for(mutant.file, tree)
    run_before = [f"--deselect={test}" for test in first]
    batches = first[: BATCHES[0]], first[BATCHES[0] :]
    stages = [("-m", FAST, *batch) for batch in batches if batch]
    stages += [("-m", FAST, *run_before, *meant), ("-m", SLOW, *meant)]
    write_module(module, mutant.source)
    try:
        for options in stages:
            passed, output = run_pytest(tree, "-x", *options)
            if not passed:
                return first_failure(output)
    finally:
        write_module(module, original)
    return None


def read_judged() -> set[tuple[str, str, str]]:
    """File, lines before and lines after of the mutants that may survive."""
    entries = tomllib.loads(JUDGED.read_text())["mutant"]
    return {(entry["file"], entry["before"].strip(), entry["after"].strip()) for entry in entries}


def main() -> int:
    """Sample, run, report."""
    parser = argparse.ArgumentParser(prog="python -m scripts.mutants", description=scripts.mutants.__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--only", default="", help="paths below the package, with commas: files,client/retry.py")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=26, help="no change is begun later; what is begun is finished")
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
        with trees.borrowed() as tree:
            recorded_lines = record_lines(tree, arguments.workers)
            first_of = {mutant: recorded_lines.of(mutant.file, mutant.lines) for mutant in mutants}
            refuse_unknown_tests({test for tests in first_of.values() for test in tests}, tree)
        print(f"recorded the lines of the fast tests in {(time.monotonic() - started) / 60:.1f} minutes", flush=True)

        def attempt(mutant: Mutant) -> bool | None:
            """Whether it survives; None when the time is over."""
            begun = time.monotonic()
            if begun - started > arguments.minutes * 60:
                return None
            with trees.borrowed() as tree:
                failure = noticed_by(mutant, tree, first_of[mutant])
            place = f"{PACKAGE}/{mutant.file}:{mutant.line} ({time.monotonic() - begun:.0f} s)"
            print(
                f"survived {place}\n{mutant.diff()}" if failure is None else f"noticed {place}: {failure}", flush=True
            )
            return failure is None

        outcomes = dict(zip(mutants, pool.map(attempt, mutants), strict=True))
    tried_mutants = [mutant for mutant, alive in outcomes.items() if alive is not None]
    survivors = [mutant for mutant in tried_mutants if outcomes[mutant]]
    open_survivors = [
        mutant for mutant in survivors if (mutant.file, mutant.before.strip(), mutant.after.strip()) not in judged
    ]
    tried, alive = Counter(mutant.room for mutant in tried_mutants), Counter(mutant.room for mutant in survivors)
    for room in sorted(tried):
        print(f"{room:<14} {alive[room]:>3} of {tried[room]:>3} survived")
    if len(tried_mutants) < len(mutants):
        print(f"time was over after {len(tried_mutants)} of {len(mutants)} changes")
    if not tried_mutants:
        raise SystemExit("no change was tried; --minutes takes more than the recording takes")
    share = len(open_survivors) / len(tried_mutants)
    minutes = (time.monotonic() - started) / 60
    print(f"{len(survivors)} of {len(tried_mutants)} survived, {len(open_survivors)} of them not judged ({share:.0%})")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_minutes = (used.ru_utime + used.ru_stime) / 60
    print(f"took {minutes:.0f} minutes with {arguments.workers} workers; {cpu_minutes:.0f} minutes of processor time")
    return int(share > MAX_SURVIVING_SHARE)


if __name__ == "__main__":
    sys.exit(main())
