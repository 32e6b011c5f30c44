# SPDX-License-Identifier: Apache-2.0
"""``/_sandbox/*``: what happens to the company, and what goes wrong on the way."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from airflow_provider_allhours.sandbox.company import Company, DayChange
from airflow_provider_allhours.sandbox.faults import FaultLab
from airflow_provider_allhours.sandbox.leave import APPROVED, PENDING, REJECTED, Leave
from airflow_provider_allhours.sandbox.people import Employee
from airflow_provider_allhours.sandbox.shapes import Shapes
from airflow_provider_allhours.sandbox.shifts import Punch, planned_start
from airflow_provider_allhours.sandbox.stats import Stats
from airflow_provider_allhours.sandbox.switches import Switches
from airflow_provider_allhours.sandbox.tokens import TokenDesk

STATUSES = {"approve": APPROVED, "reject": REJECTED, "reopen": PENDING}


class Control:
    """The hand that moves the company.

    Args:
        company: what is moved.
        switches: how the tenant behaves.
        lab: the faults.
        stats: the counters.
        tokens: the token desk.
    """

    def __init__(self, company: Company, switches: Switches, lab: FaultLab, stats: Stats, tokens: TokenDesk) -> None:
        self._company = company
        self._switches = switches
        self._lab = lab
        self._stats = stats
        self._tokens = tokens

    def handle(self, method: str, name: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        """Carry out one control request; (status, JSON).

        A GET shows; a POST changes; a DELETE clears faults or counters.
        """
        try:
            if method == "GET":
                return self._show(name, query)
            if (method, name) == ("DELETE", "faults"):
                self._lab.clear()
                return 200, []
            if (method, name) in (("DELETE", "stats"), ("POST", "stats")):
                self._stats.reset()
                return 200, self._stats.to_json()
            if method == "POST":
                return self._change(name, body)
        except (ValueError, KeyError, TypeError, AttributeError) as refused:
            reason = f"{refused} is missing" if isinstance(refused, KeyError) else str(refused)
            return 400, {"error": reason}
        return 404, {"error": f"no {method} /_sandbox/{name}"}

    def _show(self, name: str, query: dict[str, str]) -> tuple[int, Any]:
        if name == "stats":
            return 200, self._stats.to_json()
        if name == "faults":
            return 200, [fault.to_json() for fault in self._lab.faults]
        if name == "switches":
            return 200, self._switches.to_json()
        if name == "state":
            return 200, self._state(query)
        if name == "company":
            return 200, self.company_summary()
        return 404, {"error": f"no GET /_sandbox/{name}"}

    def company_summary(self) -> dict[str, Any]:
        """The company in a few figures."""
        company = self._company
        return {
            "employees": company.employees,
            "users": company.employees + 1 + len(company.created_users),
            "seed": company.seed,
            "today": company.today.isoformat(),
            "first_day": company.first_day.isoformat(),
            "timezone": company.timezone,
            "changed_days": len(company.day_changes),
            "changed_absences": len(company.changed_leave),
        }

    def _state(self, query: dict[str, str]) -> dict[str, Any]:
        """All users and absences of a window, for a comparison before and after."""
        shapes = Shapes(self._company, Switches())
        first = date.fromisoformat(query.get("from", self._company.first_day.isoformat()))
        last = date.fromisoformat(query.get("to", (self._company.today + timedelta(days=62)).isoformat()))
        return {
            "users": [shapes.user(user) for user in self._company.users()],
            "absences": [shapes.leave(leave) for leave in self._company.leave_between(first, last)],
        }

    def _change(self, name: str, body: Any) -> tuple[int, Any]:
        if name == "faults":
            rules = body if isinstance(body, list) else [body]
            return 200, [self._lab.add(rule).to_json() for rule in rules]
        if not isinstance(body, dict):
            raise ValueError("the body is a JSON object")
        changes = {
            "switches": self._set_switches,
            "clock": self._advance,
            "absences": self._absence,
            "days": self._day,
            "users": self._user,
            "lock": self._lock,
            "tokens": self._revoke,
        }
        if name not in changes:
            return 404, {"error": f"no POST /_sandbox/{name}"}
        return 200, changes[name](body)

    def _set_switches(self, body: dict[str, Any]) -> Any:
        self._switches.change(body)
        return self._switches.to_json()

    def _advance(self, body: dict[str, Any]) -> Any:
        """``{"today": "2026-11-04"}`` or ``{"days": 1}``."""
        today = self._company.today
        self._company.move_to(
            date.fromisoformat(body["today"]) if "today" in body else today + timedelta(days=int(body["days"]))
        )
        return self.company_summary()

    def _absence(self, body: dict[str, Any]) -> Any:
        """``{"action": "approve"|"reject"|"reopen"|"remove", "id": …}`` or ``{"action": "add", "user_id", "date"}``."""
        shapes = Shapes(self._company, self._switches)
        if body["action"] == "add":
            return shapes.leave(self._add(body))
        leave = self._company.leave(str(body["id"]))
        if leave is None:
            raise ValueError("no absence has this id")
        if body["action"] == "remove":
            self._company.drop_leave(leave)
            return {"removed": leave.id}
        if body["action"] not in STATUSES:
            raise ValueError(f"action takes add, remove, {', '.join(STATUSES)}")
        return shapes.leave(self._company.decide(leave, STATUSES[body["action"]]))

    def _add(self, body: dict[str, Any]) -> Leave:
        wanted = body.get("definition", "Annual leave")
        definition = next((found for found in self._company.definitions if wanted in (found.name, found.id)), None)
        if definition is None:
            raise ValueError("no absence definition has this name or id")
        draft = Leave(
            id="",
            group_id="",
            user_index=self._employee(body).index,
            day=date.fromisoformat(body["date"]),
            definition_id=definition.id,
            status=int(body.get("status", PENDING)),
            inserted_on=self._company.now,
            comment=body.get("comment"),
        )
        return self._company.create_leave(draft)

    def _day(self, body: dict[str, Any]) -> Any:
        """Correct an employee-day: ``{"user_id", "date", "clockings": [["08:00", "Arrival"], …], "valid", …}``.

        Without ``clockings`` they stay; ``missing_event`` true or false says it outright, null leaves it to them;
        ``{"user_id", "date", "heal": true}`` closes an open arrival and makes the day valid.
        """
        user, day = self._employee(body), date.fromisoformat(body["date"])
        before = self._company.day_changes.get((user.index, day), DayChange())
        punches = before.punches
        if "clockings" in body:
            punches = tuple(self._punch(day, str(at), str(kind)) for at, kind in body["clockings"])
        if body.get("heal"):
            current = list(self._company.punches(user, day))
            if current and sorted(current, key=lambda punch: punch.moment)[-1].definition == "Arrival":
                end = planned_start(user, day) + timedelta(minutes=user.minutes_per_day + 30)
                punches = (*current, Punch(end, "Departure"))
        self._company.change_day(
            user,
            day,
            DayChange(
                punches=punches,
                is_valid=True if body.get("heal") else bool(body.get("valid", before.is_valid)),
                is_missing_event=None if body.get("heal") else body.get("missing_event", before.is_missing_event),
                comment=body.get("comment", before.comment),
            ),
        )
        return Shapes(self._company, self._switches).day(self._company.worked_day(user, day))

    def _punch(self, day: date, at: str, kind: str) -> Punch:
        moment = datetime.fromisoformat(at if "T" in at else f"{day.isoformat()}T{at}")
        if kind not in ("Arrival", "Departure"):
            raise ValueError("a clocking is an Arrival or a Departure")
        return Punch(moment, kind)

    def _user(self, body: dict[str, Any]) -> Any:
        """``{"user_id", "fields": {PascalCase: value}}``; archive, leave, renumber, rename."""
        user = self._employee(body)
        self._company.set_user_fields(user.id, dict(body["fields"]))
        return Shapes(self._company, self._switches).user(user)

    def _lock(self, body: dict[str, Any]) -> Any:
        """``{"date": first day that may change, "user_ids": […] or absent for everybody}``."""
        day = date.fromisoformat(body["date"]).isoformat() if body["date"] else None
        wanted = set(body["user_ids"]) if "user_ids" in body else None
        users = [user for user in self._company.users() if wanted is None or user.id in wanted]
        for user in users:
            self._company.set_user_fields(user.id, {"CalculationLockDate": day and f"{day}T00:00:00"})
        return {"locked": len(users)}

    def _revoke(self, body: dict[str, Any]) -> Any:
        """Any body: every granted token is worthless from now on."""
        self._tokens.revoke_all()
        return {"revoked": True}

    def _employee(self, body: dict[str, Any]) -> Employee:
        user = self._company.user(str(body["user_id"]))
        if user is None:
            raise ValueError("no user has this user_id")
        return user
