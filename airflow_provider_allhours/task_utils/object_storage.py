# SPDX-License-Identifier: Apache-2.0
"""Make object storage paths of rendered parameters."""

from __future__ import annotations

import os
import re
from typing import cast

from airflow.sdk import ObjectStoragePath

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.files.paths import absolute_path
from airflow_provider_allhours.periods import PATH_PLACEHOLDERS
from airflow_provider_allhours.task_utils.coerce import is_blank

_PLACEHOLDER = re.compile(r"\{[a-z][a-z_]*\}")
"""``{period}`` or a misspelt one: a file of that name would be taken for the next period's, too."""

_PACKAGES = {
    "s3": "apache-airflow-providers-amazon[s3fs]",
    "s3a": "apache-airflow-providers-amazon[s3fs]",
    "s3n": "apache-airflow-providers-amazon[s3fs]",
    "gs": "apache-airflow-providers-google",
    "gcs": "apache-airflow-providers-google",
    "sftp": "apache-airflow-providers-sftp[sshfs]",
    "ssh": "apache-airflow-providers-sftp[sshfs]",
    "abfs": "apache-airflow-providers-microsoft-azure",
    "abfss": "apache-airflow-providers-microsoft-azure",
    "adl": "apache-airflow-providers-microsoft-azure",
}
"""The package that Airflow needs for the URLs of each scheme."""


def storage_path(
    path: str | os.PathLike[str], conn_id: str | None = None, *, parameter: str = "path"
) -> ObjectStoragePath:
    """Return the path that a parameter names.

    Args:
        path: an ``ObjectStoragePath`` URL such as ``s3://aws_default@bucket/key``, an absolute local path, or ``~/…``.
        conn_id: Airflow connection of the storage; wins over one in the URL.
        parameter: name of the parameter, for the message.

    Raises:
        AllHoursParameterError: empty, a relative local path, a placeholder that nothing filled, or a scheme that no
            installed package serves.
    """
    text = absolute_path(str(path), parameter=parameter)
    if unfilled := _PLACEHOLDER.search(text):
        raise AllHoursParameterError(
            f"parameter '{parameter}' is {text!r}, and nothing fills {unfilled[0]} here; "
            f"{', '.join(PATH_PLACEHOLDERS)} name a file by the period of the operator that writes it"
        )
    try:
        has_own_connection = isinstance(path, ObjectStoragePath) and conn_id is None and text == str(path)
        # Airflow 3.1 takes a given None for an answer, and then the connection in the URL for none.
        options = {} if conn_id is None else {"conn_id": conn_id}
        storage = cast("ObjectStoragePath", path) if has_own_connection else ObjectStoragePath(text, **options)
        # Airflow 3.1 accepts any scheme, and looks for its file system only here.
        _ = storage.fs
    except (ValueError, ImportError):
        raise AllHoursParameterError(_unreachable(parameter, text)) from None
    return storage


def optional_storage_path(
    path: str | os.PathLike[str] | None, conn_id: str | None = None, *, parameter: str = "path"
) -> ObjectStoragePath | None:
    """Return the path as :func:`storage_path` does, or None where the parameter is None or blank.

    Args:
        path: an ``ObjectStoragePath`` URL, an absolute local path, ``~/…``, blank text or None.
        conn_id: Airflow connection of the storage; wins over one in the URL.
        parameter: name of the parameter, for the message.

    Raises:
        AllHoursParameterError: a relative local path, or a scheme that no installed package serves.
    """
    return None if is_blank(path) or path is None else storage_path(path, conn_id, parameter=parameter)


def _unreachable(parameter: str, url: str) -> str:
    """Why a URL cannot be reached; without the URL, which may hold a password."""
    scheme = url.partition("://")[0].lower()
    subject = f"parameter '{parameter}' is a URL of {scheme}://, which"
    if package := _PACKAGES.get(scheme):
        return f"{subject} takes the package {package}; it is not installed here"
    return (
        f"{subject} nothing installed here can reach; it takes a local path, or a URL of an installed provider such as "
        "s3://bucket/key"
    )
