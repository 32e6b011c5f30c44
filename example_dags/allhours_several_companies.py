# SPDX-License-Identifier: Apache-2.0
"""Close the period of several companies: one mapped task per connection, which fails or succeeds by itself."""

from __future__ import annotations

import os
from datetime import datetime

from airflow.sdk import DAG

from airflow_provider_allhours.operators.payroll import AllHoursClosePeriodOperator

OUTPUT = os.environ.get("ALLHOURS_OUTPUT", "file:///tmp/allhours")

# [START allhours_several_companies]
COMPANIES = os.environ.get("ALLHOURS_COMPANIES", "allhours_default").split(",")

with DAG(
    dag_id="allhours_several_companies",
    schedule="0 6 1 * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    params={"period": "previous-month"},
    tags=["allhours"],
):
    AllHoursClosePeriodOperator.partial(task_id="close", period="{{ params.period }}").expand_kwargs(
        [{"allhours_conn_id": company, "path": f"{OUTPUT}/{company}/periods"} for company in COMPANIES]
    )
# [END allhours_several_companies]
