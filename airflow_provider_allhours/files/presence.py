# SPDX-License-Identifier: Apache-2.0
"""Whether a file or folder is there, where a wrong no would pay or write something twice."""

from __future__ import annotations

from typing import Any


def is_there(path: Any) -> bool:
    """Whether a file or folder is there, as it is now.

    ``exists`` of several file systems of fsspec, its local disks among them, says no after any error.
    Here those are raised.

    Args:
        path: a ``UPath`` or Airflow's ``ObjectStoragePath``.

    Raises:
        Exception: that of the file system, where nothing tells whether it is there.
    """
    # A listing that was made before another run's file would deny it.
    path.fs.invalidate_cache()
    try:
        path.fs.info(path.path)
    except FileNotFoundError:
        return False
    return True
