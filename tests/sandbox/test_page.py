# SPDX-License-Identifier: Apache-2.0
"""The page for people: what it shows, and that each of its forms and buttons sends what the sandbox takes."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import pytest
import requests

from airflow_provider_allhours.sandbox.fault_kinds import FAULT_KINDS
from airflow_provider_allhours.sandbox.faults import GENERAL
from airflow_provider_allhours.sandbox.profiles import PROFILES
from airflow_provider_allhours.sandbox.server import Sandbox
from airflow_provider_allhours.sandbox.switches import Switches, choices_of
from tests.helpers import employee_at


class Page(HTMLParser):
    """The page's forms with their inputs, and its buttons that send by themselves."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__()
        self.answer = requests.get(sandbox.url, timeout=30)
        self.buttons: list[dict[str, str | None]] = []
        self.forms: list[tuple[dict[str, str | None], list[dict[str, str | None]]]] = []
        self.kinds: dict[str, list[str]] = {}
        self.labels: list[str] = []
        self._kind = ""
        self.feed(self.answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "form":
            self.forms.append((values, []))
        elif tag == "button" and "data-post" in values:
            self.buttons.append(values)
        elif tag == "fieldset":
            self._kind = str(values["data-kind"])
        elif tag in ("input", "select"):
            self.forms[-1][1].append(values)
            if self._kind:
                self.kinds.setdefault(self._kind, []).append(str(values["name"]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "fieldset":
            self._kind = ""

    def form(self, post: str) -> list[dict[str, str | None]]:
        """The inputs of the first form that sends this request."""
        return next(inputs for form, inputs in self.forms if form["data-post"] == post)


def send(sandbox: Sandbox, method: str, name: str, body: Any = None) -> requests.Response:
    headers = {"Content-Type": "application/json", "Origin": sandbox.url}
    data = json.dumps(body) if method == "POST" else None
    return requests.request(method, f"{sandbox.url}/_sandbox/{name}", data=data, headers=headers, timeout=30)


def test_every_button_sends_what_the_sandbox_takes(sandbox: Sandbox) -> None:
    sandbox.fault("html", times=3)
    user = employee_at(sandbox, 1).id
    for day in ("2026-10-06", "2026-10-07"):
        sandbox.control("POST", "absences", {"action": "add", "user_id": user, "date": day})
    buttons = Page(sandbox).buttons
    assert {str(button["data-post"]).partition("/")[0] for button in buttons} == {
        "clock", "tokens", "faults", "absences", "stats"
    }  # fmt: skip
    for button in buttons:
        body = json.loads(button.get("data-body") or "{}")
        answer = send(sandbox, str(button["data-method"]), str(button["data-post"]), body)
        assert answer.status_code == 200, (button, answer.text)
        assert button["data-done"]
    assert sandbox.control("GET", "faults") == []
    assert user not in [absence["UserId"] for absence in sandbox.control("GET", "pending")]


def test_the_form_of_faults_has_every_kind_with_its_parameters(sandbox: Sandbox) -> None:
    page = Page(sandbox)
    assert page.kinds == {kind: list(fault.parameters) for kind, fault in FAULT_KINDS.items() if fault.parameters}
    general = {str(field["name"]) for field in page.form("faults")} - {
        name for own in page.kinds.values() for name in own
    }
    assert general == {"kind", *GENERAL} - {"seed"}


def test_the_switches_on_the_page_can_be_sent_as_they_stand(sandbox: Sandbox) -> None:
    rows = [inputs for form, inputs in Page(sandbox).forms if form["data-post"] == "switches"]
    assert [str(row[0]["name"]) for row in rows] == list(Switches().to_json())
    for (field,) in rows:
        name, value = str(field["name"]), field.get("value")
        if choices_of(name):
            continue
        sent = value if field["data-type"] == "text" else json.loads(str(value))
        assert send(sandbox, "POST", "switches", {name: sent}).status_code == 200, name
    assert sandbox.control("GET", "switches") == Switches().to_json()


def test_the_page_shows_what_is_in_force(sandbox: Sandbox) -> None:
    sandbox.fault("status", route="users", status=502, times=2)
    sandbox.control("POST", "contract", {"contract": "camel+hours"})
    sandbox.control("POST", "clock", {"today": "2026-11-20"})
    page = Page(sandbox)
    assert "times 2, status 502" in page.answer.text
    assert "In force: <b>camel, hours</b>" in page.answer.text
    ticked = {field["value"] for field in page.form("contract") if "checked" in field}
    assert (ticked, len(page.form("contract"))) == ({"camel", "hours"}, len(PROFILES))
    assert page.form("clock")[0]["value"] == "2026-11-20"
    assert "2 changed: minutes_format, field_case" in page.answer.text


def test_the_page_loads_nothing_from_elsewhere_and_goes_into_no_frame(sandbox: Sandbox) -> None:
    answer = Page(sandbox).answer
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert [part for part in ('src="', 'href="http', "url(", "@import") if part in answer.text] == []


@pytest.mark.parametrize("contract", [None, *PROFILES])
def test_the_page_is_served_under_every_contract(sandbox: Sandbox, contract: str | None) -> None:
    sandbox.control("POST", "contract", {"contract": contract})
    assert Page(sandbox).answer.status_code == 200


def test_names_of_people_are_escaped(sandbox: Sandbox) -> None:
    user = employee_at(sandbox, 1).id
    sandbox.control("POST", "users", {"user_id": user, "fields": {"FirstName": '<b>"Ana"</b>'}})
    sandbox.control("POST", "absences", {"action": "add", "user_id": user, "date": "2026-10-07"})
    page = Page(sandbox).answer.text
    assert "&lt;b&gt;&quot;Ana&quot;&lt;/b&gt;" in page
    assert "<b>&quot;Ana" not in page
    assert '<b>"Ana' not in page
