# SPDX-License-Identifier: Apache-2.0
"""Users: one row per user of the account, of any period."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from airflow_provider_allhours.attendance.selection import EmployeeSelection
from airflow_provider_allhours.client.models import User
from airflow_provider_allhours.columns import Row
from airflow_provider_allhours.dataset_columns import USER_COLUMNS
from airflow_provider_allhours.files.external_sort import sort_externally
from airflow_provider_allhours.flows.datasets.dataset import Dataset, DatasetReader
from airflow_provider_allhours.flows.datasets.roster import note_empty_account
from airflow_provider_allhours.rows import user_row


def _rows(reader: DatasetReader) -> Iterator[Row]:
    selection, chosen = reader.selection, _Chosen(reader.selection)
    users = sort_externally(chosen.of(reader.client.each_user()), lambda user: (user.employee_id, user.id))
    for user in users:
        reader.employees.add(user.id)
        yield user_row(user)
    note_empty_account(reader.client, chosen.listed, reader.coverage)
    if selection is not None:
        selection.require_known(chosen.employee_ids, chosen.values)
    reader.coverage.expected = reader.coverage.received = len(reader.employees)


class _Chosen:
    """Users that a selection selects, and what has to be known of all of them.

    Attributes:
        listed: number of users that came.
        employee_ids: of those that are selected.
        values: the custom fields that the selection names, of all users.
    """

    def __init__(self, selection: EmployeeSelection | None) -> None:
        self._selection = selection
        self.listed = 0
        self.employee_ids: set[str] = set()
        self.values: set[tuple[str, str]] = set()

    def of(self, users: Iterable[User]) -> Iterator[User]:
        for user in users:
            self.listed += 1
            if self._selection is None:
                yield user
                continue
            self.values.update(self._selection.values_of(user))
            if self._selection.selects(user):
                self.employee_ids.add(user.employee_id)
                yield user


USERS = Dataset("users", USER_COLUMNS, ("users",), _rows)
