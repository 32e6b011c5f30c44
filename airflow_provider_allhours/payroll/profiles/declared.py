# SPDX-License-Identifier: Apache-2.0
"""Write a payroll file by a declaration."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.profiles.declaration import (
    DAY_VALUES,
    SIGN,
    Declaration,
    DeclaredColumn,
    DeclaredOption,
    format_day,
    parse_declaration,
)
from airflow_provider_allhours.payroll.profiles.profile import Profile, joined
from airflow_provider_allhours.payroll.rules import CLOCK, DAYS, HOURS

HUNDREDTHS = (HOURS, DAYS)


class _Unprintable(Exception):
    """A value that its column does not take; the text continues a sentence about an employee id."""


class DeclaredProfile(Profile):
    """A layout that is given as data.

    Args:
        document: see :func:`parse_declaration`.
        options: values of its options.

    Raises:
        AllHoursParameterError: the declaration or an option cannot work; quotes the place.
    """

    def __init__(self, document: Mapping[str, Any], options: Mapping[str, Any] | None = None) -> None:
        self._layout: Declaration = parse_declaration(document)
        layout = self._layout
        # Each declaration has options of its own, where a class has one set of them.
        self.options = {  # type: ignore[misc]  # a class variable of other profiles
            name: None if option.required else "" for name, option in layout.options.items()
        }
        self.units = layout.units  # type: ignore[misc]  # a class variable of other profiles
        self.one_period = layout.per == "person" or not layout.has(*DAY_VALUES)  # type: ignore[misc]  # a class variable of other profiles
        self.places_cost_centres = layout.has("cost_centre")  # type: ignore[misc]  # a class variable of other profiles
        self.tells_units = layout.has("unit")
        self.one_line_per_code = layout.per == "person"  # type: ignore[misc]  # a class variable of other profiles
        self.takes_accounting_month = layout.has("accounting_month")  # type: ignore[misc]  # a class variable of other profiles
        self.newline = layout.newline  # type: ignore[misc]  # a class variable of other profiles
        super().__init__(options)
        for name, option in layout.options.items():
            self.chosen[name] = str(self.chosen[name])
            _check_option(name, self.chosen[name], option)

    @property
    def encoding(self) -> str:
        """As declared."""
        return self._layout.encoding

    @property
    def separator(self) -> str:
        """As declared."""
        return self._layout.separator

    def problems_of_lines(self, lines: Sequence[PayLine]) -> Iterator[str]:
        """Values that their columns do not take, and pay codes without a column."""
        codes = {column.of for column in self._layout.columns if column.source == "pay_code"}
        if codes:
            for code in sorted({line.pay_code for line in lines} - codes):
                yield f"pay code {code}: no column of the layout has it"
            lines = [line for line in lines if line.pay_code in codes]
        for own in self._records_of(lines):
            for column in self._layout.columns:
                try:
                    self._field(column, own)
                except _Unprintable as problem:
                    yield f"employee id {own[0].person.employee_id}: {problem}"
        yield from self._look_the_same(lines)

    def _look_the_same(self, lines: Sequence[PayLine]) -> Iterator[str]:
        """Employee ids, and pay codes, that are one text in the file: what one has would be paid to another."""
        ids = self._by_text(("employee_id",), lines, lambda line: line.person.employee_id)
        for same in ids:
            yield f"employee id {', '.join(same)}: one text in this layout"
        if self.places_cost_centres:
            for same in self._by_text(("cost_centre",), lines, lambda line: line.cost_centre):
                yield f"cost centre {', '.join(map(repr, same))}: one text in this layout"
        # Where lines have an accounting month, those of another period may be meant for the same one.
        if not self.one_period and not self.takes_accounting_month:
            for same in self._by_text(DAY_VALUES, lines, lambda line: str(line.period)):
                yield f"lines of {' and '.join(same)}: their days are one text in this layout"
        if self._layout.per == "person":
            return
        for same in self._by_text(("pay_code",), lines, lambda line: line.pay_code):
            if self._layout.has("pay_code"):
                yield f"pay code {', '.join(same)}: one text in this layout"
            else:
                yield f"pay code {', '.join(same)}: the layout has no column that tells them apart"

    def _by_text(
        self, names: Collection[str], lines: Sequence[PayLine], of: Callable[[PayLine], str]
    ) -> list[list[str]]:
        """Values that have the same text in all columns that hold them, where there are several."""
        columns = [column for column in self._layout.columns if column.source == "value" and column.of in names]
        same: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for line in lines:
            # A value that has no place is another problem, which is told by itself.
            with suppress(_Unprintable):
                same[tuple(self._field(column, [line]) for column in columns)].add(of(line))
        return [sorted(values) for _, values in sorted(same.items()) if len(values) > 1]

    def records(self, lines: Sequence[PayLine]) -> Iterator[Sequence[str]]:
        """Names of the columns, where the layout has them, and the fields of each record."""
        if self._layout.header:
            yield [column.name for column in self._layout.columns]
        for own in self._records_of(lines):
            yield [self._field(column, own) for column in self._layout.columns]

    def render(self, lines: Sequence[PayLine]) -> str:
        """The whole file."""
        if self._layout.style == "separated":
            return super().render(lines)
        return joined("".join(record) + self.newline for record in self.records(lines))

    def _fits(self, line: PayLine) -> bool:
        try:
            return super()._fits(line)
        except _Unprintable:
            # That is another problem, which is told by itself.
            return True

    def _records_of(self, lines: Sequence[PayLine]) -> Iterator[Sequence[PayLine]]:
        """The lines of each record: a line, or those of a person with one cost centre."""
        if self._layout.per == "line":
            yield from ([line] for line in lines)
            return
        people: dict[tuple[str, tuple[str, ...], str], list[PayLine]] = {}
        for line in lines:
            people.setdefault((line.person.employee_id, line.person.user_ids, line.cost_centre), []).append(line)
        yield from people.values()

    def _field(self, column: DeclaredColumn, own: Sequence[PayLine]) -> str:
        text = self._text(column, own)
        if column.max_length is not None and len(text) > column.max_length:
            raise _Unprintable(f"{column.name or column.of} has more than {column.max_length} characters")
        if column.ascii and not text.isascii():
            raise _Unprintable(f"{column.name or column.of} is not ASCII")
        if any(not letter.isprintable() for letter in text):
            raise _Unprintable(f"{column.name or column.of} has a control character")
        if column.digits is not None and not column.is_quantity and text:
            _check_digits(text, column.digits, column.name or column.of)
        return text if column.width is None else _filled(text, column, column.width)

    def _text(self, column: DeclaredColumn, own: Sequence[PayLine]) -> str:
        line = own[0]
        if column.source == "constant":
            return column.of
        if column.source == "option":
            return str(self.chosen[column.of])
        if column.source == "pay_code":
            paid = next((one for one in own if one.pay_code == column.of), None)
            return "" if paid is None else self._quantity(column, paid)
        if column.is_quantity:
            return self._quantity(column, line)
        return self._value(column, line)

    def _value(self, column: DeclaredColumn, line: PayLine) -> str:
        if column.of == SIGN:
            return "-" if line.quantity < 0 else ""
        if column.of in DAY_VALUES:
            days = {
                "period_from": line.period.date_from,
                "period_to": line.period.date_to,
                "accounting_month": self.setting.month_of(line),
            }
            return format_day(days[column.of], column.date_format)
        values = {
            "employee_id": line.person.employee_id,
            "user_id": line.person.user_ids[0] if line.person.user_ids else "",
            "first_name": line.person.first_name,
            "last_name": line.person.last_name,
            "pay_code": line.pay_code,
            "unit": line.unit,
            "cost_centre": line.cost_centre,
        }
        return values[column.of]

    def _quantity(self, column: DeclaredColumn, line: PayLine) -> str:
        if line.quantity < 0 and column.sign == "none":
            raise _Unprintable(f"{line.text()} is negative, and {column.name or column.of} has no place for a sign")
        size = _size(column, line, self._layout.decimal_sign)
        if line.quantity >= 0 or column.sign == "column":
            return size
        return f"{size}-" if column.sign == "trailing" else f"-{size}"


def _size(column: DeclaredColumn, line: PayLine, decimal_sign: str) -> str:
    """The quantity without its sign."""
    name, size = column.name or column.of, abs(line.quantity)
    if line.unit == CLOCK:
        if column.digits is not None or column.decimals is not None:
            raise _Unprintable(f"{name} takes numbers, and {line.text()} is a time")
        return f"{size // 60}:{size % 60:02}"
    own = 2 if line.unit in HUNDREDTHS else 0
    decimals = own if column.decimals is None else column.decimals
    if decimals < own and size % 10 ** (own - decimals):
        raise _Unprintable(f"{line.text()} has more than the {decimals} decimals of {name}")
    parts = size * 10 ** (decimals - own) if decimals >= own else size // 10 ** (own - decimals)
    if column.digits is not None:
        if len(str(parts)) > column.digits:
            raise _Unprintable(f"{line.text()} has more than the {column.digits} digits of {name}")
        return str(parts).zfill(column.digits)
    if not decimals:
        return str(parts)
    return f"{parts // 10**decimals}{decimal_sign}{parts % 10**decimals:0{decimals}}"


def _filled(text: str, column: DeclaredColumn, width: int) -> str:
    if len(text) > width:
        raise _Unprintable(f"{column.name or column.of} has {len(text)} characters, and there is place for {width}")
    if column.align == "left":
        return text.ljust(width, column.pad)
    if column.pad == "0" and text.startswith("-"):
        return "-" + text[1:].rjust(width - 1, "0")
    return text.rjust(width, column.pad)


def _check_digits(text: str, most: int, name: str) -> None:
    if not (text.isascii() and text.isdigit() and len(text) <= most):
        raise _Unprintable(f"{name} takes digits, {most} of them at most")


def _check_option(name: str, value: str, option: DeclaredOption) -> None:
    place = f"profile_options.{name}"
    if not value and not option.required:
        return
    if option.digits is not None and not (value.isascii() and value.isdigit() and len(value) <= option.digits):
        raise AllHoursParameterError(f"parameter '{place}' is {value!r}; it takes digits, {option.digits} at most")
    if option.max_length is not None and len(value) > option.max_length:
        raise AllHoursParameterError(
            f"parameter '{place}' is {value!r}; it takes {option.max_length} characters at most"
        )
    if (option.ascii and not value.isascii()) or not value.isprintable() or not value.strip():
        raise AllHoursParameterError(f"parameter '{place}' is {value!r}; it takes plain text")
