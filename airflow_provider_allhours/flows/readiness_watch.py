# SPDX-License-Identifier: Apache-2.0
"""Wait for a period to be ready with few requests: whole looks are rare, and who blocked is asked first."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import date

from airflow_provider_allhours.attendance.readiness import DAY_CHECKS, blockers_of_period, known_checks
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.flows.readiness import blockers_of_employees, read_lists
from airflow_provider_allhours.periods import Period

log = logging.getLogger(__name__)


class PeriodWatch:
    """Looks again and again whether a period is ready; only a whole look can find that it is.

    While somebody of the last whole look still blocks, the period is not ready, whoever else may be: so the lists and
    the days of these people are enough, up to the first that blocks. When none of them does any more, everybody is
    read, but not within ``full_look_interval`` of the last whole look.

    Args:
        period: the days.
        checks: names of the checks.
        full_look_interval: seconds between two whole looks, at least.
        clock: seconds that only go forward.
    """

    def __init__(
        self,
        period: Period,
        checks: Sequence[str],
        full_look_interval: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._period = period
        self._checks = known_checks(checks)
        self._interval = full_look_interval
        self._clock = clock
        self._blocking: set[str] = set()
        self._looked_at: float | None = None

    def is_ready(self, client: AllHoursClient, probe: AllHoursClient, *, today: date) -> bool:
        """Whether nothing blocks.

        A period that is not over costs no request. The lists come before the days.

        Args:
            client: reads the days.
            probe: reads the lists; a client without retries, so that a waiting loop does not repeat failed requests.
            today: the company's date.

        Raises:
            AllHoursIncompleteError: nothing can be concluded, see :func:`~.readiness.evaluate_period`.
            AllHoursContractError: no record has a field that a check reads.
        """
        if next(blockers_of_period(self._checks, self._period, today), None) is not None:
            return False
        may_be_ready = self._may_look_at_everybody()
        # Who is in no list is looked for by a whole look only: it costs a request per day.
        lists = read_lists(probe, self._period, self._checks, clockings=None if may_be_ready else ())
        if lists.blockers:
            return False
        known = self._blocking & {employment.user.id for employment in lists.roster}
        if known and next(blockers_of_employees(client, self._checks, lists, known), None) is not None:
            return False
        if not may_be_ready:
            log.debug("Nobody of the last whole look blocks any more; the next whole look is not due yet")
            return False
        blockers = list(blockers_of_employees(client, self._checks, lists))
        self._blocking = {blocker.user_id for blocker in blockers}
        self._looked_at = self._clock()
        return not blockers

    def _may_look_at_everybody(self) -> bool:
        if not DAY_CHECKS.intersection(self._checks) or self._looked_at is None:
            return True
        return self._clock() - self._looked_at >= self._interval
