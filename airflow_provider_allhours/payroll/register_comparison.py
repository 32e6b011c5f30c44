# SPDX-License-Identifier: Apache-2.0
"""Compare our payroll lines with those of a register, by employee, pay code, unit and cost centre."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.columns import Column, Kind
from airflow_provider_allhours.payroll.register import Key, Register, RegisterLine
from airflow_provider_allhours.payroll.register_options import RegisterOptions
from airflow_provider_allhours.payroll.register_quantities import hours_of
from airflow_provider_allhours.payroll.rules import CLOCK, HOURS, MINUTES, UNITS_OF_TIME

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
