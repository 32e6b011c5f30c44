# SPDX-License-Identifier: Apache-2.0
"""The state of each period below a folder, for people: open, closed, paid; and what contradicts it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from airflow_provider_allhours.client.errors import AllHoursConflictError
from airflow_provider_allhours.files.staging import AnyPath
from airflow_provider_allhours.flows.period_listing import (
    ListedPeriod,
    ListedRelease,
    ListedVersion,
    PeriodListing,
    group_of,
    read_periods,
)
from airflow_provider_allhours.flows.release_claim import claimed_manifest
from airflow_provider_allhours.payroll.releases import Release
from airflow_provider_allhours.periods import Period

PeriodState = Literal[
    "damaged",
    "open",
    "provisional",
    "closed",
    "claimed",
    "partly paid",
    "paid",
    "confirmed",
    "paid elsewhere",
    "void",
    "purged",
]


@dataclass(frozen=True)
class PeriodOverview:
    """A period and its state.

    Attributes:
        listed: versions, releases and waiting corrections.
        state: ``damaged`` where the frozen files contradict the registry, and then nothing else is claimed; ``claimed``
            where a payroll file was claimed and is not in its place; ``partly paid`` where a group or excluded people
            are not in any file.
        problems: what is damaged, one sentence each.
        warnings: number of warnings of the payroll files that count.
    """

    listed: ListedPeriod
    state: PeriodState
    problems: list[str]
    warnings: int


@dataclass(frozen=True)
class PathOverview:
    """The periods of one folder.

    Attributes:
        periods: newest first.
        older: number of periods that were not read.
        cut_records: numbers of records of the registry that a killed run left, and that say nothing.
    """

    periods: list[PeriodOverview]
    older: int
    cut_records: list[int]


@dataclass
class _Evidence:
    """What the manifests of a period's payroll files say."""

    problems: list[str] = field(default_factory=list)
    warnings: int = 0
    parts: set[int] = field(default_factory=set)
    """Numbers of releases that pay a group or leave people out."""


def overview_of(path: AnyPath, *, newest: int) -> PathOverview:
    """The newest periods below a folder with their states.

    Every record of the registry is checked by the checksum in the next one, the manifest of a version that was released
    by the checksum in the record, and so is the manifest of each payroll file. The other files are not read; a replay
    of the release checks those.

    Args:
        path: folder of all periods.
        newest: how many.

    Raises:
        AllHoursConflictError: the registry has a record that is missing or was changed.
        OSError: something cannot be read.
    """
    listing = read_periods(path, newest=newest)
    return PathOverview(
        periods=[_overview(listing, period) for period in reversed(listing.periods)],
        older=listing.older,
        cut_records=[record.number for record in listing.snapshot.records if record.document is None],
    )


def _overview(listing: PeriodListing, listed: ListedPeriod) -> PeriodOverview:
    evidence = _evidence(listing, listed)
    problems = [*_problems(listed), *evidence.problems]
    state: PeriodState = "damaged" if problems else _state(listed, evidence.parts)
    return PeriodOverview(listed, state, problems, evidence.warnings)


def _problems(listed: ListedPeriod) -> Iterator[str]:
    versions = {version["version"]: version for version in listed["versions"]}
    released = {release["version"] for release in _counting(listed)}
    last = max((number for number, version in versions.items() if version["is_readable"]), default=0)
    for number, version in versions.items():
        # A manifest that a crash cut counts as none, once there is a newer one.
        if not version["is_readable"] and (number in released or number > last):
            yield f"the manifest of version {number} cannot be read; restore it from a copy, or close the period again"
    for release in _counting(listed):
        number = release["version"]
        if number not in versions:
            if not listed["purged"]:
                yield (
                    f"version {number} is gone, and release {release['release']} paid it; restore it from a copy: "
                    "without it nothing tells what was paid"
                )
        elif versions[number]["is_readable"] and versions[number]["manifest_sha256"] != release["manifest_sha256"]:
            yield (
                f"the manifest of version {number} was changed after release {release['release']} paid it; restore it "
                "from a copy"
            )


def _evidence(listing: PeriodListing, listed: ListedPeriod) -> _Evidence:
    found = _Evidence()
    releases = listing.snapshot.releases
    purged = {Period.from_json(entry["period"]) for entry in releases.purged}
    for counting in _counting(listed):
        release = releases.all[counting["release"]]
        if release.file is None or Period.from_json(release.parts[0]["period"]) in purged:
            continue
        try:
            manifest = claimed_manifest(listing.registry, release.file)
            found.warnings += len(manifest["warnings"])
            if _is_part(manifest["options"]):
                found.parts.add(release.number)
        except AllHoursConflictError as error:
            found.problems.append(str(error))
        except (ValueError, KeyError, TypeError):
            found.problems.append(_unreadable(release))
    return found


def _is_part(options: dict[str, Any]) -> bool:
    return options["employees"] is not None or bool(options["exclude"])


def _unreadable(release: Release) -> str:
    return f"the manifest of release {release.number} is not one that this version of the provider can read; update it"


def _state(listed: ListedPeriod, parts: set[int]) -> PeriodState:
    counting = _counting(listed)
    if any(release["state"] == "claimed" for release in counting):
        return "claimed"
    if counting:
        if not _is_paid_in_full(listed, counting, parts):
            return "partly paid"
        states = {release["state"] for release in counting}
        if states == {"adopted"}:
            return "paid elsewhere"
        return "paid" if "released" in states else "confirmed"
    if listed["purged"]:
        return "purged"
    if listed["releases"]:
        return "void"
    readable = [version for version in listed["versions"] if version["is_readable"]]
    if not readable:
        return "open"
    return "provisional" if readable[-1]["provisional"] else "closed"


def _is_paid_in_full(listed: ListedPeriod, counting: list[ListedRelease], parts: set[int]) -> bool:
    versions = {version["version"]: version for version in listed["versions"] if version["is_readable"]}
    groups: dict[str, list[ListedVersion]] = {}
    for version in versions.values():
        groups.setdefault(group_of(version), []).append(version)
    return all(_is_group_paid(group, counting, parts) for group in groups.values())


def _is_group_paid(group: list[ListedVersion], counting: list[ListedRelease], parts: set[int]) -> bool:
    employees = {version["version"]: version["employees"] for version in group}
    whole = [release for release in counting if release["version"] in employees and release["baseline"] is None]
    if any(release["release"] not in parts for release in whole):
        return True
    paid = sum(release["employees"] for release in whole)
    return bool(whole) and paid >= max(employees[release["version"]] for release in whole)


def _counting(listed: ListedPeriod) -> list[ListedRelease]:
    return [release for release in listed["releases"] if release["state"] != "void"]
