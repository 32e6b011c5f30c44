# SPDX-License-Identifier: Apache-2.0
"""What each route of the API does: parameters in, a status and JSON out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from airflow_provider_allhours.sandbox.company import Company, Refused
from airflow_provider_allhours.sandbox.leave import AUTO, PENDING, Leave
from airflow_provider_allhours.sandbox.people import Employee
from airflow_provider_allhours.sandbox.shapes import Shapes
from airflow_provider_allhours.sandbox.switches import Switches


@dataclass(frozen=True)
class Call:
    """A request as a route sees it."""

    identifier: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True)
class Reply:
    """A status and what is sent as JSON."""

    status: int
    content: Any


Handler = Callable[[Call], Reply]


class Api:
    """The routes of one account.

    Args:
        company: whose data.
        switches: how this tenant behaves.
    """

    def __init__(self, company: Company, switches: Switches) -> None:
        self._company = company
        self._switches = switches
        self._shapes = Shapes(company, switches)

    def handlers(self) -> dict[tuple[str, str], Handler]:
        """(method, route name) -> what it does."""
        return {
            ("GET", "users"): self.users,
            ("POST", "users"): self.create_user,
            ("GET", "users_query"): self.users_query,
            ("GET", "user"): self.user,
            ("PUT", "user"): self.update_user,
            ("GET", "absences"): self.absences,
            ("POST", "absences"): self.create_absence,
            ("GET", "absence"): self.absence,
            ("PUT", "absence"): self.update_absence,
            ("DELETE", "absence"): self.delete_absence,
            ("GET", "absence_definitions"): self.definitions,
            ("GET", "absence_definition"): self.definition,
            ("GET", "daily_calculations"): self.calculations,
            ("GET", "clockings"): self.clockings,
            ("GET", "clocking_definitions"): lambda call: Reply(200, self._shapes.clocking_definitions()),
            ("GET", "calculation_result_types"): lambda call: Reply(200, self._shapes.counters()),
            ("GET", "organization_units"): lambda call: Reply(200, self._shapes.organization_units()),
        }

    def users(self, call: Call) -> Reply:
        """GET Users: a bare array without paging."""
        return Reply(200, [self._shapes.user(user) for user in self._listed_users()])

    def users_query(self, call: Call) -> Reply:
        """GET Users/Query: users whose name holds the term."""
        term = call.query.get("searchterm", "").lower()
        found = [user for user in self._listed_users() if term in f"{user.first_name} {user.last_name}".lower()]
        return Reply(200, [self._shapes.user(user) for user in found])

    def user(self, call: Call) -> Reply:
        """GET Users/{id}: archived ones too."""
        user = self._company.user(call.identifier)
        return _not_found("User") if user is None else Reply(200, self._shapes.user(user))

    def create_user(self, call: Call) -> Reply:
        """POST Users."""
        fields = _canonical(call.body, self._shapes.user(next(self._company.users())))
        try:
            created = self._company.create_user(fields)
        except (Refused, ValueError) as refused:
            return _refused(refused)
        return Reply(201, self._shapes.user(created))

    def update_user(self, call: Call) -> Reply:
        """PUT Users/{id}."""
        user = self._company.user(call.identifier)
        if user is None:
            return _not_found("User")
        fields = _canonical(call.body, self._shapes.user(user))
        fields.pop("Id", None)
        self._company.set_user_fields(user.id, fields)
        return Reply(200, self._shapes.user(user))

    def absences(self, call: Call) -> Reply:
        """GET Absences: by Timestamp; without a window, the whole history."""
        try:
            first, last = self._window(call.query, exclusive=not self._switches.date_to_inclusive)
        except ValueError as refused:
            return _refused(refused)
        return Reply(200, [self._shapes.leave(leave) for leave in self._company.leave_between(first, last)])

    def absence(self, call: Call) -> Reply:
        """GET Absences/{id}."""
        leave = self._company.leave(call.identifier)
        return _not_found("Absence") if leave is None else Reply(200, self._shapes.leave(leave))

    def create_absence(self, call: Call) -> Reply:
        """POST Absences: one day, 201; the same one twice is two."""
        try:
            draft = self._draft(call.body)
            created = self._company.create_leave(draft)
        except (Refused, ValueError) as refused:
            return _refused(refused)
        return Reply(201, self._shapes.leave(created))

    def update_absence(self, call: Call) -> Reply:
        """PUT Absences/{id}."""
        before = self._company.leave(call.identifier)
        if before is None:
            return _not_found("Absence")
        try:
            draft = self._draft(call.body)
            changed = replace(
                draft,
                id=before.id,
                group_id=before.group_id,
                status=before.status,
                inserted_on=before.inserted_on,
                modified_on=self._company.now,
            )
            return Reply(200, self._shapes.leave(self._company.change_leave(changed)))
        except (Refused, ValueError) as refused:
            return _refused(refused)

    def delete_absence(self, call: Call) -> Reply:
        """DELETE Absences/{id}: nothing of it remains."""
        leave = self._company.leave(call.identifier)
        if leave is None:
            return _not_found("Absence")
        try:
            self._company.remove_leave(leave)
        except Refused as refused:
            return _refused(refused)
        return Reply(204, None)

    def definitions(self, call: Call) -> Reply:
        """GET AbsenceDefinitions."""
        return Reply(200, [self._shapes.definition(definition) for definition in self._company.definitions])

    def definition(self, call: Call) -> Reply:
        """GET AbsenceDefinitions/{id}."""
        found = self._company.definition(call.identifier)
        return _not_found("AbsenceDefinition") if found is None else Reply(200, self._shapes.definition(found))

    def calculations(self, call: Call) -> Reply:
        """GET UserCalculations/{id}: dateTo inclusive, as a browser extension of the vendor's relied on."""
        user = self._company.user(call.identifier)
        if user is None:
            return _not_found("User")
        try:
            first, last = self._window(call.query, exclusive=False)
        except ValueError as refused:
            return _refused(refused)
        days = self._calculated_days(user, first, last)
        page = self._switches.calculations_page
        if page is None:
            return Reply(200, {"DailyCalculations": days})
        return Reply(200, {"UserCalculations": days[:page], "TotalCount": len(days)})

    def clockings(self, call: Call) -> Reply:
        """GET Clockings: by Timestamp."""
        try:
            first, last = self._window(call.query, exclusive=not self._switches.date_to_inclusive)
        except ValueError as refused:
            return _refused(refused)
        return Reply(
            200,
            [
                self._shapes.clocking(user, punch)
                for user in self._company.users()
                if user.is_time_attendance_user
                for day in _days(max(first - timedelta(days=1), user.start or first), min(last, user.stop or last))
                for punch in self._company.punches(user, day)
                if first <= punch.moment.date() <= last
            ],
        )

    def _listed_users(self) -> list[Employee]:
        return [
            user
            for user in self._company.users()
            if self._switches.archived_listed or not self._company.shown(user)["IsArchived"]
        ]

    def _calculated_days(self, user: Employee, first: date, last: date) -> list[dict[str, Any]]:
        shown = self._company.shown(user)
        if not shown["IsTimeAttendanceUser"]:
            return []
        start = _day(shown["CalculationStartDate"]) or first
        stop = _day(shown["CalculationStopDate"]) or last
        days = _days(max(first, start), min(last, stop))
        return [self._shapes.day(self._company.worked_day(user, day)) for day in days]

    def _window(self, query: Mapping[str, str], *, exclusive: bool) -> tuple[date, date]:
        first = _day(query.get("datefrom")) or self._company.first_day
        last = _day(query.get("dateto"))
        if last is None:
            return first, self._company.today + timedelta(days=62)
        at_midnight = datetime.fromisoformat(query["dateto"].replace(" ", "+")).time() == datetime.min.time()
        if (last - first).days > 3700:
            raise ValueError("The period is too long.")
        return first, last - timedelta(days=1) if exclusive and at_midnight else last

    def _draft(self, body: Any) -> Leave:
        """An absence from a request body.

        Raises:
            ValueError: what the vendor would answer 400 for.
        """
        wanted = (
            "UserId AbsenceDefinitionId Timestamp Origin Comment IsPartial PartialTimeFrom PartialTimeTo "
            "OverrideHolidayAbsence"
        )
        fields = _canonical(body, dict.fromkeys(wanted.split()))
        user = self._company.user(str(fields.get("UserId", "")))
        if user is None:
            raise ValueError("UserId is required and must be a user.")
        definition = self._company.definition(str(fields.get("AbsenceDefinitionId", "")))
        if definition is None:
            raise ValueError("AbsenceDefinitionId is required and must be an absence definition.")
        day = _day(fields.get("Timestamp"))
        if day is None:
            raise ValueError("Timestamp is required.")
        partial_from = partial_to = None
        if fields.get("IsPartial"):
            partial_from, partial_to = _moment(fields.get("PartialTimeFrom")), _moment(fields.get("PartialTimeTo"))
            if partial_from is None or partial_to is None or partial_to <= partial_from:
                raise ValueError("A partial absence needs PartialTimeFrom before PartialTimeTo.")
        origin, comment = fields.get("Origin") or 0, fields.get("Comment")
        if not isinstance(origin, int) or not isinstance(comment, str | None):
            raise ValueError("Origin is a number and Comment a text.")
        return Leave(
            id="",
            group_id="",
            user_index=user.index,
            day=day,
            definition_id=definition.id,
            status=PENDING if self._switches.api_absences_pending else AUTO,
            inserted_on=self._company.now,
            comment=comment,
            origin=origin,
            partial_from=partial_from,
            partial_to=partial_to,
            override_holiday=bool(fields.get("OverrideHolidayAbsence")),
        )


def _canonical(body: Any, like: Mapping[str, Any]) -> dict[str, Any]:
    """The body's known fields in PascalCase; the binder of the vendor takes any case."""
    spelling = {name.lower(): name for name in like}
    if not isinstance(body, dict):
        return {}
    return {spelling[key.lower()]: value for key, value in body.items() if key.lower() in spelling}


def _moment(text: Any) -> datetime | None:
    """A date-time with its zone dropped.

    Raises:
        ValueError: not an ISO date-time.
    """
    if text is None or text == "":
        return None
    try:
        return datetime.fromisoformat(str(text).replace(" ", "+")).replace(tzinfo=None)
    except ValueError:
        raise ValueError("A date-time is not valid.") from None


def _day(text: Any) -> date | None:
    moment = _moment(text)
    if moment is not None and not 1900 <= moment.year <= 2200:
        raise ValueError("A date is out of range.")
    return moment.date() if moment is not None else None


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def _not_found(record: str) -> Reply:
    return Reply(404, {"error": f"{record} not found."})


def _refused(reason: Exception) -> Reply:
    return Reply(400, {"error": str(reason)})
