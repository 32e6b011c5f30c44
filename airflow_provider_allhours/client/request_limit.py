# SPDX-License-Identifier: Apache-2.0
"""A number of requests that several clients together do not exceed."""

from __future__ import annotations

import threading

from airflow_provider_allhours.client.errors import AllHoursLimitError


class RequestLimit:
    """Counts requests to the API, repeats and redirects included, and refuses the one too many; tokens are free.

    Safe to use from several threads.

    Args:
        most: how many requests may be sent.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.spent = 0
        self._lock = threading.Lock()

    def spend(self, request: str) -> None:
        """Count one request that is about to be sent.

        Args:
            request: method and path template, for the message.

        Raises:
            AllHoursLimitError: all are spent; nothing is sent.
        """
        with self._lock:
            if self.spent >= self.most:
                raise AllHoursLimitError(f"{request} was not sent: the limit of {self.most} requests is reached")
            self.spent += 1
