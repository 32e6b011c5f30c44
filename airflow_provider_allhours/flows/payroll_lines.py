# SPDX-License-Identifier: Apache-2.0
"""Read frozen versions for the lines of a payroll file."""

from __future__ import annotations

from collections.abc import Sequence

from airflow_provider_allhours.attendance.selection import EmployeeSelection
from airflow_provider_allhours.flows.version_people import definitions_of, entries_of_version
from airflow_provider_allhours.flows.versions import FrozenVersion
from airflow_provider_allhours.payroll.period_lines import FrozenPeriod, LineOptions, PeriodLines, lines_of_period
from airflow_provider_allhours.payroll.printed import PrintedSoFar


def lines_of_version(
    version: FrozenVersion,
    options: LineOptions,
    *,
    so_far: PrintedSoFar | None = None,
    before: Sequence[FrozenVersion] = (),
) -> PeriodLines:
    """The lines that a version pays: of the whole period, or the corrections of what was printed so far.

    Args:
        version: the frozen period.
        options: how lines are made.
        so_far: what was printed of the period; None where the whole period is paid.
        before: versions that were paid, in order, for the names and custom fields of people who are gone and for
            definitions that were renamed.

    Raises:
        AllHoursConflictError: a frozen file was changed.
    """
    closed_for = version.manifest["selection"]
    frozen = FrozenPeriod(
        version.period,
        entries_of_version(version),
        version.people(),
        definitions_of(*before, version),
        None if closed_for is None else EmployeeSelection.of(closed_for),
    )
    # Names and custom fields are needed of people who are gone only.
    present = {entry.user_id for entry in entries_of_version(version)} if before else set()
    former = {
        entry.user_id: entry for paid in before for entry in entries_of_version(paid) if entry.user_id not in present
    }
    return lines_of_period(frozen, options, so_far=so_far, former=former)
