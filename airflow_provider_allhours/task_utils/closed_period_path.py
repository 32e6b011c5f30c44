# SPDX-License-Identifier: Apache-2.0
"""Name a file by the closed period that it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow_provider_allhours.periods import PATH_PLACEHOLDERS
from airflow_provider_allhours.task_utils.object_storage import storage_path

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath


def path_by_close(path: Any, close: Mapping[str, Any] | str, conn_id: str | None) -> ObjectStoragePath:
    """Return ``path`` with ``{period}``, ``{date_from}`` and ``{date_to}`` of the closed period.

    The manifest of the close is read only where the path has one of them.

    Args:
        path: rendered parameter ``path``.
        close: rendered parameter ``close``: a return value, or the path of a manifest.
        conn_id: Airflow connection of the storage.

    Raises:
        AllHoursParameterError: a path is empty, relative or cannot be reached, or ``close`` is no close.
    """
    from airflow_provider_allhours.flows.versions import manifest_path_of, open_close

    text = str(path)
    if any(placeholder in text for placeholder in PATH_PLACEHOLDERS):
        version = open_close(storage_path(manifest_path_of(close), conn_id, parameter="close"))
        text = version.period.fill(text)
    return storage_path(text, conn_id)
