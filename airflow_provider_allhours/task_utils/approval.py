# SPDX-License-Identifier: Apache-2.0
"""Who triggered a run and who answered an approval."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.task_utils.coerce import is_blank
from airflow_provider_allhours.texts import NOTHING

if TYPE_CHECKING:
    from airflow.sdk import Context


def triggering_user(context: Context) -> str | None:
    """Name of the user who triggered the run; None where a schedule, an asset or the command line did.

    Raises:
        AllHoursParameterError: this version of Airflow does not tell tasks.
    """
    run: Any = context.get("dag_run")
    if run is None or not hasattr(run, "triggering_user_name"):
        raise AllHoursParameterError(
            "parameter 'four_eyes' is True, and this version of Airflow does not tell a task who triggered its run; "
            "it takes Airflow 3.2 or newer"
        )
    return run.triggering_user_name or None


def person(parameter: str, value: object) -> str | None:
    """Name of who approved, from text or from ``responded_by_user`` of Airflow's approval; None for nobody.

    Args:
        parameter: name of the parameter, for the message.
        value: text, ``{"id": …, "name": …}``, the text that a template makes of that, or what stands for nobody: None,
            blank text, and the texts that a template makes of None and of empty objects.

    Raises:
        AllHoursParameterError: neither of these.
    """
    if isinstance(value, str) and value.strip()[:1] in ("{", "["):
        value = _object_of(value.strip())
    if is_blank(value) or value in ({}, []) or str(value).strip().lower() in NOTHING:
        return None
    if isinstance(value, Mapping):
        value = value.get("name") or value.get("id")
    if not isinstance(value, str) or not value.strip():
        raise AllHoursParameterError(f"parameter '{parameter}' takes a name, or responded_by_user of an approval")
    return value.strip()


def _object_of(text: str) -> object:
    """What a template wrote as Python or as JSON; something else where it is neither."""
    readers: tuple[Callable[[str], object], ...] = (json.loads, ast.literal_eval)
    for read in readers:
        try:
            return read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return ()


def text_or_none(value: object) -> str | None:
    """Text without blanks around; None where a template rendered to nothing."""
    return None if is_blank(value) else str(value).strip()
