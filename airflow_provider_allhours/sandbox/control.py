# SPDX-License-Identifier: Apache-2.0
"""``/_sandbox/*``: change the company, the switches and the faults; read state and counters."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from airflow_provider_allhours.sandbox.account import Account
from airflow_provider_allhours.sandbox.company import DayChange
from airflow_provider_allhours.sandbox.faults import FaultLab
from airflow_provider_allhours.sandbox.leave import APPROVED, PENDING, REJECTED, Leave
from airflow_provider_allhours.sandbox.people import Employee
from airflow_provider_allhours.sandbox.records.absences import absence_record
from airflow_provider_allhours.sandbox.records.days import day_record
from airflow_provider_allhours.sandbox.records.users import user_record
from airflow_provider_allhours.sandbox.shifts import Punch, planned_start
from airflow_provider_allhours.sandbox.switches import Switches

STATUSES = {"approve": APPROVED, "reject": REJECTED, "reopen": PENDING}


class Control:
    """Carries out control requests.

    Records in its answers are spelled as without switches.

    Args:
        account: the account that is read and changed.
        lab: the faults.
    """

    def __init__(self, account: Account, lab: FaultLab) -> None:
        self._company = account.company
        self._switches = account.switches
        self._lab = lab
        self._stats = account.stats
        self._tokens = account.tokens
        self._plain = Account(account.company, Switches())

    def handle(self, method: str, name: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        """Carry out one control request; (status, JSON).

        A GET reads; a POST changes; a DELETE ends all faults or resets the counters.
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
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
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
        first = date.fromisoformat(query.get("from", self._company.first_day.isoformat()))
        last = date.fromisoformat(query.get("to", (self._company.today + timedelta(days=62)).isoformat()))
        return {
            "users": [user_record(self._plain, user) for user in self._company.users()],
            "absences": [absence_record(self._plain, leave) for leave in self._company.leave_between(first, last)],
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
        if body["action"] == "add":
            return absence_record(self._plain, self._add(body))
        leave = self._company.leave(str(body["id"]))
        if leave is None:
            raise ValueError("no absence has this id")
        if body["action"] == "remove":
            self._company.drop_leave(leave)
            return {"removed": leave.id}
        if body["action"] not in STATUSES:
            raise ValueError(f"action takes add, remove, {', '.join(STATUSES)}")
        return absence_record(self._plain, self._company.decide(leave, STATUSES[body["action"]]))

    def _add(self, body: dict[str, Any]) -> Leave:
        name_or_id = body.get("definition", "Annual leave")
        definition = next((kind for kind in self._company.definitions if name_or_id in (kind.name, kind.id)), None)
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

        Without ``clockings`` they stay; ``missing_event`` true or false states it, null derives it from them;
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
        return day_record(self._plain, self._company.worked_day(user, day))

    def _punch(self, day: date, at: str, kind: str) -> Punch:
        moment = datetime.fromisoformat(at if "T" in at else f"{day.isoformat()}T{at}")
        if kind not in ("Arrival", "Departure"):
            raise ValueError("a clocking is an Arrival or a Departure")
        return Punch(moment, kind)

    def _user(self, body: dict[str, Any]) -> Any:
        """``{"user_id", "fields": {PascalCase: value}}``; archive, leave, renumber, rename."""
        user = self._employee(body)
        self._company.set_user_fields(user.id, dict(body["fields"]))
        return user_record(self._plain, user)

    def _lock(self, body: dict[str, Any]) -> Any:
        """``{"date": first day that may change, "user_ids": […] or absent for everybody}``."""
        day = date.fromisoformat(body["date"]).isoformat() if body["date"] else None
        user_ids = set(body["user_ids"]) if "user_ids" in body else None
        users = [user for user in self._company.users() if user_ids is None or user.id in user_ids]
        for user in users:
            self._company.set_user_fields(user.id, {"CalculationLockDate": day and f"{day}T00:00:00"})
        return {"locked": len(users)}

    def _revoke(self, body: dict[str, Any]) -> Any:
        """Any body: invalidate every granted token."""
        self._tokens.revoke_all()
        return {"revoked": True}

    def _employee(self, body: dict[str, Any]) -> Employee:
        user = self._company.user(str(body["user_id"]))
        if user is None:
            raise ValueError("no user has this user_id")
        return user
