# SPDX-License-Identifier: Apache-2.0
"""The tests on the page about testing pass, in a project and an Airflow home of their own."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "testing.rst").read_text("utf-8")


@pytest.mark.slow
def test_the_tests_of_the_page_pass(tmp_path: Path) -> None:
    found = re.findall(r"^\.\. code-block:: python\n\n((?:(?:   .*)?\n)+)", PAGE, re.M)
    blocks = [inspect.cleandoc("\n" + block) for block in found]
    # What needs DAGs is left to the example DAGs' own tests.
    code = "\n\n".join(block for block in blocks if "DagBag" not in block)
    (tmp_path / "test_page.py").write_text(code + "\n", "utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PYTEST"))}
    environment |= {"AIRFLOW_HOME": str(tmp_path / "airflow"), "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_page.py"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout
