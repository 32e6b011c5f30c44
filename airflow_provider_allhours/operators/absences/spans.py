# SPDX-License-Identifier: Apache-2.0
"""Export unbroken leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.operators.export import AllHoursPeriodExportOperator


class AllHoursExportAbsenceSpansOperator(AllHoursPeriodExportOperator):
    """Export absence spans: one row per person and unbroken leave of one kind and state.

    Days of leave are joined over weekends, holidays without a plan and other days on which no work is planned. ``days``
    are calendar days, ``workdays`` days on which work is planned, ``minutes`` their planned minutes and those of parts
    of days (empty where the account has no plan). ``continues_before`` and ``continues_after`` say whether the leave
    has a day outside the period. The employee-days of everybody with leave are read for it, at one request per
    employee.

    The file and its ``<path>.manifest.json`` are published together, or not at all; a failed run leaves an earlier file
    as it was. The same data gives the same bytes.

    Args:
        period: company-local days, both ends included: ``2026-10``, ``2026-W41``, ``2026-10-05``,
            ``2026-10-01/2026-10-15``, ``previous-month``, ``previous-week``, ``previous-day``, ``current-month``,
            ``current-week``, ``current-day``, or a pay calendar: ``month-ending-25``, ``2026-10-ending-25``,
            ``previous-half-month``, ``previous-2-weeks-from-2026-01-05``. Relative periods count from the run's
            partition, else its logical date, in the company's time zone.
        path: file to write: an absolute local path, or a URL that Airflow's ``ObjectStoragePath`` takes; ``{period}``,
            ``{date_from}`` and ``{date_to}`` stand for the period that was exported.
        allhours_conn_id: Airflow connection of type ``allhours``.
        object_storage_conn_id: Airflow connection of the storage; the URL's own by default.
        file_format: ``csv``, ``jsonl``, ``parquet`` or ``xlsx``; by default from the suffix of ``path``, where ``.gz``
            may follow ``.csv`` and ``.jsonl``.
        csv_options: form of a CSV file: ``separator`` (``,``, ``;``, ``|`` or a tab), ``decimal_sign`` (``.`` or
            ``,``), ``encoding`` (such as ``utf-8-sig`` or ``windows-1250``), ``formula_safe`` (whether texts that a
            spreadsheet would run as formulas get an apostrophe in front).
        columns: names of columns in the order of the file, or a mapping of new name to column; all columns by default.
        privacy: column -> ``keep``, ``drop`` or ``hash``. Where a column that names a person is hashed or dropped, rows
            are ordered by what is published, and the manifest names no user id that the file hides.
        pseudonym_conn_id: Airflow connection whose password is the key of the hashes; by default the key is the
            connection's Client Secret, and the hashes change with it.
        timezone: IANA name of the company's time zone; by default the connection's, then the DAG's.
        max_concurrency: requests in flight; by default the connection's.
        on_incomplete: ``fail`` publishes nothing when an employee-day is missing or contradictory; ``warn`` publishes
            and lists the first of them in the manifest.
        proof: ``days`` reads the employee-days of everybody and holds the list of absences against them; a difference
            is incomplete. ``none`` publishes what the list has, also when it is empty.
        employees: only these employees: a list of employee ids (compared as texts, leading zeros included), or a custom
            field with its values like ``{"custom_field3": ["hourly"]}``; everybody by default. An employee id that no
            user of the account has is an error.
        kwargs: parameters of Airflow's ``BaseOperator``.

    Returns:
        The manifest without its schema (XCom): counts, checksum, totals and paths; no rows and no names.

    Raises:
        AllHoursIncompleteError: an employee-day is missing or contradictory and ``on_incomplete`` is ``fail``.
        AllHoursParameterError: a parameter is wrong; fails the task at once, as refused credentials do.
    """

    dataset = "absence_spans"

    template_fields: Sequence[str] = (*AllHoursPeriodExportOperator.template_fields, "proof")

    def __init__(
        self,
        *,
        period: str,
        path: str,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        object_storage_conn_id: str | None = None,
        file_format: Literal["csv", "jsonl", "parquet", "xlsx"] | None = None,
        csv_options: Mapping[str, Any] | None = None,
        columns: Sequence[str] | Mapping[str, str] | None = None,
        privacy: Mapping[str, Literal["keep", "drop", "hash"]] | None = None,
        pseudonym_conn_id: str | None = None,
        timezone: str | None = None,
        max_concurrency: int | str | None = None,
        on_incomplete: Literal["fail", "warn"] = "fail",
        proof: Literal["none", "days"] = "none",
        employees: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            period=period,
            path=path,
            allhours_conn_id=allhours_conn_id,
            object_storage_conn_id=object_storage_conn_id,
            file_format=file_format,
            csv_options=csv_options,
            columns=columns,
            privacy=privacy,
            pseudonym_conn_id=pseudonym_conn_id,
            timezone=timezone,
            max_concurrency=max_concurrency,
            on_incomplete=on_incomplete,
            employees=employees,
            **kwargs,
        )
        self.proof = proof
