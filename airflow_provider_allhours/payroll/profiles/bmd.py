# SPDX-License-Identifier: Apache-2.0
"""BMD NTCS (Austria): the interface of time systems.

From a public description; validate a first file with your payroll office.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.profiles.profile import Profile, required_digits, same_numbers, too_long

MAX_COST_CENTRE = 20


class BmdCsv(Profile):
    """Fifteen fields without a header; ``;``, decimal comma, Windows-1252, CRLF.

    Month, client, person, sub-number, wage type, quantity, rate, amount, cost centre, cost object, the month that a
    correction is for (*Aufrollmonat*), blank, absence id, from, to. Option: ``client_number``.
    """

    options: ClassVar[Mapping[str, Any]] = {"client_number": None}
    units: ClassVar[Sequence[str]] = ("hours", "days", "count")
    one_period: ClassVar[bool] = False
    places_cost_centres: ClassVar[bool] = True
    max_cost_centre: ClassVar[int | None] = MAX_COST_CENTRE
    no_cost_centre_has: ClassVar[str] = ';"'
    takes_accounting_month: ClassVar[bool] = True

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        super().__init__(options)
        required_digits(self.chosen, "client_number", 1, 9)

    @property
    def encoding(self) -> str:
        """Windows-1252."""
        return "windows-1252"

    @property
    def separator(self) -> str:
        """Semicolon."""
        return ";"

    def problems_of_lines(self, lines: Sequence[PayLine]) -> Iterator[str]:
        """Digits."""
        yield from too_long(lines, employee_id=9, pay_code=5)
        yield from same_numbers(lines)

    def records(self, lines: Sequence[PayLine]) -> Iterator[Sequence[str]]:
        """One line each; those of earlier months name their month as the one that is corrected."""
        latest = max((line.period.date_to for line in lines), default=None)
        for line in lines:
            own = line.period.date_to.replace(day=1)
            month = self.setting.accounting_month or (latest or line.period.date_to).replace(day=1)
            yield (
                f"{month:%Y%m}",
                str(self.chosen["client_number"]),
                line.person.employee_id,
                "",
                line.pay_code,
                line.text(","),
                "",
                "",
                line.cost_centre,
                "",
                "" if own == month else f"{own:%Y%m}",
                "",
                "",
                "",
                "",
            )
