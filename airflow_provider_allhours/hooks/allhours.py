# SPDX-License-Identifier: Apache-2.0
"""The Airflow hook: a connection becomes a client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any

from airflow.sdk import BaseHook
from airflow.sdk import log as sdk_log
from airflow.sdk.exceptions import AirflowException

from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursError
from airflow_provider_allhours.hooks.connection import AllHoursConnection, read_connection

TEST_SECONDS = 10.0
"""How long the Test button may keep a person waiting for one answer, retries included."""


class AllHoursHook(BaseHook):
    """Manages the OAuth2 connection to an All Hours account.

    Nothing is read or sent before it is needed. Access tokens are shared by the whole process, renewed early, and
    registered with Airflow's secrets masker.

    Args:
        allhours_conn_id: Airflow connection of type ``allhours``.
    """

    conn_name_attr = "allhours_conn_id"
    default_conn_name = "allhours_default"
    conn_type = "allhours"
    hook_name = "All Hours"

    def __init__(self, allhours_conn_id: str = default_conn_name, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.allhours_conn_id = allhours_conn_id
        self._client: AllHoursClient | None = None

    def get_conn(self) -> AllHoursClient:
        """The client of this connection, made once per hook.

        Raises:
            AllHoursParameterError: a field of the connection cannot work.
        """
        if self._client is None:
            self._client = self.client()
        return self._client

    def client(self, *, max_concurrency: int | None = None) -> AllHoursClient:
        """A new client.

        Args:
            max_concurrency: requests in flight at most; the connection's own by default.
        """
        config = self.settings.config
        if max_concurrency is not None:
            config = replace(config, max_concurrency=max_concurrency)
        return AllHoursClient(config, on_token=sdk_log.mask_secret)

    async def aget_conn(self) -> AllHoursClient:
        """The client of this connection, for a trigger; its methods block and belong into ``asyncio.to_thread``."""
        if self._client is None:
            self._client = await self.aclient()
        return self._client

    async def aclient(self, *, retry_attempts: int | None = None) -> AllHoursClient:
        """A new client, for a trigger.

        Args:
            retry_attempts: how often a request is sent at most; 1 where the waiting loop itself is the retry.
        """
        if "settings" not in self.__dict__:
            connection = await self.aget_connection(self.allhours_conn_id)
            self.__dict__["settings"] = read_connection(connection)
        config = self.settings.config
        if retry_attempts is not None:
            config = replace(config, retry_attempts=retry_attempts)
        return AllHoursClient(config, on_token=_masking_from_threads())

    @property
    def timezone(self) -> str | None:
        """The company's time zone as the connection names it."""
        return self.settings.timezone

    @cached_property
    def settings(self) -> AllHoursConnection:
        """What the connection says, checked."""
        return read_connection(self.get_connection(self.allhours_conn_id))

    def test_connection(self) -> tuple[bool, str]:
        """Prove the credentials and one cheap read; one sentence, without a secret, a token or an answer's body."""
        try:
            config = replace(
                self.settings.config,
                timeout=min(self.settings.config.timeout, TEST_SECONDS),
                retry_attempts=2,
                retry_seconds=TEST_SECONDS,
            )
            with AllHoursClient(config, on_token=sdk_log.mask_secret) as client:
                definitions = client.absence_definitions()
        except (AllHoursError, AirflowException) as error:
            return False, str(error)
        return True, f"Connected to {config.base_url}: token granted, {len(definitions)} absence definitions read."


def _masking_from_threads() -> Callable[[str], None] | None:
    """Registers a token with the masker from a worker thread of the triggerer.

    Airflow 3.3 offers an asynchronous way; before it there is none that is safe beside a running event loop, and
    nothing of this package logs a token.
    """
    mask = getattr(sdk_log, "amask_secret", None)
    if mask is None:
        return None
    loop = asyncio.get_running_loop()

    def on_token(token: str) -> None:
        asyncio.run_coroutine_threadsafe(mask(token), loop)

    return on_token
