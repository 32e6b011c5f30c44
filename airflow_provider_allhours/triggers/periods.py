# SPDX-License-Identifier: Apache-2.0
"""Trigger that waits for a period to be ready."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.flows.clock import company_today
from airflow_provider_allhours.flows.readiness import is_period_ready
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.triggers.base import AllHoursPollingTrigger


class AllHoursPeriodReadyTrigger(AllHoursPollingTrigger):
    """Waits until no check finds a blocker; see :class:`AllHoursPollingTrigger`.

    A poll begins with the lists of users and absences and reads the days only when these block nothing.

    Args:
        date_from: first day, ``YYYY-MM-DD``.
        date_to: last day, included.
        checks: names of the checks.
        timezone: the company's, in which a period is over.
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
        state: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(allhours_conn_id=allhours_conn_id, poke_interval=poke_interval, deadline=deadline, state=state)
        self.date_from = date_from
        self.date_to = date_to
        self.checks = list(checks)
        self.timezone = timezone

    def question(self) -> dict[str, Any]:
        """Period, checks and time zone."""
        return {
            "date_from": self.date_from,
            "date_to": self.date_to,
            "checks": self.checks,
            "timezone": self.timezone,
        }

    def poll(self, client: AllHoursClient, probe: AllHoursClient) -> bool:
        """Whether nothing blocks the period."""
        period = Period(date.fromisoformat(self.date_from), date.fromisoformat(self.date_to))
        return is_period_ready(client, period, self.checks, today=company_today(self.timezone), probe=probe)
