# SPDX-License-Identifier: Apache-2.0
"""Run something in a forked process that dies at a chosen change of the disk."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHANGES = ("link", "mkdir", "remove", "rename", "replace", "rmdir", "unlink")
"""Functions of ``os`` that change a folder: the process dies before and after each call."""

DIED = 99
FAILED = 98


def moments_of(action: Callable[[], Any], below: Path) -> list[str]:
    """The moments at which :func:`die_at` can end the action, counted in a forked process."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        moments = _Moments(below, at=0)
        with moments:
            action()
        os.write(writer, "\n".join(moments.names).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        names = stream.read().splitlines()
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0, "the undisturbed run failed"
    return names


def die_at(at: int, action: Callable[[], Any], below: Path) -> None:
    """Run an action in a forked process that dies at a moment.

    Args:
        at: number of the moment, from 1.
        action: what is run.
        below: changes outside of this folder are no moments.
    """
    child = os.fork()
    if child == 0:
        try:
            with _Moments(below, at=at):
                action()
        except BaseException:  # the forked process must not go on with the tests
            traceback.print_exc()
            os._exit(FAILED)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == DIED, f"the process did not die at moment {at}"


class _Moments:
    """Counts the changes of the disk; within an fsync the file is cut in half, as when it had not reached the disk."""

    def __init__(self, below: Path, at: int) -> None:
        self.names: list[str] = []
        self._below = os.path.realpath(below)
        self._at = at
        self._real: dict[str, Callable[..., Any]] = {}

    def __enter__(self) -> _Moments:
        for name in CHANGES:
            self._real[name] = getattr(os, name)
            setattr(os, name, self._dying(name))
        self._real["fsync"] = os.fsync
        os.fsync = self._dying_fsync
        return self

    def __exit__(self, *_: object) -> None:
        for name, function in self._real.items():
            setattr(os, name, function)

    def _dying(self, name: str) -> Callable[..., Any]:
        real = self._real[name]

        def changed(*arguments: Any, **options: Any) -> Any:
            path = str(arguments[1] if name in ("link", "rename", "replace") else arguments[0])
            if not os.path.realpath(path).startswith(self._below) and not options.get("dir_fd"):
                return real(*arguments, **options)
            self._moment(f"before {name} {os.path.basename(path)}")
            result = real(*arguments, **options)
            self._moment(f"after {name} {os.path.basename(path)}")
            return result

        return changed

    def _dying_fsync(self, descriptor: int) -> None:
        path = os.path.realpath(f"/proc/self/fd/{descriptor}")
        if path.startswith(self._below) and os.path.isfile(path):
            size = os.fstat(descriptor).st_size
            if self._moment(f"within fsync {os.path.basename(path)}", dies=False):
                os.truncate(path, size // 2)
                os._exit(DIED)
        self._real["fsync"](descriptor)

    def _moment(self, name: str, *, dies: bool = True) -> bool:
        self.names.append(name)
        is_it = len(self.names) == self._at
        if is_it and dies:
            os._exit(DIED)
        return is_it
