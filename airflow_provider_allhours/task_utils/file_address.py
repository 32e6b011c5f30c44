# SPDX-License-Identifier: Apache-2.0
"""Say where a file is, without the connection that leads there: for lineage and for links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

LOCAL = ("", "file", "local")
S3 = ("s3", "s3a", "s3n")
GOOGLE = ("gs", "gcs")
REMOTE = ("sftp", "ssh")
SSH_PORT = "22"


@dataclass(frozen=True)
class FileAddress:
    """Where a file or folder is.

    Attributes:
        namespace: namespace of the dataset, by the naming conventions of OpenLineage: ``file``, ``file://host``,
            ``s3://bucket``, ``gs://bucket``.
        name: name of the dataset in its namespace: a path, or a key.
        text: the whole address, as people write it; without a connection, a user or a password.
    """

    namespace: str
    name: str
    text: str


def file_address(path: Any) -> FileAddress:
    """The address of a path.

    The same file has the same address, whatever connection the path names and whichever Airflow writes it as text.

    Args:
        path: an ``ObjectStoragePath``. What is known of its file system decides, since a connection may name the host.
    """
    protocol, inner = str(path.protocol or ""), str(path.path)
    if protocol in LOCAL:
        absolute = "/" + inner.lstrip("/")
        return FileAddress("file", absolute, absolute)
    if protocol in REMOTE:
        host = _host_of(path.fs)
        absolute = "/" + inner.lstrip("/")
        return FileAddress(f"file://{host}", absolute, f"{protocol}://{host}{absolute}")
    container, _, key = inner.lstrip("/").partition("/")
    scheme = "s3" if protocol in S3 else "gs" if protocol in GOOGLE else protocol
    return FileAddress(f"{scheme}://{container}", key, f"{scheme}://{container}/{key}")


def _host_of(fs: Any) -> str:
    """Host of a file system, with its port where that is not the usual one; empty where it does not say."""
    options = getattr(fs, "storage_options", None) or {}
    positional = getattr(fs, "storage_args", None) or ()
    host = str(options.get("host") or next((value for value in positional if isinstance(value, str)), ""))
    port = options.get("port")
    return f"{host}:{port}" if port and str(port) != SSH_PORT else host
