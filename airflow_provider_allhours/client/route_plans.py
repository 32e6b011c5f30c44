# SPDX-License-Identifier: Apache-2.0
"""How each route is asked for and read: the provider's own contract, with an account's contract over it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from airflow_provider_allhours.client.api_root import path_segment
from airflow_provider_allhours.client.contract import Contract, Paginator, RouteContract, SinglePage, parse_contract
from airflow_provider_allhours.client.contract.names import ROUTE_WORDS
from airflow_provider_allhours.client.contract.selectors import Selector, read_selector
from airflow_provider_allhours.client.contract.templates import Template, Value
from airflow_provider_allhours.client.contract.wire_records import WireForm
from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.client.routes import ROUTES

_DAYS = {"dateFrom": "{date_from}", "dateTo": "{date_to}"}

OWN_CONTRACT = parse_contract(
    {
        "routes": {
            **{name: {"path": route.path} for name, route in ROUTES.items()},
            "users_query": {"path": ROUTES["users_query"].path, "params": {"searchTerm": "{search_term}"}},
            "absences": {"path": ROUTES["absences"].path, "params": _DAYS},
            "clockings": {"path": ROUTES["clockings"].path, "params": _DAYS},
            "daily_calculations": {"path": ROUTES["daily_calculations"].path, "params": _DAYS},
        }
    }
)
"""What this provider believes of the API, in the language of an account's contract."""


@dataclass(frozen=True)
class RoutePlan:
    """How a route is asked for and read.

    Attributes:
        name: the route.
        path: path template below the API root.
        params: templates of the query parameters.
        form: how records are spelled on the wire.
        selector: where the records are in a body; None for where this provider believes them.
        carry: fields of the outer record that the inner one lacks.
        paginator: how further pages are asked for; None for a list that comes whole.
        ends_are_exclusive: whether the last day that is named is not in the window, as the contract says.
        max_days: days that one request may cover; None without a limit.
    """

    name: str
    path: str
    params: Mapping[str, Template] = field(default_factory=dict)
    form: WireForm = field(default_factory=WireForm)
    selector: Selector | None = None
    carry: tuple[str, ...] = ()
    paginator: Paginator | None = None
    ends_are_exclusive: bool = False
    max_days: int | None = None

    @property
    def is_as_believed(self) -> bool:
        """Whether bodies are read as they come."""
        return self.selector is None and not self.carry and self.paginator is None and self.form.is_as_believed

    @property
    def is_bulk(self) -> bool:
        """Whether employee-days of all users come at once."""
        texts = (Template(self.path), *self.params.values())
        return self.name == "daily_calculations" and not any("user_id" in text.names for text in texts)

    def path_of(self, values: Mapping[str, str]) -> str:
        """The path of one request, with ids as segments of it."""
        return Template(self.path).fill(values, path_segment)

    def query_of(self, values: Mapping[str, Value]) -> dict[str, str]:
        """The query of one request.

        Args:
            values: name -> text or day; ``date_to`` is the last day that is wanted.
        """
        given = dict(values)
        last = given.get("date_to")
        if self.ends_are_exclusive and isinstance(last, date):
            given["date_to"] = last + timedelta(days=1)
        return {name: text.fill(given) for name, text in self.params.items()}


def route_plans(contract: Contract, timezone: str | None = None) -> dict[str, RoutePlan]:
    """The routes that an account serves.

    Args:
        contract: the account's contract.
        timezone: IANA name of the company's time zone, for an account that sends UTC.

    Raises:
        AllHoursParameterError: a route lacks a value that it has to be asked with, or the account sends UTC and no time
            zone is known.
    """
    plans = {}
    for name, own in OWN_CONTRACT.routes.items():
        stated = contract.routes.get(name, RouteContract())
        if stated is not None and own is not None:
            plans[name] = _plan(name, own, stated, contract, timezone)
    return plans


def _plan(name: str, own: RouteContract, stated: RouteContract, contract: Contract, timezone: str | None) -> RoutePlan:
    path = stated.path or own.path or ""
    params = own.params if stated.params is None else stated.params
    if stated.path is not None and stated.params is None:
        # A path that holds the value itself needs no parameter for it.
        held = Template(path).names
        params = {key: text for key, text in (params or {}).items() if not Template(text).names & held}
    window = stated.window
    plan = RoutePlan(
        name,
        path,
        {key: Template(text) for key, text in (params or {}).items()},
        WireForm.of(name, contract, timezone),
        None if stated.data_selector is None else read_selector(stated.data_selector, f"contract.routes.{name}"),
        stated.carry,
        None if isinstance(stated.paginator, SinglePage) else stated.paginator,
        window is not None and window.end == "exclusive",
        None if window is None else window.max_days,
    )
    _require_values(plan)
    return plan


def _require_values(plan: RoutePlan) -> None:
    words = ROUTE_WORDS[plan.name]
    held = Template(plan.path).names.union(*(text.names for text in plan.params.values()))
    needed = {words.needs} if words.needs else set()
    if words.has_window:
        needed |= {"date_from", "date_to"}
    missing = sorted(needed - held)
    if missing:
        listed = ", ".join(f"{{{name}}}" for name in missing)
        raise AllHoursParameterError(
            f"contract.routes.{plan.name} asks without {listed}; it takes {'them' if len(missing) > 1 else 'it'} in "
            "path or params"
        )
