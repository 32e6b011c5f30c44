# SPDX-License-Identifier: Apache-2.0
"""Copies of the tree, and pytest in them."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import cache_from_source
from pathlib import Path

from scripts.mutants.chosen_tests import PACKAGE, ROOT

COPIED = (PACKAGE, "tests", "example_dags", "docs", "scripts", "pyproject.toml", "README.md", "Makefile")
NO_TEST_SELECTED = 5
"""Exit code of pytest."""

TIME_LIMIT = 1500.0
"""Seconds for one run of pytest, whose tests have :data:`TEST_TIME_LIMIT` each; far more than any takes."""

TEST_TIME_LIMIT = 120


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


def write_module(module: Path, source: str) -> None:
    """Write a module; Python keeps what it compiled of it where size and second are the same, so that it is removed."""
    module.write_text(source)
    Path(cache_from_source(str(module))).unlink(missing_ok=True)


def run_pytest(tree: Path, *options: str) -> tuple[bool, str]:
    """Whether some tests pass in a copy of the tree, and what pytest printed; a run that hangs does not pass."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--timeout={TEST_TIME_LIMIT}"]
    # CI makes Hypothesis try the same examples in every run. What Python compiles is kept, except of a changed module.
    environment = {**os.environ, "PYTHONPATH": str(tree), "CI": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [*command, *options],
            cwd=tree,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = process.wait(TIME_LIMIT)
        except subprocess.TimeoutExpired:
            # The session's id is the process's own: only what it started ends with it.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return False, "timed out"
        output.seek(0)
        return code in (0, NO_TEST_SELECTED), output.read()


def first_failure(output: str) -> str:
    """The test or module that failed, as pytest's summary names it; else the last line printed."""
    lines = [line for line in output.splitlines() if line.strip()]
    named = (line for line in lines if line.startswith(("FAILED ", "ERROR ")))
    return next(named, lines[-1] if lines else "nothing was printed")
