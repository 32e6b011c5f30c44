# SPDX-License-Identifier: Apache-2.0
"""Paychex Flex (US): the standard payroll import.

From a public description; validate a first file with your payroll office.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.profiles.profile import Profile, ascii_up_to

COLUMNS = 16
MAX_CLIENT, MAX_WORKER, MAX_COMPONENT, MAX_ORG = 8, 10, 20, 60
MAX_HOURS = 99999
"""Hundredths of an hour that the column of hours can hold."""


class PaychexSpi(Profile):
    """Sixteen columns without a header; filled are client, worker, organization, pay component, hours or units.

    Option: ``client_id``. The organization is the cost centre.
    """

    options: ClassVar[Mapping[str, Any]] = {"client_id": None}
    units: ClassVar[Sequence[str]] = ("hours", "days", "count")
    places_cost_centres: ClassVar[bool] = True
    max_cost_centre: ClassVar[int | None] = MAX_ORG
    tells_units: bool = True

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        super().__init__(options)
        client = str(self.chosen["client_id"])
        ascii_up_to(f"parameter 'profile_options': 'client_id' is {client!r}", client, MAX_CLIENT)

    def problems_of_lines(self, lines: Sequence[PayLine]) -> Iterator[str]:
        """Lengths, and hours beyond what the column holds."""
        for line in lines:
            number = line.person.employee_id
            if not (number.isascii() and 0 < len(number) <= MAX_WORKER):
                yield f"employee id {number}: this layout takes up to {MAX_WORKER} ASCII characters"
            if not (line.pay_code.isascii() and len(line.pay_code) <= MAX_COMPONENT):
                yield f"pay code {line.pay_code}: this layout takes up to {MAX_COMPONENT} ASCII characters"
            if line.unit == "hours" and abs(line.quantity) > MAX_HOURS:
                yield f"employee id {number}: {line.text()} hours, and this layout takes -999.99 to 999.99"

    def records(self, lines: Sequence[PayLine]) -> Iterator[Sequence[str]]:
        """One line each."""
        for line in lines:
            hours, units = (line.text(), "") if line.unit == "hours" else ("", line.text())
            filled = (
                str(self.chosen["client_id"]),
                line.person.employee_id,
                line.cost_centre,
                "",
                line.pay_code,
                "",
                "",
                hours,
                units,
            )
            yield (*filled, *([""] * (COLUMNS - len(filled))))
