# SPDX-License-Identifier: Apache-2.0
"""Make all lines of a payroll file, of its own period and of the corrections, and refuse what would make them wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from airflow_provider_allhours.client.errors import AllHoursPreflightError
from airflow_provider_allhours.flows.payroll_contributions import Contribution
from airflow_provider_allhours.flows.payroll_options import PayrollOptions
from airflow_provider_allhours.flows.registry import Registry
from airflow_provider_allhours.payroll.leave_spans import leave_spans
from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.people import listed
from airflow_provider_allhours.payroll.period_lines import LineOptions, PeriodLines
from airflow_provider_allhours.payroll.profiles.profile import Profile
from airflow_provider_allhours.texts import name_key

MAX_PROBLEMS_SHOWN = 50


@dataclass(frozen=True)
class FileLines:
    """The lines of a payroll file.

    Attributes:
        periods: the lines of each period, the file's own first.
        warnings: what is allowed and rarely meant, one sentence each.
        problems: what would make the file wrong, one sentence each.
    """

    periods: list[PeriodLines]
    warnings: list[str]
    problems: list[str]

    @property
    def lines(self) -> list[PayLine]:
        """Every line, lines of 0 included."""
        return [line for period in self.periods for line in period.lines]

    @property
    def printed(self) -> list[PayLine]:
        """The lines that the file has."""
        return [line for line in self.lines if line.quantity]


def make_lines(parts: Sequence[Contribution], options: PayrollOptions, registry: Registry) -> FileLines:
    """The lines of a payroll file, and every problem that would make the file wrong.

    Raises:
        AllHoursConflictError: a frozen file was changed.
    """
    periods = [part.lines(options.lines, registry) for part in parts]
    if options.profile.keeps_spans:
        _set_leave(options.profile, parts[0], options.lines)
    made = FileLines(periods, _warnings(periods, options.lines), [])
    made.problems.extend(problem for period in periods for problem in period.problems)
    made.problems.extend([*_problems_of_selection(periods), *options.profile.problems(made.printed)])
    return made


def _set_leave(profile: Profile, part: Contribution, options: LineOptions) -> None:
    """Give a layout the leave of everybody whom the file pays, in its own period."""
    spans = [
        span for records in part.version.people() if options.group.has(records.person) for span in leave_spans(records)
    ]
    profile.spans = sorted(spans, key=lambda span: (span.employee_id, span.days, span.definition))
    profile.is_delta = bool(part.earlier)
    names: dict[str, set[str]] = defaultdict(set)
    for key, definition in part.version.manifest["absence_definitions"].items():
        for text in (key, definition["name"], definition["integration_id"]):
            if text:
                names[name_key(text)].add(key)
    profile.leave_names = names


def refuse_problems(made: FileLines) -> None:
    """Refuse lines with problems.

    Raises:
        AllHoursPreflightError: lists every problem that would make the file wrong.
    """
    if made.problems:
        raise AllHoursPreflightError(_preflight_message(made.problems), problems=made.problems)


def _problems_of_selection(periods: Sequence[PeriodLines]) -> list[str]:
    unknown = sorted(frozenset.intersection(*(period.unknown_employees for period in periods)))
    if unknown:
        return [
            f"'employees' names {len(unknown)} employee ids that nobody has: {listed(unknown)}; ids are compared as "
            "texts, leading zeros included"
        ]
    if all(period.selects_nobody for period in periods):
        return ["'employees' selects nobody"]
    return []


def _warnings(periods: Sequence[PeriodLines], options: LineOptions) -> list[str]:
    unused = sorted(frozenset.intersection(*(period.unused_exclusions for period in periods)))
    return [
        *options.mapping.warnings(),
        *([f"'exclude' names {listed(unused)}, and nobody has this id"] if unused else []),
        *(warning for period in periods for warning in period.warnings),
    ]


def _preflight_message(problems: Sequence[str]) -> str:
    more = f" and {len(problems) - MAX_PROBLEMS_SHOWN} more" if len(problems) > MAX_PROBLEMS_SHOWN else ""
    return f"no payroll file: {len(problems)} problems: " + "; ".join(problems[:MAX_PROBLEMS_SHOWN]) + more
