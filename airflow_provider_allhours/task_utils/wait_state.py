# SPDX-License-Identifier: Apache-2.0
"""What a wait knows of its polls so far: which errors it repeats, and which end it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_allhours.client.errors import AllHoursError, AllHoursResponseError

MAX_REFUSALS = 3
"""Polls in a row that All Hours may refuse (400, 401, 403, 404) before the refusal is final."""

MIN_PAUSE = 0.1
"""Seconds between two polls at least, however small ``poke_interval`` is."""


@dataclass
class WaitState:
    """Whether a poll succeeded yet, how many in a row were refused since, and when the next may be sent.

    A refusal after polls that succeeded may pass: a deployment, a proxy, a rotated right. Before any poll succeeded it
    is an answer, and so are three in a row.

    Attributes:
        has_polled: whether a poll succeeded.
        refusals: polls in a row that were refused.
        not_before: time of the next poll at the earliest, in seconds since the epoch, as a Retry-After demands.
    """

    has_polled: bool = False
    refusals: int = 0
    not_before: float = 0.0

    def succeeded(self) -> None:
        """Note a poll that succeeded."""
        self.has_polled, self.refusals, self.not_before = True, 0, 0.0

    def failed(self, error: AllHoursError) -> bool:
        """Note a poll that failed.

        Returns:
            Whether the poll is to be repeated. An error that is not permanent is always repeated here; a caller for
            which it ends the wait before the first success checks :attr:`has_polled`.
        """
        self.not_before = time.time() + (getattr(error, "retry_after", None) or 0.0)
        if not error.is_permanent:
            return True
        self.refusals += 1
        return self.has_polled and isinstance(error, AllHoursResponseError) and self.refusals < MAX_REFUSALS

    def pause(self, interval: float, left: float) -> float:
        """Seconds until the next poll.

        Args:
            interval: seconds between two polls.
            left: seconds until the deadline, which nothing passes.
        """
        return max(0.0, min(max(interval, self.not_before - time.time(), MIN_PAUSE), left))

    def to_json(self) -> dict[str, Any]:
        """The state as plain JSON, for a trigger's keyword arguments and its event."""
        return {"has_polled": self.has_polled, "refusals": self.refusals, "not_before": self.not_before}

    @classmethod
    def from_json(cls, state: Mapping[str, Any] | None) -> WaitState:
        """The state of :meth:`to_json`; a new one for None."""
        return cls(**state) if state else cls()
