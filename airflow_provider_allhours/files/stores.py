# SPDX-License-Identifier: Apache-2.0
"""What publishing needs of a store: put a whole file in place, read it back, remove it.

An object store shows an object only when it is complete, and many write it on a condition. A remote file system shows a
file while it is uploaded, so that it is uploaded under another name and renamed.
"""

from __future__ import annotations

import base64
import hashlib
import inspect
import posixpath
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from fsspec import AbstractFileSystem

from airflow_provider_allhours.files.part_files import name_stem
from airflow_provider_allhours.files.sftp import create_by_sftp, is_sftp, rename_by_sftp

OBJECT_STORES = frozenset(
    (
        "abfs",
        "abfss",
        "adl",
        "az",
        "dbfs",
        "gcs",
        "gs",
        "hf",
        "lakefs",
        "memory",
        "oci",
        "oss",
        "s3",
        "s3a",
        "tos",
        "wasb",
    )
)
"""Protocols of stores whose objects appear whole; moving one is a copy and a removal there."""

CHUNK = 1 << 20

_CONDITION_FAILED = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}


class ConditionFailedError(Exception):
    """Something else is in the place than when it was looked at."""


class Digests:
    """SHA-256 and MD5 of a local file; stores tell the MD5 of what they have.

    Args:
        path: the file.
    """

    def __init__(self, path: str) -> None:
        sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
        with open(path, "rb") as file:
            while chunk := file.read(CHUNK):
                sha256.update(chunk)
                md5.update(chunk)
        self.sha256, self.md5 = sha256.hexdigest(), md5.hexdigest()


class ObjectStore:
    """A store that shows an object only when it is complete.

    Args:
        fs: its fsspec file system.
    """

    def __init__(self, fs: Any) -> None:
        self.fs = fs
        self.can_show_parts = not _protocols(fs) & (OBJECT_STORES - {"memory"})
        """Whether a failed upload can leave a part of the file: where nothing tells that the store takes it whole."""

    def look(self, key: str) -> dict[str, Any] | None:
        """What the store tells of a file; None for no file.

        Raises:
            PermissionError: it may not be looked at.
        """
        self.fs.invalidate_cache()
        try:
            info = dict(self.fs.info(key))
        except FileNotFoundError:
            return None
        except Exception as error:
            if _is_forbidden(error):
                raise PermissionError("the store does not allow to look at what it has") from error
            raise
        # An object store may have objects below the key as well.
        return None if info.get("type") == "directory" else info

    def holds(self, key: str, digests: Digests) -> bool | None:
        """Whether this content is in the place; None where nobody can tell: it may not be read, or is gone again."""
        try:
            info = self.look(key)
            if info is None:
                return None
            return _md5_of(info) == digests.md5 or self._sha256_of(key) == digests.sha256
        except FileNotFoundError:
            return None
        except Exception as error:
            if _is_forbidden(error):
                return None
            raise

    def put(
        self, source: str, key: str, before: dict[str, Any] | None, *, is_conditional: bool, mode: int | None
    ) -> None:
        """Put a local file in the place.

        Args:
            source: the local file.
            key: the place.
            before: what :meth:`look` saw there.
            is_conditional: whether to refuse when something else is there now, where the store can.
            mode: permissions of a new file, in stores that have them.

        Raises:
            ConditionFailedError: something else is there now.
        """
        condition = self._condition(before) if is_conditional else {}
        try:
            self.fs.put_file(source, key, **condition)
        except Exception as error:
            code = condition_code(error)
            if condition and (isinstance(error, FileExistsError) or code in _CONDITION_FAILED):
                raise ConditionFailedError from error
            if not condition or code != "NotImplemented":
                raise
            self.fs.put_file(source, key)

    def create(self, source: str, key: str, *, mode: int) -> None:
        """Put a local file in the place unless something is there, where the store can tell.

        Args:
            source: the local file.
            key: the place.
            mode: permissions of the file, in stores that have them.

        Raises:
            ConditionFailedError: something is there.
        """
        if self.look(key) is not None:
            raise ConditionFailedError
        self.put(source, key, None, is_conditional=True, mode=mode)

    def get(self, key: str, target: str) -> None:
        """Read a file into a local one.

        Raises:
            PermissionError: it may not be read.
        """
        try:
            # Not get_file, which makes a symbolic link of a link on SFTP.
            with self.fs.open(key, "rb") as file, open(target, "wb") as copy:
                shutil.copyfileobj(file, copy, CHUNK)
        except Exception as error:
            if _is_forbidden(error):
                raise PermissionError("the store does not allow to read what it has") from error
            raise

    def remove(self, key: str, seen: dict[str, Any]) -> None:
        """Remove a file, in S3 on the condition that it is the one that was seen.

        Args:
            key: the place.
            seen: what :meth:`look` saw there.

        Raises:
            ConditionFailedError: something else is there now.
        """
        if "s3" in _protocols(self.fs) and hasattr(self.fs, "call_s3"):
            bucket, name, *_ = self.fs.split_path(key)
            try:
                self.fs.call_s3("delete_object", Bucket=bucket, Key=name, IfMatch=seen["ETag"])
                return
            except FileNotFoundError:
                return
            except Exception as error:
                code = condition_code(error)
                if code in _CONDITION_FAILED:
                    raise ConditionFailedError from error
                if code != "NotImplemented":
                    raise
        self.fs.rm_file(key)

    def _condition(self, before: dict[str, Any] | None) -> dict[str, Any]:
        put = getattr(self.fs, "_put_file", self.fs.put_file)
        if before is None:
            return {"mode": "create"} if "mode" in inspect.signature(put).parameters else {}
        is_s3 = "s3" in _protocols(self.fs)
        return {"IfMatch": before["ETag"]} if is_s3 else {}

    def _sha256_of(self, key: str) -> str:
        digest = hashlib.sha256()
        with self.fs.open(key, "rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
        return digest.hexdigest()


class RemoteFileSystem(ObjectStore):
    """A store with folders and renames, such as SFTP; it need not have a shell."""

    def __init__(self, fs: Any) -> None:
        super().__init__(fs)
        self.can_show_parts = False

    def put(
        self, source: str, key: str, before: dict[str, Any] | None, *, is_conditional: bool, mode: int | None
    ) -> None:
        """Upload under another name in the same folder, then rename.

        See :meth:`ObjectStore.put`; there are no conditions.
        """
        folder, name = posixpath.split(key)
        part = posixpath.join(folder, f"{name_stem(name)}-{uuid4().hex}.part")
        if folder:
            self.fs.makedirs(folder, exist_ok=True)
        try:
            self.fs.put_file(source, part)
            self._rename(part, key, mode)
        except BaseException:
            with suppress(Exception):
                self.fs.rm_file(part)
            raise

    def create(self, source: str, key: str, *, mode: int) -> None:
        """Put a local file in the place unless something is there.

        See :meth:`ObjectStore.create`. SFTP can create a file only if there is none; of others two runs at the same
        moment may both succeed.
        """
        if not is_sftp(self.fs):
            super().create(source, key, mode=mode)
        elif not create_by_sftp(self.fs, key, Path(source).read_bytes(), mode=mode):
            raise ConditionFailedError

    def _rename(self, part: str, key: str, mode: int | None) -> None:
        if is_sftp(self.fs):
            rename_by_sftp(self.fs, part, key, mode=mode)
            return
        try:
            self.fs.mv(part, key)
        except Exception:
            # Some file systems rename only to a free name.
            if not self.fs.exists(key) or not self.fs.exists(part):
                raise
            self.fs.rm_file(key)
            self.fs.mv(part, key)


def store_of(fs: Any) -> ObjectStore:
    """The store behind an fsspec file system."""
    return RemoteFileSystem(fs) if _renames(fs) else ObjectStore(fs)


def _renames(fs: Any) -> bool:
    inner = getattr(fs, "fs", None)
    if isinstance(inner, AbstractFileSystem):
        return _renames(inner)
    if _protocols(fs) & OBJECT_STORES:
        return False
    return hasattr(type(fs), "_mv") or type(fs).mv is not AbstractFileSystem.mv


def _protocols(fs: Any) -> set[str]:
    return {fs.protocol} if isinstance(fs.protocol, str) else set(fs.protocol)


def _md5_of(info: dict[str, Any]) -> str | None:
    """The MD5 of the content, where the store tells it; an ETag that is none of it equals no MD5."""
    etag = info.get("ETag")
    if isinstance(etag, str):
        return etag.strip('"')
    encoded = info.get("md5Hash")
    with suppress(ValueError, TypeError):
        return base64.b64decode(encoded).hex() if encoded else None
    return None


def _is_forbidden(error: BaseException) -> bool:
    """Whether a store refuses the request; the SFTP client has an error of its own for that."""
    return isinstance(error, PermissionError) or type(error).__name__ in ("SFTPPermissionDenied", "PermissionDenied")


def condition_code(error: BaseException) -> str:
    """The code of an S3 error, which s3fs keeps in the cause."""
    response = getattr(error.__cause__, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""
