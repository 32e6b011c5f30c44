# SPDX-License-Identifier: Apache-2.0
"""DATEV LODAS and DATEV Lohn und Gehalt: two products, two layouts.

From public documentation and implementations; validate a first file with your payroll office.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.profiles.profile import Profile, required_digits, same_numbers, too_long

MAX_EMPLOYEE_DIGITS, MAX_CODE_DIGITS = 5, 4
MAX_DAYS = 31
MAX_COST_CENTRE = 8

_IN_HOUSE_NUMBER = re.compile(r"[0-9A-Za-z.-]{1,15}", re.ASCII)


class DatevLodas(Profile):
    """LODAS ASCII import: ``[Allgemein]``, ``[Satzbeschreibung]``, ``[Bewegungsdaten]``; Windows-1252, CRLF.

    Options: ``consultant_number`` and ``client_number``; ``in_house_numbers`` true for the company's own personnel
    numbers (``pnr_betriebliche``), which are texts of up to 15 characters. The processing key is ``bs_nr`` of a line of
    the mapping, for hours 1 by default, as in most public code; ask your payroll office.
    """

    options: ClassVar[Mapping[str, Any]] = {
        "consultant_number": None,
        "client_number": None,
        "in_house_numbers": False,
    }
    units: ClassVar[Sequence[str]] = ("hours", "days")
    places_cost_centres: ClassVar[bool] = True
    takes_accounting_month: ClassVar[bool] = True

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        super().__init__(options)
        _check_numbers(self.chosen)
        if not isinstance(self.chosen["in_house_numbers"], bool):
            raise AllHoursParameterError(
                f"parameter 'profile_options': 'in_house_numbers' is {self.chosen['in_house_numbers']!r}; it takes "
                "true or false"
            )

    @property
    def encoding(self) -> str:
        """Windows-1252."""
        return "windows-1252"

    def problems_of_lines(self, lines: Sequence[PayLine]) -> Iterator[str]:
        """Digits, one month, a processing key for each unit that has none by default."""
        if self.chosen["in_house_numbers"]:
            yield from too_long(lines, employee_id=None, pay_code=MAX_CODE_DIGITS)
            for number in sorted({line.person.employee_id for line in lines}):
                if not _IN_HOUSE_NUMBER.fullmatch(number):
                    yield f"employee id {number}: an in-house number has up to 15 letters, digits, hyphens or dots"
        else:
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
        number = "pnr_betriebliche#bwd" if self.chosen["in_house_numbers"] else "pnr#bwd"
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
            f"1;u_lod_bwd_buchung_standard;abrechnung_zeitraum#bwd;{number};la_eigene#bwd;bs_nr#bwd;bs_wert_butab#bwd;"
            "kostenstelle#bwd;",
            "",
            "[Bewegungsdaten]",
        ]
        return self.newline.join([*head, *(";".join(record) + ";" for record in self.records(lines)), ""])


class DatevLug(Profile):
    """Lohn und Gehalt, month form: a first line, then eleven fields; ``;``, decimal comma, Windows-1252, CRLF.

    The first line is ``BeraterNr;MandantenNr;MM/JJJJ``, the quantity of a month stands in the field ``Wert``. A
    corrected month is a file of its own. Options: ``consultant_number``, ``client_number``, ``form`` (``month``).
    """

    options: ClassVar[Mapping[str, Any]] = {"consultant_number": None, "client_number": None, "form": "month"}
    units: ClassVar[Sequence[str]] = ("hours", "days")
    places_cost_centres: ClassVar[bool] = True
    takes_accounting_month: ClassVar[bool] = True

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        super().__init__(options)
        _check_numbers(self.chosen)
        if self.chosen["form"] != "month":
            raise AllHoursParameterError(
                f"parameter 'profile_options': 'form' is {self.chosen['form']!r}; it takes month: sums of a month "
                "have no calendar days"
            )

    @property
    def encoding(self) -> str:
        """Windows-1252."""
        return "windows-1252"

    @property
    def separator(self) -> str:
        """Semicolon."""
        return ";"

    def problems_of_lines(self, lines: Sequence[PayLine]) -> Iterator[str]:
        """Digits, ranges and one month."""
        yield from too_long(lines, employee_id=MAX_EMPLOYEE_DIGITS, pay_code=MAX_CODE_DIGITS)
        yield from same_numbers(lines)
        yield from _one_month(lines)
        for code in sorted({line.pay_code for line in lines}):
            if (
                code.isascii()
                and code.isdigit()
                and len(code) <= MAX_CODE_DIGITS
                and not (1 <= int(code) <= 5999 or 8000 <= int(code) <= 9999)
            ):
                yield f"pay code {code}: this layout takes 1 to 5999 and 8000 to 9999"
        for line in lines:
            if len(line.cost_centre) > MAX_COST_CENTRE:
                yield (f"employee id {line.person.employee_id}: a cost centre has up to {MAX_COST_CENTRE} characters")

    def records(self, lines: Sequence[PayLine]) -> Iterator[Sequence[str]]:
        """The first line, then personnel number, pay code and the quantity of the month."""
        month = self.setting.month_of(lines[0]) if lines else self.setting.accounting_month
        numbers = (str(self.chosen["consultant_number"]), str(self.chosen["client_number"]))
        yield (*numbers, f"{month:%m/%Y}" if month else "")
        for line in lines:
            yield (line.person.employee_id, "", "", line.pay_code, "", "", line.text(","), "", "", line.cost_centre, "")


def _check_numbers(chosen: Mapping[str, Any]) -> None:
    required_digits(chosen, "consultant_number", 4, 7)
    required_digits(chosen, "client_number", 1, 5)


def _one_month(lines: Sequence[PayLine]) -> Iterator[str]:
    for period in sorted({line.period for line in lines if line.period.length > MAX_DAYS}):
        yield f"the layout is settled by month, and {period} has more than {MAX_DAYS} days"
