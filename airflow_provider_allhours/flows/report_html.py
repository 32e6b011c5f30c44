# SPDX-License-Identifier: Apache-2.0
"""Write a month-end report as one HTML file that needs nothing else: prints on A4, light and dark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import IO, Any, NamedTuple

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from airflow_provider_allhours.flows.report_content import ReportContent
from airflow_provider_allhours.flows.report_texts import (
    evidence_lines,
    hours_and_minutes,
    missing_and_above,
    paid_means,
    source_line,
    state_line,
)
from airflow_provider_allhours.periods import Period

TEMPLATE = "report.html.j2"
WIDTH, HEIGHT, FLOOR = 320, 90, 76
"""Of a chart, and where its bars stand."""


def write_html(content: ReportContent, stream: IO[bytes]) -> None:
    """Write the report; memory holds no more than a piece of the page."""
    # Every text is escaped: a name may be anything that somebody typed.
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=False)
    template = environment.from_string(files(__package__).joinpath(TEMPLATE).read_text("utf-8"))
    pieces = template.stream(**_values(content))
    pieces.enable_buffering(200)
    for piece in pieces:
        stream.write(piece.encode())


def _values(content: ReportContent) -> dict[str, Any]:
    bridge, previous = content.people.bridge, content.previous
    return {
        "period": str(content.version.period).replace("/", " to "),
        "state": state_line(content),
        "source": source_line(content),
        "cards": [
            ("people", len(content.people)),
            ("plan", hours_and_minutes(bridge.plan)),
            ("paid", hours_and_minutes(bridge.paid)),
            ("ignored", hours_and_minutes(bridge.ignored)),
            *((label, hours_and_minutes(minutes)) for label, minutes in missing_and_above(content)),
            *((kind, count) for kind, count in content.exceptions.counts.items()),
        ],
        "days_chart": _chart(
            [_Bar(str(day.day), day.isoformat(), value / 60) for day, value in content.minutes_of_days.items()], "bar"
        ),
        "weeks_chart": _chart(
            [_Bar(week[5:], week, float(count)) for week, count in content.exceptions_of_weeks.items()], "bad"
        ),
        "totals": content.totals,
        "has_previous": previous is not None,
        "previous_period": "" if previous is None else Period.from_json(previous["periods"][0]["period"]).name,
        "period_name": content.version.period.name,
        "corrections": content.corrections,
        "exceptions": content.exceptions,
        "people": content.people,
        "bridge": bridge,
        "hm": hours_and_minutes,
        "paid_is": paid_means(content),
        "evidence": evidence_lines(content),
    }


class _Bar(NamedTuple):
    """A bar: what stands below it, its title, and its height."""

    label: str
    title: str
    value: float


def _chart(values: Sequence[_Bar], kind: str) -> Markup:
    """Bars with the largest value above them; every bar has its value as a title."""
    return Markup("".join(_svg(values, kind)))  # noqa: S704 -- digits and our own words only


def _svg(values: Sequence[_Bar], kind: str) -> Iterator[str]:
    largest = max((bar.value for bar in values), default=0.0)
    step = WIDTH / max(len(values), 1)
    yield f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
    yield f'<text x="0" y="8">{largest:,.0f}</text><line class="axis" x1="0" y1="{FLOOR}" x2="{WIDTH}" y2="{FLOOR}"/>'
    for index, (label, title, value) in enumerate(values):
        height = 0.0 if not largest else (FLOOR - 12) * value / largest
        left = index * step
        yield (
            f'<rect class="{kind}" x="{left + step * 0.12:.1f}" y="{FLOOR - height:.1f}" width="{step * 0.76:.1f}" '
            f'height="{height:.1f}"><title>{title}: {value:,.1f}</title></rect>'
        )
        if _is_labelled(index, len(values)):
            yield f'<text x="{left + step / 2:.1f}" y="{HEIGHT - 4}" text-anchor="middle">{label}</text>'
    yield "</svg>"


def _is_labelled(index: int, count: int) -> bool:
    return count <= 12 or index % 5 == 0
