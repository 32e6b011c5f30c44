# SPDX-License-Identifier: Apache-2.0
"""Describe a published file in the asset events of a task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from airflow.sdk import Asset, AssetAlias

EVENT_KEYS = ("rows", "sha256", "period")
"""What a DAG that the asset triggers may want to know; no path, since the asset names the file."""


def describe_in_outlets(context: Mapping[str, Any], outlets: Iterable[Any], manifest: Mapping[str, Any]) -> None:
    """Add ``rows``, ``sha256`` and ``period`` of a published file to the event of every outlet.

    An alias gets an event of the asset that has the file's own address. A partition is that of the run, which Airflow
    adds itself.

    Args:
        context: Airflow's task context; without ``outlet_events`` (outside of an Airflow task run) nothing is done.
        outlets: the task's outlets.
        manifest: manifest of the published file.
    """
    events = context.get("outlet_events")
    if events is None:
        return
    extra = {key: manifest[key] for key in EVENT_KEYS}
    for outlet in outlets:
        if isinstance(outlet, AssetAlias):
            events[outlet].add(Asset(uri=asset_uri(manifest["path"])), extra=extra)
        else:
            events[outlet].extra = extra


def asset_uri(path: str) -> str:
    """The address of a file as an asset has it: without the connection that the path may name.

    Args:
        path: an absolute local path, or a URL such as ``s3://aws_default@bucket/key``.
    """
    scheme, separator, rest = path.partition("://")
    if not separator:
        return f"file://{path}"
    host, slash, key = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{key}"
