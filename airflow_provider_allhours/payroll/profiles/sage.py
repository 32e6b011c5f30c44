# SPDX-License-Identifier: Apache-2.0
"""Sage Payroll (Ireland): the import of hours.

From a public description; validate a first file with your payroll office.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.profiles.profile import Profile, same_numbers, too_long


class SageIe(Profile):
    """``2,employee,payment number,department,cost centre,hours,rate`` without a header; department and rate are blank.

    The payment number is the pay code of the mapping, or the option ``payment_number`` for all lines.
    """

    options: ClassVar[Mapping[str, Any]] = {"payment_number": ""}
    places_cost_centres: ClassVar[bool] = True

    @property
    def _payment_number(self) -> str:
        """The number of all lines; empty where each has its pay code. 0 is a number."""
        number = self.chosen["payment_number"]
        return "" if number is None else str(number).strip()

    def problems_of_lines(self, lines: Sequence[PayLine]) -> Iterator[str]:
        """Digits, and one payment number for one pay code."""
        yield from too_long(lines, employee_id=6, pay_code=20 if self._payment_number else 4)
        yield from same_numbers(lines)
        codes = sorted({line.pay_code for line in lines})
        if self._payment_number and len(codes) > 1:
            yield f"'payment_number' is one for all lines, and there are the pay codes {', '.join(codes)}"

    def records(self, lines: Sequence[PayLine]) -> Iterator[Sequence[str]]:
        """One line each."""
        for line in lines:
            payment = self._payment_number or line.pay_code
            yield "2", line.person.employee_id, payment, "", line.cost_centre, line.text(), ""
