# SPDX-License-Identifier: Apache-2.0
"""How a CSV file is written: separator, decimal sign, encoding, and whether spreadsheets may see formulas."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from airflow_provider_allhours.client.errors import AllHoursParameterError

OPTIONS = ("separator", "decimal_sign", "encoding", "formula_safe")

_SEPARATORS = {",": ",", ";": ";", "|": "|", "\t": "\t", "\\t": "\t", "tab": "\t"}
_BOOLEANS = {"true": True, "false": False}
_NOT_FOR_FILES = frozenset(
    {"charmap", "idna", "mbcs", "oem", "punycode", "raw-unicode-escape", "unicode-escape", "undefined", "utf-7"}
)
"""Codecs that write letters as escapes, or that depend on the machine."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_NEGATIVE_NUMBER = re.compile(r"-\d+(?:[.,]\d+)?")


@dataclass(frozen=True)
class CsvOptions:
    """The form of a CSV file.

    Attributes:
        separator: between two cells.
        decimal_sign: ``.`` or ``,`` in numbers that have decimals.
        encoding: canonical name of a Python codec; ``utf-8-sig`` begins with a byte order mark, as Excel expects.
        formula_safe: whether a text that a spreadsheet would run as a formula gets an apostrophe in front.
    """

    separator: str = ","
    decimal_sign: str = "."
    encoding: str = "utf-8"
    formula_safe: bool = False

    @property
    def is_unicode(self) -> bool:
        """Whether the encoding has every character."""
        return self.encoding.startswith("utf-")

    @property
    def is_plain(self) -> bool:
        """Whether every cell is written as it is."""
        return self.decimal_sign == "." and not self.formula_safe

    def cell(self, value: object) -> object:
        """A value that is text already, a number or a boolean as it is written into a cell."""
        if isinstance(value, float):
            return str(value).replace(".", self.decimal_sign)
        if self.formula_safe and isinstance(value, str) and _is_formula(value):
            return f"'{value}"
        return value

    def missing_character(self, values: Sequence[object]) -> tuple[int, str] | None:
        """The first text that the encoding cannot hold.

        Args:
            values: cells of a row.

        Returns:
            Its position and the first character that it lacks, as ``U+0160``; None when everything fits.
        """
        for position, value in enumerate(values):
            if isinstance(value, str) and not value.isascii():
                try:
                    value.encode(self.encoding)
                except UnicodeEncodeError as error:
                    return position, f"U+{ord(value[error.start]):04X}"
        return None


DEFAULT_CSV = CsvOptions()


def read_csv_options(given: Mapping[str, object] | None, file_format: str) -> CsvOptions:
    """The options that a parameter names.

    Args:
        given: ``separator``, ``decimal_sign``, ``encoding``, ``formula_safe``; None or empty for the defaults.
        file_format: format of the file, which must be ``csv`` where there are options.

    Raises:
        AllHoursParameterError: an unknown option or value, or options for a file that is no CSV.
    """
    if not given:
        return DEFAULT_CSV
    if not isinstance(given, Mapping):
        raise AllHoursParameterError(
            f"parameter 'csv_options' is {given!r}; it takes a mapping of {', '.join(OPTIONS)}"
        )
    if file_format != "csv":
        raise AllHoursParameterError(
            f"parameter 'csv_options' is given, and the file is {file_format}; it takes effect in CSV files only"
        )
    unknown = sorted(str(name) for name in given if name not in OPTIONS)
    if unknown:
        raise AllHoursParameterError(
            f"parameter 'csv_options' has unknown options {', '.join(unknown)}; it takes {', '.join(OPTIONS)}"
        )
    return CsvOptions(
        separator=_separator(given.get("separator", ",")),
        decimal_sign=_decimal_sign(given.get("decimal_sign", ".")),
        encoding=_encoding(given.get("encoding", "utf-8")),
        formula_safe=_formula_safe(given.get("formula_safe", False)),
    )


def _wrong(option: str, value: object, accepted: str) -> AllHoursParameterError:
    return AllHoursParameterError(f"parameter 'csv_options' has the {option} {value!r}; it takes {accepted}")


def _separator(value: object) -> str:
    try:
        return _SEPARATORS[str(value)]
    except KeyError:
        raise _wrong("separator", value, "',', ';', '|' or a tab") from None


def _decimal_sign(value: object) -> str:
    if value not in (".", ","):
        raise _wrong("decimal_sign", value, "'.' or ','")
    return str(value)


def _encoding(value: object) -> str:
    with suppress(LookupError, ValueError):
        # Refuses codecs that are no text encodings, such as base64.
        "".encode(str(value))
        name = codecs.lookup(str(value)).name
        if name not in _NOT_FOR_FILES:
            return name
    raise _wrong("encoding", value, "the name of an encoding, such as utf-8, utf-8-sig or windows-1250")


def _formula_safe(value: object) -> bool:
    try:
        return _BOOLEANS[str(value).strip().lower()]
    except KeyError:
        raise _wrong("formula_safe", value, "true or false") from None


def _is_formula(text: str) -> bool:
    return text.startswith(_FORMULA_STARTS) and not _NEGATIVE_NUMBER.fullmatch(text)
