# SPDX-License-Identifier: Apache-2.0
"""Create and rename files on an SFTP server."""

from __future__ import annotations

import posixpath
from contextlib import suppress
from typing import Any
from uuid import uuid4

from fsspec.asyn import sync

from airflow_provider_allhours.files.part_files import name_stem


def is_sftp(fs: Any) -> bool:
    """Whether the files are on an SFTP server."""
    return hasattr(fs, "client") and hasattr(fs.client, "start_sftp_client")


def create_by_sftp(fs: Any, key: str, content: bytes, *, mode: int) -> bool:
    """Create a file with this content on an SFTP server unless something is there; whether this call did.

    The file appears whole, as a hard link of one that was uploaded under another name. Where the server has no links,
    it is created empty, which one of several runs can do, and then filled: a crash can leave a part of it.

    Raises:
        OSError: the server refused.
    """
    folder = posixpath.dirname(key)
    if folder:
        fs.makedirs(folder, exist_ok=True)
    return bool(sync(fs.loop, _create_by_sftp, fs, key, content, mode))


def rename_by_sftp(fs: Any, part: str, key: str, *, mode: int | None) -> None:
    """Rename a file over what is there; the file system's own ``mv`` may run ``cp`` in a shell.

    Args:
        fs: an SFTP file system of fsspec.
        part: the file.
        key: its new name; a link is followed.
        mode: permissions where nothing is there; None leaves them to the server. Else what is there keeps its own.

    Raises:
        OSError: the server refused.
    """
    sync(fs.loop, _rename_by_sftp, fs, part, key, mode)


async def _create_by_sftp(fs: Any, key: str, content: bytes, mode: int) -> bool:
    from asyncssh.sftp import SFTPAttrs, SFTPError

    attributes = SFTPAttrs(permissions=mode)
    folder, name = posixpath.split(key)
    part = posixpath.join(folder, f"{name_stem(name)}-{uuid4().hex}.part")
    async with fs.client.start_sftp_client() as sftp:
        try:
            async with sftp.open(part, "xb", attrs=attributes) as file:
                await file.write(content)
            try:
                await sftp.link(part, key)
            except SFTPError:
                # A server without links says so, or only that it failed; the exclusive open finds what is there.
                async with sftp.open(key, "xb", attrs=attributes) as file:
                    await file.write(content)
        except SFTPError as error:
            if await sftp.exists(key):
                return False
            raise OSError(f"the SFTP server refused to create a file: {error.reason}") from error
        finally:
            with suppress(SFTPError):
                await sftp.remove(part)
    return True


async def _rename_by_sftp(fs: Any, part: str, key: str, mode: int | None) -> None:
    from asyncssh.sftp import SFTPError, SFTPOpUnsupported

    try:
        async with fs.client.start_sftp_client() as sftp:
            target, is_new = key, True
            # Some servers keep to themselves what they have, or its permissions.
            with suppress(SFTPError):
                target = await sftp.realpath(key) if await sftp.islink(key) else key
                is_new = not await sftp.exists(target)
                permissions = mode if is_new else (await sftp.stat(target)).permissions
                if permissions is not None:
                    await sftp.chmod(part, permissions & 0o7777)
            try:
                await sftp.posix_rename(part, target)
            except SFTPOpUnsupported:
                if not is_new:
                    await sftp.remove(target)
                await sftp.rename(part, target)
    except SFTPError as error:
        raise OSError(f"the SFTP server refused to rename a staged file: {error.reason}") from error
