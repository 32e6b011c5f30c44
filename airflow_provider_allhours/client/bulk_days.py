# SPDX-License-Identifier: Apache-2.0
"""Employee-days of all users that an account answers at once: read once, kept on the disk by employee."""

from __future__ import annotations

import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import msgspec

from airflow_provider_allhours.client.decoding import lower_case_guid
from airflow_provider_allhours.client.errors import AllHoursContractError, AllHoursResponseError
from airflow_provider_allhours.client.list_pages import Page
from airflow_provider_allhours.client.windows import WindowLimits, is_refused_window

ONE_DAY = timedelta(days=1)

ROUTE = "daily_calculations"

_DECODER = msgspec.json.Decoder(list[dict[str, Any]])


class BulkDays:
    """The employee-days of one window, by user; memory has where each user's stand.

    Args:
        pages: reads the pages of a window, both ends wanted.
        limits: what is known of the lengths of windows.
        request: method and path template, for messages.
    """

    def __init__(self, pages: Callable[[date, date], Iterator[Page]], limits: WindowLimits, request: str) -> None:
        self._pages = pages
        self._limits = limits
        self._request = request
        self._lock = threading.Lock()
        self._file: Any = None
        self._window: tuple[date, date] | None = None
        self._places: dict[str, list[tuple[int, int]]] = defaultdict(list)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._forget()

    def read(self, first: date, last: date) -> None:
        """Read a window in place of the one before."""
        with self._lock:
            self._load(first, last)

    def of(self, user_id: str, first: date, last: date) -> list[dict[str, Any]]:
        """One user's employee-days of these days, in our spelling; a window that was not read is read."""
        with self._lock:
            # The day behind the window is asked for where somebody's last day is missing; it was looked for already.
            if self._window is None or first < self._window[0] or last > self._window[1] + ONE_DAY:
                self._load(first, last)
            records = [record for place in self._places.get(user_id, ()) for record in self._at(place)]
        return [record for record in records if first.isoformat() <= str(record.get("Date"))[:10] <= last.isoformat()]

    def _load(self, first: date, last: date) -> None:
        self._forget()
        self._file = tempfile.TemporaryFile(prefix="allhours-")  # noqa: SIM115 -- closed by close
        days: set[str] = set()
        for start, end in self._limits.parts(ROUTE, first, last):
            days |= self._keep(self._read(start, end))
            if days and end.isoformat() not in days:
                # The last day did not come for anybody: the end may be exclusive.
                wanted = end.isoformat()
                pages = self._read(end, end + ONE_DAY)
                days |= self._keep(
                    Page([one for one in page.records if str(one.get("Date"))[:10] == wanted], page.size)
                    for page in pages
                )
        self._window = (first, last)

    def _read(self, first: date, last: date) -> Iterator[Page]:
        try:
            yield from self._pages(first, last)
        except AllHoursResponseError as error:
            if first == last or not is_refused_window(error):
                raise
            days = (last - first).days + 1
            self._limits.learn_refusal(ROUTE, days)
            middle = first + timedelta(days=days // 2 - 1)
            yield from self._read(first, middle)
            yield from self._read(middle + ONE_DAY, last)

    def _keep(self, pages: Iterable[Page]) -> set[str]:
        days: set[str] = set()
        for page in pages:
            by_user: dict[str, list[dict[str, Any]]] = defaultdict(list)
            for record in page.records:
                user_id = record.get("UserId")
                if not isinstance(user_id, str) or not user_id:
                    raise AllHoursContractError(
                        f"{self._request} answered an employee-day that does not say whose it is (`carry` of the "
                        "contract takes the field of the outer record)"
                    )
                by_user[lower_case_guid(user_id)].append(record)
                days.add(str(record.get("Date"))[:10])
            for user_id, records in by_user.items():
                place = self._file.seek(0, 2)
                self._places[user_id].append((place, self._file.write(msgspec.json.encode(records))))
        return days

    def _at(self, place: tuple[int, int]) -> list[dict[str, Any]]:
        self._file.seek(place[0])
        return _DECODER.decode(self._file.read(place[1]))

    def _forget(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file, self._window = None, None
        self._places.clear()
