# SPDX-License-Identifier: Apache-2.0
"""``make demo``: what a newcomer sees first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "demo.py"


def demo(month: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), month], capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("month", "sentence"),
    [
        ("October", "MONTH is 'October'; it takes a month such as 2026-10"),
        ("2026-13", "MONTH is '2026-13'; it takes a month such as 2026-10"),
        ("2025-11", "MONTH is 2025-11, but the DAG starts on 2026-01-01 and exports the month before each run; "
         "the first month it has is 2025-12"),
    ],
)  # fmt: skip
def test_a_month_that_cannot_be_exported_is_one_sentence(month: str, sentence: str) -> None:
    done = demo(month)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{sentence}\n")


@pytest.mark.e2e
@pytest.mark.timeout(900)
def test_the_demo_shows_the_file_and_says_who_is_left_out() -> None:
    done = demo("2026-10")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "14,974 rows, 24 columns: 490 employees on the 31 days from 2026-10-01 to 2026-10-31" in done.stdout
    assert "14,974 of 14,974 employee-days that are due are there" in done.stdout
    assert "Of the company's 500 employees, 0 joined after 2026-10-31 and 10 left before 2026-10-01" in done.stdout
    assert "running" not in done.stdout
    assert "make airflow" in done.stdout
