# SPDX-License-Identifier: Apache-2.0
"""DATEV LODAS and DATEV Lohn und Gehalt: two products, two layouts.

From public documentation and implementations; validate a first file with your payroll office.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.profiles.profile import Profile, same_numbers, too_long

MAX_EMPLOYEE_DIGITS, MAX_CODE_DIGITS = 5, 4
MAX_DAYS = 31


class DatevLodas(Profile):
    """LODAS ASCII import: ``[Allgemein]``, ``[Satzbeschreibung]``, ``[Bewegungsdaten]``; Windows-1252, CRLF.

    Options: ``consultant_number`` and ``client_number``. The processing key is ``bs_nr`` of a line of the mapping, for
    hours 1 by default, as in most public code; ask your payroll office.
    """

    options: ClassVar[Mapping[str, Any]] = {"consultant_number": None, "client_number": None}
    units: ClassVar[Sequence[str]] = ("hours", "days")
    places_cost_centres: ClassVar[bool] = True

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        super().__init__(options)
        for name in ("consultant_number", "client_number"):
            value = str(self.chosen[name])
            if not (value.isascii() and value.isdigit()):
                raise AllHoursParameterError(f"parameter 'profile_options': '{name}' takes digits")

    @property
    def encoding(self) -> str:
        """Windows-1252."""
        return "windows-1252"

    def problems_of_lines(self, lines: Sequence[PayLine]) -> Iterator[str]:
        """Digits, one month, a processing key for each unit that has none by default."""
        yield from too_long(lines, employee_id=MAX_EMPLOYEE_DIGITS, pay_code=MAX_CODE_DIGITS)
        yield from same_numbers(lines)
        yield from _one_month(lines)
        for code in sorted({line.pay_code for line in lines if line.unit == "days" and line.bs_nr is None}):
            yield f"pay code {code} is in days and has no processing key; its line of the mapping takes bs_nr, e.g. 10"

    def records(self, lines: Sequence[PayLine]) -> Iterator[Sequence[str]]:
        """The lines of ``[Bewegungsdaten]``."""
        for line in lines:
            yield (
                "1",
                self.setting.month_of(line).strftime("%d/%m/%Y"),
                line.person.employee_id,
                "" if line.no_wage_type else line.pay_code,
                line.bs_nr or "1",
                line.text(","),
                line.cost_centre,
            )

    def render(self, lines: Sequence[PayLine]) -> str:
        """The whole file."""
        head = [
            "[Allgemein]",
            "Ziel=LODAS",
            "Version_SST=1.0",
            f"BeraterNr={self.chosen['consultant_number']}",
            f"MandantenNr={self.chosen['client_number']}",
            "Datumsformat=TT/MM/JJJJ",
            "Feldtrennzeichen=;",
            "Zahlenkomma=,",
            "Stringbegrenzer='",
            "",
            "[Satzbeschreibung]",
            "1;u_lod_bwd_buchung_standard;abrechnung_zeitraum#bwd;pnr#bwd;la_eigene#bwd;bs_nr#bwd;bs_wert_butab#bwd;"
            "kostenstelle#bwd;",
            "",
            "[Bewegungsdaten]",
        ]
        return self.newline.join([*head, *(";".join(record) + ";" for record in self.records(lines)), ""])


class DatevLug(Profile):
    """Lohn und Gehalt: eleven fields without a header; ``;``, decimal comma, Windows-1252, CRLF."""

    units: ClassVar[Sequence[str]] = ("hours", "days")
    places_cost_centres: ClassVar[bool] = True

    @property
    def encoding(self) -> str:
        """Windows-1252."""
        return "windows-1252"

    @property
    def separator(self) -> str:
        """Semicolon."""
        return ";"

    def problems_of_lines(self, lines: Sequence[PayLine]) -> Iterator[str]:
        """Digits and one month."""
        yield from too_long(lines, employee_id=MAX_EMPLOYEE_DIGITS, pay_code=MAX_CODE_DIGITS)
        yield from same_numbers(lines)
        yield from _one_month(lines)

    def records(self, lines: Sequence[PayLine]) -> Iterator[Sequence[str]]:
        """Personnel number, pay code and hours or days; sums of a month have no calendar day."""
        for line in lines:
            hours = line.text(",") if line.unit == "hours" else ""
            days = line.text(",") if line.unit == "days" else ""
            yield (line.person.employee_id, "", "", line.pay_code, hours, days, "", "", "", line.cost_centre, "")


def _one_month(lines: Sequence[PayLine]) -> Iterator[str]:
    for period in sorted({line.period for line in lines if line.period.length > MAX_DAYS}):
        yield f"the layout is settled by month, and {period} has more than {MAX_DAYS} days"
