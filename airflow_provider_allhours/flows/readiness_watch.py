# SPDX-License-Identifier: Apache-2.0
"""Wait for a period to be ready with few requests: whole looks are rare, and who blocked is asked first."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, cast

from airflow_provider_allhours.attendance.readiness import DAY_CHECKS, Verdict, blockers_of_period, known_checks
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.models import User
from airflow_provider_allhours.flows.readiness import Lists, blockers_of_employees, evaluate_period, read_lists
from airflow_provider_allhours.periods import Period

log = logging.getLogger(__name__)

MAX_KNOWN = 100
"""People of whom it is kept that they blocked: their ids travel with the task and its trigger, a few KB. A company of
at most so many is read whole where of a larger one only those who blocked are."""

MAX_AGE = 86_400.0
"""Seconds after which a wait looks at everybody though somebody still blocks, so that its report names the others."""


@dataclass(frozen=True)
class LastLook:
    """What a wait knows of its looks so far; plain JSON that names nobody but by user id.

    Attributes:
        at: when everybody was looked at, in seconds since the epoch.
        told_at: when the blockers were told last, then or since, of those who had blocked.
        people: how many were looked at.
        user_ids: whose days blocked then; of more than :data:`MAX_KNOWN` every so many, since people are corrected by
            departments.
        is_sample: whether there were more.
        summary: the sentence that was told.
    """

    at: float
    told_at: float
    people: int
    user_ids: tuple[str, ...] = ()
    is_sample: bool = False
    summary: str = ""

    def to_json(self) -> dict[str, Any]:
        """The same as plain JSON."""
        return {**asdict(self), "user_ids": list(self.user_ids)}

    @classmethod
    def from_json(cls, known: Mapping[str, Any] | None) -> LastLook | None:
        """The look of :meth:`to_json`; None for None, and for what another version wrote."""
        try:
            return cls(**{**known, "user_ids": tuple(known["user_ids"])}) if known else None
        except (KeyError, TypeError):
            return None


@dataclass(frozen=True)
class Look:
    """The result of one look.

    Attributes:
        verdict: who blocks; None where it was only seen that somebody still does, or that the next look at everybody is
            not due yet.
        is_whole: whether everybody was looked at. Else the verdict is about the lists and those who had blocked.
    """

    verdict: Verdict | None = None
    is_whole: bool = False

    @property
    def is_ready(self) -> bool:
        """Whether nothing blocks; only a look at everybody can find that."""
        return self.is_whole and self.verdict is not None and self.verdict.is_ready


class _RemembersUsers:
    """A client that requests each user by id only once; everything else is the client's own."""

    def __init__(self, client: AllHoursClient, users: dict[str, User]) -> None:
        self._client = client
        self._users = users

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def user(self, user_id: str) -> User:
        if user_id not in self._users:
            self._users[user_id] = self._client.user(user_id)
        return self._users[user_id]


def _now() -> float:
    return time.time()


class PeriodWatch:
    """Looks again and again whether a period is ready; only a whole look can find that it is.

    While somebody of the last whole look still blocks, the period is not ready, whoever else may be: so the lists and
    the days of these people are enough, up to the first that blocks. When none of them does any more, everybody is
    read, but not within ``full_look_interval`` of the last whole look.

    Args:
        period: the days.
        checks: names of the checks.
        full_look_interval: seconds between two whole looks, at least.
        clock: seconds since the epoch. Where they went back, a look is due.
        last: the last look, of this process or another; None before the first.
    """

    def __init__(
        self,
        period: Period,
        checks: Sequence[str],
        full_look_interval: float,
        clock: Callable[[], float] = _now,
        *,
        last: LastLook | None = None,
    ) -> None:
        self._period = period
        self._checks = known_checks(checks)
        self._needs_days = bool(DAY_CHECKS.intersection(self._checks))
        self._interval = full_look_interval
        self._clock = clock
        self._probable = last.user_ids[0] if last and last.user_ids else None
        self._users: dict[str, User] = {}
        self._users_since = 0.0
        self.last = last

    def is_ready(self, client: AllHoursClient, probe: AllHoursClient, *, today: date) -> bool:
        """Whether nothing blocks, by a look at everybody where one may find that.

        Args:
            client: see :meth:`may_be_ready`.
            probe: see there.
            today: the company's date.

        Raises:
            AllHoursIncompleteError: nothing can be concluded, see :func:`~.readiness.evaluate_period`.
            AllHoursContractError: no record has a field that a check reads.
        """
        return self.may_be_ready(client, probe, today=today) and self._look_at_everybody(client, today).is_ready

    def may_be_ready(self, client: AllHoursClient, probe: AllHoursClient, *, today: date) -> bool:
        """Whether nobody is known to block and a look at everybody is due.

        A period that is not over costs no request. The lists come before the days. People that are in no list are
        looked for by a whole look only: it costs a request per day.

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
        lists = self._lists(probe)
        if lists.blockers or self._somebody_still_blocks(client, lists):
            return False
        if not self._is_whole_look_due():
            log.info("Nobody who blocked does any more; the next look at everybody is not due yet")
            return False
        return True

    def look(self, client: AllHoursClient, *, today: date, is_final: bool = False) -> Look:
        """Look as far as it is worth it: at everybody, at those who blocked, or at the first who still does.

        At everybody: at first, at the end, when nobody is known to block, and where the last time is a day ago. At all
        of those who blocked: once per ``full_look_interval``, so that who is corrected leaves the report.

        Args:
            client: the account.
            today: the company's date.
            is_final: whether this is the last look of the wait.

        Raises:
            AllHoursIncompleteError: nothing can be concluded, see :func:`~.readiness.evaluate_period`.
            AllHoursContractError: no record has a field that a check reads.
        """
        last = self.last
        if last is None or is_final or not self._needs_days or self._is_past(last.at, max(MAX_AGE, self._interval)):
            return self._look_at_everybody(client, today)
        if self._is_past(last.told_at, self._interval):
            if last.people <= MAX_KNOWN:
                return self._look_at_everybody(client, today)
            if not last.is_sample:
                return self._look_at_known(client, today, last)
        if self.may_be_ready(client, client, today=today):
            return self._look_at_everybody(client, today)
        return Look()

    def _look_at_everybody(self, client: AllHoursClient, today: date) -> Look:
        verdict = evaluate_period(client, self._period, self._checks, today=today)
        user_ids = list(dict.fromkeys(one.user_id for one in verdict.blockers if one.check in DAY_CHECKS))
        now, step = self._clock(), -(-len(user_ids) // MAX_KNOWN) or 1
        self.last = LastLook(now, now, verdict.people, tuple(user_ids[::step]), step > 1, verdict.summary)
        self._probable = user_ids[0] if user_ids else None
        return Look(verdict, is_whole=True)

    def _look_at_known(self, client: AllHoursClient, today: date, last: LastLook) -> Look:
        """Look at the lists and the days of all who blocked, and at everybody where none of them does any more."""
        lists = self._lists(client)
        of_days = blockers_of_employees(client, self._checks, lists, self._known(lists))
        of_period = blockers_of_period(self._checks, self._period, today)
        verdict = Verdict(self._period, self._checks, (*of_period, *lists.blockers, *of_days), len(lists.roster))
        if verdict.is_ready:
            return self._look_at_everybody(client, today)
        self.last = replace(last, told_at=self._clock(), summary=verdict.summary)
        return Look(verdict)

    def _lists(self, client: AllHoursClient) -> Lists:
        """The lists; who left and is in no list of users is requested by id once per ``full_look_interval``."""
        if self._is_past(self._users_since, self._interval):
            self._users, self._users_since = {}, self._clock()
        remembering = cast("AllHoursClient", _RemembersUsers(client, self._users))
        return read_lists(remembering, self._period, self._checks, clockings=())

    def _somebody_still_blocks(self, client: AllHoursClient, lists: Lists) -> bool:
        """Ask first the one who blocked last time, who is probably enough: several are read at once."""
        known = self._known(lists)
        for user_ids in (known & {self._probable}, known - {self._probable}):
            if user_ids and (found := next(blockers_of_employees(client, self._checks, lists, user_ids), None)):
                self._probable = found.user_id
                return True
        return False

    def _known(self, lists: Lists) -> set[str]:
        known = set(self.last.user_ids) if self.last else set()
        return known & {employment.user.id for employment in lists.roster}

    def _is_whole_look_due(self) -> bool:
        return not self._needs_days or self.last is None or self._is_past(self.last.at, self._interval)

    def _is_past(self, moment: float, seconds: float) -> bool:
        return not 0 <= self._clock() - moment < seconds
