# SPDX-License-Identifier: Apache-2.0
"""Read the periods below the configured folders within a time limit, whatever a folder's storage does."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock, Thread

from airflow_provider_allhours.client.errors import AllHoursError
from airflow_provider_allhours.flows.period_overview import PathOverview, overview_of
from airflow_provider_allhours.task_utils.compat import AirflowNotFoundException
from airflow_provider_allhours.task_utils.object_storage import storage_path

log = logging.getLogger(__name__)

MAX_PERIODS = 24
"""Periods of a folder that are read, the newest."""

MAX_SECONDS = 20.0
"""Until the page is sent, whatever was read."""

_PASSWORD = re.compile(r"(//[^/@:\s]*):[^/@\s]*@")


@dataclass(frozen=True)
class PathReading:
    """A folder as it was read.

    Attributes:
        path: as configured, without a password.
        overview: its periods; None where it could not be read.
        error: one sentence that says why not.
    """

    path: str
    overview: PathOverview | None = None
    error: str = ""


class PathReader:
    """Reads folders on threads of their own, one per folder at most.

    A read that hangs cannot be ended. It keeps its thread, does not keep the process, and whoever asks for the folder
    meanwhile waits for the same read.
    """

    def __init__(self) -> None:
        self._running: dict[str, Future[PathOverview]] = {}
        self._lock = Lock()

    def read(self, paths: Sequence[str], *, seconds: float | None = None) -> list[PathReading]:
        """Read the folders at the same time.

        Args:
            paths: as configured.
            seconds: the time limit of all together; :data:`MAX_SECONDS` by default.
        """
        deadline = time.monotonic() + (MAX_SECONDS if seconds is None else seconds)
        reads = [(path, self._start(path)) for path in paths]
        return [_result(path, read, deadline) for path, read in reads]

    def _start(self, path: str) -> Future[PathOverview]:
        with self._lock:
            if path not in self._running:
                read: Future[PathOverview] = Future()
                self._running[path] = read
                Thread(target=self._work, args=(path, read), name="allhours-page", daemon=True).start()
            return self._running[path]

    def _work(self, path: str, read: Future[PathOverview]) -> None:
        try:
            overview = overview_of(storage_path(path, parameter="periods_paths"), newest=MAX_PERIODS)
        except BaseException as error:
            self._forget(path)
            read.set_exception(error)
        else:
            self._forget(path)
            read.set_result(overview)

    def _forget(self, path: str) -> None:
        with self._lock:
            del self._running[path]


def _result(path: str, read: Future[PathOverview], deadline: float) -> PathReading:
    shown = without_password(path)
    try:
        return PathReading(shown, read.result(max(0.0, deadline - time.monotonic())))
    except Exception as error:
        # Storages raise errors of their own, and one of them must not hide the other folders.
        if not isinstance(error, (AllHoursError, OSError)):
            log.warning("%s could not be read", shown, exc_info=error)
        is_late = isinstance(error, TimeoutError) and not read.done()
        return PathReading(shown, error=without_password(_LATE if is_late else _sentence(error)))


_LATE = (
    f"It was not read within {MAX_SECONDS:.0f} seconds. Load the page again; if that does not help, check the "
    "storage from the machine of the API server."
)


def _sentence(error: Exception) -> str:
    if isinstance(error, AllHoursError | AirflowNotFoundException):
        return f"{str(error)[:1].upper()}{str(error)[1:]}."
    if isinstance(error, FileNotFoundError):
        return (
            "There is no such folder for the API server: nothing was closed below it yet, or it is on a disk that only "
            "the workers reach. Configure a path that the API server reaches, too."
        )
    if isinstance(error, NotADirectoryError):
        return "It is a file. Configure the folder that is the 'path' of the close."
    if isinstance(error, PermissionError):
        return "The API server may not read it. Give its user, or the connection in the path, the right to read."
    kind = type(error).__name__
    return f"It cannot be read ({kind}). The log of the API server has the cause; check the storage and its connection."


def without_password(text: str) -> str:
    """The text with the passwords of URLs in it masked."""
    return _PASSWORD.sub(r"\1:***@", text)
