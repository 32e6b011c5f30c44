# SPDX-License-Identifier: Apache-2.0
"""A person sets a fault on the sandbox's page, sees it strike in Airflow, and ends it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from airflow_provider_allhours.sandbox.server import Sandbox
from scripts.local_airflow import CONNECTION_ID, LocalAirflow

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1200)]


def press_test(page: Page, airflow: LocalAirflow) -> str:
    """The answer of the Test button of the connection to the sandbox."""
    page.goto(f"{airflow.url}/connections")
    page.get_by_role("row", name=CONNECTION_ID).get_by_role("button", name="Test Connection").click()
    notice = page.locator("[data-scope=toast][data-part=root]").filter(has_text="Test Connection")
    notice.wait_for()
    return notice.inner_text()


def test_a_fault_is_set_and_ended_by_click(
    page: Page, airflow: LocalAirflow, company: Sandbox, picture: Callable[[Page, str], None]
) -> None:
    page.goto(company.url)
    page.locator("#kind").select_option("html")
    page.locator("#new-fault select[name=route]").select_option("absence_definitions")
    page.get_by_role("button", name="Set the fault").click()
    expect(page.get_by_role("status")).to_have_text("The fault is in force.")
    page.locator("#faults").scroll_into_view_if_needed()
    picture(page, "sandbox-page")
    assert "HTML" in press_test(page, airflow)

    page.goto(company.url)
    expect(page.locator("#faults")).to_contain_text("html")
    assert company.stats()["faults"]["html"] > 0
    page.get_by_role("button", name="End all faults").click()
    expect(page.get_by_role("status")).to_have_text("No fault is in force.")
    assert "token granted" in press_test(page, airflow)
