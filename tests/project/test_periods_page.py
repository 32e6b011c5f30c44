# SPDX-License-Identifier: Apache-2.0
"""What the page of periods says of kinds of runs is what these runs mean."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pendulum
import pytest
from airflow.sdk.api.datamodels._generated import AssetEventDagRunReference
from airflow.sdk.execution_time.context import TriggeringAssetEventsAccessor
from airflow.timetables.base import TimeRestriction
from airflow.timetables.interval import CronDataIntervalTimetable
from airflow.timetables.trigger import CronTriggerTimetable
from jinja2 import Environment

from airflow_provider_allhours.periods import resolve_period
from airflow_provider_allhours.task_utils.run_period import period_of

PAGE = (Path(__file__).parents[2] / "docs" / "periods.rst").read_text("utf-8")
MOMENT = datetime(2026, 11, 2, 6, tzinfo=UTC)


def logical_date(timetable: Any) -> datetime:
    """The logical date of the run that the timetable starts at the moment."""
    since = TimeRestriction(pendulum.datetime(2026, 1, 1), None, catchup=True)
    run = timetable.next_dagrun_info(last_automated_data_interval=None, restriction=since)
    while run.run_after < MOMENT:
        run = timetable.next_dagrun_info(last_automated_data_interval=run.data_interval, restriction=since)
    assert run.run_after == MOMENT
    moment: datetime = run.logical_date
    return moment


RUNS = {
    "``schedule": lambda: {"logical_date": logical_date(CronTriggerTimetable("0 6 2 * *", timezone="UTC"))},
    "``schedule=CronDataIntervalTimetable": lambda: {
        "logical_date": logical_date(CronDataIntervalTimetable("0 6 2 * *", timezone="UTC"))
    },
    "triggered by hand, without": dict,
    "triggered by hand, with the": lambda: {"logical_date": datetime(2026, 9, 15, tzinfo=UTC)},
    "started by an asset event": dict,
    "partition": lambda: {"partition_key": "2026-10"},
}


def rows() -> list[tuple[str, ...]]:
    """Run, what it counts from and what ``previous-month`` is, from the table of runs."""
    table = PAGE[PAGE.index(".. list-table:: ``previous-month``") : PAGE.index("**Data intervals.**")]
    cells = re.findall(r"^   \* - (.*)\n     - (.*)\n     - ``?(.*?)``?$", table, re.M)
    return [tuple(row) for row in cells][1:]


@pytest.mark.parametrize("row", rows(), ids=[run for run, *_ in rows()])
def test_previous_month_of_a_run(row: tuple[str, ...]) -> None:
    name = max((start for start in RUNS if row[0].startswith(start)), key=len)
    made: dict[str, Any] = RUNS[name]()
    run = {"logical_date": None, "run_after": MOMENT, "partition_key": None, "partition_date": None, **made}
    period = period_of("previous-month", {"dag_run": SimpleNamespace(**run)}, "Europe/Ljubljana")
    assert period.name == row[2]
    assert period == resolve_period("previous-month", reference=date.fromisoformat(f"{row[1]}-01"[:10]))


def test_every_kind_of_run_is_in_the_table() -> None:
    assert len(rows()) == len(RUNS)


def test_the_period_of_a_triggering_event_can_be_used() -> None:
    event = {
        "extra": {"period": {"from": "2026-10-01", "to": "2026-10-31"}, "rows": 1},
        "asset": {"name": "timesheets", "uri": "timesheets", "extra": {}},
        "timestamp": MOMENT,
        "source_dag_id": "a",
        "source_task_id": "b",
        "source_run_id": "c",
        "source_map_index": -1,
        "source_aliases": [],
        "created_dagrun": None,
        "partition_key": None,
    }
    reference = AssetEventDagRunReference.model_validate(
        {key: value for key, value in event.items() if key in AssetEventDagRunReference.model_fields}
    )
    namespace: dict[str, Any] = {}
    code = re.search(r"code-block:: python\n\n(   period = \(\n(?:   .*\n)+)", PAGE)
    assert code is not None
    exec(re.sub(r"^   ", "", code[1], flags=re.M), namespace)
    events = TriggeringAssetEventsAccessor.build([reference])
    text = Environment(autoescape=False).from_string(namespace["period"]).render(triggering_asset_events=events)
    assert resolve_period(text, reference=date(2026, 1, 1)).name == "2026-10"
