# SPDX-License-Identifier: Apache-2.0
"""Show a plan as text for the person who approves it: ids and dates, without names and comments."""

from __future__ import annotations

from airflow_provider_allhours.absences.ledger import CREATE, DELETE, UPDATE
from airflow_provider_allhours.absences.plan import Plan
from airflow_provider_allhours.absences.step import CONFLICT, UNKNOWN, Step

MAX_LINES = 25

SIGNS = {DELETE: "-", UPDATE: "~", CREATE: "+"}


def readable_diff(plan: Plan, max_lines: int = MAX_LINES) -> str:
    """The steps of a plan that change or reject something, one line each, shortened to fit an XCom.

    Returns:
        ``- 1009 on 2026-12-18`` for a deletion, ``~`` an update, ``+`` a creation, ``! row 7 …`` a row that
        is not written.
    """
    lines = [line for line in map(_line, plan.steps) if line]
    shown = lines[:max_lines]
    if len(lines) > max_lines:
        shown.append(f"… and {len(lines) - max_lines} more; all of them are in the plan")
    return "\n".join(shown) or "nothing to change"


def _line(step: Step) -> str | None:
    if step.is_write:
        part = " (part of the day)" if step.partial_from else ""
        return f"{SIGNS[step.action]} {step.employee_id or step.user_id} on {step.day}{part}"
    if step.action == CONFLICT:
        return f"! row {step.row}, {step.employee_id or step.user_id} on {step.day}: {step.reason}"
    if step.action == UNKNOWN:
        return f"! row {step.row}: unknown, the reason is in the plan"
    return None
