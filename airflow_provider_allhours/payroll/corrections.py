# SPDX-License-Identifier: Apache-2.0
"""Corrections make the printed sum right: what is to be printed now minus everything printed so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from airflow_provider_allhours.payroll.lines import PayLine


def corrections(now: Iterable[PayLine], printed: Iterable[PayLine]) -> list[PayLine]:
    """The lines that make the printed sums those of ``now``, by user, number, pay code, unit and cost centre.

    Args:
        now: the lines of the whole period, as they are to be; of one person or of several.
        printed: every line printed of the period and of these people so far, corrections included.

    Returns:
        Lines in the order of ``now``, then those of which nothing is left; lines of 0 are among them where minutes
        changed and the printed sum did not.
    """
    result: dict[tuple[str, ...], PayLine] = {}
    for line in now:
        result[_key(line)] = line
    for line in printed:
        before = result.get(_key(line), replace(line, quantity=0, exact_minutes=0))
        result[_key(line)] = replace(
            before,
            quantity=before.quantity - line.quantity,
            exact_minutes=before.exact_minutes - line.exact_minutes,
            covered_minutes=None,
            by_day=None,
        )
    return [line for line in result.values() if line.quantity or line.exact_minutes]


def _key(line: PayLine) -> tuple[str, ...]:
    person = line.person
    return person.user_id, person.employee_id, line.pay_code, line.unit, line.cost_centre
