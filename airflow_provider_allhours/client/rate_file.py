# SPDX-License-Identifier: Apache-2.0
"""The file in which all processes of a machine's user share the rate of an account."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import struct
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple
from math import isfinite
from pathlib import Path

from airflow_provider_allhours.client.rate_state import MIN_SHARE, RateState

try:
    import fcntl
except ImportError:  # an operating system without it
    fcntl = None  # type: ignore[assignment]  # looked at before it is used

_RECORD = struct.Struct("<8s16s5d")
_CHECKSUM = struct.Struct("<I")
_MAGIC = b"AHRATE1\n"
_SIZE = _RECORD.size + _CHECKSUM.size
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class RateFile:
    """A :class:`RateState` that is changed under a lock of the file.

    The file is ``allhours-<uid>/<hash>.rate`` below the folder for temporary files (``TMPDIR``); its name and its
    content tell neither account nor key. The kernel releases the lock of a process that is killed. Each use opens the
    file anew, so that neither a fork nor a folder that was cleaned up separates the processes.

    Args:
        account: what tells the accounts apart; only its hash is used.
    """

    def __init__(self, *account: str) -> None:
        self._name = hashlib.sha256("\n".join(account).encode()).hexdigest()[:32] + ".rate"
        self._boot = _boot()

    @property
    def path(self) -> Path:
        """Where the file is."""
        return _folder() / self._name

    @contextmanager
    def changing(self) -> Iterator[RateState]:
        """The state, which is kept when the block ends; nobody waits for the lock here, and no block may pause.

        Raises:
            BlockingIOError: another process has the lock.
            OSError: the state cannot be shared; the message says why.
        """
        if fcntl is None:
            raise OSError("this operating system has no flock")
        descriptor = self._open(os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            try:
                before = os.pread(descriptor, _SIZE + 1, 0)
                state = self._decoded(before)
                yield state
                if (after := self._encoded(state)) != before:
                    os.pwrite(descriptor, after, 0)
                    if len(before) > _SIZE:
                        os.ftruncate(descriptor, _SIZE)
            finally:
                # A process that was forked meanwhile has this descriptor, too: closing it would not release the lock.
                fcntl.flock(descriptor, fcntl.LOCK_UN)
        finally:
            os.close(descriptor)

    def peek(self) -> RateState:
        """The state as it is, without the lock; a new one where there is none.

        Raises:
            OSError: the state cannot be shared; the message says why.
        """
        try:
            descriptor = self._open(os.O_RDONLY)
        except FileNotFoundError:
            return RateState()
        try:
            return self._decoded(os.pread(descriptor, _SIZE + 1, 0))
        finally:
            os.close(descriptor)

    def _open(self, flags: int) -> int:
        folder = _own_folder()
        try:
            descriptor = os.open(self._name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder)
        finally:
            os.close(folder)
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
            os.close(descriptor)
            raise OSError(f"{self.path} is not a file of this user")
        return descriptor

    def _encoded(self, state: RateState) -> bytes:
        record = _RECORD.pack(_MAGIC, self._boot, *astuple(state))
        return record + _CHECKSUM.pack(zlib.crc32(record))

    def _decoded(self, content: bytes) -> RateState:
        """The state; a new one where the file is empty, damaged, or from before the machine was started."""
        record, checksum = content[: _RECORD.size], content[_RECORD.size :]
        if len(content) != _SIZE or _CHECKSUM.pack(zlib.crc32(record)) != checksum:
            return RateState()
        magic, boot, *values = _RECORD.unpack(record)
        state = RateState(*values)
        is_sound = magic == _MAGIC and boot == self._boot and all(map(isfinite, values))
        return state if is_sound and MIN_SHARE <= state.share <= 1 else RateState()


def _boot() -> bytes:
    """Tells one run of the machine from another, because monotonic clocks begin anew with each; zeros if unknown."""
    with contextlib.suppress(OSError):
        return hashlib.sha256(_BOOT_ID.read_bytes()).digest()[:16]
    return bytes(16)


def _folder() -> Path:
    return Path(tempfile.gettempdir()) / f"allhours-{os.geteuid()}"


def _own_folder() -> int:
    """A descriptor of the folder, made where it is missing.

    Everybody may write to the folder for temporary files: a link, and a folder of somebody else or open to them, is
    refused.
    """
    path = _folder()
    for _ in range(2):
        with contextlib.suppress(FileNotFoundError):
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            status = os.fstat(descriptor)
            if status.st_uid == os.geteuid() and not status.st_mode & 0o077:
                return descriptor
            os.close(descriptor)
            raise OSError(f"{path} is not a folder that only this user can open")
        with contextlib.suppress(FileExistsError):
            path.mkdir(0o700)
    raise OSError(f"{path} cannot be made")
