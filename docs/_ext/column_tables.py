# SPDX-License-Identifier: Apache-2.0
"""The tables of columns of every file that the provider writes, from the code that writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from airflow_provider_allhours.columns import Column, Kind
from airflow_provider_allhours.flows.absence_apply import REJECT_COLUMNS
from airflow_provider_allhours.flows.datasets.catalogue import DATASETS
from airflow_provider_allhours.flows.readiness import NAME_COLUMNS, REPORT_COLUMNS
from airflow_provider_allhours.flows.version_delta import DELTA_COLUMNS
from airflow_provider_allhours.payroll.profiles.generic import COLUMNS as PAYROLL_COLUMNS
from airflow_provider_allhours.payroll.profiles.generic import COST_CENTRE
from airflow_provider_allhours.payroll.register_comparison import COMPARISON_COLUMNS

from .tables import write_table

FORMS = {
    Kind.TEXT: "text",
    Kind.INTEGER: "whole number",
    Kind.MINUTES: "minutes, a whole number",
    Kind.NUMBER: "number",
    Kind.BOOLEAN: "``true`` or ``false``",
    Kind.DATE: "day, ``YYYY-MM-DD``",
    Kind.DATETIME: "local time, ``YYYY-MM-DDTHH:MM:SS``",
}
FILES: Mapping[str, Iterable[Column]] = {
    **{name: dataset.columns for name, dataset in DATASETS.items()},
    "readiness": (*REPORT_COLUMNS, *NAME_COLUMNS),
    "comparison": COMPARISON_COLUMNS,
    "payroll": (*PAYROLL_COLUMNS, COST_CENTRE),
    "rejects": REJECT_COLUMNS,
    "delta": DELTA_COLUMNS,
}
"""Name of the file in the documentation -> its columns, in order."""


def write_column_tables() -> None:
    """Write ``columns_<name>.rst`` for each kind of file."""
    for name, columns in FILES.items():
        write_table(
            f"columns_{name}.rst",
            ("column", "form", "may be empty", "meaning"),
            [
                (f"``{column.name}``", FORMS[column.kind], "yes" if column.is_nullable else "no", column.doc)
                for column in columns
            ],
            widths="24 20 8 48",
        )
