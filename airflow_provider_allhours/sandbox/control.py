# SPDX-License-Identifier: Apache-2.0
"""``/_sandbox/*``: change the company, the switches and the faults; read state and counters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from airflow_provider_allhours.sandbox.account import Account
from airflow_provider_allhours.sandbox.company import DayChange
from airflow_provider_allhours.sandbox.faults import FaultLab
from airflow_provider_allhours.sandbox.leave import APPROVED, PENDING, REJECTED, Leave
from airflow_provider_allhours.sandbox.people import Employee
from airflow_provider_allhours.sandbox.profiles import PROFILES, active_profiles, defaults_of_profiles, switches_of
from airflow_provider_allhours.sandbox.records.absences import absence_record
from airflow_provider_allhours.sandbox.records.days import day_record
from airflow_provider_allhours.sandbox.records.users import user_record
from airflow_provider_allhours.sandbox.shifts import Punch, planned_start
from airflow_provider_allhours.sandbox.staff import RequestRefused
from airflow_provider_allhours.sandbox.switches import Switches
from airflow_provider_allhours.sandbox.values import (
    REQUIRED,
    Value,
    flag,
    is_day,
    is_texts,
    is_whole,
    one_of,
    optional_text,
    required_day,
    required_text,
    shortened,
    whole,
)

STATUSES = {"approve": APPROVED, "reject": REJECTED, "reopen": PENDING}
MAX_STATE_DAYS = 3700
"""About ten years: the longest window of the state, and how far the clock can be set."""
MAX_PENDING = 40
PENDING_DAYS = 120

# What the fields of control requests take.
ACTION = one_of("add", "remove", *STATUSES)
CLOCKINGS = Value(
    REQUIRED,
    'a list such as [["08:00", "Arrival"], ["16:30", "Departure"]]',
    lambda value: isinstance(value, list) and all(is_texts(clocking) and len(clocking) == 2 for clocking in value),
)
CONTRACT = Value(
    REQUIRED,
    "the name of a contract profile, several joined by +, or null",
    lambda value: value is None or isinstance(value, str),
)
DAY = required_day()
DAYS = Value(REQUIRED, "a whole number of days", lambda value: is_whole(value, -MAX_STATE_DAYS, MAX_STATE_DAYS))
FLAG = flag(False)
LOCK_DAY = Value(REQUIRED, "a date such as 2026-11-01, or null", lambda value: value is None or is_day(value))
OBJECT = Value(REQUIRED, "a JSON object", lambda value: isinstance(value, dict))
OPTIONAL_FLAG = Value(None, "true, false or null", lambda value: value is None or isinstance(value, bool))
OPTIONAL_TEXT = optional_text()
STATUS = whole(PENDING, 99)
TEXT = required_text()
TEXTS = Value([], "a list of texts", is_texts)


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

        A GET reads; a POST changes; a DELETE ends all faults or one, or resets the counters.
        """
        try:
            if method == "GET":
                return self._show(name, query)
            if (method, name) == ("DELETE", "faults"):
                self._lab.clear()
                return 200, []
            if method == "DELETE" and name.startswith("faults/"):
                self._lab.remove(_number_of(name.removeprefix("faults/")))
                return 200, self._faults()
            if (method, name) in (("DELETE", "stats"), ("POST", "stats")):
                self._stats.reset()
                return 200, self._stats.to_json()
            if method == "POST":
                return self._change(name, body)
        except (ValueError, RequestRefused) as reason:
            return 400, {"error": str(reason)}
        return 404, {"error": f"no {method} /_sandbox/{name}"}

    def _show(self, name: str, query: dict[str, str]) -> tuple[int, Any]:
        if name == "stats":
            return 200, self._stats.to_json()
        if name == "faults":
            return 200, self._faults()
        if name == "switches":
            return 200, self._switches.to_json()
        if name == "contract":
            return 200, self.contract()
        if name == "pending":
            return 200, self.pending()
        if name == "state":
            return 200, self._state(query)
        if name == "company":
            return 200, self.company_summary()
        return 404, {"error": f"no GET /_sandbox/{name}"}

    def _faults(self) -> list[dict[str, Any]]:
        return [fault.to_json() for fault in self._lab.faults]

    def contract(self) -> dict[str, Any]:
        """Which contract profiles the switches amount to, and which there are."""
        return {"active": active_profiles(self._switches.to_json()), "known": list(PROFILES)}

    def pending(self) -> list[dict[str, Any]]:
        """The first absences that wait for a decision, from the month before the company's today on."""
        company = self._company
        first = (company.today.replace(day=1) - timedelta(days=1)).replace(day=1)
        undecided = (
            leave
            for offset in range(PENDING_DAYS)
            for leave in company.leave_between(*[first + timedelta(days=offset)] * 2)
            if leave.status == PENDING
        )
        return [absence_record(self._plain, leave) for leave in islice(undecided, MAX_PENDING)]

    def company_summary(self) -> dict[str, Any]:
        """The company in a few figures."""
        company = self._company
        return {
            "employees": company.employees,
            "users": company.user_count,
            "seed": company.seed,
            "today": company.today.isoformat(),
            "first_day": company.first_day.isoformat(),
            "timezone": company.timezone,
            "changed_days": len(company.day_changes),
            "changed_absences": len(company.changed_leave),
        }

    def _state(self, query: dict[str, str]) -> dict[str, Any]:
        """All users and absences of a window, for a comparison before and after."""
        window = {
            "from": self._company.first_day.isoformat(),
            "to": (self._company.today + timedelta(days=62)).isoformat(),
        } | query
        first, last = (date.fromisoformat(DAY.of(window, name)) for name in ("from", "to"))
        if (last - first).days > MAX_STATE_DAYS:
            raise ValueError(f"from {first} to {last} are more than {MAX_STATE_DAYS} days")
        return {
            "users": [user_record(self._plain, user) for user in self._company.users()],
            "absences": [absence_record(self._plain, leave) for leave in self._company.leave_between(first, last)],
        }

    def _change(self, name: str, body: Any) -> tuple[int, Any]:
        if name == "faults":
            added = self._lab.add(body if isinstance(body, list) else [body])
            return 200, [fault.to_json() for fault in added]
        if not isinstance(body, dict):
            raise ValueError(f"the body is a JSON object, not {shortened(body)}")
        changes = {
            "switches": self._set_switches,
            "contract": self._set_contract,
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

    def _set_contract(self, body: dict[str, Any]) -> Any:
        """``{"contract": "camel+bulk-paged"}``, or null for the vendor's; switches of no profile stay."""
        _refuse_unknown(body, "contract")
        self._switches.change(defaults_of_profiles() | switches_of(CONTRACT.of(body, "contract")))
        return self.contract()

    def _advance(self, body: dict[str, Any]) -> Any:
        """``{"today": "2026-11-04"}`` or ``{"days": 1}``."""
        _refuse_unknown(body, "today", "days")
        company = self._company
        if "today" in body:
            day = date.fromisoformat(DAY.of(body, "today"))
        else:
            day = company.today + timedelta(days=DAYS.of(body, "days"))
        last = company.first_day + timedelta(days=MAX_STATE_DAYS)
        if not company.first_day <= day <= last:
            raise ValueError(f"today can be set from {company.first_day} to {last}, not to {day}")
        company.move_to(day)
        return self.company_summary()

    def _absence(self, body: dict[str, Any]) -> Any:
        """``{"action": "approve"|"reject"|"reopen"|"remove", "id": …}`` or ``{"action": "add", "user_id", "date"}``."""
        action = ACTION.of(body, "action")
        if action == "add":
            _refuse_unknown(body, "action", "user_id", "date", "definition", "status", "comment")
            return absence_record(self._plain, self._add(body))
        _refuse_unknown(body, "action", "id")
        leave = self._company.leave(TEXT.of(body, "id"))
        if leave is None:
            raise ValueError("no absence has this id")
        if action == "remove":
            self._company.drop_leave(leave)
            return {"removed": leave.id}
        return absence_record(self._plain, self._company.decide(leave, STATUSES[action]))

    def _add(self, body: dict[str, Any]) -> Leave:
        name_or_id = body.get("definition", "Annual leave")
        definition = next((kind for kind in self._company.definitions if name_or_id in (kind.name, kind.id)), None)
        if definition is None:
            raise ValueError(f"no absence definition has the name or id {shortened(name_or_id)}")
        draft = Leave(
            id="",
            group_id="",
            user_index=self._employee(body).index,
            day=date.fromisoformat(DAY.of(body, "date")),
            definition_id=definition.id,
            status=STATUS.of(body, "status"),
            inserted_on=self._company.now,
            comment=OPTIONAL_TEXT.of(body, "comment"),
        )
        return self._company.create_leave(draft)

    def _day(self, body: dict[str, Any]) -> Any:
        """Correct an employee-day: ``{"user_id", "date", "clockings": [["08:00", "Arrival"], …], "valid", …}``.

        Without ``clockings`` they stay; ``missing_event`` true or false states it, null derives it from them;
        ``{"user_id", "date", "heal": true}`` closes an open arrival and makes the day valid.
        """
        _refuse_unknown(body, "user_id", "date", "clockings", "heal", "valid", "missing_event", "comment")
        user, day = self._employee(body), date.fromisoformat(DAY.of(body, "date"))
        before = self._company.day_changes.get((user.index, day), DayChange())
        heals = FLAG.of(body, "heal")
        punches = before.punches
        if "clockings" in body:
            punches = tuple(self._punch(day, clocking) for clocking in CLOCKINGS.of(body, "clockings"))
        if heals:
            current = list(self._company.punches(user, day))
            if current and sorted(current, key=lambda punch: punch.moment)[-1].definition == "Arrival":
                end = planned_start(user, day) + timedelta(minutes=user.minutes_per_day + 30)
                punches = (*current, Punch(end, "Departure"))
        self._company.change_day(
            user,
            day,
            DayChange(
                punches=punches,
                is_valid=heals or flag(before.is_valid).of(body, "valid"),
                is_missing_event=None
                if heals
                else OPTIONAL_FLAG.of({"missing_event": before.is_missing_event, **body}, "missing_event"),
                comment=OPTIONAL_TEXT.of({"comment": before.comment, **body}, "comment"),
            ),
        )
        return day_record(self._plain, self._company.worked_day(user, day))

    def _punch(self, day: date, clocking: list[str]) -> Punch:
        at, kind = clocking
        moment = datetime.fromisoformat(at if "T" in at else f"{day.isoformat()}T{at}").replace(tzinfo=None)
        if kind not in ("Arrival", "Departure"):
            raise ValueError(f"a clocking is an Arrival or a Departure, not {shortened(kind)}")
        if abs((moment.date() - day).days) > 1:
            raise ValueError(f"the clocking {at} is more than a day away from {day}")
        return Punch(moment, kind)

    def _user(self, body: dict[str, Any]) -> Any:
        """``{"user_id", "fields": {PascalCase: value}}``; archive, leave, renumber, rename."""
        _refuse_unknown(body, "user_id", "fields")
        user, changes = self._employee(body), OBJECT.of(body, "fields")
        _refuse_unknown(changes, *(name for name in user_record(self._plain, user) if name != "Id"))
        self._company.set_user_fields(user.id, dict(changes))
        return user_record(self._plain, user)

    def _lock(self, body: dict[str, Any]) -> Any:
        """``{"date": first day that may change, "user_ids": […] or absent for everybody}``."""
        _refuse_unknown(body, "date", "user_ids")
        day = LOCK_DAY.of(body, "date")
        users = [self._employee({"user_id": user_id}) for user_id in TEXTS.of(body, "user_ids")]
        for user in users if "user_ids" in body else self._company.users():
            self._company.set_user_fields(user.id, {"CalculationLockDate": day and f"{day[:10]}T00:00:00"})
        return {"locked": len(users) if "user_ids" in body else self._company.user_count}

    def _revoke(self, body: dict[str, Any]) -> Any:
        """Any body: invalidate every granted token."""
        self._tokens.revoke_all()
        return {"revoked": True}

    def _employee(self, body: dict[str, Any]) -> Employee:
        user = self._company.user(TEXT.of(body, "user_id"))
        if user is None:
            raise ValueError("no user has this user_id")
        return user


def _refuse_unknown(body: Mapping[str, Any], *known: str) -> None:
    if unknown := sorted(set(body) - set(known)):
        raise ValueError(f"unknown {', '.join(unknown)}; known are {', '.join(known)}")


def _number_of(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(f"a fault is ended by its number, not by {shortened(text)}")
    return int(text[:20])
