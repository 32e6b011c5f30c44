# SPDX-License-Identifier: Apache-2.0
"""Read payroll registers: whose, which pay code, how much."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, islice
from typing import NamedTuple

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.payroll.register_options import RegisterOptions
from airflow_provider_allhours.payroll.register_quantities import AmbiguousNumber, read_amount
from airflow_provider_allhours.payroll.rules import UNITS
from airflow_provider_allhours.texts import clean_id

REQUIRED = ("employee_id", "pay_code", "quantity")
OPTIONAL = ("unit", "cost_centre")
FIELDS = (*REQUIRED, *OPTIONAL)

NumberedRow = tuple[int, Sequence[str]]
"""The number of a line, and its cells."""


class Key(NamedTuple):
    """What lines of the two sides are compared by; ``unit`` and ``cost_centre`` are empty where a side has none."""

    employee_id: str
    pay_code: str
    unit: str = ""
    cost_centre: str = ""


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One line of either side.

    Attributes:
        number: of the line in its file.
        key: whose and what.
        quantity: in the unit of the key; minutes where it was written as a time.
        is_clock: whether it was written as ``h:mm``.
    """

    number: int
    key: Key
    quantity: Decimal
    is_clock: bool


@dataclass(frozen=True)
class Register:
    """A file whose header was read.

    Attributes:
        parameter: name of the parameter that gave it, for messages.
        lines: those that are no totals; read once. Raises :class:`AllHoursParameterError` where a cell cannot be read;
            the message names the line.
        fields: which of :data:`FIELDS` it has.
    """

    parameter: str
    lines: Iterator[RegisterLine]
    fields: frozenset[str]


def csv_rows(content: bytes, parameter: str, options: RegisterOptions) -> Iterator[NumberedRow]:
    """The cells of a CSV file, from the row with the names of its columns on.

    Raises:
        AllHoursParameterError: the bytes are in another encoding, or a line has more cells than there are columns, as
            a decimal comma makes them among commas.
    """
    text = io.TextIOWrapper(io.BytesIO(content), _encoding_of(content, parameter, options.encoding), newline="")
    head = next(islice(text, options.header_row - 1, None), "")
    separator = options.separator or max(",;\t|", key=head.count)
    reader = csv.reader(chain([head] if head else [], text), delimiter=separator)
    columns = None
    for row in reader:
        number = reader.line_num + options.header_row - 1
        columns = len(row) if columns is None else columns
        if any(cell.strip() for cell in row[columns:]):
            raise AllHoursParameterError(
                f"parameter '{parameter}': line {number} has more cells than there are columns; 'separator' of "
                "register_options says what stands between two cells, and a cell that has it stands in quotation marks"
            )
        yield number, row


def read_register(
    rows: Iterable[NumberedRow],
    parameter: str,
    columns: Mapping[str, str] | None = None,
    options: RegisterOptions | None = None,
) -> Register:
    """Read the lines of a register.

    Args:
        rows: the row with the names of the columns, then the others.
        parameter: name of the parameter that gave the file, for messages.
        columns: the file's names -> :data:`FIELDS`.
        options: how the register is written.

    Raises:
        AllHoursParameterError: a column is missing or there twice.
    """
    options = options or RegisterOptions()
    remaining = iter(rows)
    _, header = next(remaining, (0, ()))
    places = _places([name.strip() for name in header], columns or {}, parameter)
    return Register(parameter, _lines(remaining, places, parameter, options), frozenset(places))


def _lines(
    rows: Iterable[NumberedRow], places: Mapping[str, int], parameter: str, options: RegisterOptions
) -> Iterator[RegisterLine]:
    for number, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        cells = {field: row[place].strip() if place < len(row) else "" for field, place in places.items()}
        if options.total_rows is not None and _is_total(number, row, cells, parameter, options.total_rows):
            continue
        yield _line(number, cells, parameter, options)


def _encoding_of(content: bytes, parameter: str, encoding: str | None) -> str:
    for codec in (encoding,) if encoding else ("utf-8-sig", "windows-1252"):
        chosen = "utf-8-sig" if codec == "utf-8" else codec
        try:
            content.decode(chosen)
        except UnicodeError:
            continue
        return chosen
    raise AllHoursParameterError(
        f"parameter '{parameter}' is not text in {encoding or 'UTF-8 or Windows-1252'}; 'encoding' of register_options "
        "says which it is"
    )


def _places(header: Sequence[str], columns: Mapping[str, str], parameter: str) -> dict[str, int]:
    """Where the columns are that are compared."""
    if unknown := sorted(set(columns.values()) - set(FIELDS)):
        raise AllHoursParameterError(
            f"parameter 'columns' maps to {', '.join(unknown)}; it maps the register's names to {', '.join(FIELDS)}"
        )
    renamed = {ours: theirs for theirs, ours in columns.items()}
    names = {field: renamed.get(field, field) for field in FIELDS if field in REQUIRED or field in renamed}
    names.update({field: field for field in OPTIONAL if field in header and field not in renamed})
    if missing := [name for name in names.values() if name not in header]:
        raise AllHoursParameterError(
            f"parameter '{parameter}' lacks the columns {', '.join(missing)}; parameter 'columns' maps the register's "
            f"names to {', '.join(FIELDS)}, and 'header_row' of register_options says where the names are"
        )
    if double := [name for name in names.values() if list(header).count(name) > 1]:
        raise AllHoursParameterError(f"parameter '{parameter}' has the column {double[0]} twice")
    return {field: list(header).index(name) for field, name in names.items()}


def _is_total(number: int, row: Sequence[str], cells: Mapping[str, str], parameter: str, mark: str) -> bool:
    """Whether a row is a total; a line of a person whose name begins like one is not passed over."""
    if not any(_begins_with(cell, mark) for cell in row):
        return False
    own = cells["employee_id"], cells["pay_code"]
    if all(own) and not any(_begins_with(cell, mark) for cell in own):
        raise AllHoursParameterError(
            f"parameter '{parameter}': line {number} begins like a total and has an employee id and a pay code; "
            "'total_rows' of register_options takes a text that only totals begin with"
        )
    return True


def _begins_with(cell: str, mark: str) -> bool:
    return cell.strip().casefold().startswith(mark.strip().casefold())


def _line(number: int, cells: Mapping[str, str], parameter: str, options: RegisterOptions) -> RegisterLine:
    unit = cells.get("unit", "")
    if unit and unit not in UNITS:
        raise AllHoursParameterError(
            f"parameter '{parameter}': the unit in line {number} is {unit!r}; it takes {', '.join(UNITS)}"
        )
    try:
        amount = read_amount(cells["quantity"], options)
    except AmbiguousNumber:
        raise AllHoursParameterError(
            f"parameter '{parameter}': the quantity in line {number} has one sign before three digits, which may be a "
            "thousand or a decimal; 'decimal_sign' of register_options says which"
        ) from None
    except ValueError:
        raise AllHoursParameterError(
            f"parameter '{parameter}': the quantity in line {number} is not a number"
        ) from None
    texts = clean_id(cells["employee_id"]), cells["pay_code"], unit, cells.get("cost_centre", "")
    # The same few texts come again and again, on both sides.
    return RegisterLine(number, Key(*map(sys.intern, texts)), amount.value, amount.is_clock)
