# SPDX-License-Identifier: Apache-2.0
"""The page at the root, for people: company, routes, faults, switches and counters."""

from __future__ import annotations

from html import escape
from typing import Any

from airflow_provider_allhours.sandbox.paths import CONTROL_PREFIX, OPENAPI_PATH, TOKEN_PATH

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #2f7d5b; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 0 auto; padding: 2rem 1.5rem 4rem; }
h1 { font-size: 1.6rem; margin: 0; } h1 small { font-weight: 400; opacity: .65; font-size: 1rem; }
h2 { font-size: 1.05rem; margin: 2rem 0 .6rem; color: var(--accent); }
p { margin: .4rem 0; opacity: .8; }
.figures { display: flex; flex-wrap: wrap; gap: .8rem; margin-top: 1.2rem; }
.figures div { border: 1px solid var(--line); border-radius: 8px; padding: .6rem 1rem; min-width: 7rem; }
.figures b { display: block; font-size: 1.25rem; } .figures span { opacity: .65; font-size: .85rem; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 0 2.5rem; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .3rem .8rem .3rem 0;
border-bottom: 1px solid var(--line); vertical-align: top; } td:last-child { overflow-wrap: anywhere; }
code { background: var(--soft); padding: .1em .35em; border-radius: 4px; font-size: .9em; }
.none { opacity: .6; }
"""


def front_page(
    company: dict[str, Any],
    switches: dict[str, Any],
    faults: list[dict[str, Any]],
    stats: dict[str, Any],
    document: dict[str, Any],
) -> str:
    """The page as HTML, without scripts or resources of other hosts."""
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>All Hours sandbox</title><style>{_STYLE}</style></head><body>
<h1>All Hours sandbox <small>a company that does not exist</small></h1>
<p>OpenAPI at <a href="{OPENAPI_PATH}">{OPENAPI_PATH}</a>, tokens at <code>POST {TOKEN_PATH}</code>,
control requests at <code>{CONTROL_PREFIX}</code>.</p>
<div class="figures">{_figures(company, stats)}</div>
<div class="columns"><section><h2>Company</h2>{_table(company)}</section>
<section><h2>Switches</h2>{_table(switches)}</section></div>
<h2>Faults in force</h2>{_faults(faults)}
<h2>Requests since the start or the last reset</h2>{_table(stats["requests"], "none yet")}
<h2>Routes</h2>{_routes(document)}
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
    return "".join(f"<div><b>{escape(str(figure))}</b><span>{escape(name)}</span></div>" for figure, name in figures)


def _table(rows: dict[str, Any], nothing: str = "nothing") -> str:
    if not rows:
        return f'<p class="none">{escape(nothing)}</p>'
    cells = (
        f"<tr><td>{escape(name.replace('_', ' '))}</td><td><code>{escape(_plain(value))}</code></td></tr>"
        for name, value in rows.items()
    )
    return f"<table>{''.join(cells)}</table>"


def _faults(faults: list[dict[str, Any]]) -> str:
    if not faults:
        return '<p class="none">none</p>'
    rows = (
        f"<tr><td><code>{escape(fault['kind'])}</code></td><td>{escape(fault['route'])}</td>"
        f"<td>{escape(_plain(fault['times'] or 'always'))}</td><td>{fault['probability']:g}</td>"
        f"<td>{fault['struck']}</td></tr>"
        for fault in faults
    )
    head = "<tr><th>kind</th><th>route</th><th>times</th><th>probability</th><th>struck</th></tr>"
    return f"<table>{head}{''.join(rows)}</table>"


def _routes(document: dict[str, Any]) -> str:
    rows = (
        f"<tr><td>{escape(' '.join(verb.upper() for verb in verbs))}</td><td><code>{escape(path)}</code></td></tr>"
        for path, verbs in document["paths"].items()
    )
    return f"<table>{''.join(rows)}</table>"


def _plain(value: Any) -> str:
    if value is None or value in ({}, []):
        return "-"
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
