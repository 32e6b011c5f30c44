# SPDX-License-Identifier: Apache-2.0
"""DATEV LODAS and DATEV Lohn und Gehalt: two products, two layouts.

From public documentation and implementations; validate a first file with your payroll office.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import Any, ClassVar

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.payroll.leave_spans import LeaveSpan
from airflow_provider_allhours.payroll.lines import PayLine, quantity_text
from airflow_provider_allhours.payroll.profiles.profile import (
    Profile,
    joined,
    required_digits,
    same_numbers,
    texts_by_code,
    too_long,
)
from airflow_provider_allhours.payroll.rules import DAYS, HOURS
from airflow_provider_allhours.texts import name_key

MAX_EMPLOYEE_DIGITS, MAX_CODE_DIGITS = 5, 4
MAX_DAYS = 31
MAX_COST_CENTRE = 8

MAX_OF_A_DAY = {HOURS: 2400, DAYS: 100}
"""Hundredths that one person's day can have."""

_SPAN_FIELDS = "datum_von#psd;datum_bis#psd;grund_fehlzeiten#psd;"
_REASON = re.compile(r"\d{1,2}", re.ASCII)
_ABSENCE_KEY = re.compile(r"[0-9A-Za-z]{1,2}", re.ASCII)
_IN_HOUSE_NUMBER = re.compile(r"[0-9A-Za-z.-]{1,15}", re.ASCII)


class DatevLodas(Profile):
    """LODAS ASCII import: ``[Allgemein]``, ``[Satzbeschreibung]``, ``[Bewegungsdaten]``; Windows-1252, CRLF.

    Options: ``consultant_number`` and ``client_number``; ``in_house_numbers`` true for the company's own personnel
    numbers (``pnr_betriebliche``), which are texts of up to 15 characters; ``absence_reasons``, absence definition
    (name, id or IntegrationId) -> number of ``grund_fehlzeiten``: their whole days are written as spans into
    ``[Stammdaten]``, those of other definitions are not. A span ends with the period; what goes on is the next file's.
    The processing key is ``bs_nr`` of a line of the mapping, for hours 1 by default, as in most public code; ask your
    payroll office.
    """

    options: ClassVar[Mapping[str, Any]] = {
        "consultant_number": None,
        "client_number": None,
        "in_house_numbers": False,
        "absence_reasons": {},
    }
    units: ClassVar[Sequence[str]] = ("hours", "days")
    places_cost_centres: ClassVar[bool] = True
    no_cost_centre_has: ClassVar[str] = ";'\""
    tells_units: bool = True
    takes_accounting_month: ClassVar[bool] = True

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        super().__init__(options)
        _check_numbers(self.chosen)
        if not isinstance(self.chosen["in_house_numbers"], bool):
            raise AllHoursParameterError(
                f"parameter 'profile_options': 'in_house_numbers' is {self.chosen['in_house_numbers']!r}; it takes "
                "true or false"
            )
        reasons = texts_by_code(self.chosen, "absence_reasons")
        if any(not _REASON.fullmatch(reason) for reason in reasons.values()):
            raise AllHoursParameterError(
                f"parameter 'profile_options': 'absence_reasons' is {reasons!r}; it takes absence definitions with one "
                'or two digits each, like {"Sick leave": "1"}'
            )
        self._reasons = {name_key(name): reason for name, reason in reasons.items()}
        self.keeps_spans = bool(reasons)

    @property
    def encoding(self) -> str:
        """Windows-1252."""
        return "windows-1252"

    def problems_of_lines(self, lines: Sequence[PayLine]) -> Iterator[str]:
        """Digits, one month, a processing key for each unit that has none by default, leave that is written."""
        written = [span for span in self.spans if self._reason_of(span) is not None]
        numbers = {line.person.employee_id for line in lines} | {span.employee_id for span in written}
        if self.keeps_spans and self.is_delta:
            yield "a file of differences has no absence spans; leave 'absence_reasons' out"
        yield from self._problems_of_reasons()
        if self.chosen["in_house_numbers"]:
            yield from too_long(lines, employee_id=None, pay_code=MAX_CODE_DIGITS)
            for number in sorted(numbers):
                if not _IN_HOUSE_NUMBER.fullmatch(number):
                    yield f"employee id {number}: an in-house number has up to 15 letters, digits, hyphens or dots"
        else:
            yield from too_long(lines, employee_id=MAX_EMPLOYEE_DIGITS, pay_code=MAX_CODE_DIGITS)
            yield from same_numbers(lines)
            for number in sorted(numbers - {line.person.employee_id for line in lines}):
                if not (number.isascii() and number.isdigit() and len(number) <= MAX_EMPLOYEE_DIGITS):
                    yield f"employee id {number}: this layout takes up to {MAX_EMPLOYEE_DIGITS} digits"
        yield from _one_month(lines)
        for code in sorted({line.pay_code for line in lines if line.unit == "days" and line.bs_nr is None}):
            yield f"pay code {code} is in days and has no processing key; its line of the mapping takes bs_nr, e.g. 10"

    def _problems_of_reasons(self) -> Iterator[str]:
        """Names that no absence definition has or several have, and definitions that have two numbers."""
        given: dict[str, set[str]] = defaultdict(set)
        for name, reason in sorted(self._reasons.items()):
            keys = self.leave_names.get(name, ())
            if not keys:
                yield f"'absence_reasons' names {name!r}, and the account has no absence definition of this name or id"
            elif len(keys) > 1:
                yield f"'absence_reasons' names {name!r}, and {len(keys)} absence definitions have it; name them by id"
            for key in keys:
                given[key].add(reason)
        for key, reasons in sorted(given.items()):
            if len(reasons) > 1:
                yield f"'absence_reasons' has {' and '.join(sorted(reasons))} for the absence definition {key}"

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

    def _stem_data(self) -> Iterator[str]:
        """``[Stammdaten]``: unbroken leave."""
        yield "[Stammdaten]"
        for span in self.spans:
            if (reason := self._reason_of(span)) is not None:
                first, last = (day.strftime("%d/%m/%Y") for day in (span.days.date_from, span.days.date_to))
                yield f"2;{span.employee_id};{first};{last};{reason};"

    def _reason_of(self, span: LeaveSpan) -> str | None:
        keys = (name_key(text) for text in (span.definition, *span.names))
        return next((self._reasons[key] for key in keys if key in self._reasons), None)

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
            *([f"2;u_lod_psd_fehlzeiten;{number[:-4]}#psd;{_SPAN_FIELDS}"] if self.keeps_spans else []),
            "",
            *([*self._stem_data(), ""] if self.keeps_spans else []),
            "[Bewegungsdaten]",
        ]
        records = (";".join(record) + ";" for record in self.records(lines))
        return joined(record + self.newline for record in chain(head, records))


class DatevLug(Profile):
    """Lohn und Gehalt: a first line, then eleven fields; ``;``, decimal comma, Windows-1252, CRLF.

    The first line is ``BeraterNr;MandantenNr;MM/JJJJ``. In the month form the quantity of a month stands in the field
    ``Wert``; a corrected month is a file of its own. In the calendar form each day is a line with its ``Kalendertag``,
    hours in ``Stundenanzahl`` or days in ``Tagesanzahl``, and the ``Ausfallschluessel`` of its pay code; the hours of a
    line's days add up to the line. Options: ``consultant_number``, ``client_number``, ``form`` (``month`` or
    ``calendar``), ``absence_keys`` (pay code -> Ausfallschluessel of up to two characters).
    """

    options: ClassVar[Mapping[str, Any]] = {
        "consultant_number": None,
        "client_number": None,
        "form": "month",
        "absence_keys": {},
    }
    units: ClassVar[Sequence[str]] = ("hours", "days")
    places_cost_centres: ClassVar[bool] = True
    max_cost_centre: ClassVar[int | None] = MAX_COST_CENTRE
    no_cost_centre_has: ClassVar[str] = ';"'
    takes_accounting_month: ClassVar[bool] = True

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        super().__init__(options)
        _check_numbers(self.chosen)
        if self.chosen["form"] not in ("month", "calendar"):
            raise AllHoursParameterError(
                f"parameter 'profile_options': 'form' is {self.chosen['form']!r}; it takes month or calendar"
            )
        # The calendar form has a field for hours and one for days, the month form one for both.
        self.keeps_days = self.tells_units = self.chosen["form"] == "calendar"
        keys = self.chosen["absence_keys"] = texts_by_code(self.chosen, "absence_keys")
        if any(not _ABSENCE_KEY.fullmatch(key) for key in keys.values()):
            raise AllHoursParameterError(
                f"parameter 'profile_options': 'absence_keys' is {keys!r}; it takes pay codes with one or two letters "
                'or digits each, like {"2000": "U"}'
            )
        if keys and not self.keeps_days:
            raise AllHoursParameterError(
                "parameter 'profile_options': 'absence_keys' is for the form calendar; the month form has no such field"
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
        """Digits, ranges and one month; in the calendar form what a day can hold."""
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
        if self.keeps_days:
            yield from self._problems_of_days(lines)

    def _problems_of_days(self, lines: Sequence[PayLine]) -> Iterator[str]:
        known = self.setting.pay_codes
        for code in sorted(set(self.chosen["absence_keys"]) - known) if known else ():
            yield f"'absence_keys' names the pay code {code}, and no line of the mapping has it"
        held: dict[tuple[str, date, str], int] = defaultdict(int)
        month = self._month(lines)
        for line in lines:
            number = line.person.employee_id
            if line.by_day is None:
                yield f"employee id {number}: {line.text()} {line.unit} have no days; a correction takes the form month"
            for day, quantity in line.by_day or ():
                held[number, day, line.unit] += quantity
                if quantity < 0:
                    yield f"employee id {number}: {line.unit} of {day} are negative, and a day of this layout is not"
                if month is not None and day.replace(day=1) != month:
                    yield f"employee id {number}: {day} is not in the month {month:%m/%Y} of the file"
        for (number, day, unit), quantity in sorted(held.items()):
            if quantity > MAX_OF_A_DAY[unit]:
                yield (
                    f"employee id {number}: {quantity / 100:.2f} {unit} on {day}, and a day of this layout has up to "
                    f"{MAX_OF_A_DAY[unit] / 100:.2f}"
                )

    def _month(self, lines: Sequence[PayLine]) -> date | None:
        return self.setting.month_of(lines[0]) if lines else self.setting.accounting_month

    def records(self, lines: Sequence[PayLine]) -> Iterator[Sequence[str]]:
        """The first line, then personnel number, pay code and the quantity of the month, or of each day."""
        month = self._month(lines)
        numbers = (str(self.chosen["consultant_number"]), str(self.chosen["client_number"]))
        yield (*numbers, f"{month:%m/%Y}" if month else "")
        for line in lines:
            number, code, centre = line.person.employee_id, line.pay_code, line.cost_centre
            if not self.keeps_days:
                yield (number, "", "", code, "", "", line.text(","), "", "", centre, "")
                continue
            key = self.chosen["absence_keys"].get(code, "")
            for day, quantity in line.by_day or ():
                text = quantity_text(quantity, line.unit, ",")
                hours, days = (text, "") if line.unit == HOURS else ("", text)
                yield (number, str(day.day), key, code, hours, days, "", "", "", centre, "")


def _check_numbers(chosen: Mapping[str, Any]) -> None:
    required_digits(chosen, "consultant_number", 4, 7)
    required_digits(chosen, "client_number", 1, 5)


def _one_month(lines: Sequence[PayLine]) -> Iterator[str]:
    for period in sorted({line.period for line in lines if line.period.length > MAX_DAYS}):
        yield f"the layout is settled by month, and {period} has more than {MAX_DAYS} days"
