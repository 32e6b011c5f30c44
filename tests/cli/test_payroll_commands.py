# SPDX-License-Identifier: Apache-2.0
"""``airflow allhours periods`` and ``airflow allhours replay``."""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.cli import payroll_commands
from airflow_provider_allhours.cli.definition import get_allhours_cli_commands
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.flows.payroll_export import export_payroll
from airflow_provider_allhours.flows.period_close import close_period
from airflow_provider_allhours.flows.period_purge import purge_periods
from airflow_provider_allhours.flows.release_approval import Approval
from airflow_provider_allhours.flows.release_void import void_release
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.helpers import PAYROLL_COMPANY


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return PAYROLL_COMPANY


@pytest.fixture
def paid(client: AllHoursClient, tmp_path: Path, payroll_mapping: dict[str, Any]) -> Any:
    """The result of a payroll export of October."""
    close = close_period(
        client, period=Period.of_month(2026, 10), path=tmp_path / "periods", timezone="Europe/Ljubljana"
    )
    return export_payroll(
        close=close,
        profile="generic-csv",
        mapping=payroll_mapping,
        path=tmp_path / "pay.csv",
        approval=Approval(by="Ada"),
    )


def arguments(name: str, *given: str) -> Namespace:
    (group,) = get_allhours_cli_commands()
    (command,) = (command for command in group.subcommands if command.name == name)
    parser = ArgumentParser()
    for argument in command.args:
        argument.add_to_parser(parser)
    return parser.parse_args(given)


def test_periods_are_listed_for_people(
    paid: Any, client: AllHoursClient, sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    user: Any = sandbox.company.user_at(8)
    clockings = [["08:00", "Arrival"], ["20:00", "Departure"]]
    sandbox.control("POST", "days", {"user_id": user.id, "date": "2026-10-14", "clockings": clockings})
    close_period(client, period=Period.of_month(2026, 10), path=tmp_path / "periods", timezone="Europe/Ljubljana")
    payroll_commands.periods(arguments("periods", str(tmp_path / "periods")))
    text = re.sub(r"\d{4}-\d\d-\d\dT\S*\d", "TIME", capsys.readouterr().out)
    employees = json.loads(Path(paid["manifest_path"]).read_text())["employees"]
    assert text.splitlines() == [
        "2026-10-01 to 2026-10-31",
        f"  version 1  closed TIME, {employees} employees",
        f"  version 2  closed TIME, {employees} employees",
        f"  release 1  released: version 1, whole period, {paid['path']}, TIME, approved by Ada",
        "  version 2 has corrections that were not released",
    ]


def test_void_and_purged_periods_are_listed(paid: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    void_release(release=paid["manifest_path"], reason="wrong month")
    purge_periods(path=tmp_path / "periods", before="2026-11-01")
    payroll_commands.periods(arguments("periods", str(tmp_path / "periods")))
    first, release = capsys.readouterr().out.splitlines()
    assert first == "2026-10-01 to 2026-10-31  (purged)"
    assert release.startswith("  release 1  void (wrong month): version 1, whole period, ")
    payroll_commands.periods(arguments("periods", str(tmp_path / "periods"), "--json"))
    (period,) = json.loads(capsys.readouterr().out)
    assert (period["purged"], period["versions"], period["releases"][0]["state"]) == (True, [], "void")


def test_a_path_is_relative_to_the_folder_of_the_shell(
    paid: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for path in ("periods", "./periods/", f"file://{tmp_path}/periods"):
        payroll_commands.periods(arguments("periods", path))
        assert capsys.readouterr().out.startswith("2026-10-01 to 2026-10-31\n")
    payroll_commands.periods(arguments("periods", "nothing"))
    assert capsys.readouterr().out == "No closed periods.\n"
    with pytest.raises(SystemExit, match="airflow allhours periods: parameter 'path' is a URL of nonsense:"):
        payroll_commands.periods(arguments("periods", "nonsense://periods"))


def test_a_replay_is_the_same_or_exits_1(paid: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as same:
        payroll_commands.replay(arguments("replay", paid["manifest_path"]))
    assert same.value.code == 0
    assert capsys.readouterr().out == (
        f"Release 1 (released): {paid['path']}\nMade again with {paid['lines']} lines: the same SHA-256 "
        f"{paid['sha256']}.\n"
    )
    Path(paid["path"]).write_text("changed")
    with pytest.raises(SystemExit) as changed:
        payroll_commands.replay(arguments("replay", paid["manifest_path"], "--json"))
    assert changed.value.code == 1
    assert json.loads(capsys.readouterr().out)["problems"] == [f"{paid['path']} was changed after the release"]
    with pytest.raises(SystemExit) as differs:
        payroll_commands.replay(arguments("replay", paid["manifest_path"]))
    assert differs.value.code == 1
    assert f"DIFFERS: {paid['path']} was changed" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="is not the manifest of a payroll file"):
        payroll_commands.replay(arguments("replay", paid["path"]))
