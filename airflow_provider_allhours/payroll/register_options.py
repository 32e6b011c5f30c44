# SPDX-License-Identifier: Apache-2.0
"""How a register is written: the parameter ``register_options``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.texts import file_encoding

_SEPARATORS = {",": ",", ";": ";", "|": "|", "\t": "\t", "\\t": "\t", "tab": "\t"}
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "decimal_sign": (".", ","),
    "thousands_sign": (".", ",", "'", " ", ""),
    "employee_id": ("exact", "number"),
    "quantity": ("hours", "hh:mm"),
}


@dataclass(frozen=True)
class RegisterOptions:
    """How a register is written; what is None is found out from the file, or is an error where that is ambiguous.

    Attributes:
        encoding: Python codec; UTF-8, else Windows-1252, by default.
        separator: between two cells; comma, semicolon, tab or ``|``, whatever the header has most of, by default.
        header_row: number of the line that has the names of the columns, from 1; titles may stand before it.
        decimal_sign: ``.`` or ``,``.
        thousands_sign: ``.``, ``,``, ``'``, a space, or empty for none.
        employee_id: ``exact`` compares ids as texts, ``number`` takes 00042 for 42.
        quantity: ``hours`` (7.5 are seven hours and a half) or ``hh:mm``; by default what contains a colon is a time.
        total_rows: rows that have a cell beginning with this text, in whatever case, are totals and left out.
    """

    encoding: str | None = None
    separator: str | None = None
    header_row: int = 1
    decimal_sign: str | None = None
    thousands_sign: str | None = None
    employee_id: str = "exact"
    quantity: str | None = None
    total_rows: str | None = None

    @classmethod
    def of(cls, options: Mapping[str, Any] | None) -> RegisterOptions:
        """Read the parameter.

        Raises:
            AllHoursParameterError: an unknown key, or a value that it does not take.
        """
        if options is None:
            return cls()
        if not isinstance(options, Mapping):
            raise _wrong("register_options", options, 'an object such as {"decimal_sign": ","}')
        known = [field.name for field in fields(cls)]
        if unknown := sorted(str(name) for name in set(options) - set(known)):
            raise AllHoursParameterError(
                f"parameter 'register_options' has unknown keys {', '.join(unknown)}; it takes {', '.join(known)}"
            )
        given = {name: value for name, value in options.items() if value is not None}
        for name, choices in _CHOICES.items():
            if name in given and given[name] not in choices:
                raise _wrong(f"register_options.{name}", given[name], ", ".join(map(repr, choices)))
        if "separator" in given:
            given["separator"] = _separator(given["separator"])
        if "encoding" in given:
            given["encoding"] = _encoding(given["encoding"])
        if "header_row" in given:
            given["header_row"] = _row(given["header_row"])
        if "total_rows" in given and not (isinstance(given["total_rows"], str) and given["total_rows"].strip()):
            raise _wrong("register_options.total_rows", given["total_rows"], "the text with which such rows begin")
        read = cls(**given)
        if read.decimal_sign is not None and read.decimal_sign == read.thousands_sign:
            raise _wrong("register_options.thousands_sign", read.thousands_sign, "another sign than decimal_sign")
        return read


def _separator(value: object) -> str:
    if not isinstance(value, str) or value not in _SEPARATORS:
        raise _wrong("register_options.separator", value, "',', ';', '|' or a tab")
    return _SEPARATORS[value]


def _encoding(value: object) -> str:
    encoding = file_encoding(str(value))
    if encoding is None:
        raise _wrong("register_options.encoding", value, "the encoding of a text file, such as windows-1250")
    return encoding


def _row(value: object) -> int:
    if isinstance(value, bool) or not str(value).strip().isdecimal() or int(str(value)) < 1:
        raise _wrong("register_options.header_row", value, "the number of a line, from 1")
    return int(str(value))


def _wrong(place: str, value: object, right: str) -> AllHoursParameterError:
    return AllHoursParameterError(f"parameter '{place}' is {value!r}; it takes {right}")
