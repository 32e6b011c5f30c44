# SPDX-License-Identifier: Apache-2.0
"""Make the page *All Hours* of what was read: counts and ids, no names, every text escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2 import Environment, StrictUndefined, Template

from airflow_provider_allhours.flows.period_listing import ListedRelease, ListedVersion
from airflow_provider_allhours.flows.period_overview import PathOverview, PeriodOverview
from airflow_provider_allhours.flows.report_exceptions import (
    INVALID,
    JOINED,
    LEFT,
    MISSING_EVENTS,
    NOT_PAID,
    PENDING,
    PROBLEM,
    WARNING,
)
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.plugins.reading import PathReading, without_password
from airflow_provider_allhours.plugins.runs import RunLink, SeenClose, SeenReport, SeenRuns

TEMPLATE = "page.html.j2"

_EXCEPTIONS = frozenset({MISSING_EVENTS, INVALID, PENDING, NOT_PAID, JOINED, LEFT, PROBLEM, WARNING})
"""Kinds that a report counts; another text in an XCom is none of ours and is not shown."""

_REFUSALS = {
    401: "You are not signed in to Airflow. Sign in, and open this page again.",
    403: "Your Airflow user may not read the XComs of DAGs, which is what this page takes.",
}


def render_page(readings: Sequence[PathReading], seen: SeenRuns, *, nonce: str) -> str:
    """The page.

    Args:
        readings: the configured folders as they were read; none where none is configured.
        seen: what runs said.
        nonce: of the page's style and script.
    """
    return _template().render(
        nonce=nonce,
        refusal=None,
        read_at=_when(datetime.now(UTC).isoformat()),
        looks=[
            {
                "summary": look.summary or "no sentence",
                "task": look.task_id,
                "at": _when(look.at),
                "run": _run(look.run),
            }
            for look in seen.looks
        ],
        folders=[_folder(reading, seen) for reading in readings],
        seen_folders=[] if readings else _seen_folders(seen.closes),
    )


def render_refusal(status_code: int, *, nonce: str) -> str:
    """What somebody sees who may not see the page."""
    text = _REFUSALS.get(status_code, "This page cannot be shown.")
    return _template().render(nonce=nonce, refusal=text)


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(files(__package__).joinpath(TEMPLATE).read_text("utf-8"))


def _folder(reading: PathReading, seen: SeenRuns) -> dict[str, Any]:
    overview = reading.overview or PathOverview([], 0, [])
    return {
        "path": reading.path,
        "error": reading.error,
        "older": overview.older,
        "cut_records": overview.cut_records,
        "periods": [_period(reading.path, period, seen) for period in overview.periods],
    }


def _period(folder: str, overview: PeriodOverview, seen: SeenRuns) -> dict[str, Any]:
    listed = overview.listed
    period = listed["period"]
    readable = [version for version in listed["versions"] if version["is_readable"]]
    waiting = [version for version in readable if version["version"] in listed["waiting"]]
    reports = [seen.report_of(folder, period, version["version"]) for version in reversed(readable)]
    report = next((report for report in reports if report), None)
    return {
        **_days(Period.from_json(period)),
        "state": overview.state,
        "purged": listed["purged"],
        "problems": [without_password(problem) for problem in overview.problems],
        "waiting": [_corrections(version) for version in waiting],
        "exceptions": [(kind, count) for kind, count in _exceptions(overview, readable, report) if count],
        "versions": [
            {**_version(version), "run": _run(seen.run_of_version(folder, period, version["version"]))}
            for version in listed["versions"]
        ],
        "releases": [_release(release, seen) for release in listed["releases"]],
        "report": None if report is None else {**_file(report.path), "run": _run(report.run)},
    }


def _version(version: ListedVersion) -> dict[str, Any]:
    return {
        "number": version["version"],
        "is_readable": version["is_readable"],
        "closed": _when(version["created_at"]),
        "employees": version["employees"],
        "group": _group(version["selection"]),
        "provisional": version["provisional"],
    }


def _release(release: ListedRelease, seen: SeenRuns) -> dict[str, Any]:
    return {
        "number": release["release"],
        "state": release["state"],
        "version": release["version"],
        "pays": "whole period" if release["baseline"] is None else f"corrections since version {release['baseline']}",
        "employees": release["employees"],
        "file": None if release["file"] is None else _file(release["file"]),
        "released": _when(release["released_at"]),
        "approved_by": release["approved_by"],
        "approved": _when(release["approved_at"] or ""),
        "run": _run(seen.run_of_file(release["file"], release["sha256"])),
    }


def _corrections(version: ListedVersion) -> dict[str, Any]:
    return {"version": version["version"], "reasons": sorted(version["corrections"].items())}


def _exceptions(
    overview: PeriodOverview, readable: Sequence[ListedVersion], report: SeenReport | None
) -> Iterable[tuple[str, int]]:
    counts = {kind: count for kind, count in (report.exceptions if report else {}).items() if kind in _EXCEPTIONS}
    if PENDING not in counts and readable:
        # Not of the report: it counts people's days, this counts records.
        yield "undecided absences at the close", readable[-1]["open_approvals"]
    yield from counts.items()
    if WARNING not in counts:
        yield "warnings of payroll files", overview.warnings


def _seen_folders(closes: Sequence[SeenClose]) -> list[dict[str, Any]]:
    """The newest version that runs closed, by folder and period."""
    folders: dict[str, dict[Period, SeenClose]] = {}
    for close in closes:
        folders.setdefault(without_password(close.folder), {}).setdefault(close.period, close)
    return [
        {
            "path": path,
            "closes": [
                {
                    **_days(period),
                    "version": close.version,
                    "employees": close.employees,
                    "provisional": close.provisional,
                    "run": _run(close.run),
                }
                for period, close in sorted(periods.items(), reverse=True)
            ],
        }
        for path, periods in folders.items()
    ]


def _days(period: Period) -> dict[str, str]:
    return {"name": period.name, "first": period.date_from.isoformat(), "last": period.date_to.isoformat()}


def _group(selection: list[str] | dict[str, list[str]] | None) -> str:
    """Whose version it is, without a value of a field: a company may keep names there."""
    if selection is None:
        return "everybody"
    if isinstance(selection, list):
        return f"{len(selection)} listed employees"
    return ", ".join(
        f"{name} ({len(values)} {'value' if len(values) == 1 else 'values'})" for name, values in selection.items()
    )


def _file(path: str) -> dict[str, str | None]:
    """A file's path, and its address where a browser can open it."""
    shown = without_password(path)
    return {"path": shown, "href": shown if _is_web_address(shown) else None}


def _is_web_address(path: str) -> bool:
    try:
        url = urlsplit(path)
    except ValueError:
        return False
    return url.scheme in ("http", "https") and "@" not in url.netloc


def _run(run: RunLink | None) -> dict[str, str] | None:
    if run is None:
        return None
    # Relative to the page, wherever Airflow is served.
    href = f"../dags/{quote(run.dag_id, safe='')}/runs/{quote(run.run_id, safe='')}"
    return {"dag": run.dag_id, "id": run.run_id, "href": href}


def _when(moment: str) -> str:
    """A moment in UTC to the minute; the text itself where it is none."""
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    if parsed.tzinfo is None:
        return moment
    return f"{parsed.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
