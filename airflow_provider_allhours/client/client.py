# SPDX-License-Identifier: Apache-2.0
"""All Hours as Python: typed records in, typed records out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any, TypeVar
from urllib.parse import quote

from airflow_provider_allhours.client.calculations import CalculationPage, parse_calculations
from airflow_provider_allhours.client.config import ClientConfig
from airflow_provider_allhours.client.decoding import Record, decode, encode_day, prepare_decoders
from airflow_provider_allhours.client.errors import AllHoursContractError
from airflow_provider_allhours.client.models import (
    Absence,
    AbsenceDefinition,
    AbsenceDraft,
    CalculationResultType,
    Clocking,
    ClockingDefinition,
    DailyCalculation,
    OrganizationUnit,
    User,
)
from airflow_provider_allhours.client.responses import Response
from airflow_provider_allhours.client.transport import Transport

Wanted = TypeVar("Wanted")
Identified = TypeVar("Identified", Absence, Clocking)


class AllHoursClient:
    """One account of All Hours; safe to use from several threads.

    Every method raises :class:`AllHoursTransportError` (no answer), an :class:`AllHoursResponseError` (refused) or
    :class:`AllHoursContractError` (not what the API promises). Ranges are company-local days, inclusive on both ends.
    What the server does with a window is open (is ``dateTo`` inclusive?), so each read asks a day wider and filters
    here.

    Args:
        config: where the account is and who asks.
        on_token: told each fetched token, so that a log masker can learn it.
    """

    def __init__(self, config: ClientConfig, *, on_token: Callable[[str], None] | None = None) -> None:
        self._config = config
        self._routes = config.catalogue()
        self._transport = Transport(config, on_token=on_token)

    def __enter__(self) -> AllHoursClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._transport.close()

    def stop(self) -> None:
        """End all work, called by any thread or signal handler: pauses end, requests in flight are cut, none follows.

        These calls and all later ones raise :class:`AllHoursTransportError`. Other clients go on.
        """
        self._transport.stop()

    @property
    def requests(self) -> int:
        """HTTP requests sent so far, tokens and repeats included."""
        return self._transport.requests

    @property
    def host(self) -> str:
        """The API root, without credentials."""
        return self._config.base_url

    @property
    def max_concurrency(self) -> int:
        """Requests in flight at most."""
        return self._config.max_concurrency

    @property
    def pseudonym_key(self) -> bytes:
        """Key for pseudonyms that stay the same as long as the API key does; never published."""
        return self._config.client_secret.encode()

    def route_paths(self, *names: str) -> list[str]:
        """The path templates of catalogued routes, overrides applied."""
        return [self._routes[name].path for name in names]

    def users(self) -> list[User]:
        """Every user the account lists (grade A; whether archived ones are among them is open)."""
        return self._get("users", list[User])

    def user(self, user_id: str) -> User:
        """One user (grade C)."""
        return self._get("user", User, user_id=user_id)

    def search_users(self, term: str) -> list[User]:
        """Users whose name matches (grade B)."""
        return self._get("users_query", list[User], params={"searchTerm": term})

    def create_user(self, fields: dict[str, Any]) -> User:
        """Create a user from PascalCase fields (grade A); never repeated after a lost answer."""
        return self._decoded(self._send("POST", "users", json=fields), User, "POST", "users")

    def absence_definitions(self) -> list[AbsenceDefinition]:
        """Every kind of absence (grade A)."""
        return self._get("absence_definitions", list[AbsenceDefinition])

    def absences(self, date_from: date, date_to: date) -> list[Absence]:
        """The absences of these days (grade A), whatever their state."""
        found = self._get("absences", list[Absence], params=_window(date_from, date_to))
        return _once_each(absence for absence in found if date_from <= absence.day <= date_to)

    def absence(self, absence_id: str) -> Absence:
        """One absence (grade B)."""
        return self._get("absence", Absence, absence_id=absence_id)

    def create_absence(self, draft: AbsenceDraft) -> Absence:
        """Write one absence (grade A); never repeated after a lost answer: look before sending it again."""
        return self._decoded(self._send("POST", "absences", json=draft.to_wire()), Absence, "POST", "absences")

    def update_absence(self, absence_id: str, draft: AbsenceDraft) -> Absence | None:
        """Replace one absence (grade B); None where All Hours answers without the record (open)."""
        body = {"Id": absence_id, **draft.to_wire()}
        answer = self._send("PUT", "absence", json=body, absence_id=absence_id)
        return self._decoded(answer, Absence, "PUT", "absence") if answer.body.strip() else None

    def delete_absence(self, absence_id: str) -> None:
        """Delete one absence (grade C); one that is gone already raises :class:`AllHoursNotFoundError`."""
        self._send("DELETE", "absence", absence_id=absence_id)

    def daily_calculations(self, user_id: str, date_from: date, date_to: date) -> list[DailyCalculation]:
        """One employee's calculated days, by date (route inferred, record grade C).

        Two records of one day that differ are both returned: which one is right is not this method's to guess.
        """
        days = [
            day
            for day in self._calculated_days(user_id, date_from, date_to)
            if date_from <= day.date <= date_to and day.user_id in (None, user_id)
        ]
        distinct = [day for index, day in enumerate(days) if day not in days[:index]]
        return sorted(distinct, key=lambda day: day.date)

    def clockings(self, date_from: date, date_to: date) -> list[Clocking]:
        """Clock-ins and clock-outs of these days (route inferred, record grade C)."""
        found = self._get("clockings", list[Clocking], params=_window(date_from, date_to))
        return _once_each(clocking for clocking in found if date_from <= clocking.timestamp.date() <= date_to)

    def people_with_clockings(self, day: date) -> set[str]:
        """Ids of the users who clocked around a day; reads no more of a clocking than that."""
        found = self._get("clockings", list[_ClockingOwner], params=_window(day, day))
        return {clocking.user_id for clocking in found if clocking.user_id is not None}

    def clocking_definitions(self) -> list[ClockingDefinition]:
        """Kinds of clockings (route inferred)."""
        return self._get("clocking_definitions", list[ClockingDefinition])

    def calculation_result_types(self) -> list[CalculationResultType]:
        """The account's daily counters (route inferred)."""
        return self._get("calculation_result_types", list[CalculationResultType])

    def organization_units(self) -> list[OrganizationUnit]:
        """Departments (route inferred)."""
        return self._get("organization_units", list[OrganizationUnit])

    def request(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, Any] | None = None,
        json: Any = None,
    ) -> Any:
        """Anything that has no method here: same token, retry and errors; decoded JSON or None."""
        method = method.upper()
        template = path.split("?")[0]
        answer = self._transport.send(method, template, path=path, params=params, json=json)
        if not answer.body.strip():
            return None
        return decode(answer.body, Any, request=f"{method} {template}", content_type=answer.content_type)

    def _calculated_days(self, user_id: str, date_from: date, date_to: date) -> list[DailyCalculation]:
        """All days of the window; where the answer is one page of more, in halves.

        The paging parameters of this route are unknown, the window's are known: half a window has half the days.
        """
        page = self._calculation_page(user_id, date_from, date_to)
        if not page.is_cut or date_from >= date_to:
            return page.days
        middle = date_from + (date_to - date_from) // 2
        return [
            *self._calculated_days(user_id, date_from, middle),
            *self._calculated_days(user_id, middle + timedelta(days=1), date_to),
        ]

    def _calculation_page(self, user_id: str, date_from: date, date_to: date) -> CalculationPage:
        answer = self._send("GET", "daily_calculations", params=_window(date_from, date_to), user_id=user_id)
        return parse_calculations(
            answer.body,
            request=f"GET {self._routes['daily_calculations'].path}",
            content_type=answer.content_type,
        )

    def _get(self, route: str, kind: type[Wanted], *, params: dict[str, Any] | None = None, **ids: str) -> Wanted:
        return self._decoded(self._send("GET", route, params=params, **ids), kind, "GET", route)

    def _send(
        self, method: str, route: str, *, params: dict[str, Any] | None = None, json: Any = None, **ids: str
    ) -> Response:
        template = self._routes[route].path
        path = template.format(**{name: quote(value, safe="") for name, value in ids.items()})
        return self._transport.send(method, template, path=path, params=params, json=json)

    def _decoded(self, answer: Response, kind: type[Wanted], method: str, route: str) -> Wanted:
        request = f"{method} {self._routes[route].path}"
        return decode(answer.body, kind, request=request, content_type=answer.content_type)


class _ClockingOwner(Record, frozen=True):
    """The one field of a clocking that tells whose it is."""

    user_id: str | None = None


prepare_decoders(list[_ClockingOwner])


def _window(date_from: date, date_to: date) -> dict[str, str]:
    """Query for a range of days, one day wider at its end.

    With an inclusive ``dateTo`` that brings one day too many, which is filtered; with an exclusive one it is exact.
    """
    return {"dateFrom": encode_day(date_from), "dateTo": encode_day(date_to + timedelta(days=1))}


def _once_each(records: Iterable[Identified]) -> list[Identified]:
    """Drop records that came twice; two different records under one Id contradict each other."""
    seen: dict[str, Identified] = {}
    distinct: list[Identified] = []
    for record in records:
        if record.id is not None and record.id in seen:
            if seen[record.id] != record:
                raise AllHoursContractError(
                    f"the list of {type(record).__name__} records holds two different ones with one Id"
                )
            continue
        distinct.append(record)
        if record.id is not None:
            seen[record.id] = record
    return distinct
