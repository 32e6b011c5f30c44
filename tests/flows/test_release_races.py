# SPDX-License-Identifier: Apache-2.0
"""Several processes release at once, on a disk, in an S3 store and by SFTP: one pays, the others are told."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient, ClientConfig, errors
from airflow_provider_allhours.flows.payroll_export import export_payroll
from airflow_provider_allhours.flows.period_close import close_period
from airflow_provider_allhours.flows.period_listing import list_periods
from airflow_provider_allhours.flows.release_replay import replay_release
from airflow_provider_allhours.flows.versions import open_close
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.places import Place
from tests.racing import MAX_SECONDS, fresh_processes

pytestmark = pytest.mark.slow

OCTOBER = Period.of_month(2026, 10)
PAID, TOLD = "paid", "told"
MAPPING = {
    "lines": [{"source": "paid_presence_minutes", "pay_code": "1000", "unit": "hours"}],
    "ignore": {"absences": "*", "counters": "*"},
}


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return {"employees": 10, "months": 2, "clean_ids": True}


def release(place: Place, barrier: Any, answers: Any, close: str, name: str, options: Mapping[str, Any]) -> None:
    barrier.wait(MAX_SECONDS)
    try:
        result = export_payroll(
            close=close,
            profile="generic-csv",
            mapping=MAPPING,
            path=place.path(name),
            path_of=place.open,
            **options,
        )
    except errors.AllHoursConflictError as error:
        answers.put((TOLD, name, str(error)))
    except BaseException as error:
        answers.put(("failed", name, repr(error)))
    else:
        answers.put((PAID, name, result["sha256"]))


def race(place: Place, close: str, runs: Sequence[tuple[str, Mapping[str, Any]]]) -> list[tuple[str, str, str]]:
    context = fresh_processes()
    barrier, answers = context.Barrier(len(runs)), context.Queue()
    processes = [
        context.Process(target=release, args=(place, barrier, answers, close, name, options)) for name, options in runs
    ]
    for process in processes:
        process.start()
    outcomes = [answers.get(timeout=MAX_SECONDS) for _ in processes]
    for process in processes:
        process.join(MAX_SECONDS)
    return sorted(outcomes)


def paid_files(place: Place) -> dict[str, str]:
    """Payroll files with a manifest that says that they are released -> checksum of the file."""
    folder = place.path("")
    folder.fs.invalidate_cache()
    paid = {}
    for path in folder.fs.glob(f"{str(folder.path).rstrip('/')}/*.manifest.json"):
        manifest = json.loads(folder.fs.cat_file(path))
        if not manifest["preview"]:
            name = str(path).rpartition("/")[2].removesuffix(".manifest.json")
            paid[name] = manifest["sha256"]
    return paid


@pytest.fixture
def close(client: AllHoursClient, place: Place) -> str:
    result = close_period(client, period=OCTOBER, path=place.path("periods"), timezone="Europe/Ljubljana")
    return result["manifest_path"]


def require_verified(place: Place, close: str, names: Sequence[str]) -> None:
    assert len(list(open_close(place.open(close)).people())) > 5
    for name in names:
        manifest = place.path(f"{name}.manifest.json")
        assert replay_release(manifest=manifest, path_of=place.open)["problems"] == []


@pytest.mark.parametrize("runs", [2, 4])
def test_of_several_files_one_is_paid(place: Place, close: str, runs: int) -> None:
    outcomes = race(place, close, [(f"{number}.csv", {}) for number in range(runs)])
    paid = [name for outcome, name, _ in outcomes if outcome == PAID]
    assert [outcome for outcome, *_ in outcomes] == [PAID] + [TOLD] * (runs - 1), outcomes
    assert list(paid_files(place)) == paid
    for _, _, message in outcomes[1:]:
        assert paid[0] in message
    require_verified(place, close, paid)


@pytest.mark.parametrize("runs", [2, 4])
def test_the_same_file_is_paid_once(place: Place, close: str, runs: int) -> None:
    outcomes = race(place, close, [("pay.csv", {})] * runs)
    assert {outcome for outcome, *_ in outcomes} == {PAID}, outcomes
    (checksum,) = {checksum for _, _, checksum in outcomes}
    assert paid_files(place) == {"pay.csv": checksum}
    (period,) = list_periods(place.path("periods"))
    assert [release["state"] for release in period["releases"]] == ["released"]
    require_verified(place, close, ["pay.csv"])


def test_groups_that_share_a_person_and_groups_that_do_not(place: Place, close: str) -> None:
    groups = {"a.csv": ["1002", "1003"], "b.csv": ["1003", "1004"], "c.csv": ["1005"], "d.csv": ["1006"]}
    outcomes = race(place, close, [(name, {"employees": ids}) for name, ids in groups.items()])
    by_name = {name: outcome for outcome, name, _ in outcomes}
    assert {by_name["c.csv"], by_name["d.csv"]} == {PAID}, outcomes
    assert sorted([by_name["a.csv"], by_name["b.csv"]]) == [PAID, TOLD], outcomes
    paid = sorted(name for name, outcome in by_name.items() if outcome == PAID)
    assert sorted(paid_files(place)) == paid
    require_verified(place, close, paid)


def close_once(place: Place, barrier: Any, answers: Any, config: ClientConfig) -> None:
    barrier.wait(MAX_SECONDS)
    with AllHoursClient(config) as client:
        close = close_period(client, period=OCTOBER, path=place.path("periods"), timezone="Europe/Ljubljana")
    answers.put((close["version"], close["changed"], close["manifest_path"]))


def test_closes_at_once_make_one_version(place: Place, sandbox: Sandbox) -> None:
    config = ClientConfig(sandbox.url, sandbox.client_id, sandbox.client_secret, auth_url=sandbox.token_url)
    context = fresh_processes()
    barrier, answers = context.Barrier(3), context.Queue()
    runs = [context.Process(target=close_once, args=(place, barrier, answers, config)) for _ in range(3)]
    for run in runs:
        run.start()
    closes = [answers.get(timeout=MAX_SECONDS) for _ in runs]
    for run in runs:
        run.join(MAX_SECONDS)
    assert sorted(changed for _, changed, _ in closes) == [False, False, True], closes
    assert {version for version, *_ in closes} == {1}
    require_verified(place, closes[0][2], [])
