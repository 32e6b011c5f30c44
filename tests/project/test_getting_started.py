# SPDX-License-Identifier: Apache-2.0
"""Whoever follows the page of the first minutes to the letter gets the file that it promises."""

from __future__ import annotations

import inspect
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "getting-started.rst").read_text("utf-8")
PORT, FOLDER = "8780", "/tmp/timesheets"
INSTALL, SANDBOX, CONNECT = range(3)


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^\.\. code-block:: {language}\n\n((?:(?:   .*)?\n)+)", PAGE, re.M)
    return [inspect.cleandoc("\n" + block) for block in found]


def free_port() -> str:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return str(listening.getsockname()[1])


@pytest.mark.slow
def test_the_page_works_as_it_stands(tmp_path: Path) -> None:
    port, output = free_port(), tmp_path / "timesheets"
    commands = [block.replace(PORT, port).replace(FOLDER, str(output)) for block in blocks("shell")]
    assert "pip install ." in commands[INSTALL]
    (dag,) = blocks("python")
    assert f'path="{FOLDER}/{{period}}.csv"' in dag
    (tmp_path / "airflow" / "dags").mkdir(parents=True)
    (tmp_path / "airflow" / "dags" / "first_export.py").write_text(dag.replace(FOLDER, str(output)), "utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    environment |= {"HOME": str(tmp_path), "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    serve = ["bash", "-c", f"exec {commands[SANDBOX]} --port {port}"]
    with subprocess.Popen(serve, env=environment, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as sandbox:
        assert sandbox.stdout is not None
        try:
            sandbox.stdout.readline()
            assert f"export {sandbox.stdout.readline().strip()}" == commands[CONNECT]
            script = "\n".join(["set -e", *commands[CONNECT:]])
            done = subprocess.run(
                ["bash", "-c", script], env=environment, capture_output=True, text=True, cwd=tmp_path, check=False
            )
        finally:
            sandbox.terminate()
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    manifest = json.loads((output / "2026-10.csv.manifest.json").read_text("utf-8"))
    assert manifest["period"] == {"from": "2026-10-01", "to": "2026-10-31"}
    assert manifest["coverage"]["expected"] == manifest["coverage"]["received"] == manifest["rows"] > 0
    assert "employee_id,user_id,first_name" in done.stdout
    assert manifest["sha256"] in done.stdout
