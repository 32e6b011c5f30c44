# SPDX-License-Identifier: Apache-2.0
"""All Hours as Python: typed records in, typed records out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import islice
from typing import Any, ClassVar, TypeVar

from airflow_provider_allhours.client.config import ClientConfig
from airflow_provider_allhours.client.consistency import check_absences
from airflow_provider_allhours.client.contract.templates import Value
from airflow_provider_allhours.client.decoding import (
    IdentifiedRecord,
    LocalDateTime,
    decode,
    is_blank,
    lower_case_guid,
    prepare_decoders,
)
from airflow_provider_allhours.client.employee_days import EmployeeDays
from airflow_provider_allhours.client.errors import AllHoursContractError
from airflow_provider_allhours.client.field_watch import FieldWatch
from airflow_provider_allhours.client.list_reader import ListReader, once_each, two_records_of_one_id
from airflow_provider_allhours.client.minutes import check_partial_minutes
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
from airflow_provider_allhours.client.paired_windows import LongRoute, read_in_pairs
from airflow_provider_allhours.client.request_limit import RequestLimit
from airflow_provider_allhours.client.responses import Response
from airflow_provider_allhours.client.route_plans import route_plans
from airflow_provider_allhours.client.route_reader import RouteReader
from airflow_provider_allhours.client.transport import Transport
from airflow_provider_allhours.client.windows import ListRoute, WindowLimits, read_list

Wanted = TypeVar("Wanted")

PART = 1000
"""Absences of a part of a list."""

WINDOW_DAYS = 7
"""Days of absences that one window brings. It reads twice as many and three more, so that windows of a day would read
each day five times. Their records are on the disk."""

WINDOW_FACTOR = 3
"""A window brings at most so many times the days that memory can hold: where half of a company is on leave, a response
with more could exceed its limit.
"""

RECORDS = {
    "users": "User",
    "user": "User",
    "absences": "Absence",
    "absence_definitions": "AbsenceDefinition",
    "clockings": "Clocking",
    "daily_calculations": "DailyCalculation",
}
"""Route -> the record whose fields are watched; fields are needed by these names."""


class AllHoursClient:
    """One account of All Hours; safe to use from several threads.

    Every method raises :class:`AllHoursTransportError` (no answer), an :class:`AllHoursResponseError` (refused) or
    :class:`AllHoursContractError` (not what the API promises). Ranges are company-local days, inclusive on both ends;
    how the account counts windows is found out while reading, see :mod:`.windows`. An empty body, ``null`` and 204
    where a list is due are an empty list.

    Args:
        config: where the account is and who asks.
        on_token: told each fetched token, so that a log masker can learn it.
        limit: what the requests to the API are counted by; None for no limit.
    """

    def __init__(
        self,
        config: ClientConfig,
        *,
        on_token: Callable[[str], None] | None = None,
        limit: RequestLimit | None = None,
    ) -> None:
        self._config = config
        self._routes = route_plans(config.contract, config.timezone)
        self._transport = Transport(config, on_token=on_token, limit=limit)
        self._reader = RouteReader(self._routes, self._transport, config.base_url)
        self._limits = WindowLimits({name: plan.max_days for name, plan in self._routes.items() if plan.max_days})
        self._fields = FieldWatch()
        self._lists = ListReader(self._reader, self._examine)
        self._days = EmployeeDays(self._reader, self._limits, self._examine, is_bulk=self._has_bulk_days())

    def __enter__(self) -> AllHoursClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._transport.close()
        self._days.close()

    def stop(self) -> None:
        """End all work, called by any thread or signal handler: pauses end, requests in flight are cut, none follows.

        These calls and all later ones raise :class:`AllHoursTransportError`. Other clients go on.
        """
        self._transport.stop()

    def pause(self, seconds: float) -> None:
        """Block for so many seconds; 0 only asks whether the client is stopped.

        Raises:
            AllHoursTransportError: the client was stopped, before the pause or in it.
        """
        self._transport.pause(seconds)

    @property
    def requests(self) -> int:
        """HTTP requests sent so far, tokens and repeats included."""
        return self._transport.requests

    @property
    def contract_sha256(self) -> str:
        """Checksum of the contract that the account is read by, hex."""
        return self._config.contract.sha256

    @property
    def host(self) -> str:
        """The API root, without credentials."""
        return self._config.base_url

    @property
    def timeout(self) -> float:
        """Seconds that one request may take."""
        return self._config.timeout

    @property
    def max_concurrency(self) -> int:
        """Requests in flight at most."""
        return self._config.max_concurrency

    @property
    def pseudonym_key(self) -> bytes:
        """Key for pseudonyms that stay the same as long as the API key does; never published."""
        return self._config.client_secret.encode()

    def route_paths(self, *names: str) -> list[str]:
        """The path templates of catalogued routes, overrides applied; a route that is not served has none."""
        return [self._routes[name].path for name in names if name in self._routes]

    def require_route(self, route: str) -> None:
        """Raise where the connection says that this account lacks a route.

        Raises:
            AllHoursParameterError: names the route.
        """
        self._reader.plan(route)

    def serves(self, route: str) -> bool:
        """Whether the connection does not say that this account lacks a route."""
        return route in self._routes

    def need_fields(self, fields: Iterable[str]) -> None:
        """Look for these fields, such as ``User.CustomId``, in what is read from now on."""
        self._fields.need(fields)

    def require_fields(self, fields: Iterable[str]) -> None:
        """Raise where records were read since :meth:`need_fields` and none of them had one of the fields.

        Raises:
            AllHoursContractError: names the fields and the requests.
        """
        requests = {RECORDS[name]: f"GET {self._routes[name].path}" for name in reversed(RECORDS) if self.serves(name)}
        self._fields.require(fields, requests)

    def unseen_fields(self, fields: Iterable[str]) -> list[str]:
        """The fields of these that no record could show, because none with their place came."""
        return self._fields.unseen(fields)

    def reads_pages(self, route: str) -> bool:
        """Whether the contract says how further pages of a list are asked for."""
        return route in self._routes and self._routes[route].paginator is not None

    def has_exclusive_end(self, route: str) -> bool:
        """Whether the last day that is named does not belong to a window of this route, as stated or as seen."""
        plan = self._routes.get(route)
        return self._limits.has_exclusive_end(route) or (plan is not None and plan.ends_are_exclusive)

    def longest_window(self, route: str) -> int | None:
        """Days that one request of this route may cover, as stated or as seen; None where nothing limits them."""
        return self._limits.longest(route)

    def users(self) -> list[User]:
        """Every user the account lists; whether archived ones are among them differs.

        Raises:
            AllHoursContractError: the list is one page of more, or has two different records with one Id.
        """
        return list(self.each_user())

    def each_user(self) -> Iterator[User]:
        """The same, one by one, so that memory holds a part of the list; what it raises may come at its end."""
        for user in once_each(self._lists.each("users", User)):
            self._transport.hide_names((user.first_name, user.last_name, user.middle_name))
            yield user

    def user(self, user_id: str) -> User:
        """One user.

        Raises:
            AllHoursContractError: the response is another user.
        """
        user = self._get("user", User, user_id=user_id)
        if user.id != lower_case_guid(user_id):
            raise AllHoursContractError(f"{self._request('GET', 'user')} answered another user than {user_id}")
        return user

    def search_users(self, term: str) -> list[User]:
        """Users whose name matches."""
        return self._lists.read("users_query", User, {"search_term": term})

    def create_user(self, fields: dict[str, Any]) -> User:
        """Create a user from PascalCase fields; never repeated after a lost answer."""
        return self._decoded(self._reader.write("POST", "users", json=fields), User, "POST", "users")

    def absence_definitions(self) -> list[AbsenceDefinition]:
        """Every kind of absence.

        Raises:
            AllHoursContractError: the list is one page of more, or has two different records with one Id.
        """
        return list(once_each(self._lists.each("absence_definitions", AbsenceDefinition)))

    def absences(self, date_from: date, date_to: date) -> list[Absence]:
        """The absences of these days, whatever their state.

        Raises:
            AllHoursContractError: the list is one page of more, holds other days only, has two different records with
                one Id, or partial durations that are not minutes.
        """

        def ask(first: date, last: date) -> list[Absence]:
            return list(once_each(self._lists.each("absences", Absence, _window(first, last))))

        route = ListRoute("absences", ask, lambda absence: absence.day, lambda absence: absence.id)
        return self._checked(read_list(self._limits, route, date_from, date_to))

    def absences_in_parts(self, date_from: date, date_to: date, *, days: int) -> Iterator[list[Absence]]:
        """The absences of these days in parts, so that memory holds a part of them.

        Args:
            date_from: the first day.
            date_to: the last day.
            days: of how many days the absences may be in memory; more are read in windows that overlap, see
                :mod:`.paired_windows`.

        Raises:
            AllHoursContractError: see :meth:`absences`; it may come behind parts that were good.
            AllHoursIncompleteError: absences were entered or removed at every look.
        """
        if (date_to - date_from).days < days:
            yield self.absences(date_from, date_to)
            return
        route = LongRoute(
            "absences",
            lambda first, last: self._lists.each("absences", Absence, _window(first, last)),
            lambda absence: absence.day,
            lambda absence: absence.id,
            once_each,
        )
        seen: set[int] = set()
        window_days = max(days // 2, min(WINDOW_DAYS, WINDOW_FACTOR * days))
        found = read_in_pairs(self._limits, route, date_from, date_to, days=window_days)
        while part := self._checked(list(islice(found, PART))):
            for absence in part:
                # The same record comes once; of another day it is another one.
                if (digest := hash(absence.id)) in seen:
                    raise two_records_of_one_id(Absence, absence.id)
                seen.add(digest)
            yield part

    def _checked(self, absences: list[Absence]) -> list[Absence]:
        request = self._request("GET", "absences")
        check_partial_minutes(absences, request=request)
        check_absences(absences, request=request)
        return absences

    def absence(self, absence_id: str) -> Absence:
        """One absence."""
        return self._get("absence", Absence, absence_id=absence_id)

    def create_absence(self, draft: AbsenceDraft) -> Absence:
        """Write one absence; never repeated after a lost answer: look before sending it again."""
        return self._decoded(self._reader.write("POST", "absences", json=draft.to_wire()), Absence, "POST", "absences")

    def update_absence(self, absence_id: str, draft: AbsenceDraft) -> Absence | None:
        """Replace one absence; None where All Hours answers without the record."""
        body = {"Id": absence_id, **draft.to_wire()}
        answer = self._reader.write("PUT", "absence", json=body, values={"absence_id": absence_id})
        return None if is_blank(answer.body) else self._decoded(answer, Absence, "PUT", "absence")

    def delete_absence(self, absence_id: str) -> None:
        """Delete one absence; one that is gone already raises :class:`AllHoursNotFoundError`."""
        self._reader.write("DELETE", "absence", values={"absence_id": absence_id})

    def daily_calculations(self, user_id: str, date_from: date, date_to: date) -> list[DailyCalculation]:
        """One employee's calculated days, by date.

        Two records of one day that differ are both returned: which one is right is not this method's to guess.

        Raises:
            AllHoursContractError: other days only, or minutes that no day can have.
        """
        return self._days.of(user_id, date_from, date_to)

    def prepare_days(self, date_from: date, date_to: date) -> None:
        """Say which employee-days are going to be read; an account that answers all users at once reads them now."""
        self._days.prepare(date_from, date_to)

    def clockings(self, date_from: date, date_to: date) -> list[Clocking]:
        """Clock-ins and clock-outs of these days.

        Raises:
            AllHoursContractError: the list is one page of more, holds other days only, or has two different records
                with one Id.
        """

        def ask(first: date, last: date) -> list[Clocking]:
            return list(once_each(self._lists.each("clockings", Clocking, _window(first, last))))

        route = ListRoute("clockings", ask, _day_of_clocking, lambda clocking: clocking.id or clocking, is_daily=True)
        return read_list(self._limits, route, date_from, date_to)

    def each_clocking(self, date_from: date, date_to: date, *, days: int) -> Iterator[Clocking]:
        """The same, one by one in no order, so that memory has a few bytes per clocking of a window.

        Args:
            date_from: the first day.
            date_to: the last day.
            days: how many days come at once; a request covers twice as many and three more, see
                :mod:`.paired_windows`.

        Raises:
            AllHoursContractError: see :meth:`clockings`; what it raises may come behind clockings that were good.
            AllHoursIncompleteError: clockings of a day were entered or removed at every look.
        """
        route = LongRoute(
            "clockings",
            lambda first, last: self._lists.each("clockings", Clocking, _window(first, last)),
            _day_of_clocking,
            lambda clocking: clocking.id,
            once_each,
            is_daily=True,
        )
        return read_in_pairs(self._limits, route, date_from, date_to, days=days)

    def people_with_clockings(self, day: date) -> set[str]:
        """Ids of the users who clocked on a day; reads no more of a clocking than that.

        Raises:
            AllHoursContractError: the list is one page of more, or holds other days only.
        """

        def ask(first: date, last: date) -> list[_ClockingOwner]:
            return self._lists.read("clockings", _ClockingOwner, _window(first, last))

        route = ListRoute("clockings", ask, _day_of_clocking, lambda clocking: clocking, is_daily=True)
        found = read_list(self._limits, route, day, day)
        return {clocking.user_id for clocking in found if clocking.user_id is not None}

    def clocking_definitions(self) -> list[ClockingDefinition]:
        """Kinds of clockings."""
        return self._lists.read("clocking_definitions", ClockingDefinition)

    def calculation_result_types(self) -> list[CalculationResultType]:
        """The account's daily counters."""
        return self._lists.read("calculation_result_types", CalculationResultType)

    def organization_units(self) -> list[OrganizationUnit]:
        """Departments."""
        return self._lists.read("organization_units", OrganizationUnit)

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

    def fetch(self, path: str, *, params: Mapping[str, str] | None = None, with_token: bool = True) -> Response:
        """One GET, its response as it came: headers and bytes of any media type.

        Args:
            path: below the API root.
            params: query parameters.
            with_token: False for what anybody may read, such as an OpenAPI document.
        """
        template = path.split("?")[0]
        return self._transport.send("GET", template, path=path, params=params, with_token=with_token)

    def _has_bulk_days(self) -> bool:
        plan = self._routes.get("daily_calculations")
        return plan is not None and plan.is_bulk

    def _examine(self, route: str, body: bytes, content_type: str, filled_lists: Callable[[], set[str]] = set) -> None:
        """Look for fields that are absent on all records."""
        if route not in RECORDS:
            return
        self._fields.examine(
            RECORDS[route],
            filled_lists,
            lambda: decode(body, Any, request=self._request("GET", route), content_type=content_type),
        )

    def _get(self, route: str, kind: type[Wanted], **ids: str) -> Wanted:
        return self._decoded(self._reader.get(route, ids), kind, "GET", route)

    def _decoded(self, answer: Response, kind: type[Wanted], method: str, route: str) -> Wanted:
        return decode(answer.body, kind, request=self._request(method, route), content_type=answer.content_type)

    def _request(self, method: str, route: str) -> str:
        return self._reader.request_name(method, route)


class _ClockingOwner(IdentifiedRecord, frozen=True):
    """The fields of a clocking that tell whose it is and when."""

    guid_fields: ClassVar[tuple[str, ...]] = ("user_id",)

    timestamp: LocalDateTime
    user_id: str | None = None


prepare_decoders(described_as={list[_ClockingOwner]: "a list of clockings"})


def _window(date_from: date, date_to: date) -> dict[str, Value]:
    return {"date_from": date_from, "date_to": date_to}


def _day_of_clocking(clocking: Clocking | _ClockingOwner) -> date:
    return clocking.timestamp.date()
