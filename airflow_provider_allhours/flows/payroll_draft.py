# SPDX-License-Identifier: Apache-2.0
"""A payroll file as it would be, and everything that speaks against paying it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from airflow_provider_allhours.client.errors import AllHoursConflictError
from airflow_provider_allhours.files.publication import sha256_of
from airflow_provider_allhours.flows.payroll_contributions import Contribution
from airflow_provider_allhours.flows.payroll_file_lines import FileLines, make_lines, refuse_problems
from airflow_provider_allhours.flows.payroll_options import PayrollOptions
from airflow_provider_allhours.flows.registry import Registry, people_sha256
from airflow_provider_allhours.flows.versions import FrozenVersion
from airflow_provider_allhours.payroll.paid_days import Overlap, PaidBefore, PaidDays
from airflow_provider_allhours.payroll.paid_people import PaidPerson
from airflow_provider_allhours.payroll.people import listed
from airflow_provider_allhours.payroll.period_lines import PeriodLines
from airflow_provider_allhours.payroll.releases import Release, ReleasedPart, Releases
from airflow_provider_allhours.periods import Period

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Draft:
    """A payroll file that nobody has seen.

    Attributes:
        parts: the versions that contribute, the file's own first.
        made: their lines.
        options: how the file is made.
    """

    parts: Sequence[Contribution]
    made: FileLines
    options: PayrollOptions

    @cached_property
    def content(self) -> bytes:
        """The file."""
        profile = self.options.profile
        return profile.render(self.made.printed).encode(profile.encoding)

    @cached_property
    def sha256(self) -> str:
        """Checksum of the file, hex."""
        return sha256_of(self.content)

    def pays_as(self, release: Release) -> bool:
        """Whether it has exactly the lines of a release, by a mapping with the same content."""
        return (
            release.file is not None
            and release.file["mapping_sha256"] == self.options.mapping.sha256
            and [part["people"]["sha256"] for part in release.parts]
            == [people_sha256(period.people) for period in self.made.periods]
        )


def new_draft(
    parts: Sequence[Contribution],
    options: PayrollOptions,
    registry: Registry,
    releases: Releases,
    warnings: Sequence[str] = (),
) -> Draft:
    """A file that pays what no other file paid.

    Corrections that correct nothing of a version that was released already are left out.

    Args:
        parts: the versions that contribute, the file's own first.
        options: how the file is made.
        registry: the registry.
        releases: what it says.
        warnings: more that is allowed and rarely meant.

    Raises:
        AllHoursConflictError: a person-day was paid by another file, or a newer version was.
        AllHoursPreflightError: lists every problem that would make the file wrong.
    """
    made = make_lines(parts, options, registry)
    for part, period in zip(parts, made.periods, strict=True):
        is_delta = bool(part.earlier)
        refuse_paid(part.version, period.people, registry, releases, is_delta=is_delta, settled=period.settled)
    refuse_problems(made)
    warnings = [*made.warnings, *warnings]
    for warning in warnings:
        log.warning("%s", warning)
    kept = [
        (part, period)
        for index, (part, period) in enumerate(zip(parts, made.periods, strict=True))
        if index == 0 or period.lines or _answers(period) or part.baseline != part.version.number
    ]
    periods = [period for _, period in kept]
    return Draft([part for part, _ in kept], FileLines(periods, warnings, []), options)


def draft_of_release(
    parts: Sequence[Contribution], options: PayrollOptions, registry: Registry, warnings: Sequence[str] = ()
) -> Draft:
    """The file of a release, made again.

    Args:
        parts: the versions that contributed.
        options: how the file is made.
        registry: the registry.
        warnings: more that was allowed and rarely meant.

    Raises:
        AllHoursPreflightError: lists every problem that would make the file wrong.
    """
    made = make_lines(parts, options, registry)
    refuse_problems(made)
    return Draft(parts, replace(made, warnings=[*made.warnings, *warnings]), options)


def refuse_paid(
    version: FrozenVersion,
    people: Iterable[PaidPerson],
    registry: Registry,
    releases: Releases,
    *,
    is_delta: bool = False,
    settled: frozenset[str] = frozenset(),
) -> None:
    """Refuse to pay people for days that were paid already, or from a version that is older than the paid one.

    Args:
        version: the version that pays.
        people: whom it pays, with their days.
        registry: the registry.
        releases: what it says.
        is_delta: whether differences to earlier releases of the period are paid.
        settled: users whose printed lines a delta takes into account.

    Raises:
        AllHoursConflictError: names a day, an employee id and the file that paid it.
    """
    parts = [
        (release, other, Period.from_json(other["period"])) for release in releases.valid for other in release.parts
    ]
    parts = [part for part in parts if version.period.within(part[2].date_from, part[2].date_to) is not None]
    if not parts:
        return
    paid = PaidDays(people, version.period, is_delta=is_delta, settled=settled)
    for release, other, period in parts:
        if period == version.period and _is_newer(other, version) and paid.has_user_of(registry.people(other)):
            raise AllHoursConflictError(
                f"version {other['version']} of {version.period} was released, and {version.number} is older"
            )
        paid.look_at(PaidBefore(release.number, release.name, period), registry.people(other))
    if paid.overlaps:
        raise _overlap_error(version, paid.overlaps, is_delta=is_delta)


def _is_newer(other: ReleasedPart, version: FrozenVersion) -> bool:
    if other["version"] == version.number:
        return False
    return other["version"] > version.number or other["read_from"] > version.manifest["window"]["from"]


def _overlap_error(version: FrozenVersion, overlaps: Sequence[Overlap], *, is_delta: bool) -> AllHoursConflictError:
    first = overlaps[0]
    same_period = first.before.period == version.period
    of = "" if same_period else f" with {first.before.period}"
    advice = "; delta=True pays what changed since" if same_period and not is_delta else ""
    return AllHoursConflictError(
        f"{len(overlaps)} people were paid for days of {version.period} already (employee id "
        f"{listed([overlap.employee_id for overlap in overlaps])}): {first.employee_id} for {first.day}{of} by "
        f"{first.before.file}, release {first.before.number}; nothing is released twice{advice}"
    )


def _answers(made: PeriodLines) -> bool:
    return bool(made.answers.kept or made.answers.renumbered)
