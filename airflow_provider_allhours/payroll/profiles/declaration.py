# SPDX-License-Identifier: Apache-2.0
"""A payroll layout as data: columns, their form and their limits, parsed into frozen types."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.payroll.rules import UNITS
from airflow_provider_allhours.texts import file_encoding

TEXT_VALUES = ("employee_id", "user_id", "first_name", "last_name", "pay_code", "unit", "cost_centre")
DAY_VALUES = ("period_from", "period_to", "accounting_month")
QUANTITY, SIGN = "quantity", "quantity_sign"
VALUES = (*TEXT_VALUES, QUANTITY, SIGN, *DAY_VALUES)
OF_LINES = ("pay_code", QUANTITY, SIGN, "unit")
"""Values that a line has and a person with several lines does not."""

SOURCES = ("value", "constant", "option", "pay_code")
SIGNS = ("leading", "trailing", "none", "column")
NEWLINES = {"\n": "\n", "\r\n": "\r\n", "lf": "\n", "crlf": "\r\n"}
MAX_WIDTH = 10_000

_KEYS = (
    *("style", "separator", "newline", "encoding", "decimal_sign", "date_format", "header", "per", "units"),
    *("columns", "options"),
)
_COLUMN_KEYS = (
    *("name", *SOURCES, "width", "align", "pad", "decimals", "digits", "sign", "max_length", "ascii", "date_format"),
)
_OPTION_KEYS = ("required", "digits", "max_length", "ascii")
_WOULD_CHANGE_A_QUANTITY = frozenset("123456789+-.,:")
_DIRECTIVES = re.compile(r"%(-?[dmY]|-?y|%)")


@dataclass(frozen=True)
class DeclaredOption:
    """An option of the layout.

    Attributes:
        required: whether it has to be given.
        digits: it is digits, so many at most.
        max_length: characters at most.
        ascii: whether it is plain ASCII.
    """

    required: bool = False
    digits: int | None = None
    max_length: int | None = None
    ascii: bool = False


@dataclass(frozen=True)
class DeclaredColumn:
    """A column of the layout.

    Attributes:
        place: where it stands in the declaration, for messages.
        name: its name in the header.
        source: ``value``, ``constant``, ``option`` or ``pay_code``.
        of: the value's, option's or pay code's name, or the constant itself.
        width: characters of a fixed layout; None in a separated one.
        align: ``left`` or ``right``.
        pad: what fills the width.
        decimals: of a quantity; None for as many as its unit has.
        digits: a quantity without a decimal sign, filled with zeros to so many digits; of other values, that they are
            digits, so many at most.
        sign: where the minus of a quantity stands; ``column`` for a column of its own.
        max_length: characters at most.
        ascii: whether it is plain ASCII.
        date_format: ``strftime`` pattern of a day.
    """

    place: str
    name: str
    source: str
    of: str
    width: int | None
    align: str
    pad: str
    decimals: int | None
    digits: int | None
    sign: str
    max_length: int | None
    ascii: bool
    date_format: str

    @property
    def is_quantity(self) -> bool:
        """Whether it holds a quantity."""
        return self.source == "pay_code" or (self.source == "value" and self.of == QUANTITY)


@dataclass(frozen=True)
class Declaration:
    """A payroll layout.

    Attributes:
        style: ``separated`` or ``fixed``.
        separator: between two fields of a separated layout.
        newline: end of a record.
        encoding: Python codec.
        decimal_sign: ``.`` or ``,``.
        header: whether the names of the columns come first.
        per: ``line`` or ``person``: what a record is of.
        units: units that it takes.
        columns: in their order.
        options: name -> option.
    """

    style: str
    separator: str
    newline: str
    encoding: str
    decimal_sign: str
    header: bool
    per: str
    units: tuple[str, ...]
    columns: tuple[DeclaredColumn, ...]
    options: Mapping[str, DeclaredOption]

    def has(self, *values: str) -> bool:
        """Whether a column has one of these values."""
        return any(column.source == "value" and column.of in values for column in self.columns)


def is_declaration(document: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether an object declares columns, and not options of a profile that has a name."""
    return isinstance(document, Mapping) and "base" not in document


def parse_declaration(document: Mapping[str, Any]) -> Declaration:
    """Read a declaration.

    Raises:
        AllHoursParameterError: an unknown key, or a value that it does not take; quotes the place, such as
            ``profile.columns[2].width``.
    """
    _known(document, _KEYS, "profile")
    style = _one_of(document, "style", "profile", ("separated", "fixed"), "separated")
    per = _one_of(document, "per", "profile", ("line", "person"), "line")
    header = _flag(document, "header", "profile")
    if style == "fixed" and header:
        raise _wrong("profile.header", True, "false: a fixed layout has no names of columns")
    separator = _text(document, "separator", "profile", ";")
    if len(separator) != 1 or separator in '"\r\n':
        raise _wrong("profile.separator", separator, "one character such as ; or ,")
    options = _options(document.get("options", {}))
    date_format = _date_format(document, "profile", "%Y-%m-%d")
    listed = document.get("columns")
    if not isinstance(listed, Sequence) or isinstance(listed, str) or not listed:
        raise _wrong("profile.columns", listed, "a list of columns")
    columns = tuple(
        _column(column, f"profile.columns[{index}]", style=style, per=per, options=options, date_format=date_format)
        for index, column in enumerate(listed)
    )
    _refuse_contradictions(columns, per)
    return Declaration(
        style=style,
        separator=separator,
        newline=_newline(document),
        encoding=_encoding(document),
        decimal_sign=_one_of(document, "decimal_sign", "profile", (".", ","), "."),
        header=header,
        per=per,
        units=_units(document),
        columns=columns,
        options=options,
    )


def format_day(day: Any, pattern: str) -> str:
    """A day by a pattern; ``%-d`` and ``%-m`` are numbers without a leading zero on every system."""
    numbers = {"-d": str(day.day), "-m": str(day.month), "d": f"{day.day:02}", "m": f"{day.month:02}"}
    numbers |= {"Y": f"{day.year:04}", "y": f"{day.year % 100:02}", "-y": str(day.year % 100), "-Y": str(day.year)}
    return _DIRECTIVES.sub(lambda found: "%" if found[1] == "%" else numbers[found[1]], pattern)


def _column(
    column: Any,
    place: str,
    *,
    style: str,
    per: str,
    options: Mapping[str, DeclaredOption],
    date_format: str,
) -> DeclaredColumn:
    if not isinstance(column, Mapping):
        raise _wrong(place, column, "an object such as {name, value}")
    _known(column, _COLUMN_KEYS, place)
    sources = [source for source in SOURCES if source in column]
    if len(sources) != 1:
        raise AllHoursParameterError(
            f"parameter '{place}' has {', '.join(sources) or 'no source'}; it takes one of {', '.join(SOURCES)}"
        )
    source = sources[0]
    of = column[source]
    if source == "constant" and isinstance(of, int) and not isinstance(of, bool):
        of = str(of)
    if not isinstance(of, str) or (not of and source != "constant"):
        raise _wrong(f"{place}.{source}", of, "a text")
    if source == "value":
        _check_value(of, place, per)
    if source == "option" and of not in options:
        raise _wrong(f"{place}.option", of, f"one of the options, which are {', '.join(options) or 'none'}")
    if source == "pay_code" and per != "person":
        raise _wrong(
            f"{place}.pay_code", of, "no pay code: records are of lines ('per': 'person' makes one per person)"
        )
    is_quantity = source == "pay_code" or (source == "value" and of == QUANTITY)
    digits = _number(column, "digits", place, 1, 18)
    width = _number(column, "width", place, 1, MAX_WIDTH)
    if (width is None) == (style == "fixed"):
        wanted = "a number of characters" if style == "fixed" else "no width: the layout is separated"
        raise _wrong(f"{place}.width", column.get("width"), wanted)
    for key in ("decimals", "sign"):
        if key in column and not is_quantity:
            raise _wrong(f"{place}.{key}", column[key], "nothing: the column has no quantity")
    parsed = DeclaredColumn(
        place=place,
        name=_text(column, "name", place, of if source == "value" else ""),
        source=source,
        of=of,
        width=width,
        align=_one_of(column, "align", place, ("left", "right"), "right" if is_quantity else "left"),
        pad=_pad(column, place, "0" if is_quantity and digits else " "),
        decimals=_number(column, "decimals", place, 0, 6),
        digits=digits,
        sign=_one_of(column, "sign", place, SIGNS, "leading"),
        max_length=_number(column, "max_length", place, 1, MAX_WIDTH),
        ascii=_flag(column, "ascii", place),
        date_format=_date_format(column, place, date_format),
    )
    if is_quantity and (parsed.pad in _WOULD_CHANGE_A_QUANTITY or (parsed.pad == "0" and parsed.align == "left")):
        raise _wrong(f"{place}.pad", parsed.pad, "a blank, or a zero before a quantity: others would change its size")
    if source == "constant":
        _check_constant(parsed)
    return parsed


def _check_constant(column: DeclaredColumn) -> None:
    longest = min(limit for limit in (column.width, column.max_length, MAX_WIDTH) if limit is not None)
    wrong = (
        len(column.of) > longest
        or not column.of.isprintable()
        or (column.ascii and not column.of.isascii())
        or (column.digits is not None and not (column.of.isascii() and column.of.isdigit()))
        or (column.digits is not None and len(column.of) > column.digits)
    )
    if wrong:
        raise _wrong(f"{column.place}.constant", column.of, "a text that fits its own column")


def _check_value(value: str, place: str, per: str) -> None:
    if value not in VALUES:
        raise _wrong(f"{place}.value", value, f"one of {', '.join(VALUES)}")
    if per == "person" and value in OF_LINES:
        raise _wrong(
            f"{place}.value", value, "a value of a person: records are of persons, whose quantities are by pay_code"
        )


def _refuse_contradictions(columns: Sequence[DeclaredColumn], per: str) -> None:
    values = [column.of for column in columns if column.source == "value"]
    if "employee_id" not in values:
        raise AllHoursParameterError("parameter 'profile.columns' has no column with the value employee_id")
    if not any(column.is_quantity for column in columns):
        wanted = "pay_code" if per == "person" else "the value quantity"
        raise AllHoursParameterError(f"parameter 'profile.columns' has no column with {wanted}")
    codes = [column.of for column in columns if column.source == "pay_code"]
    if double := sorted({code for code in codes if codes.count(code) > 1}):
        raise AllHoursParameterError(f"parameter 'profile.columns' has the pay code {double[0]} twice")
    in_column = any(column.is_quantity and column.sign == "column" for column in columns)
    if in_column != (SIGN in values):
        raise AllHoursParameterError(
            "parameter 'profile.columns': the sign 'column' of a quantity needs a column with the value quantity_sign, "
            "and such a column needs the sign"
        )


def _options(document: Any) -> dict[str, DeclaredOption]:
    if not isinstance(document, Mapping):
        raise _wrong("profile.options", document, "an object of name and limits")
    options = {}
    for name, limits in document.items():
        place = f"profile.options.{name}"
        limits = {} if limits is None else limits
        if not isinstance(limits, Mapping):
            raise _wrong(place, limits, "an object such as {required: true, digits: 5}")
        _known(limits, _OPTION_KEYS, place)
        options[str(name)] = DeclaredOption(
            _flag(limits, "required", place),
            _number(limits, "digits", place, 1, 100),
            _number(limits, "max_length", place, 1, MAX_WIDTH),
            _flag(limits, "ascii", place),
        )
    return options


def _newline(document: Mapping[str, Any]) -> str:
    given = _text(document, "newline", "profile", "\r\n")
    if given.lower() not in NEWLINES:
        raise _wrong("profile.newline", given, "CRLF or LF")
    return NEWLINES[given.lower()]


def _encoding(document: Mapping[str, Any]) -> str:
    given = _text(document, "encoding", "profile", "utf-8")
    encoding = file_encoding(given)
    if encoding is None:
        raise _wrong("profile.encoding", given, "the name of a Python codec such as windows-1252")
    return encoding


def _units(document: Mapping[str, Any]) -> tuple[str, ...]:
    given = document.get("units", list(UNITS))
    if not isinstance(given, Sequence) or isinstance(given, str) or not given or not set(given) <= set(UNITS):
        raise _wrong("profile.units", given, f"a list of {', '.join(UNITS)}")
    return tuple(given)


def _known(document: Mapping[Any, Any], known: Collection[str], place: str) -> None:
    if unknown := sorted(str(key) for key in document if key not in known):
        raise AllHoursParameterError(
            f"parameter '{place}' has unknown keys {', '.join(unknown)}; it takes {', '.join(known)}"
        )


def _one_of(document: Mapping[str, Any], key: str, place: str, choices: Sequence[str], default: str) -> str:
    value = document.get(key, default)
    if value not in choices:
        raise _wrong(f"{place}.{key}", value, " or ".join(choices))
    return str(value)


def _flag(document: Mapping[str, Any], key: str, place: str) -> bool:
    value = document.get(key, False)
    if not isinstance(value, bool):
        raise _wrong(f"{place}.{key}", value, "true or false")
    return value


def _text(document: Mapping[str, Any], key: str, place: str, default: str) -> str:
    value = document.get(key, default)
    if not isinstance(value, str):
        raise _wrong(f"{place}.{key}", value, "a text")
    return value


def _number(document: Mapping[str, Any], key: str, place: str, least: int, most: int) -> int | None:
    value = document.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise _wrong(f"{place}.{key}", value, f"a whole number from {least} to {most}")
    return value


def _pad(document: Mapping[str, Any], place: str, default: str) -> str:
    value = document.get("pad", default)
    value = str(value) if value == 0 and not isinstance(value, bool) else value
    if not isinstance(value, str) or len(value) != 1 or not value.isprintable():
        raise _wrong(f"{place}.pad", value, "one character, such as '0'")
    return value


def _date_format(document: Mapping[str, Any], place: str, default: str) -> str:
    value = _text(document, "date_format", place, default)
    if "%" in _DIRECTIVES.sub("", value) or not _DIRECTIVES.search(value):
        raise _wrong(
            f"{place}.date_format", value, "%d, %m, %Y, %y (%-d and %-m without a leading zero) and other text"
        )
    return value


def _wrong(place: str, value: object, right: str) -> AllHoursParameterError:
    return AllHoursParameterError(f"parameter '{place}' is {value!r}; it takes {right}")
