# SPDX-License-Identifier: Apache-2.0
"""Show a plan as text for the person who approves it: ids and dates, without names and comments."""

from __future__ import annotations

from airflow_provider_allhours.absences.ledger import CREATE, DELETE, UPDATE
from airflow_provider_allhours.absences.plan import Plan
from airflow_provider_allhours.absences.step import CONFLICT, UNKNOWN, Step

MAX_LINES = 25

MAX_LINE = 140
"""Characters of a line; the whole reason is in the plan and in ``reject_path``."""

SIGNS = {DELETE: "-", UPDATE: "~", CREATE: "+"}


def readable_diff(plan: Plan, max_lines: int = MAX_LINES) -> str:
    """The steps of a plan that change or reject something, one line each, shortened to fit an XCom.

    Returns:
        ``! row 7: …`` first, for the rows that are not written, each with its reason; then ``- 1009 on 2026-12-18`` for
        a deletion, ``~`` an update, ``+`` a creation. No line has a line break or a backtick, so that the text can
        stand in a code block of Markdown.
    """
    parked = [_parked_line(step) for step in plan.steps if step.action in (CONFLICT, UNKNOWN)]
    lines = parked + [_write_line(step) for step in plan.steps if step.is_write]
    shown = lines[:max_lines]
    if len(lines) > max_lines:
        shown.append(f"… and {len(lines) - max_lines} more; all of them are in the plan")
    return "\n".join(shown) or "nothing to change"


def _write_line(step: Step) -> str:
    part = " (part of the day)" if step.partial_from else ""
    return _plain(f"{SIGNS[step.action]} {step.employee_id or step.user_id} on {step.day}{part}")


def _parked_line(step: Step) -> str:
    who = f", {step.employee_id or step.user_id} on {step.day}" if step.day else ""
    return _plain(f"! row {step.row}{who}: {step.reason}")


def _plain(line: str) -> str:
    """One line of plain text, whatever ids and reasons contain."""
    text = " ".join(line.replace("`", "'").split())
    return text if len(text) <= MAX_LINE else f"{text[: MAX_LINE - 1]}…"
