# SPDX-License-Identifier: Apache-2.0
"""The number of requests that the documentation gives for each operator is what the sandbox counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import airflow_provider_allhours
from airflow_provider_allhours.attendance.roster import employments_in
from airflow_provider_allhours.client import AllHoursClient, ClientConfig
from airflow_provider_allhours.flows.datasets.clockings import days_of_clockings
from airflow_provider_allhours.flows.datasets.roster import days_of_absences
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.flows.request_costs import COSTS, OCTOBER, Account


@pytest.fixture(scope="module", params=[26, 48])
def company(request: pytest.FixtureRequest) -> Iterator[Callable[[Path], Account]]:
    """Two companies of different size."""
    with Sandbox(employees=request.param, months=3, clean_ids=True) as sandbox:
        config = ClientConfig(sandbox.url, sandbox.client_id, sandbox.client_secret, auth_url=sandbox.token_url)
        with AllHoursClient(config) as client:
            yield lambda folder: Account(sandbox, client, folder)


@pytest.mark.slow
@pytest.mark.parametrize("name", COSTS)
def test_requests_of(name: str, company: Callable[[Path], Account], tmp_path: Path) -> None:
    account, cost = company(tmp_path), COSTS[name]
    employees = len(list(employments_in(account.client.users(), OCTOBER)))
    account.sandbox.reset_stats()
    cost.run(account)
    sent = sum(account.sandbox.stats()["requests"].values())
    if cost.is_bound:
        assert 5 < sent <= cost.requests(employees)
    else:
        assert sent == cost.requests(employees), account.sandbox.stats()["requests"]


def test_a_list_of_users_that_may_lack_leavers_costs_a_request_for_each_day(
    sandbox: Sandbox, client: AllHoursClient, tmp_path: Path
) -> None:
    sandbox.set_switches(archived_listed=False)
    cost = COSTS["timesheets"]
    cost.run(Account(sandbox, client, tmp_path))
    sent = sandbox.stats()["requests"]
    known = ("GET absences", "GET clockings", "GET daily_calculations", "GET users")
    leavers_by_id = sum(count for request, count in sent.items() if request not in known)
    assert (sent["GET clockings"], leavers_by_id) == (OCTOBER.length, 1)
    others = sum(sent.values()) - OCTOBER.length - leavers_by_id
    assert others == cost.requests(sent["GET daily_calculations"])


@pytest.mark.parametrize(("records", "days"), [("absences", days_of_absences), ("clockings", days_of_clockings)])
def test_a_month_is_one_list_up_to_the_size_that_the_page_says(records: str, days: Callable[[int], int]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "cost.rst").read_text("utf-8")
    found = re.search(rf"{records} of a month for more than ([\d,]+) users", " ".join(page.split()))
    assert found is not None
    users = int(found[1].replace(",", ""))
    assert days(users) == OCTOBER.length
    assert days(users + 1) < OCTOBER.length


def test_the_page_names_every_operator_and_sensor() -> None:
    page = (Path(__file__).parents[2] / "docs" / "cost.rst").read_text("utf-8")
    rooms = (Path(airflow_provider_allhours.__file__).parent / room for room in ("operators", "sensors"))
    code = "\n".join(path.read_text("utf-8") for room in rooms for path in room.rglob("*.py"))
    classes = set(re.findall(r"^class (AllHours\w+(?:Operator|Sensor))\b", code, re.M))
    bases = {"AllHoursExportOperator", "AllHoursPeriodExportOperator", "AllHoursWaitingSensor"}
    named = set(re.findall(r"AllHours\w+", page + "".join(cost.task for cost in COSTS.values())))
    assert classes - bases - named == set()
    assert len(classes) > 20
