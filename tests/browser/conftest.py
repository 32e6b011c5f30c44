# SPDX-License-Identifier: Apache-2.0
"""A whole Airflow, a company whose October is ready to be paid, and a browser that has signed in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from airflow_provider_allhours.sandbox.server import Sandbox
from scripts.local_airflow import LocalAirflow
from tests.helpers import finish_october

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# On a busy machine Airflow takes its time for a page.
MILLISECONDS = 180_000
expect.set_options(timeout=MILLISECONDS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, without a window."""
    program = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if program is None:
        pytest.skip("no Chromium on this machine: install the system's package")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def company() -> Iterator[Sandbox]:
    with Sandbox(employees=40, months=3, clean_ids=True) as sandbox:
        finish_october(sandbox)
        yield sandbox


@pytest.fixture(scope="session")
def airflow(browser: Browser, company: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAirflow]:
    home = tmp_path_factory.mktemp("airflow")
    settings = {
        "ALLHOURS_POKE_INTERVAL": "1",
        "AIRFLOW__ALLHOURS__PERIODS_PATHS": str(home / "output" / "periods"),
        # Airflow starts a run of its own for the month before today when somebody unpauses a DAG.
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
    }
    with LocalAirflow(home, company, settings=settings) as running:
        running.connect()
        yield running


@pytest.fixture(scope="session")
def signed_in(browser: Browser, airflow: LocalAirflow, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cookies of somebody who has signed in with user and password."""
    state = tmp_path_factory.mktemp("browser") / "state.json"
    with browser.new_context(locale="en-US") as context:
        context.set_default_timeout(MILLISECONDS)
        page = context.new_page()
        page.goto(airflow.url)
        page.get_by_label("Username").fill(airflow.user)
        page.locator("input[type=password]").fill(airflow.password)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name="Dags").first.wait_for()
        context.storage_state(path=state)
    return state


@pytest.fixture
def page(browser: Browser, signed_in: Path) -> Iterator[Page]:
    """A page of its own for each test."""
    with browser.new_context(
        storage_state=signed_in, locale="en-US", viewport={"width": 1280, "height": 900}
    ) as context:
        context.set_default_timeout(MILLISECONDS)
        yield context.new_page()


@pytest.fixture
def picture(tmp_path: Path) -> Callable[[Page, str], None]:
    """Keeps what the page shows as ``NAME.png``: in the folder ALLHOURS_PICTURES, or where nobody looks."""
    folder = Path(os.environ.get("ALLHOURS_PICTURES", tmp_path))

    def take(page: Page, name: str) -> None:
        # Whatever is still moving, such as a notice, has a second.
        page.wait_for_timeout(1000)
        page.screenshot(path=folder / f"{name}.png", animations="disabled")

    return take
