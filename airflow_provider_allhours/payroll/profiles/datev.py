# SPDX-License-Identifier: Apache-2.0
"""DATEV LODAS and DATEV Lohn und Gehalt: two products, two layouts.

From public documentation and implementations; validate a first file with your payroll office.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.profiles.profile import Profile, too_long

MAX_EMPLOYEE_DIGITS, MAX_CODE_DIGITS = 5, 4


class DatevLodas(Profile):
    """LODAS ASCII import: ``[Allgemein]``, ``[Satzbeschreibung]``, ``[Bewegungsdaten]``; Windows-1252, CRLF.

    Options: ``consultant_number`` and ``client_number``; ``bs_nr``, unit -> processing key, hours 1 by default, as in
    most public code; ask your payroll office.
    """

    options: ClassVar[Mapping[str, Any]] = {"consultant_number": None, "client_number": None, "bs_nr": {"hours": 1}}
    units: ClassVar[Sequence[str]] = ("hours", "days")

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        super().__init__(options)
        for name in ("consultant_number", "client_number"):
            value = str(self.chosen[name])
            if not (value.isascii() and value.isdigit()):
                raise AllHoursParameterError(f"parameter 'profile_options': '{name}' takes digits")
        if not isinstance(self.chosen["bs_nr"], Mapping):
            raise AllHoursParameterError("parameter 'profile_options': 'bs_nr' takes unit -> number, e.g. {'hours': 1}")

    @property
    def encoding(self) -> str:
        """Windows-1252."""
        return "windows-1252"

    def problems_of_lines(self, lines: Sequence[PayLine]) -> Iterator[str]:
        """Digits, one month, a processing key for each unit."""
        yield from too_long(lines, employee_id=MAX_EMPLOYEE_DIGITS, pay_code=MAX_CODE_DIGITS)
        yield from _one_month(lines)
        for unit in sorted({line.unit for line in lines} & set(self.units) - set(self.chosen["bs_nr"])):
            yield f"the unit {unit} has no processing key; profile option 'bs_nr' takes {{'{unit}': number}}"

    def records(self, lines: Sequence[PayLine]) -> Iterator[Sequence[str]]:
        """The lines of ``[Bewegungsdaten]``."""
        for line in lines:
            yield (
                "1",
                line.period.date_from.replace(day=1).strftime("%d/%m/%Y"),
                line.person.employee_id,
                line.pay_code,
                str(self.chosen["bs_nr"].get(line.unit, "")),
                line.text(","),
                "",
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
        yield from _one_month(lines)

    def records(self, lines: Sequence[PayLine]) -> Iterator[Sequence[str]]:
        """Personnel number, pay code and hours or days; sums of a month have no calendar day."""
        for line in lines:
            hours = line.text(",") if line.unit == "hours" else ""
            days = line.text(",") if line.unit == "days" else ""
            yield (line.person.employee_id, "", "", line.pay_code, hours, days, "", "", "", "", "")


def _one_month(lines: Sequence[PayLine]) -> Iterator[str]:
    for period in sorted({str(line.period) for line in lines if not _is_in_one_month(line)}):
        yield f"the layout is settled by month, and {period} is not within one"


def _is_in_one_month(line: PayLine) -> bool:
    first, last = line.period.date_from, line.period.date_to
    return (first.year, first.month) == (last.year, last.month)
