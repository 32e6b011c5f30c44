# SPDX-License-Identifier: Apache-2.0
"""Which versions contribute lines to a payroll file, and against which releases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

from airflow_provider_allhours.client.errors import AllHoursConflictError, AllHoursParameterError
from airflow_provider_allhours.flows.payroll_lines import lines_of_version
from airflow_provider_allhours.flows.printed_on_disk import PrintedOnDisk
from airflow_provider_allhours.flows.registry import Registry
from airflow_provider_allhours.flows.version_people import entries_of_version
from airflow_provider_allhours.flows.versions import FrozenVersion
from airflow_provider_allhours.payroll.people import Group
from airflow_provider_allhours.payroll.period_lines import LineOptions, PeriodLines
from airflow_provider_allhours.payroll.printed import PrintedLines, printed_so_far
from airflow_provider_allhours.payroll.releases import Release, ReleasedPart, Releases
from airflow_provider_allhours.periods import Period, PeriodJson


class PaidPeriod(TypedDict):
    """A version that a payroll file pays: whole when ``baseline`` is None, else the delta against that version."""

    period: PeriodJson
    version: int
    baseline: int | None


class PaidPeriodEvidence(PaidPeriod):
    """What is needed to make the file again from the version, without personal data.

    ``files`` are checksums by part of the version, ``window`` is the time during which the account was read; ``lines``
    and ``employees`` are printed lines of the period and their people.
    """

    manifest_sha256: str
    contract_sha256: str
    files: dict[str, str]
    open_approvals: int
    window: dict[str, str]
    lines: int
    employees: int


@dataclass(frozen=True)
class Contribution:
    """A version that contributes lines to a payroll file.

    Attributes:
        version: the version.
        earlier: the releases of its period that count, in order, where differences to them are paid; empty where the
            whole period is paid.
    """

    version: FrozenVersion
    earlier: Sequence[Release] = ()

    @property
    def period(self) -> Period:
        """The days."""
        return self.version.period

    @property
    def baseline(self) -> int | None:
        """The version that was released last; None where the whole period is paid."""
        return _part(self.earlier[-1], self.period)["version"] if self.earlier else None

    def lines(self, options: LineOptions, registry: Registry) -> PeriodLines:
        """The lines that it contributes.

        Raises:
            AllHoursConflictError: a frozen file, or one of the registry, was changed.
        """
        if not self.earlier:
            return lines_of_version(self.version, options)
        with PrintedOnDisk(self.period) as printed:
            return self._corrections(options, registry, printed)

    def _corrections(self, options: LineOptions, registry: Registry, printed: PrintedLines) -> PeriodLines:
        """The lines that make right what the earlier releases printed."""
        versions = self.version.versions
        numbers = dict.fromkeys(_part(release, self.period)["version"] for release in self.earlier)
        before = {
            number: self.version if number == self.version.number else versions.open(number) for number in numbers
        }
        # What was paid elsewhere counts as printed, as this mapping would have printed it.
        adopted = [_part(release, self.period)["version"] for release in self.earlier if release.is_adopted]
        problems: dict[str, None] = {}
        for number in adopted:
            paid_elsewhere = lines_of_version(before[number], self._of_the_same_people(options, before[number]))
            problems |= dict.fromkeys(paid_elsewhere.problems)
            for person in paid_elsewhere.people:
                if person.lines:
                    printed.add(person, release=0)
        paid_here = [release for release in self.earlier if not release.is_adopted]
        parts = [_part(release, self.period) for release in paid_here]
        codes = frozenset((code, unit) for part in parts for code, unit in part["codes"])
        mappings = frozenset(release.file["mapping_sha256"] for release in paid_here if release.file)
        so_far = printed_so_far(
            printed,
            (registry.people(part) for part in parts),
            codes | options.mapping.codes if adopted else codes,
            mappings | {options.mapping.sha256} if adopted else mappings,
        )
        made = lines_of_version(self.version, options, so_far=so_far, before=list(before.values()))
        return replace(made, problems=[*dict.fromkeys([*made.problems, *problems])])

    def _of_the_same_people(self, options: LineOptions, adopted: FrozenVersion) -> LineOptions:
        """The options for an adopted version: of the people whom the file pays, whatever they were called then.

        By the numbers and custom fields of then, somebody who has others now would have been paid nothing.
        """
        group = options.group
        if group.is_everybody:
            return options
        paid: set[str] = set()
        present: set[str] = set()
        for entry in entries_of_version(self.version):
            present.add(entry.user_id)
            if group.has(entry):
                paid.add(entry.user_id)
        gone = (entry for entry in entries_of_version(adopted) if entry.user_id not in present)
        paid.update(entry.user_id for entry in gone if group.has(entry))
        return replace(options, group=Group(merges=group.merges, user_ids=paid))

    def to_json(self) -> PaidPeriod:
        """Period, version and baseline."""
        return {"period": self.period.to_json(), "version": self.version.number, "baseline": self.baseline}

    def evidence(self, made: PeriodLines) -> PaidPeriodEvidence:
        """What is needed to make the file again, and how many lines it has."""
        printed = [line for line in made.lines if line.quantity]
        manifest = self.version.manifest
        return {
            **self.to_json(),
            "manifest_sha256": self.version.manifest_sha256,
            "contract_sha256": manifest["contract_sha256"],
            "files": {part: file["sha256"] for part, file in manifest["files"].items()},
            "open_approvals": manifest["open_approvals"],
            "window": manifest["window"],
            "lines": len(printed),
            "employees": len({line.person.employee_id for line in printed}),
        }


def contributions(
    main: FrozenVersion, corrected: Sequence[FrozenVersion], releases: Releases, *, is_delta: bool
) -> list[Contribution]:
    """What a new payroll file pays: its own period first, then the corrections of earlier periods.

    A correction of a period that was never released contributes nothing; its first payroll file is its own.

    Raises:
        AllHoursConflictError: a delta of a period that was never released, or a period that was purged.
    """
    for version in (main, *corrected):
        releases.refuse_purged(version.period)
    earlier = releases.of(main.period)
    if is_delta and not earlier:
        raise AllHoursConflictError(
            f"no version of {main.period} was released; the first payroll file takes delta=False"
        )
    made = [Contribution(main, earlier if is_delta else ())]
    for version in corrected:
        if paid := releases.of(version.period):
            made.append(Contribution(version, paid))
    return made


def warnings_of_corrections(corrected: Sequence[FrozenVersion], releases: Releases) -> list[str]:
    """A sentence for each correction of a period that was never released."""
    return [
        f"{version.period}: no version was released, so it adds no lines to this file"
        for version in corrected
        if not releases.of(version.period)
    ]


def unreleased_corrections(corrected: Sequence[FrozenVersion], releases: Releases) -> list[FrozenVersion]:
    """The corrections of released periods whose version is not the one that was released last."""
    return [
        version
        for version in corrected
        if (paid := releases.of(version.period)) and _part(paid[-1], version.period)["version"] != version.number
    ]


def contributions_of_release(
    release: Release, main: FrozenVersion, corrected: Sequence[FrozenVersion], before: Releases
) -> list[Contribution]:
    """What the file of a release paid: the corrections that it had, against the releases that counted then.

    Args:
        release: the release.
        main: the version of its own period.
        corrected: versions of earlier periods; those that it did not correct contribute nothing.
        before: the releases before it.
    """
    corrections = [
        version
        for version in corrected
        if (part := release.part_of(version.period)) is not None and part["version"] == version.number
    ]
    return [
        Contribution(main, before.of(main.period) if release.is_delta else ()),
        *(Contribution(version, before.of(version.period)) for version in corrections),
    ]


def in_order(main: FrozenVersion, corrected: Sequence[FrozenVersion]) -> list[FrozenVersion]:
    """The corrected versions by period.

    Raises:
        AllHoursParameterError: one is of the main period, two are of one period, or one is below another folder.
    """
    periods = [main.period]
    for version in corrected:
        if version.period == main.period:
            raise AllHoursParameterError(
                f"parameter 'corrections' has {version.period}, which is the period of 'close'"
            )
        if version.period in periods:
            raise AllHoursParameterError(f"parameter 'corrections' has {version.period} twice; it takes each once")
        if str(version.versions.folder.parent) != str(main.versions.folder.parent):
            raise AllHoursParameterError(
                f"parameter 'corrections' has a close below {version.versions.folder.parent}, and 'close' is below "
                f"{main.versions.folder.parent}; what was paid is known below one folder"
            )
        periods.append(version.period)
    return sorted(corrected, key=lambda version: version.period.date_from)


def _part(release: Release, period: Period) -> ReleasedPart:
    part = release.part_of(period)
    if part is None:
        raise LookupError(f"release {release.number} pays nothing of {period}")
    return part
