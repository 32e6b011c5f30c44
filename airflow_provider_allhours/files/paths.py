# SPDX-License-Identifier: Apache-2.0
"""Local paths mean the same place in every process: absolute, with ``~`` as the home folder."""

from __future__ import annotations

import os
import re

from airflow_provider_allhours.client.errors import AllHoursParameterError

_LOCAL_URL = re.compile(r"(?:file|local):(?://)?", re.IGNORECASE)


def absolute_path(path: str, *, parameter: str = "path") -> str:
    """Return a local path or ``file://`` URL as an absolute local path, and any other URL as it is.

    A relative path would lead to another folder in each process that works on a task. ``~`` is the home folder of the
    user who runs the process.

    Args:
        path: a local path or a URL.
        parameter: name of the parameter, for the message.

    Raises:
        AllHoursParameterError: empty, relative, or of a home folder that does not exist.
    """
    if not path.strip():
        raise AllHoursParameterError(
            f"parameter '{parameter}' is empty; it takes an absolute local path or a URL such as s3://bucket/key"
        )
    scheme = _LOCAL_URL.match(path)
    if scheme is None and ("://" in path or "::" in path):
        return path
    local = os.path.expanduser(path[scheme.end() :] if scheme else path)
    if not os.path.isabs(local):
        raise AllHoursParameterError(
            f"parameter '{parameter}' is the relative path {path!r}; it takes an absolute local path, ~/… for the home "
            "folder, or a URL such as s3://bucket/key"
        )
    return local
