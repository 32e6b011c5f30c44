# SPDX-License-Identifier: Apache-2.0
"""A wait that reads little has the verdicts of one that reads everybody, whatever happens in the company."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from airflow_provider_allhours.attendance.readiness import DAY_CHECKS, DEFAULT_CHECKS
from airflow_provider_allhours.client import AllHoursClient, ClientConfig
from airflow_provider_allhours.flows import readiness_watch
from airflow_provider_allhours.flows.readiness import evaluate_period
from airflow_provider_allhours.flows.readiness_watch import LastLook, PeriodWatch
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.helpers import employee_at, finish_october

OCTOBER, NOVEMBER = Period.of_month(2026, 10), date(2026, 11, 3)
INTERVAL = 3600
ROUTES = {"invalid": "days", "missing": "days", "pending": "absences", "no id": "users", "left": "users"}

changes = st.lists(st.tuples(st.sampled_from(sorted(ROUTES)), st.integers(1, 6)), max_size=3)
steps = st.lists(st.tuples(changes, st.booleans(), st.sampled_from((900, 4000, 90_000))), min_size=3, max_size=7)


class History:
    """A company in which things go wrong and are put right again; each change undoes itself the second time."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._undo: dict[tuple[str, int], tuple[str, dict[str, Any]]] = {}

    def change(self, kind: str, index: int) -> None:
        if (kind, index) in self._undo:
            self._control(*self._undo.pop((kind, index)))
            return
        user = employee_at(self._sandbox, index)
        day = {"user_id": user.id, "date": f"2026-10-{index + 4:02}"}
        undo: dict[str, Any]
        if kind == "invalid":
            self._control("days", {**day, "valid": False})
            undo = {**day, "valid": True}
        elif kind == "missing":
            self._control("days", {**day, "missing_event": True})
            undo = {**day, "missing_event": False}
        elif kind == "pending":
            absence = self._control("absences", {"action": "add", **day, "date": f"2026-10-{index + 12:02}"})
            undo = {"action": "approve", "id": absence["Id"]}
        else:
            name, wrong = {"no id": ("CustomId", None), "left": ("CalculationStopDate", "2026-09-15T00:00:00")}[kind]
            undo = {"user_id": user.id, "fields": {name: user.custom_id if kind == "no id" else None}}
            self._control("users", {"user_id": user.id, "fields": {name: wrong}})
        self._undo[kind, index] = (ROUTES[kind], undo)

    def put_right(self) -> None:
        for kind, index in list(self._undo):
            self.change(kind, index)

    def _control(self, name: str, body: dict[str, Any]) -> Any:
        return self._sandbox.control("POST", name, body)


@pytest.mark.slow
@pytest.mark.parametrize("most_known", [2, 100])
@settings(max_examples=4, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(steps=steps)
def test_verdicts_of_any_history(most_known: int, steps: Any) -> None:
    """Ready only while a look at everybody says so, and when one is due; what is told in between is true."""
    with pytest.MonkeyPatch.context() as patch, Sandbox(employees=10, months=2, clean_ids=True) as sandbox:
        patch.setattr(readiness_watch, "MAX_KNOWN", most_known)
        config = ClientConfig(sandbox.url, sandbox.client_id, sandbox.client_secret, auth_url=sandbox.token_url)
        finish_october(sandbox)
        with AllHoursClient(config) as client:
            check_history(client, History(sandbox), steps)


def check_history(client: AllHoursClient, history: History, steps: Any) -> None:
    now = 1_000_000.0
    last: LastLook | None = None

    def watch() -> PeriodWatch:
        """Each look is one of another process."""
        stored = json.loads(json.dumps(last.to_json() if last else None))
        return PeriodWatch(OCTOBER, DEFAULT_CHECKS, INTERVAL, lambda: now, last=LastLook.from_json(stored))

    for wrong, is_put_right, seconds in steps:
        for change in wrong:
            history.change(*change)
        if is_put_right:
            history.put_right()
        now += seconds
        everybody = evaluate_period(client, OCTOBER, DEFAULT_CHECKS, today=NOVEMBER)
        triggered = watch().may_be_ready(client, client, today=NOVEMBER)
        looking = watch()
        look = looking.look(client, today=NOVEMBER)
        known = last.user_ids if last else ()
        assert not look.is_ready or everybody.is_ready
        if everybody.is_ready and (last is None or now - last.at >= INTERVAL):
            assert triggered
            assert look.is_ready
        if look.verdict is not None and look.is_whole:
            assert look.verdict == everybody
        elif look.verdict is not None:
            told = [one for one in everybody.blockers if one.check not in DAY_CHECKS or one.user_id in known]
            assert list(look.verdict.blockers) == told
            assert told
        last = looking.last
    history.put_right()
    now += INTERVAL
    assert evaluate_period(client, OCTOBER, DEFAULT_CHECKS, today=NOVEMBER).is_ready
    assert watch().may_be_ready(client, client, today=NOVEMBER)
    assert watch().look(client, today=NOVEMBER).is_ready


def test_what_another_version_kept_begins_anew() -> None:
    assert LastLook.from_json(None) is None
    assert LastLook.from_json({"at": 1.0}) is None
    assert LastLook.from_json({"user_ids": ["u"], "else": 1}) is None
