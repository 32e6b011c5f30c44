# SPDX-License-Identifier: Apache-2.0
"""Trigger that waits for a period to be ready."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.flows.clock import company_today
from airflow_provider_allhours.flows.readiness_watch import LastLook, PeriodWatch
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.triggers.base import AllHoursPollingTrigger


class AllHoursPeriodReadyTrigger(AllHoursPollingTrigger):
    """Waits until no check finds a blocker; see :class:`AllHoursPollingTrigger`.

    A poll reads the lists of users and absences and, only when these block nothing, the days of those who blocked when
    the task looked at everybody; see :class:`~.readiness_watch.PeriodWatch`. When none of them does any more, the task
    looks at everybody again. Without the task's last look the trigger looks at everybody itself.

    Where the task writes a report, the trigger also says when it is due: the worker writes it, with the storage and the
    connections that it has.

    Args:
        date_from: first day, ``YYYY-MM-DD``.
        date_to: last day, included.
        checks: names of the checks.
        timezone: the company's, in which a period is over.
        full_look_interval: seconds between two looks at everybody, at least; four poke intervals by default.
        look_again_at: seconds since the epoch at which the task looks again at the latest; None without a report.
        last_look: what the task's look found, as ``LastLook.to_json()``; None where nobody looked yet.
        allhours_conn_id: connection of type ``allhours``.
        poke_interval: seconds between two polls.
        deadline: seconds since the epoch.
        state: what the task knows of its polls so far.
    """

    def __init__(
        self,
        *,
        date_from: str,
        date_to: str,
        checks: Sequence[str],
        timezone: str,
        allhours_conn_id: str,
        poke_interval: float,
        deadline: float,
        full_look_interval: float | None = None,
        look_again_at: float | None = None,
        last_look: Mapping[str, Any] | None = None,
        state: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(allhours_conn_id=allhours_conn_id, poke_interval=poke_interval, deadline=deadline, state=state)
        self.date_from = date_from
        self.date_to = date_to
        self.checks = list(checks)
        self.timezone = timezone
        self.full_look_interval = 4 * poke_interval if full_look_interval is None else full_look_interval
        self.look_again_at = look_again_at
        self.last_look = dict(last_look) if last_look else None
        period = Period(date.fromisoformat(date_from), date.fromisoformat(date_to))
        self._watch = PeriodWatch(period, self.checks, self.full_look_interval, last=LastLook.from_json(last_look))

    def question(self) -> dict[str, Any]:
        """Period, checks, time zone, interval of whole looks, when the task looks again, and what it found."""
        return {
            "date_from": self.date_from,
            "date_to": self.date_to,
            "checks": self.checks,
            "timezone": self.timezone,
            "full_look_interval": self.full_look_interval,
            "look_again_at": self.look_again_at,
            "last_look": self.last_look,
        }

    def poll(self, client: AllHoursClient, probe: AllHoursClient) -> bool:
        """Whether nothing may block the period any more, or the task's next look is due."""
        if self.look_again_at is not None and time.time() >= self.look_again_at:
            return True
        ask = self._watch.is_ready if self._watch.last is None else self._watch.may_be_ready
        return ask(client, probe, today=company_today(self.timezone))
