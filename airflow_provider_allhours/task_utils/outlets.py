# SPDX-License-Identifier: Apache-2.0
"""Describe a published file in the asset events of a task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

EVENT_KEYS = ("rows", "sha256", "period")
"""What a DAG that the asset triggers may want to know; no path, since the asset names the file."""


def describe_in_outlets(context: Mapping[str, Any], outlets: Iterable[Any], manifest: Mapping[str, Any]) -> None:
    """Add ``rows``, ``sha256`` and ``period`` of a published file to the event of every outlet.

    Args:
        context: Airflow's task context; without ``outlet_events`` (outside of an Airflow task run) nothing is done.
        outlets: the task's outlets.
        manifest: manifest of the published file.
    """
    events = context.get("outlet_events")
    if events is None:
        return
    for outlet in outlets:
        events[outlet].extra = {key: manifest[key] for key in EVENT_KEYS}
