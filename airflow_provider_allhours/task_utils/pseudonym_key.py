# SPDX-License-Identifier: Apache-2.0
"""The key of pseudonyms, from an Airflow connection of its own."""

from __future__ import annotations

from airflow.sdk import BaseHook

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.task_utils.coerce import is_blank
from airflow_provider_allhours.task_utils.compat import AirflowNotFoundException


def pseudonym_key(conn_id: str | None) -> bytes | None:
    """Return the password of a connection as the key of pseudonyms.

    Args:
        conn_id: Airflow connection of any type; None or blank for none.

    Returns:
        The key, without blanks and line ends around it; None without a connection.

    Raises:
        AllHoursParameterError: there is no such connection, or it has no password.
    """
    if conn_id is None or is_blank(conn_id):
        return None
    try:
        password = BaseHook.get_connection(conn_id).password
    except AirflowNotFoundException:
        raise AllHoursParameterError(
            f"parameter 'pseudonym_conn_id' is {conn_id!r}, and there is no such connection; it takes one whose "
            "password is the key of the pseudonyms"
        ) from None
    key = (password or "").strip()
    if not key:
        raise AllHoursParameterError(
            f"parameter 'pseudonym_conn_id' is {conn_id!r}, and that connection has no password; its password is "
            "the key of the pseudonyms"
        )
    return key.encode()
