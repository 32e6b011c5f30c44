# SPDX-License-Identifier: Apache-2.0
"""The company of ``make airflow`` has what the example DAGs need."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

from airflow_provider_allhours.client import AllHoursClient, ClientConfig
from airflow_provider_allhours.flows.absence_plan import plan_absences
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox
from scripts.local_airflow import prepare_company


def test_pay_groups_and_leave_to_enter(tmp_path: Path) -> None:
    today = date(2026, 11, 27)
    with Sandbox(employees=20, months=2, today=today, clean_ids=True) as sandbox:
        prepare_company(sandbox, tmp_path, today)
        config = ClientConfig(sandbox.url, sandbox.client_id, sandbox.client_secret, auth_url=sandbox.token_url)
        with AllHoursClient(config) as client:
            groups = Counter(user.custom_field3 for user in client.users())
            plan = plan_absences(
                client,
                source=tmp_path / "hr" / "leave.csv",
                period=Period.of_month(2026, 11),
                plan_path=tmp_path / "plan.jsonl",
                ledger_path=tmp_path / "ledger.jsonl",
            )
    assert set(groups) == {"weekly", "monthly"}
    assert plan["create"] == 3
    assert plan["unknown"] == plan["conflict"] == 0
