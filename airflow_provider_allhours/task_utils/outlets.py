# SPDX-License-Identifier: Apache-2.0
"""Describe a published file in the asset events of a task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, AssetAlias

if TYPE_CHECKING:
    from airflow_provider_allhours.flows.exports import ExportResult
    from airflow_provider_allhours.periods import PeriodJson


def describe_in_outlets(
    context: Mapping[str, Any],
    outlets: Iterable[Any],
    *,
    path: str,
    rows: int,
    sha256: str,
    period: PeriodJson | None,
    **more: object,
) -> None:
    """Describe a published file in the event of every outlet, for the DAGs that the asset triggers.

    An alias gets an event of the asset that has the file's own address. A partition is that of the run, which Airflow
    adds itself.

    Args:
        context: Airflow's task context; without ``outlet_events`` (outside of an Airflow task run) nothing is done.
        outlets: the task's outlets.
        path: the file; it is not in the event, since the asset names it.
        rows: number of its rows.
        sha256: its checksum, hex.
        period: the days that it holds; None where it has none.
        more: further keys of the event.
    """
    events = context.get("outlet_events")
    if events is None:
        return
    extra = {"rows": rows, "sha256": sha256, "period": period, **more}
    for outlet in outlets:
        if isinstance(outlet, AssetAlias):
            events[outlet].add(Asset(uri=asset_uri(path)), extra=extra)
        else:
            events[outlet].extra = extra


def describe_export(context: Mapping[str, Any], outlets: Iterable[Any], manifest: ExportResult) -> None:
    """Describe an exported file as :func:`describe_in_outlets` does.

    Args:
        context: Airflow's task context.
        outlets: the task's outlets.
        manifest: return value of the export.
    """
    describe_in_outlets(
        context,
        outlets,
        path=manifest["path"],
        rows=manifest["rows"],
        sha256=manifest["sha256"],
        period=manifest["period"],
    )


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
