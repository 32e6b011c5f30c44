# SPDX-License-Identifier: Apache-2.0
"""Make object storage paths of rendered parameters."""

from __future__ import annotations

import os

from airflow.sdk import ObjectStoragePath

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.task_utils.coerce import is_blank


def storage_path(
    path: str | os.PathLike[str], conn_id: str | None = None, *, parameter: str = "path"
) -> ObjectStoragePath:
    """A path from a DAG author's text.

    Args:
        path: an ``ObjectStoragePath`` URL such as ``s3://aws_default@bucket/key``, or a local path.
        conn_id: Airflow connection of the storage; wins over one in the URL.
        parameter: the name to blame in a message.

    Raises:
        AllHoursParameterError: empty, or a scheme that no installed package serves.
    """
    text = os.fspath(path) if not isinstance(path, ObjectStoragePath) else str(path)
    if not str(text).strip():
        raise AllHoursParameterError(
            f"parameter '{parameter}' is empty; it takes a local path or a URL such as s3://bucket/key"
        )
    try:
        if isinstance(path, ObjectStoragePath):
            return path if conn_id is None else ObjectStoragePath(text, conn_id=conn_id)
        return ObjectStoragePath(text, conn_id=conn_id)
    except (ValueError, ImportError):
        raise AllHoursParameterError(
            f"parameter '{parameter}' has a scheme that nothing installed here can reach; it takes a local path or "
            "a URL of an installed provider, such as s3://bucket/key with apache-airflow-providers-amazon[s3fs]"
        ) from None


def optional_storage_path(
    path: str | os.PathLike[str] | None, conn_id: str | None = None, *, parameter: str = "path"
) -> ObjectStoragePath | None:
    """Return the path as :func:`storage_path` does, or None where the parameter is None or blank.

    Args:
        path: an ``ObjectStoragePath`` URL, a local path, blank text or None.
        conn_id: Airflow connection of the storage; wins over one in the URL.
        parameter: name of the parameter, for the message.

    Raises:
        AllHoursParameterError: a scheme that no installed package serves.
    """
    return None if is_blank(path) or path is None else storage_path(path, conn_id, parameter=parameter)
