# SPDX-License-Identifier: Apache-2.0
"""``airflow allhours check``: what is proven about an account, and the contract that it proposes."""

from __future__ import annotations

import csv
import json
from argparse import Namespace
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from airflow_provider_allhours.attendance.roster import employments_in
from airflow_provider_allhours.cli.commands import check
from airflow_provider_allhours.client import AllHoursClient, ClientConfig
from airflow_provider_allhours.client.contract import parse_contract
from airflow_provider_allhours.flows.exports import ExportRequest, export_dataset
from airflow_provider_allhours.flows.tenant_check import MAX_REQUESTS, CheckReport, check_tenant
from airflow_provider_allhours.flows.tenant_facts import TenantFacts, exit_code, last_whole_month
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.profiles import PROFILES
from airflow_provider_allhours.sandbox.server import Sandbox

MONTH = Period.of_month(2026, 10)
TODAY = date(2026, 11, 26)
DATASETS = ("timesheets", "counters", "absences", "clockings", "users")


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return {"employees": 40, "months": 2}


def config_of(sandbox: Sandbox, contract: dict[str, Any] | None = None, **settings: Any) -> ClientConfig:
    return ClientConfig(
        sandbox.url,
        sandbox.client_id,
        sandbox.client_secret,
        auth_url=sandbox.token_url,
        timezone="Europe/Ljubljana",
        contract=parse_contract(contract or {}),
        **settings,
    )


def checked(sandbox: Sandbox, contract: dict[str, Any] | None = None, **options: Any) -> CheckReport:
    return check_tenant(config_of(sandbox, contract), today=TODAY, **options)


def verdict_of(report: CheckReport, fact: str) -> tuple[str, str]:
    (found,) = [one for one in report["verdicts"] if one["fact"] == fact]
    return found["verdict"], found["detail"]


def run_check(
    capsys: pytest.CaptureFixture[str], *, as_json: bool = True, propose: bool = False, openapi: str | None = None
) -> tuple[int | str | None, Any]:
    with pytest.raises(SystemExit) as ended:
        check(Namespace(conn_id="allhours_default", json=as_json, propose=propose, openapi=openapi))
    shown = capsys.readouterr().out
    return ended.value.code, json.loads(shown) if as_json else shown


def test_an_account_as_believed_is_proven(allhours_connection: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    code, report = run_check(capsys)
    assert code == 0
    assert report["proposal"] is None
    assert {one["verdict"] for one in report["verdicts"]} == {"proven"}
    assert report["requests"] <= 20
    code, shown = run_check(capsys, as_json=False)
    assert code == 0
    assert "proven         unit of times: presence in minutes fits the clockings on" in shown
    assert shown.endswith("Everything that an export depends on is proven or stated.\n")
    code, report = run_check(capsys, propose=True)
    assert (code, report["proposal"]) == (0, {"contract": {}})
    assert "it needs no contract" in run_check(capsys, as_json=False, propose=True)[1]
    names = {str(getattr(user, "last_name", "")) for user in allhours_connection.company.users()}
    assert not any(name and name in json.dumps(report) for name in names)


@pytest.mark.parametrize(
    ("switches", "fact", "verdict", "code"),
    [
        ({"missing_routes": ["daily_calculations"]}, "employee-days of a whole month", "differs", 1),
        ({"missing_routes": ["clockings"]}, "clockings", "differs", 1),
        ({"missing_routes": ["organization_units"]}, "organization units", "differs", 0),
        ({"renamed_fields": {"User.CustomId": "EmployeeNumber"}}, "fields of the exports", "differs", 1),
        ({"absent_fields": ["CalculationResult.Value"]}, "fields of the exports", "differs", 1),
        ({"archived_parameter": "includeArchived"}, "archived users", "cannot tell", 2),
        ({"minutes_format": "hours"}, "employee-days of a whole month", "differs", 1),
        ({"paging": {"size": 20, "routes": ["users"], "hint": "none"}}, "users", "cannot tell", 1),
    ],
)
def test_what_differs_and_what_cannot_be_told(
    sandbox: Sandbox, switches: dict[str, Any], fact: str, verdict: str, code: int
) -> None:
    sandbox.set_switches(**switches)
    report = checked(sandbox)
    assert verdict_of(report, fact)[0] == verdict, report["verdicts"]
    assert report["exit_code"] == code
    assert report["requests"] <= MAX_REQUESTS


def test_an_empty_list_is_never_proven(sandbox: Sandbox) -> None:
    sandbox.fault("empty", route="absences")
    report = checked(sandbox)
    assert verdict_of(report, "absences")[0] == "cannot tell"
    assert report["exit_code"] != 0


def test_hours_that_are_whole_numbers_are_seen_by_the_clockings(sandbox: Sandbox, client: AllHoursClient) -> None:
    """Eight hours a day as 8: no guard of a decimal point sees it, the clockings do."""
    facts = TenantFacts(client, last_whole_month(TODAY))
    facts.establish()
    for day in facts._days:
        summary: Any = day.calculation_result_summary
        msgspec.structs.force_setattr(summary, "paid_presence_value", (summary.paid_presence_value or 0) // 60)
    verdict, detail = facts._unit()
    assert verdict == "differs"
    assert "`minutes` of the contract" in detail


@pytest.mark.parametrize(
    ("route", "fact"),
    [("organization_units", "organization units"), ("calculation_result_types", "calculation result types")],
)
def test_an_empty_list_that_no_export_needs_is_stated_by_the_document(sandbox: Sandbox, route: str, fact: str) -> None:
    sandbox.fault("empty", route=route)
    report = checked(sandbox)
    assert verdict_of(report, fact)[0] == "stated"
    assert "; the document has GET /api/v1/" in verdict_of(report, fact)[1]
    assert report["exit_code"] == 0


def test_fields_that_nothing_shows_are_stated_by_the_document(sandbox: Sandbox) -> None:
    """Nobody has leave: no absence shows its fields, and the list of absences is still not proven."""
    for absence in sandbox.control("GET", "state", {"from": "2026-09-01", "to": "2026-10-31"})["absences"]:
        sandbox.control("POST", "absences", {"action": "remove", "id": absence["Id"]})
    report = checked(sandbox)
    assert verdict_of(report, "fields of the exports")[0] == "stated"
    assert verdict_of(report, "absences")[0] == "cannot tell"
    assert report["exit_code"] == 2


def test_what_long_windows_and_parameters_bring(sandbox: Sandbox) -> None:
    assert verdict_of(checked(sandbox), "long windows")[1].startswith("62 days at once have the days")
    sandbox.set_switches(max_window_days=31, archived_parameter="includeArchived")
    report = checked(sandbox, {"routes": {"users": {"params": {"includeArchived": "true"}}}})
    assert "windows of more than 31 days are refused" in verdict_of(report, "long windows")[1]
    assert verdict_of(report, "parameters of users") == ("proven", "without them 0 archived users are listed")
    assert verdict_of(report, "archived users") == ("proven", "1 archived users are listed, so leavers are seen")


def test_absences_at_a_time_of_day_prove_no_day(sandbox: Sandbox, client: AllHoursClient) -> None:
    facts = TenantFacts(client, last_whole_month(TODAY))
    facts.establish()
    for absence in facts._absences[:2]:
        msgspec.structs.force_setattr(absence, "timestamp", absence.timestamp.replace(hour=8))
    verdict, detail = facts._whole_days()
    assert (verdict, detail.partition(",")[0]) == (
        "cannot tell",
        f"2 of {len(facts._absences)} absences are sent with a time of day",
    )


def test_a_route_that_is_not_served_is_stated(sandbox: Sandbox) -> None:
    report = checked(sandbox, {"routes": {"clockings": None}})
    assert verdict_of(report, "clockings")[0] == "stated"


@pytest.mark.slow
@pytest.mark.parametrize("profile", [*PROFILES, "camel+bulk-paged", "snake+wrapped-offset+hours"])
def test_propose_paste_export(profile: str, tmp_path: Path, client_of: Callable[..., AllHoursClient]) -> None:
    """What is proposed and pasted exports the truth, or the command says that it cannot tell."""
    options: dict[str, Any] = {"employees": 40, "months": 2}
    with Sandbox(**options) as believed, Sandbox(**options, contract=profile) as sandbox:
        report = checked(sandbox, proposes=True)
        assert report["requests"] <= MAX_REQUESTS
        assert report["exit_code"] == 0, report["verdicts"]
        assert report["proposal"] is not None
        pasted = report["proposal"]["contract"]
        assert checked(sandbox, pasted)["exit_code"] == 0
        for dataset in DATASETS:
            truth, file = tmp_path / f"{dataset}.truth.csv", tmp_path / f"{dataset}.csv"
            period = None if dataset == "users" else MONTH
            export_dataset(client_of(believed), ExportRequest(dataset, truth, period, "Europe/Ljubljana"))
            told = client_of(sandbox, contract=pasted, timezone="Europe/Ljubljana", retry_attempts=1)
            export_dataset(told, ExportRequest(dataset, file, period, "Europe/Ljubljana"))
            if "hours" in profile and dataset == "counters":
                # The column ``value`` stays as it was sent.
                assert [row[:6] + row[7:] for row in rows(file)] == [row[:6] + row[7:] for row in rows(truth)]
                continue
            assert file.read_bytes() == truth.read_bytes(), dataset


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


FOREIGN = {
    "openapi": "3.0.1",
    "paths": {
        "/pets": {
            "get": {
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "array",
                                    "items": {"type": "object", "properties": {"id": {}, "name": {}, "tag": {}}},
                                }
                            }
                        }
                    }
                }
            }
        }
    },
}


@pytest.mark.parametrize("document", [FOREIGN, {"swagger": "2.0", "paths": {}}])
def test_a_foreign_document_proposes_nothing(
    document: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "document.json"
    file.write_text(json.dumps(document))
    with Sandbox(employees=10, months=2, contract="camel") as sandbox:
        monkeypatch.setenv("AIRFLOW_CONN_ALLHOURS_DEFAULT", sandbox.connection_json())
        code, report = run_check(capsys, propose=True, openapi=str(file))
        assert (code, report["proposal"]) == (2, None)
        assert "No contract is proposed" in run_check(capsys, as_json=False, propose=True, openapi=str(file))[1]


def test_a_document_that_lies_is_not_believed(sandbox: Sandbox) -> None:
    """The document of another account: what it says is contradicted by the wire."""
    with Sandbox(employees=10, months=2, contract="camel+bulk-paged") as other:
        document = json.loads(AllHoursClient(config_of(other)).fetch("/swagger/v1/swagger.json").body)
    sandbox.set_switches(missing_routes=["daily_calculations"])
    report = checked(sandbox, proposes=True, document=document)
    assert (report["proposal"], report["exit_code"]) == (None, 2)


def test_a_saved_document_is_read_from_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Sandbox(employees=20, months=2, contract="snake") as sandbox:
        monkeypatch.setenv("AIRFLOW_CONN_ALLHOURS_DEFAULT", sandbox.connection_json())
        file = tmp_path / "document.json"
        file.write_bytes(AllHoursClient(config_of(sandbox)).fetch("/swagger/v1/swagger.json").body)
        code, shown = run_check(capsys, as_json=False, propose=True, openapi=str(file))
        assert "Paste this into the connection field 'contract':" in shown
        assert '"case": "snake"' in shown
        assert code in (0, 2)
        file.write_text("<html>")
        with pytest.raises(SystemExit, match="--openapi .* is no JSON"):
            check(Namespace(conn_id="allhours_default", json=True, propose=True, openapi=str(file)))


def test_refused_credentials_end_it(allhours_connection: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    allhours_connection.fault("status", status=400, route="token")
    code, report = run_check(capsys)
    assert code == 1
    (verdict,) = report["verdicts"]
    assert "(token) answered 400" in verdict["detail"]


def test_a_server_that_is_not_there_says_nothing_of_the_account(
    allhours_connection: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    allhours_connection.fault("cut_before", route="users")
    code, report = run_check(capsys)
    assert (code, report["verdicts"][0]["verdict"]) == (2, "cannot tell")


def test_an_unknown_connection_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        check(Namespace(conn_id="nowhere", json=False, propose=False, openapi=None))
    assert str(ended.value.code).startswith("airflow allhours check: ")


def test_exit_codes() -> None:
    def verdicts(*names: Any) -> list[Any]:
        return [{"fact": "f", "verdict": name, "detail": "", "is_needed": True} for name in names]

    assert exit_code(verdicts("proven", "stated")) == 0
    assert exit_code(verdicts("proven", "cannot tell")) == 2
    assert exit_code(verdicts("cannot tell", "differs")) == 1
    assert exit_code([]) == 2
    assert exit_code([*verdicts("proven"), {**verdicts("differs")[0], "is_needed": False}]) == 0


def test_without_anybody_who_is_employed_all_month_somebody_else_is_chosen(
    sandbox: Sandbox, client: AllHoursClient
) -> None:
    def chosen() -> Any:
        facts = TenantFacts(client, last_whole_month(TODAY))
        facts.establish()
        return facts._employment

    assert chosen().days == MONTH
    whole = [one for one in employments_in(client.users(), MONTH) if one.days == MONTH]
    for employment in whole[1:]:
        body = {"user_id": employment.user.id, "fields": {"CalculationStartDate": "2026-10-05T00:00:00"}}
        sandbox.control("POST", "users", body)
    assert chosen().user.id == whole[0].user.id
    body = {"user_id": whole[0].user.id, "fields": {"CalculationStartDate": "2026-10-05T00:00:00"}}
    sandbox.control("POST", "users", body)
    assert chosen().days != MONTH
