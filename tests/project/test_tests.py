# SPDX-License-Identifier: Apache-2.0
"""What holds for the tests themselves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
BELOW_AIRFLOW = ("absences", "attendance", "client", "files", "payroll", "sandbox")


@pytest.mark.slow
def test_tests_below_the_airflow_layer_load_no_airflow() -> None:
    """Neither their modules nor the shared fixtures: loading it takes seconds in each process."""
    folders = [str(TESTS / name) for name in BELOW_AIRFLOW]
    code = (
        "import sys, pytest; "
        f"assert pytest.main(['--collect-only', '-qq', '-p', 'no:cacheprovider', *{folders}]) == 0; "
        "print([name for name in sys.modules if name.partition('.')[0] == 'airflow'])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=TESTS.parent, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1:] == ["[]"], (done.stdout[-500:], done.stderr)
