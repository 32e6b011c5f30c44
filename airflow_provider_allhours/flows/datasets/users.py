# SPDX-License-Identifier: Apache-2.0
"""Users: one row per user of the account, of any period."""

from __future__ import annotations

from collections.abc import Iterator

from airflow_provider_allhours.columns import Row
from airflow_provider_allhours.dataset_columns import USER_COLUMNS
from airflow_provider_allhours.flows.datasets.dataset import Dataset, DatasetReader
from airflow_provider_allhours.flows.datasets.roster import note_empty_account
from airflow_provider_allhours.rows import user_row


def _rows(reader: DatasetReader) -> Iterator[Row]:
    users = sorted(reader.client.users(), key=lambda user: (user.employee_id, user.id))
    note_empty_account(reader.client, len(users), reader.coverage)
    if reader.selection is not None:
        values = {pair for user in users for pair in reader.selection.values_of(user)}
        users = [user for user in users if reader.selection.selects(user)]
        reader.selection.require_known({user.employee_id for user in users}, values)
    reader.coverage.expected = reader.coverage.received = len(users)
    for user in users:
        reader.employees.add(user.id)
        yield user_row(user)


USERS = Dataset("users", USER_COLUMNS, ("users",), _rows)
