# SPDX-License-Identifier: Apache-2.0
"""Make the lines of a payroll file from frozen versions, and refuse what would make them wrong."""

from __future__ import annotations

from collections.abc import Sequence

from airflow_provider_allhours.client.errors import AllHoursPreflightError
from airflow_provider_allhours.flows.payroll_release import Contribution
from airflow_provider_allhours.payroll.amounts import as_amounts, changes
from airflow_provider_allhours.payroll.lines import PayLine, Share, pay_lines, problems_of
from airflow_provider_allhours.payroll.mapping import PayMapping
from airflow_provider_allhours.payroll.profiles.profile import Profile

MAX_PROBLEMS_SHOWN = 50


def make_lines(parts: Sequence[Contribution], rules: PayMapping, layout: Profile) -> list[PayLine]:
    """The lines of a payroll file.

    Raises:
        AllHoursPreflightError: lists every problem that would make the file wrong.
    """
    shares = [_read_share(part) for part in parts]
    lines = [line for share in shares for line in pay_lines(share, rules)]
    problems = [problem for share in shares for problem in problems_of(share, rules)]
    problems += layout.problems(lines)
    if problems:
        raise AllHoursPreflightError(_preflight_message(problems), problems=problems)
    return lines


def _read_share(part: Contribution) -> Share:
    """Read the amounts that are paid: of the whole period, or the ± lines against the baseline."""
    after = part.version.read_amounts()
    if part.baseline is None:
        return Share(part.version.period, after)
    before = part.version.versions.open(part.baseline).read_amounts()
    return Share(part.version.period, as_amounts(changes(before, after), before, after))


def _preflight_message(problems: list[str]) -> str:
    more = f" and {len(problems) - MAX_PROBLEMS_SHOWN} more" if len(problems) > MAX_PROBLEMS_SHOWN else ""
    return f"no payroll file: {len(problems)} problems: " + "; ".join(problems[:MAX_PROBLEMS_SHOWN]) + more
