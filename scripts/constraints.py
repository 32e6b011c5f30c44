# SPDX-License-Identifier: Apache-2.0
"""Resolve the versions that a fresh install gets and write them down, without saying where they came from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = {
    "constraints.txt": "apache-airflow==3.3.2",
    "constraints-oldest.txt": "apache-airflow==3.1.8",
    "constraints-3.3.0.txt": "apache-airflow==3.3.0",
}


def main() -> None:
    """Write every constraints file."""
    for name, airflow in FILES.items():
        command = ["uv", "pip", "compile", "-q", "--universal", "--python-version", "3.11", "--no-header"]
        command += ["--no-annotate", "--no-emit-index-url", "--no-emit-find-links", "--all-extras"]
        command += ["--group", "dev", "pyproject.toml", "-"]
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=ROOT, input=airflow, text=True, capture_output=True, check=False
        )
        if done.returncode:
            sys.exit(done.stderr)
        head = f"# What a fresh install is tested with ({airflow.splitlines()[0]}); refresh with `make constraints`.\n"
        (ROOT / name).write_text(head + done.stdout)


if __name__ == "__main__":
    main()
