# SPDX-License-Identifier: Apache-2.0
"""Read one employee's calculated days, from a route of each employee or from pages of everybody."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from hashlib import sha256
from typing import Protocol

from msgspec.json import encode as encode_json

from airflow_provider_allhours.client.bulk_days import BulkDays
from airflow_provider_allhours.client.calculations import parse_calculations
from airflow_provider_allhours.client.consistency import check_days
from airflow_provider_allhours.client.decoding import lower_case_guid
from airflow_provider_allhours.client.errors import AllHoursContractError
from airflow_provider_allhours.client.minutes import check_minutes
from airflow_provider_allhours.client.models import DailyCalculation
from airflow_provider_allhours.client.responses import Response
from airflow_provider_allhours.client.route_reader import RouteReader
from airflow_provider_allhours.client.windows import WindowLimits, read_counted_days

ROUTE = "daily_calculations"


class Examine(Protocol):
    """Looks for fields that are absent on all records of a response."""

    def __call__(self, route: str, body: bytes, content_type: str, filled_lists: Callable[[], set[str]]) -> None:
        """Look through one response; the lists inside its records hold something."""


class EmployeeDays:
    """The employee-days of one account; safe to use from several threads.

    Args:
        reader: sends the requests.
        limits: what is known of the lengths of windows.
        examine: told the records that came, as JSON.
        is_bulk: whether the account answers the days of all users at once.
    """

    def __init__(self, reader: RouteReader, limits: WindowLimits, examine: Examine, *, is_bulk: bool) -> None:
        self._reader = reader
        self._limits = limits
        self._examine = examine
        self._bulk = self._bulk_days() if is_bulk else None
        self._owners: dict[bytes, str] = {}

    def close(self) -> None:
        """Let go of what was read for everybody."""
        if self._bulk is not None:
            self._bulk.close()

    def prepare(self, date_from: date, date_to: date) -> None:
        """Say which days are going to be read; those of all users at once are read now."""
        if self._bulk is not None:
            self._bulk.read(date_from, date_to)

    def of(self, user_id: str, date_from: date, date_to: date) -> list[DailyCalculation]:
        """One employee's days, by date; of several records of a day those that differ.

        Raises:
            AllHoursContractError: other days only, contradictory ones, or minutes that no day can have.
        """
        found = read_counted_days(
            self._limits,
            ROUTE,
            lambda first, last: self._asked(user_id, first, last),
            lambda day: day.date,
            date_from,
            date_to,
        )
        by_date: dict[date, list[DailyCalculation]] = {}
        for day in found:
            if day.user_id in (None, user_id) and day not in (same_date := by_date.setdefault(day.date, [])):
                same_date.append(day)
        return [day for _, same_date in sorted(by_date.items()) for day in same_date]

    def _asked(self, user_id: str, first: date, last: date) -> tuple[list[DailyCalculation], bool]:
        """The days of one response, and whether there are more than these."""
        request = self._reader.request_name("GET", ROUTE)
        answer = self._answer(user_id, first, last)
        page = parse_calculations(
            answer.body, request=request, content_type=answer.content_type, headers=answer.headers
        )
        self._examine(ROUTE, answer.body, answer.content_type, lambda: _filled_lists(page.days))
        check_minutes(user_id, page.days, request=request)
        check_days(user_id, page.days, request=request)
        self._refuse_another_users_days(user_id, page.days, answer, request)
        return page.days, page.is_cut

    def _answer(self, user_id: str, first: date, last: date) -> Response:
        if self._bulk is None:
            return self._reader.get(ROUTE, {"user_id": user_id, "date_from": first, "date_to": last})
        own = self._bulk.of(lower_case_guid(user_id), first, last)
        return Response(200, {}, encode_json({"DailyCalculations": own}), "application/json")

    def _bulk_days(self) -> BulkDays:
        return BulkDays(
            lambda first, last: self._reader.pages(ROUTE, {"date_from": first, "date_to": last}),
            self._limits,
            self._reader.request_name("GET", ROUTE),
        )

    def _refuse_another_users_days(
        self, user_id: str, days: list[DailyCalculation], answer: Response, request: str
    ) -> None:
        """Days that do not say whose they are must not be the same for two users: the id would be ignored."""
        if any(day.user_id is not None for day in days) or not any(day.clockings for day in days):
            return
        digest = sha256(answer.body).digest()
        if (other := self._owners.setdefault(digest, user_id)) != user_id:
            raise AllHoursContractError(
                f"{request} answered the same days for the users {other} and {user_id} and does not say whose they are"
            )


def _filled_lists(days: Iterable[DailyCalculation]) -> set[str]:
    """Names of the lists that hold something on at least one day."""
    filled: set[str] = set()
    for day in days:
        for name, held in (("Accruals", day.accruals), ("Absences", day.absences), ("Clockings", day.clockings)):
            if held:
                filled.add(name)
    return filled
