# SPDX-License-Identifier: Apache-2.0
"""Close the period of several companies: one mapped task per connection, which fails or succeeds by itself."""

from __future__ import annotations

import os
from datetime import datetime

from airflow.sdk import DAG, Param

from airflow_provider_allhours.operators.payroll import AllHoursClosePeriodOperator

OUTPUT = os.environ.get("ALLHOURS_OUTPUT", "file:///tmp/allhours")

# [START allhours_several_companies]
COMPANIES = os.environ.get("ALLHOURS_COMPANIES", "allhours_default").split(",")

with DAG(
    dag_id="allhours_several_companies",
    description="Close the month of several companies, each for itself.",
    doc_md=__doc__,
    schedule="0 12 1 * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    params={
        "period": Param(
            "previous-month",
            type="string",
            title="Period",
            description="Such as 2026-10, 2026-W41, 2026-10-01/2026-10-15 or previous-month.",
        )
    },
    tags=["allhours"],
):
    AllHoursClosePeriodOperator.partial(task_id="close", period="{{ params.period }}").expand_kwargs(
        [{"allhours_conn_id": company, "path": f"{OUTPUT}/{company}/periods"} for company in COMPANIES]
    )
# [END allhours_several_companies]
