# SPDX-License-Identifier: Apache-2.0
"""ADP's paydata CSV.

From public documentation and implementations; validate a first file with your payroll office.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.profiles.profile import Profile, ascii_up_to, same_numbers

MAX_BATCH, FILE_DIGITS, MAX_CODE = 8, 6, 3

HEADER = (
    "Co Code",
    "Batch ID",
    "File #",
    "Employee Name",
    "Temp Dept",
    "Reg Hours",
    "O/T Hours",
    "Hours 3 Code",
    "Hours 3 Amount",
    "Earnings 3 Code",
    "Earnings 3 Amount",
    "Rate Code",
    "Temp Rate",
    "Job Cost#",
)


class AdpCsv(Profile):
    """One line per employee and department with regular and overtime hours, one more for each further hours code.

    The department is the cost centre.

    Options: ``company_code`` (2 or 3 characters), ``batch_id`` (up to 8; ADP refuses a batch twice); ``regular_code``
    and ``overtime_code``: the pay codes of the mapping that mean the two columns; ``file_name``: what the file has to
    be called, such as ``EPI<company_code><nn>.csv`` or ``PR<company_code>EPI.csv``, where ``<nn>`` is a number of two
    digits; not checked by default. The name of the employee is left empty, because ADP matches the file number.
    """

    places_cost_centres: ClassVar[bool] = True
    one_line_per_code: ClassVar[bool] = True
    options: ClassVar[Mapping[str, Any]] = {
        "company_code": None,
        "batch_id": None,
        "regular_code": "REG",
        "overtime_code": "OT",
        "file_name": "",
    }

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        super().__init__(options)
        for name, shortest, longest in (("company_code", 2, 3), ("batch_id", 1, MAX_BATCH)):
            value = str(self.chosen[name])
            ascii_up_to(f"parameter 'profile_options': '{name}' is {value!r}", value, longest, shortest)
        for name in ("regular_code", "overtime_code"):
            self.chosen[name] = str(self.chosen[name])
        if self.chosen["regular_code"] == self.chosen["overtime_code"]:
            raise AllHoursParameterError(
                f"parameter 'profile_options': 'regular_code' and 'overtime_code' are both "
                f"{self.chosen['regular_code']!r}, whose hours would be paid twice; they are two pay codes"
            )

    def check_file_name(self, name: str) -> None:
        """ADP finds a file by its name."""
        wanted = str(self.chosen["file_name"])
        pattern = re.escape(wanted)
        for placeholder in ("<company_code>", "<cc>"):
            pattern = pattern.replace(re.escape(placeholder), re.escape(str(self.chosen["company_code"])))
        pattern = pattern.replace(re.escape("<nn>"), r"\d\d")
        if wanted and not re.fullmatch(pattern, name, re.ASCII):
            raise AllHoursParameterError(f"parameter 'path' ends with {name!r}; 'file_name' wants it to be {wanted}")

    def problems_of_lines(self, lines: Sequence[PayLine]) -> Iterator[str]:
        """File numbers and hours codes."""
        for number in sorted({line.person.employee_id for line in lines}):
            if not (number.isascii() and number.isdigit() and len(number) <= FILE_DIGITS):
                yield f"employee id {number}: this layout takes up to {FILE_DIGITS} digits"
        yield from same_numbers(lines, codes=False)
        for code in sorted(
            {line.pay_code for line in lines} - {self.chosen["regular_code"], self.chosen["overtime_code"]}
        ):
            if not (code.isascii() and len(code) <= MAX_CODE):
                yield f"pay code {code}: this layout takes up to {MAX_CODE} ASCII characters"

    def records(self, lines: Sequence[PayLine]) -> Iterator[Sequence[str]]:
        """Header and lines."""
        yield HEADER
        by_place: dict[tuple[str, str], list[PayLine]] = {}
        for line in lines:
            by_place.setdefault((line.person.employee_id, line.cost_centre), []).append(line)
        for place, own in by_place.items():
            regular = self._hours(own, "regular_code")
            overtime = self._hours(own, "overtime_code")
            if regular or overtime:
                yield self._record(place, regular, overtime, "", "")
            for line in own:
                if line.pay_code not in (self.chosen["regular_code"], self.chosen["overtime_code"]):
                    yield self._record(place, "", "", line.pay_code, line.text())

    def _hours(self, lines: Sequence[PayLine], option: str) -> str:
        return next((line.text() for line in lines if line.pay_code == self.chosen[option]), "")

    def _record(self, place: tuple[str, str], regular: str, overtime: str, code: str, hours: str) -> Sequence[str]:
        employee_id, department = place
        number = employee_id.zfill(FILE_DIGITS)
        head = (str(self.chosen["company_code"]), str(self.chosen["batch_id"]), number, "", department)
        return (*head, regular, overtime, code, hours, "", "", "", "", "")
