# SPDX-License-Identifier: Apache-2.0
"""Sentences of a month-end report that every form of it has."""

from __future__ import annotations

from collections.abc import Iterator

from airflow_provider_allhours.flows.report_content import ReportContent


def hours_and_minutes(minutes: int) -> str:
    """``168:30``, with a minus where it is negative."""
    return f"{'-' if minutes < 0 else ''}{abs(minutes) // 60}:{abs(minutes) % 60:02}"


def state_line(content: ReportContent) -> str:
    """What the report is about: version, and the payroll file in its state."""
    manifest, payroll = content.version.manifest, content.payroll
    provisional = ", provisional: the period was not over" if manifest["provisional"] else ""
    version = f"Version {content.version.number} of the period{provisional}"
    if payroll is None:
        return f"{version}. No payroll file."
    approved = f", approved by {payroll['approved_by']}" if payroll["approved_by"] else ""
    baseline = payroll["periods"][0]["baseline"]
    differences = "" if baseline is None else f" Its lines are differences since version {baseline}."
    return f"{version}. Payroll file: {content.state}{approved}.{differences}"


def source_line(content: ReportContent) -> str:
    """Where the data came from, and when it was read."""
    manifest = content.version.manifest
    began, ended = (manifest["window"][end][:16].replace("T", " ") for end in ("from", "to"))
    return f"Read from {manifest['source']['host']} from {began} to {ended} UTC."


def missing_and_above(content: ReportContent) -> Iterator[tuple[str, int]]:
    """What is missing, and what is above the plan: label and minutes; neither makes the other smaller."""
    for label, (minutes, people) in (("missing", content.people.missing), ("above plan", content.people.above_plan)):
        yield f"{label}, {people} {'person' if people == 1 else 'people'}", minutes


def paid_means(content: ReportContent) -> str:
    """What the column of paid minutes counts."""
    if content.has_mapping:
        return "Paid is what the mapping pays of presence and leave; premiums and counters are left out."
    return "Paid is presence and absence that All Hours calls paid; there is no mapping, so nothing is ignored."


def evidence_lines(content: ReportContent) -> list[str]:
    """Checksums by which the report can be held against the file and the version."""
    lines = [f"version manifest SHA-256 {content.version.manifest_sha256}"]
    if content.payroll is not None:
        lines += [f"payroll file {content.payroll['path']}", f"payroll file SHA-256 {content.payroll['sha256']}"]
    return lines
