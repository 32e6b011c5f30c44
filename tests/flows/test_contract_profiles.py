# SPDX-License-Identifier: Apache-2.0
"""Other readings of the whole API, met by a connection that does not know of them: complete, or loud and no file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursError
from airflow_provider_allhours.flows.exports import ExportRequest, export_dataset
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.profiles import PROFILES
from airflow_provider_allhours.sandbox.server import Sandbox

pytestmark = pytest.mark.slow

MONTH = Period(date(2026, 10, 1), date(2026, 10, 31))
DATASETS = ("timesheets", "counters", "absences", "clockings", "users")
READ_RIGHT = {"archived-flag", "exclusive-end", "window-31"}
"""Profiles that the client reads right without being told."""
LISTS_FEWER_USERS = {"archived-flag"}
"""Profiles whose list of users lacks archived ones: an export of users is what the account lists."""


@pytest.mark.parametrize("profile", PROFILES)
def test_an_unknown_contract_is_read_right_or_refused(
    profile: str, client_of: Callable[..., AllHoursClient], tmp_path: Path
) -> None:
    with Sandbox(employees=60, months=2) as believed, Sandbox(employees=60, months=2, contract=profile) as sandbox:
        for dataset in DATASETS:
            truth, file = tmp_path / f"{dataset}.truth.csv", tmp_path / f"{dataset}.csv"
            period = None if dataset == "users" else MONTH
            export_dataset(client_of(believed), ExportRequest(dataset, truth, period, "Europe/Ljubljana"))
            try:
                export_dataset(
                    client_of(sandbox, retry_attempts=1), ExportRequest(dataset, file, period, "Europe/Ljubljana")
                )
            except AllHoursError:
                assert not file.exists(), dataset
                assert profile not in READ_RIGHT, dataset
            else:
                if dataset == "users" and profile in LISTS_FEWER_USERS:
                    assert set(file.read_bytes().splitlines()) < set(truth.read_bytes().splitlines())
                    continue
                assert file.read_bytes() == truth.read_bytes(), dataset
