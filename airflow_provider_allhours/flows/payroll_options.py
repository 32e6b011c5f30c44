# SPDX-License-Identifier: Apache-2.0
"""The parameters that decide what a payroll file says, as they are given and as they are kept with the file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from airflow_provider_allhours.attendance.selection import EmployeeSelection
from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.parameters import one_of
from airflow_provider_allhours.payroll.mapping import MappingDocument, PayMapping, read_mapping
from airflow_provider_allhours.payroll.people import Group, read_excluded
from airflow_provider_allhours.payroll.period_lines import LineOptions
from airflow_provider_allhours.payroll.profiles.profile import (
    FileSetting,
    Profile,
    ProfileDeclaration,
    find_profile,
    read_accounting_month,
)
from airflow_provider_allhours.payroll.questions import ON_REMOVED, ON_RENUMBERED
from airflow_provider_allhours.payroll.rounding import ROUNDINGS


class PayrollOptionsJson(TypedDict):
    """The parameters of a payroll file as plain JSON; see :func:`~.payroll_export.export_payroll`."""

    profile: str | dict[str, Any]
    profile_options: dict[str, Any]
    mapping: dict[str, Any]
    delta: bool
    employees: list[str] | dict[str, list[str]] | None
    exclude: dict[str, str]
    merge_employee_ids: bool
    on_removed: str
    on_renumbered: str
    rounding: str
    accounting_month: str | None


@dataclass(frozen=True)
class PayrollOptions:
    """The parameters that decide what a payroll file says.

    Attributes:
        lines: how lines are made.
        profile: the layout.
        is_delta: whether the file pays differences.
        given: the parameters as plain JSON.
    """

    lines: LineOptions
    profile: Profile
    is_delta: bool
    given: PayrollOptionsJson

    @property
    def mapping(self) -> PayMapping:
        """What is paid."""
        return self.lines.mapping

    @property
    def profile_name(self) -> str:
        """The layout as release records name it."""
        profile = self.given["profile"]
        return profile if isinstance(profile, str) else json.dumps(profile, sort_keys=True)

    @classmethod
    def of(
        cls,
        *,
        profile: str | ProfileDeclaration,
        mapping: MappingDocument,
        delta: bool = False,
        employees: Sequence[object] | Mapping[str, object] | None = None,
        exclude: Mapping[str, object] | None = None,
        merge_employee_ids: bool = False,
        on_removed: str = "fail",
        on_renumbered: str = "fail",
        rounding: str = "line",
        accounting_month: str | None = None,
        profile_options: Mapping[str, Any] | None = None,
    ) -> PayrollOptions:
        """Check the parameters.

        Raises:
            AllHoursParameterError: one of them cannot work.
        """
        rules = read_mapping(mapping)
        selection = None if employees is None else EmployeeSelection.of(employees)
        excluded = read_excluded(exclude)
        layout = find_profile(profile, profile_options)
        lines = LineOptions(
            rules,
            one_of("rounding", rounding, ROUNDINGS),
            Group(selection, excluded, merge_employee_ids),
            one_of("on_removed", on_removed, ON_REMOVED),
            one_of("on_renumbered", on_renumbered, ON_RENUMBERED),
            keeps_days=layout.keeps_days,
        )
        month = read_accounting_month(accounting_month)
        if month is not None and not layout.takes_accounting_month:
            raise AllHoursParameterError(
                f"parameter 'accounting_month' is {accounting_month!r}, and this layout has no such month; leave it out"
            )
        layout.setting = FileSetting(month, rules.has_cost_centres, frozenset(code for code, _ in rules.codes))
        given: PayrollOptionsJson = {
            "profile": profile if isinstance(profile, str) else json.loads(json.dumps(profile)),
            "profile_options": dict(profile_options or {}),
            "mapping": json.loads(json.dumps(mapping)),
            "delta": delta,
            "employees": None if selection is None else selection.to_json(),
            "exclude": dict(excluded),
            "merge_employee_ids": merge_employee_ids,
            "on_removed": lines.on_removed,
            "on_renumbered": lines.on_renumbered,
            "rounding": lines.rounding,
            "accounting_month": accounting_month,
        }
        return cls(lines, layout, delta, given)
