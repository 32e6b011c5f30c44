# SPDX-License-Identifier: Apache-2.0
"""Install with uv into the environment of this Python, and say every few seconds how far it is.

Needs nothing but uv: it runs before anything else is installed. uv shows its own progress on a terminal only.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import time
from pathlib import Path

SECONDS_BETWEEN_LINES = 5.0


def main(constraints: str, *requirements: str) -> int:
    """Install; the exit code of uv."""
    quiet = [] if sys.stderr.isatty() else ["-q"]
    command = [sys.executable, "-m", "uv", "pip", "install", *quiet, "--python", sys.executable, "-c", constraints]
    with subprocess.Popen([*command, *requirements]) as process:
        began = time.monotonic()
        while quiet:
            try:
                process.wait(SECONDS_BETWEEN_LINES)
                break
            except subprocess.TimeoutExpired:
                print(f"  {time.monotonic() - began:.0f} s: {_installed()} packages installed", flush=True)
        return process.wait()


def _installed() -> int:
    return sum(1 for _ in Path(sysconfig.get_path("purelib")).glob("*.dist-info"))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
