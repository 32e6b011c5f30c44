# SPDX-License-Identifier: Apache-2.0
"""A process that runs a DAG with Airflow's OpenLineage listener, which is registered when Airflow starts.

Reads JSON from standard input: ``tasks``, each with ``class`` (dotted path), ``kwargs``, and ``expand`` for a mapped
task (a list of kwargs) or null; and ``states``, the file for the states by task. Each task runs after the one before,
whatever that one's state.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    from airflow.sdk import DAG

    try:
        from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db
    except ImportError:  # Airflow 3.1
        from airflow.models.dagbag import DagBag, sync_bag_to_db

    asked = json.load(sys.stdin)
    before: Any = None
    with DAG("lineage", schedule=None) as dag:
        for one in asked["tasks"]:
            module, _, name = one["class"].rpartition(".")
            operator = getattr(importlib.import_module(module), name)
            options = {"trigger_rule": "all_done", **one["kwargs"]}
            task = operator(**options) if one["expand"] is None else None
            task = task or operator.partial(**options).expand_kwargs(one["expand"])
            if before is not None:
                before >> task
            before = task
    bag = DagBag(dag_folder="/no-dags-here", collect_dags=False)
    dag.relative_fileloc = "lineage.py"
    bag.bag_dag(dag)
    sync_bag_to_db(bag, "dags-folder", None)
    run = dag.test()
    states = {f"{ran.task_id}/{ran.map_index}": str(ran.state) for ran in run.get_task_instances()}
    Path(asked["states"]).write_text(json.dumps(states))


if __name__ == "__main__":
    main()
