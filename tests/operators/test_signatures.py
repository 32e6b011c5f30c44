# SPDX-License-Identifier: Apache-2.0
"""What inspect, an IDE and the documentation show of every operator, and what Airflow renders of it."""

from __future__ import annotations

import importlib
import inspect
import re

import pytest
from airflow.sdk import BaseOperator

from airflow_provider_allhours.get_provider_info import get_provider_info

OF_EXPORTS = {
    "path",
    "allhours_conn_id",
    "object_storage_conn_id",
    "file_format",
    "csv_options",
    "columns",
    "privacy",
    "pseudonym_conn_id",
    "timezone",
    "max_concurrency",
    "on_incomplete",
    "employees",
}
STORED = {"allhours_conn_id", "object_storage_conn_id"}
PARAMETERS = {
    "AllHoursExportTimesheetsOperator": {"period", "on_invalid", "shard", *OF_EXPORTS},
    "AllHoursExportAbsencesOperator": {"period", "proof", *OF_EXPORTS},
    "AllHoursExportAbsenceSpansOperator": {"period", "proof", *OF_EXPORTS},
    "AllHoursExportClockingsOperator": {"period", "proof", *OF_EXPORTS},
    "AllHoursExportCountersOperator": {"period", "on_invalid", "shard", *OF_EXPORTS},
    "AllHoursJoinExportsOperator": {"manifests", "path", *STORED},
    "AllHoursExportUsersOperator": OF_EXPORTS,
    "AllHoursCreateAbsenceOperator": {
        "absence_definition",
        "date_from",
        "date_to",
        "user_id",
        "employee_id",
        "user_email",
        "partial_from",
        "partial_to",
        "comment",
        "days",
        "on_conflict",
        "dry_run",
        "max_wait",
        "allhours_conn_id",
    },
    "AllHoursUpdateAbsenceOperator": {
        "absence_id",
        "absence_definition",
        "date",
        "partial_from",
        "partial_to",
        "comment",
        "allhours_conn_id",
    },
    "AllHoursUpdateUserOperator": {"user_id", "employee_id", "user_email", "fields", "allhours_conn_id"},
    "AllHoursDeleteAbsenceOperator": {"absence_id", "allhours_conn_id"},
    "AllHoursPlanAbsencesOperator": {
        "source",
        "period",
        "plan_path",
        "ledger_path",
        "date_format",
        "timezone",
        *STORED,
    },
    "AllHoursApplyAbsencePlanOperator": {
        "plan_path",
        "ledger_path",
        "max_deletes",
        "reject_path",
        "on_partial",
        "plan_sha256",
        "max_wait",
        *STORED,
    },
    "AllHoursCreateUserOperator": {
        "first_name",
        "last_name",
        "user_email",
        "employee_id",
        "fields",
        "max_wait",
        "allhours_conn_id",
    },
    "AllHoursApiOperator": {"endpoint", "method", "query", "json", "response_filter", "allhours_conn_id"},
    "AllHoursClosePeriodOperator": {
        "period",
        "path",
        "provisional",
        "max_changed_share",
        "on_invalid",
        "employees",
        "shard",
        "parts",
        "timezone",
        *STORED,
    },
    "AllHoursExportPayrollOperator": {
        "close",
        "profile",
        "mapping",
        "path",
        "delta",
        "corrections",
        "employees",
        "exclude",
        "merge_employee_ids",
        "on_removed",
        "on_renumbered",
        "rounding",
        "accounting_month",
        "release",
        "approved_sha256",
        "approved_by",
        "approved_at",
        "four_eyes",
        "profile_options",
        *STORED,
    },
    "AllHoursReconcilePayrollOperator": {
        "ours",
        "register",
        "path",
        "columns",
        "register_options",
        "tolerance",
        "on_difference",
        "confirm",
        *STORED,
    },
    "AllHoursPayrollReportOperator": {"close", "path", "mapping", "payroll", "previous", *STORED},
    "AllHoursVoidReleaseOperator": {"release", "reason", "approved_by", "on_file", *STORED},
    "AllHoursAdoptPeriodOperator": {"close", "reason", *STORED},
    "AllHoursPurgePeriodsOperator": {"path", "before", "dry_run", *STORED},
}
NOT_COMPUTED = {"response_filter"}
"""A function; no template renders to one."""
ATTRIBUTES = {"dry_run": "is_dry_run"}
"""Parameters whose attribute has another name."""


def public_operators() -> list[type[BaseOperator]]:
    """Every operator class that the modules of the provider's metadata define."""
    (entry,) = get_provider_info()["operators"]
    modules = [importlib.import_module(name) for name in entry["python-modules"]]
    return [
        kind
        for module in modules
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, BaseOperator) and f"{kind.__module__}.".startswith(f"{module.__name__}.")
    ]


OPERATORS = public_operators()
of_every_operator = pytest.mark.parametrize("operator", OPERATORS, ids=lambda kind: kind.__name__)


def own_parameters(operator: type[BaseOperator]) -> dict[str, inspect.Parameter]:
    parameters = inspect.signature(operator).parameters
    return {name: found for name, found in parameters.items() if found.kind is not inspect.Parameter.VAR_KEYWORD}


def described(operator: type[BaseOperator], section: str) -> str:
    document = inspect.cleandoc(operator.__dict__["__doc__"])
    found = re.search(rf"^{section}:\n((?:    .*\n|\n)+)", document + "\n", re.M)
    return found[1] if found else ""


def test_every_operator_is_listed_here() -> None:
    assert {kind.__name__ for kind in OPERATORS} == set(PARAMETERS)


@of_every_operator
def test_the_signature_is_whole(operator: type[BaseOperator]) -> None:
    parameters = own_parameters(operator)
    assert set(parameters) == PARAMETERS[operator.__name__]
    assert {found.kind for found in parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}
    assert not [name for name, found in parameters.items() if found.annotation is inspect.Parameter.empty]
    assert parameters["allhours_conn_id"].default == "allhours_default"


@of_every_operator
def test_the_docstring_describes_every_parameter(operator: type[BaseOperator]) -> None:
    names = re.findall(r"^    (\w+): \S", described(operator, "Args"), re.M)
    assert sorted(names) == sorted([*PARAMETERS[operator.__name__], "kwargs"])
    assert described(operator, "Returns")
    assert described(operator, "Raises")


@of_every_operator
def test_everything_that_can_be_computed_is_a_template_field(operator: type[BaseOperator]) -> None:
    computed = PARAMETERS[operator.__name__] - NOT_COMPUTED
    assert set(operator.template_fields) == {ATTRIBUTES.get(name, name) for name in computed}
    assert len(operator.template_fields) == len(computed)


@of_every_operator
def test_nothing_is_checked_before_it_is_rendered(operator: type[BaseOperator]) -> None:
    """Each parameter keeps its template under its own attribute, in an operator of any combination."""
    given = {name: f"{{{{ params.{name} }}}}" for name in PARAMETERS[operator.__name__]}
    task = operator(task_id="t", **given)
    assert {name: getattr(task, ATTRIBUTES.get(name, name)) for name in given} == given


@of_every_operator
def test_only_names_without_a_default_are_required(operator: type[BaseOperator]) -> None:
    parameters = own_parameters(operator)
    required = {name for name, found in parameters.items() if found.default is inspect.Parameter.empty}
    with pytest.raises(TypeError, match="missing keyword argument"):
        operator(task_id="t")
    task = operator(task_id="t", **dict.fromkeys(required, "x"))
    defaults = {name: found.default for name, found in parameters.items() if name not in required}
    assert {name: getattr(task, ATTRIBUTES.get(name, name)) for name in defaults} == defaults


def test_users_have_no_period() -> None:
    (users,) = (kind for kind in OPERATORS if kind.__name__ == "AllHoursExportUsersOperator")
    with pytest.raises(TypeError, match="period"):
        users(task_id="t", path="x.csv", period="2026-10")
