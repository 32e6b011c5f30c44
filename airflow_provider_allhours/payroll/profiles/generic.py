# SPDX-License-Identifier: Apache-2.0
"""CSV with named columns, for payroll systems whose import lets users assign them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.columns import Column, Kind, names_of
from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.profiles.profile import Profile
from airflow_provider_allhours.payroll.rules import UNITS
from airflow_provider_allhours.texts import file_encoding

COLUMNS = (
    Column("employee_id", Kind.TEXT, "Employee id, with leading zeros.", is_nullable=False),
    Column("pay_code", Kind.TEXT, "Pay code of the mapping's line.", is_nullable=False),
    Column(
        "quantity",
        Kind.NUMBER,
        "Quantity in the unit: two decimals for ``hours`` and ``days``; negative where a correction takes back.",
        is_nullable=False,
    ),
    Column("unit", Kind.TEXT, "``hours``, ``minutes``, ``hh:mm``, ``days`` or ``count``.", is_nullable=False),
    Column("period_from", Kind.DATE, "First day of the period that the line pays or corrects.", is_nullable=False),
    Column("period_to", Kind.DATE, "Last day of the period that the line pays or corrects.", is_nullable=False),
)
COST_CENTRE = Column("cost_centre", Kind.TEXT, "Cost centre; the column is there where the mapping has cost centres.")


class GenericCsv(Profile):
    """Columns ``employee_id``, ``pay_code``, ``quantity``, ``unit``, ``period_from``, ``period_to``.

    A mapping with cost centres adds ``cost_centre``.

    Options: ``separator``, ``decimal_sign`` (``.`` or ``,``) and ``encoding``.
    """

    options: ClassVar[Mapping[str, Any]] = {"separator": ",", "decimal_sign": ".", "encoding": "utf-8"}
    units: ClassVar[Sequence[str]] = UNITS
    one_period: ClassVar[bool] = False
    tells_units: bool = True
    places_cost_centres: ClassVar[bool] = True
    newline: ClassVar[str] = "\n"

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        super().__init__(options)
        if len(str(self.chosen["separator"])) != 1 or str(self.chosen["separator"]) in '"\r\n':
            raise AllHoursParameterError("parameter 'profile_options': 'separator' takes one character such as , or ;")
        if self.chosen["decimal_sign"] not in (".", ","):
            raise AllHoursParameterError("parameter 'profile_options': 'decimal_sign' takes . or ,")
        if file_encoding(str(self.chosen["encoding"])) is None:
            raise AllHoursParameterError(
                f"parameter 'profile_options': 'encoding' {self.chosen['encoding']!r} is not known; it takes a name "
                "such as utf-8 or windows-1252"
            )

    @property
    def encoding(self) -> str:
        """Value of the option ``encoding``."""
        return str(self.chosen["encoding"])

    @property
    def separator(self) -> str:
        """Value of the option ``separator``."""
        return str(self.chosen["separator"])

    def records(self, lines: Sequence[PayLine]) -> Iterator[Sequence[str]]:
        """Header and lines."""
        has_cost_centres = self.setting.has_cost_centres
        yield names_of((*COLUMNS, COST_CENTRE) if has_cost_centres else COLUMNS)
        for line in lines:
            record = (
                line.person.employee_id,
                line.pay_code,
                line.text(self.chosen["decimal_sign"]),
                line.unit,
                line.period.date_from.isoformat(),
                line.period.date_to.isoformat(),
            )
            yield (*record, line.cost_centre) if has_cost_centres else record
