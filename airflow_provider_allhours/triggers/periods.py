# SPDX-License-Identifier: Apache-2.0
"""Trigger that waits for a period to be ready."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.flows.clock import company_today
from airflow_provider_allhours.flows.readiness_watch import PeriodWatch
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.triggers.base import AllHoursPollingTrigger


class AllHoursPeriodReadyTrigger(AllHoursPollingTrigger):
    """Waits until no check finds a blocker; see :class:`AllHoursPollingTrigger`.

    A poll begins with the lists of users and absences and reads the days only when these block nothing: first of those
    who blocked at the last whole look, then of everybody; see :class:`~.readiness_watch.PeriodWatch`. Who blocked is
    kept in memory: a trigger that is restarted begins with a whole look.

    Where the task writes a report, the trigger sends nothing and only says when the task has to look at everybody
    again: the worker writes the report, with the storage and the connections that it has.

    Args:
        date_from: first day, ``YYYY-MM-DD``.
        date_to: last day, included.
        checks: names of the checks.
        timezone: the company's, in which a period is over.
        full_look_interval: seconds between two looks at everybody, at least; four poke intervals by default.
        look_again_at: seconds since the epoch at which the task looks again; None where it writes no report.
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
        state: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(allhours_conn_id=allhours_conn_id, poke_interval=poke_interval, deadline=deadline, state=state)
        self.date_from = date_from
        self.date_to = date_to
        self.checks = list(checks)
        self.timezone = timezone
        self.full_look_interval = 4 * poke_interval if full_look_interval is None else full_look_interval
        self.look_again_at = look_again_at
        period = Period(date.fromisoformat(date_from), date.fromisoformat(date_to))
        self._watch = PeriodWatch(period, self.checks, self.full_look_interval)

    def question(self) -> dict[str, Any]:
        """Period, checks, time zone, interval of whole looks, and when the task looks again."""
        return {
            "date_from": self.date_from,
            "date_to": self.date_to,
            "checks": self.checks,
            "timezone": self.timezone,
            "full_look_interval": self.full_look_interval,
            "look_again_at": self.look_again_at,
        }

    def poll(self, client: AllHoursClient, probe: AllHoursClient) -> bool:
        """Whether nothing blocks the period, or the task's next look is due."""
        if self.look_again_at is not None:
            return time.time() >= self.look_again_at
        return self._watch.is_ready(client, probe, today=company_today(self.timezone))
