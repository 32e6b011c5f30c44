# SPDX-License-Identifier: Apache-2.0
"""A process that runs one operator as Airflow runs a task, for tests that kill it.

Reads JSON from standard input: ``class`` (dotted path), ``kwargs``, ``execution_timeout`` in seconds or null, and
``in_dag_run``: a whole DAG run, or only what Airflow's task process does with signals and the time limit, which starts
in a fraction of the time. Prints the state of the task as its last line.
"""

from __future__ import annotations

import importlib
import json
import signal
import sys
from contextlib import nullcontext
from datetime import timedelta
from typing import Any


def main() -> None:
    asked = json.load(sys.stdin)
    module, _, name = asked["class"].rpartition(".")
    operator = getattr(importlib.import_module(module), name)
    run = state_in_a_dag_run if asked["in_dag_run"] else state_of_the_task
    sys.stdout.write(f"\n{run(operator, asked['kwargs'], asked['execution_timeout'])}\n")


def state_of_the_task(operator: Any, kwargs: dict[str, Any], execution_timeout: float | None) -> str:
    """As ``airflow.sdk.execution_time.task_runner`` does it."""
    from airflow.sdk.execution_time.timeout import timeout

    task = operator(task_id="t", **kwargs)
    signal.signal(signal.SIGTERM, lambda *_: task.on_kill())
    try:
        with nullcontext() if execution_timeout is None else timeout(execution_timeout):
            task.execute({})
    except BaseException as error:
        task.on_kill()
        sys.stdout.write(f"{type(error).__name__}: {error}\n")
        return "failed"
    return "success"


def state_in_a_dag_run(operator: Any, kwargs: dict[str, Any], execution_timeout: float | None) -> str:
    from airflow.sdk import DAG

    try:
        from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db
    except ImportError:  # Airflow 3.1
        from airflow.models.dagbag import DagBag, sync_bag_to_db

    limit = None if execution_timeout is None else timedelta(seconds=execution_timeout)
    with DAG("killed_task", schedule=None) as dag:
        operator(task_id="t", execution_timeout=limit, **kwargs)
    bag = DagBag(dag_folder="/no-dags-here", collect_dags=False)
    dag.relative_fileloc = "killed_task.py"
    bag.bag_dag(dag)
    sync_bag_to_db(bag, "dags-folder", None)
    return str(dag.test().get_task_instance("t").state)


if __name__ == "__main__":
    main()
