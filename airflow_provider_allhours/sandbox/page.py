# SPDX-License-Identifier: Apache-2.0
"""The page at the root, for people: what the company is like, and everything that can be changed by click.

Its forms and buttons send control requests (``page.js``); without scripts it still shows everything.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow_provider_allhours.sandbox.fault_kinds import FAULT_KINDS
from airflow_provider_allhours.sandbox.faults import GENERAL, METHODS
from airflow_provider_allhours.sandbox.page_parts import (
    button,
    escaped,
    options_of,
    plain,
    quoted,
    table_of,
    with_code,
    without_code,
)
from airflow_provider_allhours.sandbox.paths import CONTROL_PREFIX, OPENAPI_PATH, TOKEN_PATH
from airflow_provider_allhours.sandbox.profiles import PROFILES
from airflow_provider_allhours.sandbox.routes import ROUTE_NAMES
from airflow_provider_allhours.sandbox.switches import choices_of, switch_docs
from airflow_provider_allhours.sandbox.values import Value

_STYLE = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
_SCRIPT = Path(__file__).with_name("page.js").read_text(encoding="utf-8")

PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""Nothing is loaded from elsewhere, and no other page can show this one in a frame to have its buttons pressed."""


@dataclass(frozen=True)
class Shown:
    """What the page shows.

    Attributes:
        company: its figures.
        switches: all switches.
        contract: active and known profiles.
        faults: rules in force.
        pending: absences that wait for a decision.
        stats: counters.
        document: OpenAPI document.
    """

    company: dict[str, Any]
    switches: dict[str, Any]
    contract: dict[str, Any]
    faults: list[dict[str, Any]]
    pending: list[dict[str, Any]]
    stats: dict[str, Any]
    document: dict[str, Any]


def front_page(shown: Shown) -> str:
    """The page as HTML, without resources of other hosts."""
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>All Hours sandbox</title><style>{_STYLE}</style></head><body>
<header><h1>All Hours sandbox <small>a company that does not exist</small></h1>
<p class="soft">OpenAPI at <a href="{OPENAPI_PATH}">{OPENAPI_PATH}</a>, tokens at <code>POST {TOKEN_PATH}</code>,
control requests at <code>{CONTROL_PREFIX}</code>.</p>
<nav aria-label="Parts of this page"><a href="#clock">Clock</a><a href="#faults">Faults</a>
<a href="#pending">Approvals</a><a href="#contract">Contract profiles</a><a href="#switches">Switches</a>
<a href="#counters">Counters</a><a href="#routes">Routes</a></nav></header>
<noscript><p>The buttons of this page need JavaScript; without it, send the control requests by hand.</p></noscript>
<p id="said" role="status" aria-live="polite"></p>
<main><div class="figures">{_figures(shown.company, shown.stats)}</div>
<div class="columns">{_clock(shown.company)}{_company(shown.company)}</div>
{_faults(shown.faults)}
{_pending(shown.pending)}
{_contract(shown.contract)}
{_switches(shown.switches)}
{_counters(shown.stats)}
{_routes(shown.document)}</main>
<script>{_SCRIPT}</script>
</body></html>"""


def _figures(company: dict[str, Any], stats: dict[str, Any]) -> str:
    figures = (
        (company["users"], "users"),
        (company["today"], "today in the company"),
        (stats["total"], "requests"),
        (stats["peak_in_flight"], "peak in flight"),
        (stats["tokens"], "tokens granted"),
        (f"{stats['writes_answered']} / {stats['writes_accepted']}", "writes answered / accepted"),
        (sum(stats["faults"].values()), "faults struck"),
    )
    return "".join(f"<div><b>{escaped(figure)}</b><span>{escaped(name)}</span></div>" for figure, name in figures)


def _clock(company: dict[str, Any]) -> str:
    steps = "".join(
        button("clock", text, body={"days": days}, done=f"The clock went {text.removeprefix('+')} on.", is_plain=True)
        for days, text in ((1, "+1 day"), (7, "+1 week"), (31, "+31 days"))
    )
    return f"""<section id="clock"><h2>Clock</h2>
<p class="soft">Days before the company's today have clockings, later ones have plans.</p>
<form class="fields" data-post="clock" data-done="The clock is set.">
<label>Today in the company<input type="date" name="today" value="{escaped(company["today"])}"
 min="{escaped(company["first_day"])}" required></label><button>Set the clock</button>{steps}</form></section>"""


def _company(company: dict[str, Any]) -> str:
    return f"""<section id="company"><h2>Company</h2>{table_of(company)}
<p>{button("tokens", "Revoke all tokens", body={}, done="Every token is revoked.", is_plain=True)}</p></section>"""


def _faults(faults: list[dict[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td><code>{escaped(fault['kind'])}</code></td><td>{escaped(fault['route'])}</td>"
        f"<td>{escaped(_restrictions(fault))}</td><td>{escaped(fault['struck'])}</td>"
        f'<td class="act">'
        + button(
            f"faults/{fault['number']}",
            "End",
            method="DELETE",
            done="The fault has ended.",
            label=f"End {fault['kind']}",
        )
        + "</td></tr>"
        for fault in faults
    )
    head = "<tr><th>kind</th><th>route</th><th>only</th><th>struck</th><th></th></tr>"
    table = f'<div class="scroll"><table>{head}{rows}</table></div>' if faults else '<p class="none">none</p>'
    end_all = button("faults", "End all faults", method="DELETE", done="No fault is in force.", is_plain=True)
    kinds = "".join(
        f"<option value={quoted(kind)}>{escaped(kind)}: {escaped(without_code(FAULT_KINDS[kind].doc))}</option>"
        for kind in FAULT_KINDS
    )
    groups = "".join(
        f"<fieldset data-kind={quoted(kind)}>{''.join(map(_parameter, *zip(*own.items(), strict=True)))}</fieldset>"
        for kind, own in ((kind, fault.parameters) for kind, fault in FAULT_KINDS.items())
        if own
    )
    routes = options_of([("", "any (*)"), *((name, name) for name in ROUTE_NAMES)], "")
    methods = options_of([("", "any"), *((name, name) for name in METHODS)], "")
    return f"""<section id="faults"><h2>Faults</h2>
<form id="new-fault" class="fields" data-post="faults" data-sparse="1" data-done="The fault is in force.">
<label>Kind<select id="kind" name="kind">{kinds}</select></label>
<label>Route<select name="route">{routes}</select></label>
<label>Method<select name="method">{methods}</select></label>
<label>Path or query has<input name="match" placeholder="any text"></label>
{_parameter("times", GENERAL["times"])}{_parameter("after", GENERAL["after"])}
{_parameter("probability", GENERAL["probability"])}{groups}<button>Set the fault</button></form>
<h3>In force</h3>{table}{f"<p>{end_all}</p>" if faults else ""}</section>"""


def _restrictions(fault: dict[str, Any]) -> str:
    left_out = ("kind", "route", "struck", "seen", "number", "seed")
    defaults = {name: value.default for name, value in {**GENERAL, **FAULT_KINDS[fault["kind"]].parameters}.items()}
    stated = (f"{name} {value}" for name, value in fault.items() if name not in left_out and value != defaults[name])
    return ", ".join(stated) or "every time"


def _parameter(name: str, value: Value) -> str:
    """An input for a parameter of a fault; an empty one leaves the default."""
    default = "any" if value.default is None else f"{value.default}"
    if isinstance(value.default, bool):
        choices = options_of([("", default.lower()), ("true", "true"), ("false", "false")], "")
        return f'<label>{escaped(name)}<select name={quoted(name)} data-type="json">{choices}</select></label>'
    is_number = isinstance(value.default, int | float) or "number" in value.expected
    kind = 'type="number" step="any" min="0" data-type="number"' if is_number else "data-type=text"
    if value.expected.startswith("a date"):
        kind = 'type="date" data-type="text"'
    title = f"title={quoted(value.expected)}"
    return f"<label>{escaped(name)}<input name={quoted(name)} {kind} placeholder={quoted(default)} {title}></label>"


def _pending(pending: list[dict[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td>{escaped(leave['FirstName'])} {escaped(leave['LastName'])}</td>"
        f"<td>{escaped(leave['Timestamp'][:10])}</td>"
        f'<td>{escaped(leave["AbsenceDefinitionName"])}</td><td class="act">'
        + " ".join(
            button(
                "absences",
                text,
                body={"action": action, "id": leave["Id"]},
                done=f"The absence of {leave['Timestamp'][:10]} is {done}.",
                label=f"{text} the absence of {leave['FirstName']} {leave['LastName']} on {leave['Timestamp'][:10]}",
                is_plain=action == "reject",
            )
            for action, text, done in (("approve", "Approve", "approved"), ("reject", "Reject", "rejected"))
        )
        + "</td></tr>"
        for leave in pending
    )
    head = "<tr><th>employee</th><th>day</th><th>absence</th><th></th></tr>"
    table = f'<div class="scroll long"><table>{head}{rows}</table></div>' if pending else '<p class="none">none</p>'
    return f"""<section id="pending"><h2>Absences that wait for approval</h2>
<p class="soft">The first {len(pending)} from the month before today on.</p>{table}</section>"""


def _contract(contract: dict[str, Any]) -> str:
    checked, active = " checked", contract["active"]
    ticks = "".join(
        f'<label class="tick"><input type="checkbox" value={quoted(name)}{checked if name in active else ""}>'
        f"<span><code>{escaped(name)}</code> {with_code(profile.doc.replace('``', '`'))}</span></label>"
        for name, profile in PROFILES.items()
    )
    state = ", ".join(active) or "none: the API as the vendor's documents have it"
    return f"""<section id="contract"><h2>Contract profiles</h2>
<p>In force: <b>{escaped(state)}</b>. <span class="soft">Other readings of the API; at the start,
<code>--contract</code> does the same.</span></p>
<form data-post="contract" data-join="contract" data-done="The contract is in force.">
<div class="ticks">{ticks}</div><button>Put in force</button></form></section>"""


def _switches(switches: dict[str, Any]) -> str:
    docs = switch_docs()
    changed = [name for name, value in switches.items() if value != docs[name][0]]
    rows = "".join(
        f'<tr id="switch-{name}"{" class=changed" if name in changed else ""}><td><code>{name}</code><br>'
        f'<span class="soft">{with_code(docs[name][1])}</span></td><td>{_switch_form(name, value)}</td></tr>'
        for name, value in switches.items()
    )
    state = f"{len(changed)} changed: {', '.join(changed)}" if changed else "all as the vendor's API is believed to be"
    return f"""<section id="switches"><h2>Switches</h2><details id="all-switches"{" open" if changed else ""}>
<summary>{escaped(state)}</summary><table>{rows}</table></details></section>"""


def _switch_form(name: str, value: Any) -> str:
    form = f'<form class="fields" data-post="switches" data-done={quoted(f"{name} is set.")}>'
    choices = choices_of(name)
    label = f"name={quoted(name)} aria-label={quoted(name)}"
    if choices:
        options = options_of([(json.dumps(choice), plain(choice)) for choice in choices], json.dumps(value))
        return f'{form}<select {label} data-type="json">{options}</select><button class="plain">Set</button></form>'
    default = switch_docs()[name][0]
    is_text = isinstance(default, str)
    kind = "text" if is_text else "number" if isinstance(default, int) else "json"
    sent = value if is_text else json.dumps(value, ensure_ascii=False)
    return f"""{form}<input {label} data-type="{kind}"{' type="number" min="0"' if kind == "number" else ""}
 value={quoted(str(sent))}><button class="plain">Set</button></form>"""


def _counters(stats: dict[str, Any]) -> str:
    reset = button("stats", "Count from zero", method="DELETE", done="The counters start from zero.", is_plain=True)
    return f"""<section id="counters"><h2>Counters since the start or the last reset</h2><div class="columns">
<div><h3>Requests</h3>{table_of(stats["requests"], "none yet")}</div>
<div><h3>Statuses</h3>{table_of(stats["statuses"], "none yet")}</div>
<div><h3>Faults that struck</h3>{table_of(stats["faults"], "none yet")}</div></div><p>{reset}</p></section>"""


def _routes(document: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{escaped(' '.join(verb.upper() for verb in verbs))}</td><td><code>{escaped(path)}</code></td></tr>"
        for path, verbs in document["paths"].items()
    )
    return f"""<section id="routes"><h2>Routes</h2><details id="all-routes">
<summary>{len(document["paths"])} paths</summary><table>{rows}</table></details></section>"""
