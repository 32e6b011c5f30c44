# SPDX-License-Identifier: Apache-2.0
"""Read a source of leave: rows of a CSV or JSON Lines file that an HR system exports."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.texts import clean_id

FIELDS = (
    "employee_id",
    "email",
    "user_id",
    "absence_definition",
    "date_from",
    "date_to",
    "partial_from",
    "partial_to",
    "comment",
    "external_id",
)
FURTHER = "values without a column"
REQUIRED = ("absence_definition", "date_from")


@dataclass(frozen=True, slots=True)
class LeaveRow:
    """One row of leave.

    Attributes:
        number: row of the source, from 1, without the header.
        external_id: id of the leave in the HR system; rows without one are identified by their fields.
    """

    number: int
    absence_definition: str
    date_from: str
    date_to: str
    employee_id: str = ""
    email: str = ""
    user_id: str = ""
    partial_from: str = ""
    partial_to: str = ""
    comment: str = ""
    external_id: str = ""

    @property
    def is_long(self) -> bool:
        """Whether it spans several days."""
        return self.date_from != self.date_to

    @property
    def identifiers(self) -> dict[str, str | None]:
        """The identifiers of the person, of which one is filled."""
        return {"user_id": self.user_id, "employee_id": self.employee_id, "email": self.email}

    @property
    def identity(self) -> str:
        """What identifies the row in the keys of the ledger: ``external_id``, else person, definition and times."""
        if self.external_id:
            return self.external_id
        who = self.user_id or self.employee_id or self.email
        fields = (who, self.absence_definition, self.date_from, self.date_to, self.partial_from, self.partial_to)
        return "|".join(part.lower() for part in fields)


def read_source(content: bytes, name: str, date_format: str | None = None) -> Iterator[LeaveRow]:
    """Read the rows of a source; rows without any value are left out.

    Args:
        content: the file.
        name: its name; ``.jsonl`` and ``.ndjson`` are JSON Lines, all others CSV with comma or semicolon.
        date_format: form of the dates, such as ``DD.MM.YYYY``; ``YYYY-MM-DD`` by default. Dates in another form stay as
            they are, and their rows are parked.

    Raises:
        AllHoursParameterError: the file is not readable, a column is unknown or missing, a row has more values than
            there are columns, the last row was cut off, or the date format is none.
    """
    pattern = date_pattern(date_format) if date_format else None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise AllHoursParameterError("parameter 'source' is not UTF-8; it takes CSV or JSON Lines in UTF-8") from None
    records = _json_lines(text) if name.lower().endswith((".jsonl", ".ndjson")) else _csv(text)
    numbered = enumerate(records, start=1)
    return (_row(number, record, pattern) for number, record in numbered if any(map(_text, record.values())))


def date_pattern(date_format: str) -> str:
    """The ``strptime`` pattern of a date format such as ``DD.MM.YYYY``.

    Raises:
        AllHoursParameterError: it does not have day, month and year once each.
    """
    pattern = str(date_format).strip()
    for token, directive in (("YYYY", "%Y"), ("MM", "%m"), ("DD", "%d")):
        pattern = pattern.replace(token, directive)
    directives, rest = re.findall("%.", pattern), re.sub("%.", "", pattern)
    if sorted(directives) != ["%Y", "%d", "%m"] or re.search(r"\w", rest):
        raise AllHoursParameterError(
            f"parameter 'date_format' is {date_format!r}; it takes day, month and year, such as DD.MM.YYYY"
        )
    return pattern


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _iso(text: str, pattern: str | None) -> str:
    if not pattern or not text:
        return text
    try:
        return datetime.strptime(text, pattern).date().isoformat()  # noqa: DTZ007 - a day, no moment
    except ValueError:
        return text


def _csv(text: str) -> Iterator[Mapping[str, Any]]:
    head, _, rest = text.partition("\n")
    if head.strip().lower() in ("sep=;", "sep=,"):
        # Excel's note of the separator.
        text, delimiter, skipped = rest, head.strip()[-1], 1
    else:
        delimiter = ";" if head.count(";") > head.count(",") else ","
        skipped = 0
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restkey=FURTHER, strict=True)
    try:
        names = [name.strip() for name in reader.fieldnames or ()]
        while names and not names[-1]:
            # Excel ends a header with separators when the sheet once had more columns.
            names.pop()
        missing = [name for name in REQUIRED if name not in names]
        if missing:
            raise AllHoursParameterError(f"parameter 'source' lacks the columns {', '.join(missing)}")
        if doubled := sorted({name for name in names if names.count(name) > 1}):
            raise AllHoursParameterError(f"parameter 'source' has the columns {', '.join(doubled)} twice")
        reader.fieldnames = names
        record: Mapping[str, Any] = {}
        for record in reader:
            further = record.pop(FURTHER, None)
            if any(map(_text, further or ())):
                line = reader.reader.line_num + skipped
                raise AllHoursParameterError(
                    f"parameter 'source' has {len(names) + len(further)} values on line {line} and {len(names)} "
                    f"columns; a text with {delimiter!r} in it has to be in quotation marks"
                )
            yield record
        missing = [name for name in names if record and record[name] is None]
        if missing and not text.endswith(("\n", "\r")):
            # Leave without its last day would be one day of leave.
            raise AllHoursParameterError(
                f"parameter 'source' ends on line {reader.reader.line_num + skipped} without {', '.join(missing)} and "
                "without a line end, as a file that was cut off; a last row that is meant so takes a line end"
            )
    except csv.Error:
        # Only the inner reader counts the line that it could not read.
        line = reader.reader.line_num + skipped
        raise AllHoursParameterError(f"parameter 'source' is not readable as CSV near line {line}") from None


def _json_lines(text: str) -> Iterator[Mapping[str, Any]]:
    # Not splitlines: a text may contain other separators of lines, such as U+2028.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if not isinstance(record, dict):
            raise AllHoursParameterError(f"parameter 'source' has no JSON object on line {number}")
        yield record


def _row(number: int, record: Mapping[str, Any], pattern: str | None) -> LeaveRow:
    unknown = sorted(str(name) for name in record if name not in FIELDS)
    if unknown:
        raise AllHoursParameterError(
            f"parameter 'source' has unknown columns {', '.join(unknown)} in row {number}; "
            f"known are {', '.join(FIELDS)}"
        )
    given = {name: str(value).strip() for name, value in record.items() if value is not None}
    given["employee_id"] = clean_id(given.get("employee_id"))
    first = _iso(given.get("date_from", ""), pattern)
    return LeaveRow(
        number=number,
        **{
            "absence_definition": "",
            **given,
            "date_from": first,
            "date_to": _iso(given.get("date_to", ""), pattern) or first,
        },
    )
