# SPDX-License-Identifier: Apache-2.0
"""The Airflow hook: makes a client from a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from airflow.sdk import BaseHook
from airflow.sdk import log as sdk_log

from airflow_provider_allhours.client import AllHoursClient, ClientConfig
from airflow_provider_allhours.client.errors import AllHoursError, AllHoursParameterError
from airflow_provider_allhours.hooks.connection import AllHoursConnection, read_connection
from airflow_provider_allhours.task_utils.compat import AirflowException

TEST_SECONDS = 10.0
"""Seconds that the Test button waits for one response, retries included."""


class AllHoursHook(BaseHook):
    """Manages the OAuth2 connection to an All Hours account.

    Nothing is read or sent before it is needed. The whole process shares its access tokens, renews them early and
    registers them with Airflow's secrets masker.

    Args:
        allhours_conn_id: Airflow connection of type ``allhours``.
        kwargs: parameters of Airflow's ``BaseHook``, such as ``logger_name``.
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

    def client(self, *, max_concurrency: int | None = None, retry_seconds: float | None = None) -> AllHoursClient:
        """A new client.

        Args:
            max_concurrency: requests in flight at most; the connection's own by default.
            retry_seconds: seconds that one call may spend on retries, where they are fewer than the client's own.
        """
        config = self.settings.config
        if max_concurrency is not None:
            config = replace(config, max_concurrency=max_concurrency)
        if retry_seconds is not None:
            config = replace(config, retry_seconds=min(retry_seconds, config.retry_seconds))
        return AllHoursClient(config, on_token=sdk_log.mask_secret)

    async def aget_conn(self) -> AllHoursClient:
        """The client of this connection, for a trigger; its methods block, so call them by ``asyncio.to_thread``."""
        if self._client is None:
            self._client = await self.aclient()
        return self._client

    async def aclient(self, *, retry_attempts: int | None = None, retry_seconds: float | None = None) -> AllHoursClient:
        """A new client, for a trigger.

        Args:
            retry_attempts: how often a request is sent at most; 1 where the waiting loop itself is the retry.
            retry_seconds: seconds that one call may spend on retries, where they are fewer than the client's own.
        """
        if "settings" not in self.__dict__:
            connection = await self.aget_connection(self.allhours_conn_id)
            self.__dict__["settings"] = read_connection(connection)
        config = self.settings.config
        if retry_attempts is not None:
            config = replace(config, retry_attempts=retry_attempts)
        if retry_seconds is not None:
            config = replace(config, retry_seconds=min(retry_seconds, config.retry_seconds))
        return AllHoursClient(config, on_token=_masking_from_threads())

    @property
    def timezone(self) -> str | None:
        """The company's time zone, an IANA name; None when the connection has none."""
        return self.settings.timezone

    @cached_property
    def settings(self) -> AllHoursConnection:
        """The connection's checked settings."""
        return read_connection(self.get_connection(self.allhours_conn_id))

    def test_connection(self) -> tuple[bool, str]:
        """Request a token and read one cheap list.

        Returns:
            Whether it worked, and one sentence that names host and cause, without a secret, a token or a response body.
        """
        try:
            config = replace(
                self.settings.config,
                timeout=min(self.settings.config.timeout, TEST_SECONDS),
                retry_attempts=2,
                retry_seconds=TEST_SECONDS,
            )
            with AllHoursClient(config, on_token=sdk_log.mask_secret) as client:
                definitions = client.absence_definitions()
        except AllHoursParameterError as error:
            return False, str(error)
        except AllHoursError as error:
            return False, _with_host(error, self.settings.config)
        except AirflowException as error:
            return False, str(error)
        return True, f"Connected to {config.base_url}: token granted, {len(definitions)} absence definitions read."


def _with_host(error: AllHoursError, config: ClientConfig) -> str:
    """The error's message with the host that it came from, where it names only the path."""
    message = str(error)
    host = urlsplit(config.auth_url if "(token)" in message else config.base_url).netloc
    return message if host in message else f"{host}: {message}"


def _masking_from_threads() -> Callable[[str], None]:
    """Return a function that registers a token with the secrets masker from a worker thread of the triggerer.

    The token also goes to the supervisor, over a connection that belongs to the event loop: before Airflow 3.2 sending
    from another thread would break it, so that registration always runs on the loop. Before Airflow 3.3 only the
    process's own masker learns the token there; it is the one that filters the logs of triggers.
    """
    loop = asyncio.get_running_loop()
    amask_secret = getattr(sdk_log, "amask_secret", None)

    def on_token(token: str) -> None:
        if amask_secret is not None:
            asyncio.run_coroutine_threadsafe(amask_secret(token), loop)
        else:
            loop.call_soon_threadsafe(sdk_log.mask_secret, token)

    return on_token
