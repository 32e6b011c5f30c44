# SPDX-License-Identifier: Apache-2.0
"""Start a DAG run when absences are created, changed or removed."""

from __future__ import annotations

import os
from datetime import datetime

from airflow.sdk import DAG, Asset, AssetWatcher, task

from airflow_provider_allhours.triggers.absences import AllHoursAbsenceChangesTrigger

# [START allhours_absence_watch]
absences = Asset(
    "allhours_absences",
    watchers=[
        AssetWatcher(
            name="allhours_absence_changes",
            trigger=AllHoursAbsenceChangesTrigger(
                conn_id="allhours_default",
                poll_interval=float(os.environ.get("ALLHOURS_POLL_INTERVAL", "300")),
                lookback_days=31,
                lookahead_days=92,
            ),
        )
    ],
)

with DAG(
    dag_id="allhours_absence_watch",
    description="Run when an absence was created, changed or removed.",
    doc_md=__doc__,
    schedule=[absences],
    start_date=datetime(2026, 1, 1),
    catchup=False,
    tags=["allhours"],
):

    @task
    def tell(triggering_asset_events=None) -> list[dict]:
        """Return of each event ``change``, ``absence_id``, ``user_id``, ``date`` and ``status``."""
        events = [event for found in (triggering_asset_events or {}).values() for event in found]
        return [event.extra["payload"] for event in events]

    tell()
# [END allhours_absence_watch]
