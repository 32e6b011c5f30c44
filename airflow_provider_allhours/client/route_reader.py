# SPDX-License-Identifier: Apache-2.0
"""Ask routes as the contract says, and give every answer in the form that this provider believes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from airflow_provider_allhours.client.contract.names import ROUTE_WORDS
from airflow_provider_allhours.client.contract.templates import Value
from airflow_provider_allhours.client.decoding import decode, is_blank
from airflow_provider_allhours.client.errors import AllHoursContractError, AllHoursParameterError
from airflow_provider_allhours.client.list_pages import Page, next_path, read_pages, record_in
from airflow_provider_allhours.client.responses import Response
from airflow_provider_allhours.client.route_plans import RoutePlan
from airflow_provider_allhours.client.transport import Transport

WHOLE = frozenset({200, 203, 204})
"""Statuses of a GET whose body is all there is; 202 is a promise and 206 a part."""

JSON = "application/json"


class RouteReader:
    """Sends the requests of the routes of one account.

    A route that is as believed costs nothing more: its bodies are passed on as they come. Every other answer is read
    as plain JSON, page by page, and given in our spelling, so that whatever reads it meets one form.

    Args:
        plans: the routes that the account serves.
        transport: sends requests.
        root: the API root.
    """

    def __init__(self, plans: Mapping[str, RoutePlan], transport: Transport, root: str) -> None:
        self._plans = plans
        self._transport = transport
        self._root = root

    def plan(self, route: str) -> RoutePlan:
        """How a route is asked.

        Raises:
            AllHoursParameterError: the contract says that the account does not serve it.
        """
        try:
            return self._plans[route]
        except KeyError:
            raise AllHoursParameterError(
                f"the contract of the connection says that this account does not serve the route '{route}', which is "
                "needed here"
            ) from None

    def request_name(self, method: str, route: str) -> str:
        """Method and path template, for messages."""
        return f"{method} {self.plan(route).path}"

    def get(self, route: str, values: Mapping[str, Value] | None = None) -> Response:
        """Read a route: a list with all its pages, or one record."""
        plan, given = self.plan(route), values or {}
        if plan.is_as_believed:
            return self._whole(plan, self._ask(plan, given, None, plan.query_of(given)))
        if ROUTE_WORDS[route].is_list:
            records = [record for page in self.pages(route, given) for record in page.records]
            return _json({"DailyCalculations": records} if route == "daily_calculations" else records)
        answer = self._whole(plan, self._ask(plan, given, None, plan.query_of(given)))
        return self._in_our_form(plan, answer, self.request_name("GET", route))

    def spool(self, route: str, values: Mapping[str, Value] | None = None) -> Response:
        """Read a list that is as believed into a file."""
        plan, given = self.plan(route), values or {}
        return self._whole(plan, self._ask(plan, given, None, plan.query_of(given), is_spooled=True))

    def pages(self, route: str, values: Mapping[str, Value]) -> Iterator[Page]:
        """The pages of a list, with records in our spelling."""
        plan = self.plan(route)

        def ask(address: str | None, query: Mapping[str, str]) -> Response:
            return self._whole(plan, self._ask(plan, values, address, query))

        return read_pages(plan, plan.query_of(values), ask, request=self.request_name("GET", route))

    def write(self, method: str, route: str, *, json: Any = None, values: Mapping[str, str] | None = None) -> Response:
        """Send a write; what comes back is in our spelling.

        Raises:
            AllHoursParameterError: the contract does not say how the account takes what is written.
        """
        plan = self.plan(route)
        if isinstance(json, Mapping):
            json = plan.form.theirs(json)
        answer = self._transport.send(method, plan.path, path=plan.path_of(values or {}), json=json)
        if plan.form.is_as_believed or is_blank(answer.body):
            return answer
        request = self.request_name(method, route)
        body = decode(answer.body, Any, request=request, content_type=answer.content_type)
        return _json(plan.form.ours(body) if isinstance(body, Mapping) else body)

    def _ask(
        self,
        plan: RoutePlan,
        values: Mapping[str, Value],
        address: str | None,
        query: Mapping[str, str],
        *,
        is_spooled: bool = False,
    ) -> Response:
        path = plan.path_of({name: value for name, value in values.items() if isinstance(value, str)})
        if address is not None:
            following = next_path(self._root, path.partition("?")[0], address)
            if following is None:
                raise AllHoursContractError(
                    f"GET {plan.path} answered a link to another host or out of the API root, which is not followed"
                )
            path, query = following
        return self._transport.send("GET", plan.path, path=path, params=query or None, is_spooled=is_spooled)

    def _whole(self, plan: RoutePlan, answer: Response) -> Response:
        """The response, or an error where its status says that it is not the whole or not the present one."""
        if answer.status not in WHOLE:
            raise AllHoursContractError(
                f"GET {plan.path} answered {answer.status}: a part of the list, or a promise of it"
            )
        return answer

    def _in_our_form(self, plan: RoutePlan, answer: Response, request: str) -> Response:
        if is_blank(answer.body):
            return answer
        body = decode(answer.body, Any, request=request, content_type=answer.content_type)
        return _json(record_in(plan, body, request))


def _json(value: Any) -> Response:
    return Response(200, {}, msgspec.json.encode(value), JSON)
