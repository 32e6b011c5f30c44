# SPDX-License-Identifier: Apache-2.0
"""What a payroll file pays of which versions, and the records of releases beside them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from airflow_provider_allhours import __version__
from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.files.publication import publish_json
from airflow_provider_allhours.flows.clock import utc_now
from airflow_provider_allhours.flows.versions import RELEASE, FrozenVersion
from airflow_provider_allhours.payroll.corrections import to_printed
from airflow_provider_allhours.payroll.mapping import PayMapping
from airflow_provider_allhours.payroll.period_lines import PeriodLines
from airflow_provider_allhours.payroll.questions import PrintedSoFar
from airflow_provider_allhours.payroll.releases import (
    PayrollFile,
    Release,
    baseline_of_correction,
    baseline_of_release,
    printed_so_far,
    refuse_other_lines,
    release_name,
)
from airflow_provider_allhours.periods import PeriodJson

log = logging.getLogger(__name__)


class PaidPeriod(TypedDict):
    """A version that a payroll file pays: whole when ``baseline`` is None, else the delta against that version."""

    period: PeriodJson
    version: int
    baseline: int | None


class PaidPeriodEvidence(PaidPeriod):
    """What is needed to make the file again from the version, without personal data.

    ``files`` are checksums by part of the version, ``window`` is the time during which the account was read.
    """

    manifest_sha256: str
    files: dict[str, str]
    open_approvals: int
    window: dict[str, str]


@dataclass(frozen=True)
class Contribution:
    """A version that contributes lines to a payroll file."""

    version: FrozenVersion
    baseline: int | None
    release: Release | None

    @property
    def name(self) -> str:
        """Its name in release records."""
        return release_name(self.version.period, self.version.number)

    def printed_so_far(self) -> PrintedSoFar | None:
        """What earlier releases printed of the period; None where the whole period is paid."""
        if self.baseline is None:
            return None
        versions = self.version.versions
        earlier = [number for number in versions.released() if number < self.version.number]
        releases = [release for number in earlier if (release := versions.read_release(number))]
        return printed_so_far(self.version.period, releases)

    def refuse_other_lines(self, made: PeriodLines, file: PayrollFile, sha256: str) -> None:
        """Refuse lines that are not those of the release.

        Raises:
            AllHoursConflictError: other employees, options or corrections gave other lines.
        """
        printed = [to_printed(line) for line in made.lines]
        period, number = self.version.period, self.version.number
        refuse_other_lines(self.release, period, number, file=file, sha256=sha256, printed=printed)

    def to_json(self) -> PaidPeriod:
        """Period, version and baseline."""
        return {
            "period": self.version.period.to_json(),
            "version": self.version.number,
            "baseline": self.baseline,
        }

    def evidence(self) -> PaidPeriodEvidence:
        """What is needed to make the file again."""
        manifest = self.version.manifest
        return {
            **self.to_json(),
            "manifest_sha256": self.version.manifest_sha256,
            "files": {part: file["sha256"] for part, file in manifest["files"].items()},
            "open_approvals": manifest["open_approvals"],
            "window": manifest["window"],
        }


def main_contribution(version: FrozenVersion, *, delta: bool, file: PayrollFile) -> Contribution:
    """What the version of ``close`` contributes: the whole period, or the ± lines since its last release."""
    release = version.read_release()
    baseline = baseline_of_release(
        version.period,
        version.number,
        release=release,
        released=version.versions.released(),
        delta=delta,
        file=file,
    )
    return Contribution(version, baseline, release)


def correction_contributions(corrected: Sequence[FrozenVersion], main: Contribution) -> list[Contribution]:
    """The corrections that add lines; for a released main period those that its release had."""
    contributions = []
    for version in sorted(corrected, key=lambda version: version.period.date_from):
        if version.period == main.version.period:
            raise AllHoursParameterError(
                f"parameter 'corrections' has {version.period}, which is the period of 'close'"
            )
        release = version.read_release()
        earlier = [number for number in version.versions.released() if number < version.number]
        baseline = baseline_of_correction(
            version.period,
            version.number,
            release=release,
            earlier=earlier,
            main_name=main.name,
            main_release=main.release,
        )
        if baseline is not None:
            contributions.append(Contribution(version, baseline, release))
        elif release is None and not earlier:
            log.warning("No version of %s was released, so it adds no lines to this file", version.period)
    return contributions


def record_release(
    part: Contribution,
    made: PeriodLines,
    mapping: PayMapping,
    main: Contribution,
    file: PayrollFile,
    sha256: str,
    corrections: list[Contribution],
) -> None:
    """Record the file beside the version: the first is the release, others are the same lines in other layouts."""
    release: Release = part.release or {
        "version": part.version.number,
        "baseline": part.baseline,
        "with": None if part is main else main.name,
        "corrections": [(str(other.version.period), other.version.number) for other in corrections]
        if part is main
        else [],
        "provider_version": __version__,
        "printed": [to_printed(line) for line in made.lines],
        "codes": sorted([code, unit] for code, unit in mapping.codes),
        "kept": sorted(made.answers.kept),
        "renumbered": [[*key, number] for key, number in sorted(made.answers.renumbered.items())],
        "files": [],
    }
    if file["profile"] in {known["profile"] for known in release["files"]}:
        return
    released_files = [*release["files"], {**file, "sha256": sha256, "released_at": utc_now()}]
    publish_json(part.version.versions.path(part.version.number, RELEASE), {**release, "files": released_files})
