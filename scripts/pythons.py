# SPDX-License-Identifier: Apache-2.0
"""Run the fast tests on other Python versions, each in ``.venv-py3.X``; say which have no interpreter here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = ("3.12", "3.13", "3.14")


def interpreter(version: str) -> str | None:
    """A Python of this version that runs, from ``PATH`` or from pyenv; the stand-ins of pyenv on ``PATH`` may not."""
    folders = [Path(folder) for folder in os.get_exec_path()]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    folders += [folder / "bin" for folder in sorted(pyenv.glob(f"versions/{version}.*"), reverse=True)]
    for path in (folder / f"python{version}" for folder in folders):
        if path.exists() and _version_of(path) == version:
            return str(path)
    return None


def _version_of(path: Path) -> str:
    code = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([path, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def passes(version: str, python: str) -> bool:
    """Install into a virtual environment of its own and run the fast tests there."""
    venv = f".venv-py{version}"
    print(f"Python {version}: {python}, in {venv}", flush=True)
    command = ["make", f"VENV={venv}", f"PYTHON={python}", "fast-tests"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def main(versions: list[str]) -> int:
    """Run every version; 1 when the tests failed on one of them, or when none was found."""
    found = {version: python for version in versions if (python := interpreter(version))}
    failed = [version for version, python in found.items() if not passes(version, python)]
    print(f"Fast tests passed on Python: {_listed([version for version in found if version not in failed])}")
    print(f"Failed: {_listed(failed)}")
    print(f"Skipped, because no interpreter was found: {_listed([name for name in versions if name not in found])}")
    return int(bool(failed) or not found)


def _listed(versions: list[str]) -> str:
    return ", ".join(versions) or "none"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(VERSIONS)))
