# SPDX-License-Identifier: Apache-2.0
"""Export users; create and change a user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseOperator

from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.operators.export import AllHoursExportOperator
from airflow_provider_allhours.task_utils.coerce import optional_whole_number
from airflow_provider_allhours.task_utils.fail_fast import failing_fast
from airflow_provider_allhours.task_utils.lineage import ReportsLineage, account_dataset
from airflow_provider_allhours.task_utils.personal import PersonalField, reveal
from airflow_provider_allhours.task_utils.stopping import StopsWithTask

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_allhours.flows.user_creation import CreateUserResult
    from airflow_provider_allhours.flows.user_update import UpdateUserResult


class AllHoursExportUsersOperator(AllHoursExportOperator):
    """Export users: one row per user of the account, every field in snake_case. There is no period.

    The file and its ``<path>.manifest.json`` are published together, or not at all; a failed run leaves an earlier file
    as it was. The same data gives the same bytes.

    Args:
        path: file to write: an absolute local path, or a URL that Airflow's ``ObjectStoragePath`` takes.
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
        on_incomplete: ``fail`` publishes nothing when a user is missing or contradictory; ``warn`` publishes and
            lists the first of them in the manifest.
        employees: only these employees: a list of employee ids (compared as texts, leading zeros included), or a custom
            field with its values like ``{"custom_field3": ["hourly"]}``; everybody by default. An employee id that no
            user of the account has is an error.
        kwargs: parameters of Airflow's ``BaseOperator``.

    Returns:
        The manifest without its schema (XCom): counts, checksum, totals and paths; no rows and no names.

    Raises:
        AllHoursIncompleteError: a user is missing or contradictory and ``on_incomplete`` is ``fail``.
        AllHoursParameterError: a parameter is wrong; fails the task at once, as refused credentials do.
    """

    dataset = "users"

    def __init__(
        self,
        *,
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
        employees: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
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


class AllHoursCreateUserOperator(ReportsLineage, StopsWithTask, BaseOperator):
    """Create a user, unless one with this employee id, else with this e-mail, exists; run twice, it creates one.

    Args:
        first_name: first name.
        last_name: last name.
        user_email: e-mail of the user; unique over all of All Hours, as the vendor states. (``email`` is Airflow's:
            who is told of failures.)
        employee_id: the company's own number (``CustomId``). One of ``employee_id`` and ``user_email`` is needed, to
            recognise the user in the next run.
        max_wait: seconds that are waited at most after a request without an answer before it is sent again. The wait is
            twice the connection's time limit, at most 60 by default.
        fields: further fields of the record in PascalCase, such as ``{"CalculationStartDate": "2026-11-01T00:00:00"}``.
        allhours_conn_id: Airflow connection of type ``allhours``.
        kwargs: parameters of Airflow's ``BaseOperator``.

    Returns:
        ``{"user_id", "created"}``; ``created`` is False when the user existed.

    Raises:
        AllHoursParameterError: a name is empty, neither ``employee_id`` nor ``user_email`` is given, or several users
            have this employee id; nothing is written, and the task fails at once.
    """

    template_fields: Sequence[str] = (
        "first_name",
        "last_name",
        "user_email",
        "employee_id",
        "fields",
        "max_wait",
        "allhours_conn_id",
    )
    first_name = PersonalField()
    last_name = PersonalField()
    user_email = PersonalField()
    fields = PersonalField()
    ui_color = "#f3e9dc"

    def __init__(
        self,
        *,
        first_name: str,
        last_name: str,
        user_email: str | None = None,
        employee_id: str | None = None,
        fields: Mapping[str, Any] | None = None,
        max_wait: int | str | None = None,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.first_name = first_name
        self.last_name = last_name
        self.user_email = user_email
        self.employee_id = employee_id
        self.fields = fields
        self.max_wait = max_wait
        self.allhours_conn_id = allhours_conn_id

    def execute(self, context: Context) -> CreateUserResult:
        """Look for the user and create it when it is missing."""
        from airflow_provider_allhours.flows.user_creation import create_user

        with failing_fast(), self.running(AllHoursHook(self.allhours_conn_id).client()) as client:
            users = account_dataset(client.host, "users")
            self.lineage.reads(users)
            result = create_user(
                client,
                first_name=reveal(self.first_name),
                last_name=reveal(self.last_name),
                user_email=reveal(self.user_email),
                employee_id=self.employee_id,
                fields=reveal(self.fields),
                max_wait=optional_whole_number("max_wait", self.max_wait, minimum=0),
            )
        if result["created"]:
            self.lineage.wrote(replace(users, rows=1))
        return result


class AllHoursUpdateUserOperator(ReportsLineage, StopsWithTask, BaseOperator):
    """Set fields of one user: read the user, write what differs, and read again. Run twice, it writes once.

    Args:
        user_id: id of the user. Exactly one of ``user_id``, ``employee_id`` and ``user_email`` names the user.
        employee_id: the company's own number (``CustomId``).
        user_email: e-mail of the user. (``email`` is Airflow's: who is told of failures.)
        fields: fields to set, in PascalCase, such as ``{"CalculationStopDate": "2026-11-30T00:00:00"}``.
        allhours_conn_id: Airflow connection of type ``allhours``.
        kwargs: parameters of Airflow's ``BaseOperator``.

    Returns:
        ``{"user_id", "changed"}``: the names of the fields that differed; none when nothing was written.

    Raises:
        AllHoursConflictError: the new employee id or e-mail belongs to another user, or All Hours took the change and
            shows another state.
        AllHoursParameterError: a field cannot be set, or no user or several are named; fails the task at once.
    """

    template_fields: Sequence[str] = ("user_id", "employee_id", "user_email", "fields", "allhours_conn_id")
    user_email = PersonalField()
    fields = PersonalField()
    ui_color = "#f3e9dc"

    def __init__(
        self,
        *,
        fields: Mapping[str, Any],
        user_id: str | None = None,
        employee_id: str | None = None,
        user_email: str | None = None,
        allhours_conn_id: str = AllHoursHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.fields = fields
        self.user_id = user_id
        self.employee_id = employee_id
        self.user_email = user_email
        self.allhours_conn_id = allhours_conn_id

    def execute(self, context: Context) -> UpdateUserResult:
        """Set the fields that differ and return their names."""
        from airflow_provider_allhours.flows.user_update import update_user

        with failing_fast(), self.running(AllHoursHook(self.allhours_conn_id).client()) as client:
            users = account_dataset(client.host, "users")
            self.lineage.reads(users)
            result = update_user(
                client,
                fields=reveal(self.fields),
                user_id=self.user_id,
                employee_id=self.employee_id,
                user_email=reveal(self.user_email),
            )
        if result["changed"]:
            self.lineage.wrote(replace(users, rows=1))
        return result
