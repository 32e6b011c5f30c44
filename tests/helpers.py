# SPDX-License-Identifier: Apache-2.0
"""Helpers that tests of several folders import as ``tests.helpers``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator, Context

    from airflow_provider_allhours.sandbox.people import Employee
    from airflow_provider_allhours.sandbox.server import Sandbox


def employee_at(sandbox: Sandbox, index: int) -> Employee:
    """The employee at this index of the company, who must exist."""
    employee = sandbox.company.user_at(index)
    assert employee is not None, f"the company has no employee {index}"
    return employee


NO_CONTEXT = cast("Context", {})
"""What a task's methods get outside of a DAG run."""


def execute(task: BaseOperator) -> Any:
    """Run a task's ``execute`` outside of a DAG run."""
    return task.execute(NO_CONTEXT)
