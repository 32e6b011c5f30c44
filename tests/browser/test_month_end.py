# SPDX-License-Identifier: Apache-2.0
"""A person starts a month end in Airflow's pages, reads what is asked, approves it, and looks at what was paid."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from scripts.local_airflow import LocalAirflow
from tests.helpers import has_taken_note, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1200)]

DAG_ID = "allhours_month_end"
Picture = Callable[[Page, str], None]


@pytest.fixture(scope="module")
def run_id() -> list[str]:
    """The run that the first test starts; the others go on with it."""
    return []


def task_page(airflow: LocalAirflow, run: str, task_id: str, tab: str = "") -> str:
    return f"{airflow.url}/dags/{DAG_ID}/runs/{quote(run)}/tasks/{task_id}/{tab}"


def state_of(airflow: LocalAirflow, run: str, task_id: str) -> str | None:
    return str(airflow.call("GET", f"/dags/{DAG_ID}/dagRuns/{run}/taskInstances/{task_id}")["state"])


def test_a_run_is_started_by_the_form(page: Page, airflow: LocalAirflow, picture: Picture, run_id: list[str]) -> None:
    page.goto(f"{airflow.url}/dags/{DAG_ID}")
    page.get_by_test_id("trigger-dag-button").click()
    form = page.get_by_role("dialog")
    form.locator("#element_period").fill("2026-10")
    for number in form.get_by_role("spinbutton").all():
        # Nothing was paid before October.
        number.fill("0")
        number.blur()
    expect(form).to_contain_text("The month that is paid.")
    picture(page, "trigger-form")
    form.get_by_test_id("trigger-dag-submit").click()
    form.wait_for(state="hidden")
    runs = airflow.call("GET", f"/dags/{DAG_ID}/dagRuns?run_type=manual")["dag_runs"]
    run_id += [run["dag_run_id"] for run in runs]
    assert len(run_id) == 1
    assert runs[0]["conf"] | {"period": "2026-10", "look_back_months": 0, "watch_months": 0} == runs[0]["conf"]


def test_a_person_reads_and_approves(page: Page, airflow: LocalAirflow, picture: Picture, run_id: list[str]) -> None:
    (run,) = run_id
    until(lambda: state_of(airflow, run, "approve") in ("awaiting_input", "deferred"), told=airflow.logs)
    page.goto(f"{airflow.url}/required_actions")
    expect(page.get_by_text("Pay 2026-10-01 to 2026-10-31?").first).to_be_visible()
    page.goto(task_page(airflow, run, "approve", "required_actions"))
    approve = page.get_by_test_id("hitl-option-Approve")
    approve.wait_for()
    asked = page.locator("#root").inner_text()
    assert "October 2026 is ready." in asked
    assert "None" not in asked
    picture(page, "approval")
    preview = airflow.output / "payroll" / "2026-10.preview.csv"
    register = airflow.output / "registers" / "2026-10.csv"
    register.parent.mkdir(exist_ok=True)
    register.write_bytes(preview.read_bytes())
    until(lambda: has_taken_note(airflow.log, run, "approve"), told=airflow.logs)
    approve.click()
    until(lambda: state_of(airflow, run, "reconcile") == "success", told=airflow.logs)
    assert (airflow.output / "payroll" / "2026-10.csv").read_bytes() == preview.read_bytes()


def test_the_graph_shows_what_was_done(page: Page, airflow: LocalAirflow, picture: Picture, run_id: list[str]) -> None:
    page.set_viewport_size({"width": 1900, "height": 700})
    page.goto(f"{airflow.url}/dags/{DAG_ID}/runs/{quote(run_id[0])}")
    page.get_by_role("button", name="Show Graph").click()
    page.get_by_role("button", name="Collapse Details Panel").click()
    page.locator(".react-flow__controls-fitview").click()
    expect(page.locator(".react-flow__node").filter(has_text="reconcile")).to_contain_text("success")
    picture(page, "month-end-graph")


def test_the_payroll_task_is_linked_to_its_files(
    page: Page, airflow: LocalAirflow, picture: Picture, run_id: list[str]
) -> None:
    page.goto(task_page(airflow, run_id[0], "pay", "details"))
    paid = airflow.output / "payroll" / "2026-10.csv"
    for name, path in (("File", paid), ("Manifest", f"{paid}.manifest.json")):
        expect(page.get_by_role("link", name=name, exact=True)).to_have_attribute("href", str(path))
    picture(page, "task-links")


def test_the_periods_page_shows_that_october_is_confirmed(
    page: Page, airflow: LocalAirflow, picture: Picture, run_id: list[str]
) -> None:
    assert run_id
    page.goto(airflow.url)
    page.get_by_role("button", name="Browse").click()
    page.get_by_role("menuitem", name="All Hours").click()
    shown = page.frame_locator("iframe")
    october = shown.get_by_role("row").filter(has_text="2026-10").first
    expect(october).to_contain_text("confirmed")
    expect(shown.locator("body")).to_contain_text("October 2026 is ready")
    picture(page, "periods-page")


def test_the_report_is_a_page(page: Page, airflow: LocalAirflow, picture: Picture, run_id: list[str]) -> None:
    assert run_id
    page.goto((airflow.output / "payroll" / "2026-10.report.html").as_uri())
    expect(page.locator("body")).to_contain_text("Month-end report 2026-10-01 to 2026-10-31")
    picture(page, "report")
