# SPDX-License-Identifier: Apache-2.0
"""Gusto's hours import.

From public documentation and implementations; validate a first file with your payroll office.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.profiles.profile import Profile, texts_by_code

WHO = ("last_name", "first_name", "ssn", "gusto_employee_id", "title")


class GustoCsv(Profile):
    """One line per employee; each pay code of the mapping is the name of a column of the Gusto template.

    An import replaces earlier entries: a zero overwrites them, a blank keeps them, so an employee without a line of a
    code has a blank. Options: ``columns``, the hour columns of your template, in its order; ``employee_map``, employee
    id -> Gusto's own id. Without the map that column is blank, and Gusto matches by name. The social security number
    and the title are left blank.
    """

    one_line_per_code: ClassVar[bool] = True
    options: ClassVar[Mapping[str, Any]] = {
        "columns": ("regular_hours", "overtime_hours"),
        "employee_map": {},
    }

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        super().__init__(options)
        columns = self.chosen["columns"]
        if not isinstance(columns, Sequence) or isinstance(columns, str):
            raise AllHoursParameterError(
                f"parameter 'profile_options': 'columns' is {columns!r}; it takes a list of names of columns"
            )
        self.chosen["columns"] = tuple(str(column) for column in columns)
        if double := sorted(name for name, count in Counter((*WHO, *self.chosen["columns"])).items() if count > 1):
            raise AllHoursParameterError(
                f"parameter 'profile_options': 'columns' has {double[0]!r}, which the file would have twice"
            )
        ids = self.chosen["employee_map"] = texts_by_code(self.chosen, "employee_map")
        shared = {
            gusto_id for gusto_id, count in Counter(text.casefold() for text in ids.values()).items() if count > 1
        }
        if people := sorted(number for number, gusto_id in ids.items() if gusto_id.casefold() in shared):
            raise AllHoursParameterError(
                f"parameter 'profile_options': 'employee_map' has one id of Gusto for the employee ids "
                f"{', '.join(people[:20])}; each person has one"
            )

    def problems_of_lines(self, lines: Sequence[PayLine]) -> Iterator[str]:
        """Pay codes that are not a column, and negative hours, because an import replaces earlier entries."""
        for code in sorted({line.pay_code for line in lines} - set(self.chosen["columns"])):
            yield f"pay code {code} is no column of the template; profile option 'columns' names them"
        known: Mapping[str, Any] = self.chosen["employee_map"]
        people = {line.person.employee_id: line.person for line in lines}
        by_name: dict[tuple[str, str], list[str]] = defaultdict(list)
        for number, person in sorted(people.items()):
            if known and number not in known:
                yield f"employee id {number}: it is not in the profile option 'employee_map'"
            elif not known:
                by_name[person.last_name.casefold(), person.first_name.casefold()].append(number)
        for (last, first), numbers in sorted(by_name.items()):
            if len(numbers) > 1 or not (last and first):
                yield (
                    f"employee id {', '.join(numbers)}: Gusto matches by name, and these have one name or none; the "
                    "profile option 'employee_map' tells them apart"
                )
        for line in lines:
            if line.quantity < 0:
                yield f"employee id {line.person.employee_id}: negative hours, and an import replaces earlier entries"

    def records(self, lines: Sequence[PayLine]) -> Iterator[Sequence[str]]:
        """Header and lines."""
        columns = tuple(self.chosen["columns"])
        yield (*WHO, *columns)
        by_employee: dict[str, list[PayLine]] = {}
        for line in lines:
            by_employee.setdefault(line.person.employee_id, []).append(line)
        for employee_id, own in by_employee.items():
            hours = {line.pay_code: line.text() for line in own}
            person = own[0].person
            gusto_id = str(self.chosen["employee_map"].get(employee_id, ""))
            head = (person.last_name, person.first_name, "", gusto_id, "")
            yield (*head, *(hours.get(column, "") for column in columns))
