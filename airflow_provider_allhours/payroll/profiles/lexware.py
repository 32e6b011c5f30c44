# SPDX-License-Identifier: Apache-2.0
"""Lexware lohn+gehalt (Germany): the import of wage types.

From a public description; validate a first file with your payroll office.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.profiles.profile import Profile, same_numbers, too_long


class LexwareCsv(Profile):
    """``year;month;number;wage type;value;rate;currency`` without a header; decimal comma, no leading zeros, cp1252.

    Rate and currency are blank. A correction of an earlier month has that month in its line.
    """

    units: ClassVar[Sequence[str]] = ("hours", "days")
    one_period: ClassVar[bool] = False
    takes_accounting_month: ClassVar[bool] = True

    @property
    def encoding(self) -> str:
        """Windows-1252."""
        return "windows-1252"

    @property
    def separator(self) -> str:
        """Semicolon."""
        return ";"

    def problems_of_lines(self, lines: Sequence[PayLine]) -> Iterator[str]:
        """Digits, which stand there as numbers."""
        yield from too_long(lines, employee_id=9, pay_code=4)
        yield from same_numbers(lines)

    def records(self, lines: Sequence[PayLine]) -> Iterator[Sequence[str]]:
        """One line each."""
        for line in lines:
            month = self.setting.month_of(line)
            number = line.person.employee_id.lstrip("0") or "0"
            yield str(month.year), str(month.month), number, line.pay_code, line.text(","), "", ""
