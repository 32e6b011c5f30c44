# SPDX-License-Identifier: Apache-2.0
"""Read payroll registers and compare them by employee, pay code, unit and cost centre."""

from __future__ import annotations

import csv
import io
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain, islice
from typing import NamedTuple

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.columns import Column, Kind
from airflow_provider_allhours.payroll.register_options import RegisterOptions
from airflow_provider_allhours.payroll.register_quantities import AmbiguousNumber, hours_of, read_amount
from airflow_provider_allhours.payroll.rules import CLOCK, HOURS, MINUTES, UNITS, UNITS_OF_TIME
from airflow_provider_allhours.texts import clean_id

REQUIRED = ("employee_id", "pay_code", "quantity")
OPTIONAL = ("unit", "cost_centre")
FIELDS = (*REQUIRED, *OPTIONAL)
COMPARISON_COLUMNS = (
    Column("employee_id", Kind.TEXT, "Employee id of the line; ours where both sides have it.", is_nullable=False),
    Column("pay_code", Kind.TEXT, "Pay code of the line.", is_nullable=False),
    Column(
        "verdict",
        Kind.TEXT,
        "``matching``, ``missing`` (ours only), ``ghost`` (register only) or ``differing``.",
        is_nullable=False,
    ),
    Column("ours", Kind.NUMBER, "Quantity in our file; empty where it has no such line."),
    Column("register", Kind.NUMBER, "Quantity in the register; empty where it has no such line."),
    Column("difference", Kind.NUMBER, "Register minus ours; a side without a line counts as 0.", is_nullable=False),
    Column("unit", Kind.TEXT, "Unit of the quantities, such as ``hours``."),
    Column("cost_centre", Kind.TEXT, "Cost centre; empty where one of the files has none."),
)
MATCHING, MISSING, GHOST, DIFFERING = "matching", "missing", "ghost", "differing"

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


@dataclass(frozen=True, slots=True)
class Comparison:
    """The quantities of one key in our file and in the register.

    Attributes:
        key: employee id, pay code, unit and cost centre.
        ours: quantity in our file; None without a line.
        theirs: quantity in the register; None without a line.
        verdict: ``matching``, ``missing`` (ours only), ``ghost`` (register only) or ``differing``.
    """

    key: Key
    ours: Decimal | None
    theirs: Decimal | None
    verdict: str

    def to_row(self) -> tuple[object, ...]:
        """The values of :data:`COMPARISON_COLUMNS`."""
        difference = (self.theirs or Decimal(0)) - (self.ours or Decimal(0))
        key = self.key
        return (
            *(key.employee_id, key.pay_code, self.verdict, self.ours, self.theirs, difference),
            *(key.unit, key.cost_centre),
        )


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


def compare(ours: Register, theirs: Register, tolerance: Decimal, options: RegisterOptions) -> Iterator[Comparison]:
    """Compare every key of either side, sorted; a quantity of zero equals no line.

    Lines of one key are summed, and quantities of different units never are. Where the register does not say the unit,
    it is that of our lines of the pay code; where one side has no cost centres, those of the other are summed. Memory
    grows with the keys; both files have been read when this returns.

    Args:
        ours: our file.
        theirs: the register.
        tolerance: largest difference that counts as matching, in the unit of the quantities.
        options: how the register is written.

    Raises:
        AllHoursParameterError: a cell cannot be read, nothing says in which unit a line of the register is, or two of
            our employee ids are one number.
    """
    has_cost_centres = "cost_centre" in ours.fields & theirs.fields
    sums: dict[Key, _Sums] = {}
    ids_by_number: dict[str, set[str]] = defaultdict(set)
    for line in ours.lines:
        if options.employee_id == "number":
            ids_by_number[_number(line.key.employee_id)].add(line.key.employee_id)
        own = _comparable(line, options, has_cost_centres=has_cost_centres)
        own = _in_hours(own) if options.quantity == HOURS else own
        mine, _ = sums.get(own.key, _NO_LINES)
        sums[own.key] = _Sums(_added(mine, own.quantity), None)
    _refuse_one_number(ids_by_number)
    units = _Units(sums, theirs, options.quantity)
    for line in theirs.lines:
        other = units.place(_comparable(line, options, has_cost_centres=has_cost_centres))
        mine, sofar = sums.get(other.key, _NO_LINES)
        sums[other.key] = _Sums(mine, _the_same(_added(sofar, other.quantity), mine))
    return (_compared(key, *sums[key], tolerance) for key in sorted(sums))


class _Sums(NamedTuple):
    """The quantities of one key in our file and in the register; None without a line."""

    ours: Decimal | None
    theirs: Decimal | None


_NO_LINES = _Sums(None, None)


def _added(sofar: Decimal | None, quantity: Decimal) -> Decimal:
    """A sum that keeps the decimals of all its lines, those of a zero, too."""
    return (Decimal(0) if sofar is None else sofar) + quantity


def _the_same(number: Decimal, other: Decimal | None) -> Decimal:
    """The other number where both are written alike, so that most keys keep one number and not two."""
    return other if other is not None and number.compare_total(other) == 0 else number


class _Units:
    """The units of our lines, which those of a register take that does not say its own."""

    def __init__(self, ours: Iterable[Key], theirs: Register, notation: str | None) -> None:
        self._notation = notation
        self._parameter = theirs.parameter
        self._says_unit = "unit" in theirs.fields
        self._of_code: dict[str, set[str]] = defaultdict(set)
        self._of_line: dict[tuple[str, str], set[str]] = defaultdict(set)
        if self._says_unit:
            return
        keys = list(ours)
        for key in keys:
            self._of_code[key.pay_code].add(key.unit)
        # Of a code with one unit it is that of every line.
        for key in keys:
            if len(self._of_code[key.pay_code]) > 1:
                self._of_line[key.employee_id, key.pay_code].add(key.unit)

    def place(self, line: RegisterLine) -> RegisterLine:
        """The line with its unit, and its quantity in that unit."""
        key = line.key if self._says_unit else line.key._replace(unit=self._unit_of(line))
        if key.unit in UNITS_OF_TIME and self._notation is not None and line.quantity:
            self._refuse_other_notation(line)
        if not line.is_clock:
            return replace(line, key=key)
        if key.unit and key.unit not in UNITS_OF_TIME:
            raise AllHoursParameterError(
                f"parameter '{self._parameter}': line {line.number} has a time where {key.unit} are due"
            )
        return replace(line, key=key, quantity=hours_of(line.quantity) if key.unit == HOURS else line.quantity)

    def _refuse_other_notation(self, line: RegisterLine) -> None:
        if line.is_clock != (self._notation == CLOCK):
            raise AllHoursParameterError(
                f"parameter '{self._parameter}': the quantity in line {line.number} is not in {self._notation}, which "
                "'quantity' of register_options says"
            )

    def _unit_of(self, line: RegisterLine) -> str:
        code = line.key.pay_code
        units = self._of_line.get((line.key.employee_id, code)) or self._of_code.get(code) or {""}
        if len(units) > 1:
            raise AllHoursParameterError(
                f"parameter '{self._parameter}' has no column for the unit, and pay code {code} is in "
                f"{' and '.join(sorted(units))} in 'ours'; parameter 'columns' maps a column to 'unit'"
            )
        return next(iter(units))


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


def _comparable(line: RegisterLine, options: RegisterOptions, *, has_cost_centres: bool) -> RegisterLine:
    key = line.key
    if options.employee_id == "number":
        key = key._replace(employee_id=_number(key.employee_id))
    if not has_cost_centres:
        key = key._replace(cost_centre="")
    return replace(line, key=key)


def _in_hours(line: RegisterLine) -> RegisterLine:
    if line.key.unit not in (MINUTES, CLOCK):
        return line
    return replace(line, key=line.key._replace(unit=HOURS), quantity=hours_of(line.quantity))


def _number(employee_id: str) -> str:
    is_digits = employee_id.isascii() and employee_id.isdigit()
    return employee_id.lstrip("0") or "0" if is_digits else employee_id


def _refuse_one_number(ids_by_number: Mapping[str, set[str]]) -> None:
    for _, ids in sorted(ids_by_number.items()):
        if len(ids) > 1:
            raise AllHoursParameterError(
                f"parameter 'register_options.employee_id' is 'number', and the employee ids {', '.join(sorted(ids))} "
                "of 'ours' are one number; compare them as 'exact'"
            )


def _compared(key: Key, ours: Decimal | None, theirs: Decimal | None, tolerance: Decimal) -> Comparison:
    if abs((ours or Decimal(0)) - (theirs or Decimal(0))) <= tolerance and (ours is None) == (theirs is None):
        verdict = MATCHING
    elif theirs is None:
        verdict = MISSING if ours else MATCHING
    elif ours is None:
        verdict = GHOST if theirs else MATCHING
    else:
        verdict = DIFFERING
    return Comparison(key, ours, theirs, verdict)
