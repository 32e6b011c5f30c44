# SPDX-License-Identifier: Apache-2.0
"""``airflow allhours check`` against tenants that are as expected, and against those that are not."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import Any

import pytest

from airflow_provider_allhours.cli.commands import check
from airflow_provider_allhours.client.routes import ROUTES
from airflow_provider_allhours.sandbox.server import Sandbox


def run_check(capsys: pytest.CaptureFixture[str], *, as_json: bool = True) -> tuple[int | str | None, Any]:
    with pytest.raises(SystemExit) as ended:
        check(Namespace(conn_id="allhours_default", json=as_json))
    shown = capsys.readouterr().out
    return ended.value.code, json.loads(shown) if as_json else shown


def test_all_green(allhours_connection: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    code, report = run_check(capsys)
    assert code == 0
    assert report["ok"] is True
    assert {route["name"] for route in report["routes"]} == set(ROUTES)
    assert all(route["status"] == 200 for route in report["routes"])
    assert report["swagger"]["readable"] is True
    assert report["swagger"]["differences"] == []
    assert len(report["swagger"]["compared"]) == 10
    code, shown = run_check(capsys, as_json=False)
    assert code == 0
    assert "All as expected." in shown
    assert "FAIL" not in shown


def test_a_renamed_field_and_a_missing_route_are_named(
    allhours_connection: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    allhours_connection.set_switches(
        renamed_fields={"DailySummary.PaidPresenceValue": "PaidPresence", "User.CustomId": "EmployeeNumber"},
        missing_routes=["clockings", "organization_units"],
    )
    code, report = run_check(capsys)
    assert code == 1
    assert {route["name"] for route in report["routes"] if not route["ok"]} == {
        "clockings",
        "organization_units",
        "daily_calculations",
    }
    assert report["swagger"]["differences"] == [
        {"record": "User", "missing": ["CustomId"], "unknown": ["EmployeeNumber"]},
        {
            "record": "DailySummary",
            "missing": ["PaidPresenceValue"],
            "unknown": ["PaidPresence"],
        },
    ]
    code, shown = run_check(capsys, as_json=False)
    assert code == 1
    assert "FAIL User: missing CustomId" in shown
    assert "FAIL  404" in shown


def test_without_a_swagger_the_routes_still_count(
    allhours_connection: Sandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("airflow_provider_allhours.flows.tenant_check.SWAGGER_PATH", "/nowhere.json")
    code, report = run_check(capsys)
    assert code == 0
    assert report["swagger"] == {"path": "/nowhere.json", "readable": False, "compared": [], "differences": []}
    assert "fields not compared" in run_check(capsys, as_json=False)[1]


def test_nothing_to_ask_for_is_said(allhours_connection: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    allhours_connection.fault("empty", route="absences")
    code, report = run_check(capsys)
    assert code == 0
    (absence,) = [route for route in report["routes"] if route["name"] == "absence"]
    assert absence["problem"] == "not asked: no record to ask for"


def test_refused_credentials_end_it(allhours_connection: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    allhours_connection.fault("status", status=400, route="token")
    code, report = run_check(capsys)
    assert code == 1
    assert not any(route["ok"] for route in report["routes"] if route["status"])


def test_an_unknown_connection_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        check(Namespace(conn_id="nowhere", json=False))
    assert str(ended.value.code).startswith("airflow allhours check: ")
