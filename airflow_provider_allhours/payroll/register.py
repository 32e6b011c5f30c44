# SPDX-License-Identifier: Apache-2.0
"""Read payroll registers and compare them by employee and pay code."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.texts import clean_id

FIELDS = ("employee_id", "pay_code", "quantity")
COMPARISON_COLUMNS = ("employee_id", "pay_code", "verdict", "ours", "register", "difference")
MATCHING, MISSING, GHOST, DIFFERING = "matching", "missing", "ghost", "differing"

Key = tuple[str, str]


@dataclass(frozen=True)
class Comparison:
    """The quantities of one employee and pay code in our file and in the register.

    Attributes:
        key: employee id and pay code.
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
        return (*self.key, self.verdict, self.ours, self.theirs, difference)


def read_register(content: bytes, parameter: str, columns: Mapping[str, str] | None = None) -> dict[Key, Decimal]:
    """Read the quantities by employee id and pay code; lines of the same two are summed.

    Args:
        content: CSV with comma, semicolon or tab, UTF-8 or Windows-1252, decimal point or comma, or ``h:mm``.
        parameter: name of the parameter that gave the file, for messages.
        columns: the file's names -> ``employee_id``, ``pay_code``, ``quantity``.

    Raises:
        AllHoursParameterError: a column is missing, or a quantity is not a number; names the line.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("windows-1252", errors="replace")
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    names = _names(columns or {}, parameter)
    missing = [name for name in names.values() if name not in (reader.fieldnames or ())]
    if missing:
        raise AllHoursParameterError(
            f"parameter '{parameter}' lacks the columns {', '.join(missing)}; parameter 'columns' maps the register's "
            f"names to {', '.join(FIELDS)}"
        )
    quantities: dict[Key, Decimal] = {}
    for row in reader:
        key = (clean_id(row[names["employee_id"]]), (row[names["pay_code"]] or "").strip())
        quantity = _quantity(row[names["quantity"]] or "", parameter, reader.line_num)
        quantities[key] = quantities.get(key, Decimal(0)) + quantity
    return quantities


def compare(ours: Mapping[Key, Decimal], theirs: Mapping[Key, Decimal], tolerance: Decimal) -> list[Comparison]:
    """Compare every employee and pay code of either side, sorted; a quantity of zero equals no line.

    Args:
        ours: quantities of our file.
        theirs: quantities of the register.
        tolerance: largest difference that counts as matching.
    """
    return [_compared(key, ours.get(key), theirs.get(key), tolerance) for key in sorted(set(ours) | set(theirs))]


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


def _names(columns: Mapping[str, str], parameter: str) -> dict[str, str]:
    unknown = sorted(set(columns.values()) - set(FIELDS))
    if unknown:
        raise AllHoursParameterError(
            f"parameter 'columns' maps to {', '.join(unknown)}; it maps the register's names to {', '.join(FIELDS)}"
        )
    renamed = {ours: theirs for theirs, ours in columns.items()}
    return {field: renamed.get(field, field) for field in FIELDS}


def _quantity(field: str, parameter: str, line: int) -> Decimal:
    text = field.strip().replace("\u00a0", "").replace(" ", "")
    if clock := re.fullmatch(r"(-?)(\d+):([0-5]?\d)", text, re.ASCII):
        return Decimal(f"{clock[1]}{int(clock[2]) * 60 + int(clock[3])}")
    try:
        if "," in text and "." in text:
            thousands = "," if text.rindex(".") > text.rindex(",") else "."
            text = text.replace(thousands, "")
        number = Decimal(text.replace(",", ".") or "0")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise AllHoursParameterError(f"parameter '{parameter}': the quantity in line {line} is not a number")
    return number
