# SPDX-License-Identifier: Apache-2.0
"""Say where a file is, without the connection that leads there: for lineage and for links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

LOCAL = ("", "file", "local")
S3 = ("s3", "s3a", "s3n")
GOOGLE = ("gs", "gcs")
REMOTE = ("sftp", "ssh")
SSH_PORT = "22"

AMAZON_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
"""Partition of Amazon's S3 -> host of its console."""

AMAZON_DOMAINS = ("amazonaws.com", "amazonaws.com.cn")


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


def browser_address(path: Any) -> str:
    """The address of a file that a browser can open: its page in the console of the store; else its path.

    A store that only speaks S3, as MinIO does, has no page there.

    Args:
        path: an ``ObjectStoragePath``.
    """
    address = file_address(path)
    console = _amazon_console(path.fs) if path.protocol in S3 else None
    if console is not None:
        bucket = address.namespace.partition("://")[2]
        return f"https://{console}/s3/object/{bucket}?prefix={quote(address.name, safe='')}"
    if path.protocol in GOOGLE and _is_google(path.fs):
        bucket = address.namespace.partition("://")[2]
        return f"https://console.cloud.google.com/storage/browser/_details/{bucket}/{quote(address.name)}"
    return address.text


def _amazon_console(fs: Any) -> str | None:
    """Host of the console of Amazon's own store; None for another store, and where it is not known."""
    # The client of a file system that has been used knows what the connection and the environment say.
    meta = getattr(getattr(fs, "_s3", None), "meta", None)
    host = _host_name(getattr(meta, "endpoint_url", None))
    if not any(_is_below(host, domain) for domain in AMAZON_DOMAINS):
        return None
    return AMAZON_CONSOLES.get(str(getattr(meta, "partition", "")))


def _is_google(fs: Any) -> bool:
    return _is_below(_host_name(getattr(fs, "_location", None)), "googleapis.com")


def _host_name(url: Any) -> str:
    return urlsplit(str(url or "")).hostname or ""


def _is_below(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")
