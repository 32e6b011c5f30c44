# SPDX-License-Identifier: Apache-2.0
"""Read a period as a snapshot: users, employee-days and absences that belong to one another.

An account changes while it is read, and reading a company takes minutes. So the lists of users and absences are read
before and after the employee-days; whoever differs between the two looks, or has days that show other absences than the
second look, is read again, until two looks in a row agree. What is kept of each person was then true at one moment,
that of the last look. Memory has a few bytes per person; days and absences are on the disk.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Set
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from types import TracebackType

import msgspec

from airflow_provider_allhours.attendance.coverage import Coverage
from airflow_provider_allhours.attendance.proof import ShownDay, days_whose_absences_differ
from airflow_provider_allhours.attendance.roster import Employment, Shard
from airflow_provider_allhours.attendance.selection import EmployeeSelection
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursContractError, AllHoursError, AllHoursIncompleteError
from airflow_provider_allhours.client.models import ABSENCE_STATUS, Absence, AbsenceDefinition, BookedAbsence
from airflow_provider_allhours.files.keyed_spool import KeyedSpool, ListSpool
from airflow_provider_allhours.flows.datasets.absences import note_cut_definitions
from airflow_provider_allhours.flows.datasets.dataset import ProgressCallback
from airflow_provider_allhours.flows.datasets.days import read_days
from airflow_provider_allhours.flows.datasets.roster import days_of_absences, each_employment
from airflow_provider_allhours.flows.shards import ShardJson, describe_shard
from airflow_provider_allhours.payroll.frozen import (
    FrozenPerson,
    PersonRecords,
    freeze_absence,
    freeze_counters,
    freeze_day,
    freeze_person,
)
from airflow_provider_allhours.periods import Period

log = logging.getLogger(__name__)

MAX_LOOKS = 6
"""How often the lists are read before an account that does not come to rest is given up."""

MAX_NAMED = 5


@dataclass
class _Look:
    """The lists of users and absences, read once.

    Attributes:
        coverage: what makes the lists incomplete.
        employments: user id -> employment.
        marks: user id -> digest of the user and their absences.
        absences: user id -> absences of the period.
        definitions: ids of the absence definitions that occur.
        user_ids: everybody, of all shards.
        strangers: number of absences of people who are not in the roster.
    """

    coverage: Coverage = field(default_factory=Coverage)
    employments: KeyedSpool[Employment] = field(default_factory=KeyedSpool)
    marks: KeyedSpool[bytes] = field(default_factory=KeyedSpool)
    absences: ListSpool[Absence] = field(default_factory=ListSpool)
    definitions: set[str | None] = field(default_factory=set)
    user_ids: set[str] = field(default_factory=set)
    strangers: int = 0

    def differences(self, earlier: _Look) -> tuple[set[str], set[str]]:
        """User ids of people who are new or differ from an earlier look, and of those who are gone."""
        differing = {user_id for user_id, mark in self.marks.items() if earlier.marks.get(user_id, b"") != mark}
        return differing, {user_id for user_id in earlier.marks if user_id not in self.marks}

    def close(self) -> None:
        for spool in (self.employments, self.marks, self.absences):
            spool.close()


class PeriodReader:
    """Reads one period of an account as a snapshot; use it as a context manager.

    Args:
        client: the account.
        period: the days.
        selection: only these employees; everybody by default.
        shard: only this part of them.
        on_progress: called after each employee of the first reading.

    Attributes:
        coverage: after :meth:`read`, the employee-days due and received; after :meth:`people`, the days that are not
            valid, too.
        left_out: after :meth:`read` and :meth:`people`, absences of the period that are in no row: their user is not in
            the roster, or not employed on their day.
        open_approvals: after :meth:`people`, the number of pending absences.
    """

    def __init__(
        self,
        client: AllHoursClient,
        period: Period,
        *,
        selection: EmployeeSelection | None,
        shard: Shard | None = None,
        on_progress: ProgressCallback,
    ) -> None:
        self._client = client
        self._period = period
        self._selection = selection
        self._shard = shard
        self._on_progress = on_progress
        self._open = ExitStack()
        self._records: KeyedSpool[PersonRecords] = self._open.enter_context(KeyedSpool())
        self._shown: KeyedSpool[dict[date, tuple[BookedAbsence, ...]]] = self._open.enter_context(KeyedSpool())
        self._missing: dict[str, list[date]] = {}
        self._causes: dict[str, AllHoursError] = {}
        self._look: _Look | None = None
        self.coverage = Coverage(proof="days")
        self.left_out = 0
        self.open_approvals = 0

    def __enter__(self) -> PeriodReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def read(self) -> None:
        """Read until everything belongs together.

        Raises:
            AllHoursIncompleteError: employee-days are missing or contradictory, or show other absences than the list;
                or the account changed for as long as it was read.
            AllHoursContractError: of a user nothing says whether their days are due.
        """
        look = self._take_look()
        self._read_days(look, look.employments, len(look.employments), self._on_progress)
        is_first, again = True, set[str]()
        for _ in range(MAX_LOOKS - 1):
            before, look = look, self._take_look()
            moved, gone = look.differences(before)
            before.close()
            differing = self._days_that_differ(look, moved)
            self._forget(gone)
            unsettled = set() if is_first else differing.keys() - again
            if not (moved or gone or unsettled):
                self._settle(look, differing)
                return
            is_first, again = False, moved | differing.keys()
            log.info("%d people changed while the period was read; they are read again", len(again) + len(gone))
            self._read_days(look, sorted(again), len(again), _no_progress)
        named = ", ".join((*sorted(again), *sorted(gone))[:MAX_NAMED])
        raise AllHoursIncompleteError(
            f"the period {self._period} does not come to rest: users or absences changed during each of "
            f"{MAX_LOOKS - 1} readings, last of {len(again) + len(gone)} people (first: {named}); run it again when "
            "nobody edits it"
        )

    def people(self, absence_definitions: Iterable[AbsenceDefinition]) -> Iterator[PersonRecords]:
        """Everybody's frozen records, sorted by user id; after :meth:`read`.

        Raises:
            AllHoursIncompleteError: definitions that are used are missing, or an absence has an unknown state.
        """
        look = self._last_look
        definitions = {definition.id: definition for definition in absence_definitions}
        note_cut_definitions(self.coverage, definitions.keys(), look.definitions)
        self.left_out, self.open_approvals = look.strangers, 0
        for user_id, employment in look.employments.items():
            records = self._records[user_id]
            own = sorted(look.absences[user_id], key=lambda absence: (absence.day, absence.id))
            employed = [absence for absence in own if absence.day in employment.days]
            self.left_out += len(own) - len(employed)
            self.open_approvals += sum(absence.is_pending for absence in employed)
            self.coverage.invalid += [(user_id, day.date) for day in records.days if day.is_valid is not True]
            for absence in employed:
                self._refuse_unknown_state(absence)
            absences = tuple(
                freeze_absence(employment.user, absence, definitions.get(absence.absence_definition_id or ""))
                for absence in employed
            )
            yield PersonRecords(records.person, records.days, absences, records.counters)
        self.coverage.require_complete(f"the list of absences of {self._period}")

    def describe_shard(self, shard: Shard) -> ShardJson:
        """What the shard is a part of; after :meth:`read`."""
        look = self._last_look
        return describe_shard(shard, len(look.employments), look.user_ids)

    @property
    def _last_look(self) -> _Look:
        if self._look is None:
            raise RuntimeError("PeriodReader.read comes first")
        return self._look

    def _take_look(self) -> _Look:
        """Read the lists of users and absences."""
        look = self._look = _Look()
        self._open.callback(look.close)

        def absent(users: int) -> set[str | None]:
            user_ids: set[str | None] = set()
            period, days = self._period, days_of_absences(users)
            for absences in self._client.absences_in_parts(period.date_from, period.date_to, days=days):
                for absence in absences:
                    user_ids.add(absence.user_id)
                    if not self._reads(absence.user_id or ""):
                        continue
                    look.definitions.add(absence.absence_definition_id)
                    look.absences.add(absence.user_id, absence)
            return user_ids

        roster = each_employment(self._client, self._period, look.coverage, absent=absent, selection=self._selection)
        for employment in roster:
            look.user_ids.add(employment.user.id)
            if self._reads(employment.user.id):
                look.employments[employment.user.id] = employment
        known = 0
        for user_id, employment in look.employments.items():
            own = sorted(look.absences[user_id], key=lambda absence: absence.id)
            look.marks[user_id] = _mark_of(freeze_person(employment), own)
            known += len(own)
        look.strangers = len(look.absences) - known
        return look

    def _reads(self, user_id: str) -> bool:
        return self._shard is None or self._shard.has(user_id)

    def _read_days(self, look: _Look, user_ids: Iterable[str], count: int, on_progress: ProgressCallback) -> None:
        """Read the employee-days of these people and keep them in the place of earlier ones."""
        roster = (look.employments[user_id] for user_id in user_ids)
        coverage = _CoverageOfOne()

        def progress(done: int) -> None:
            on_progress(done, count)

        for employment, days in read_days(self._client, self._period, roster, coverage, progress):
            user = employment.user
            self._forget({user.id})
            missing, cause = coverage.take()
            if missing:
                self._missing[user.id] = missing
            if cause is not None:
                self._causes[user.id] = cause
            shown: dict[date, tuple[BookedAbsence, ...]] = {
                day.date: tuple(day.absences) for day in days if day.absences
            }
            if shown:
                self._shown[user.id] = shown
            frozen = tuple(freeze_day(user, day) for day in days)
            self._records[user.id] = PersonRecords(
                freeze_person(employment), frozen, counters=freeze_counters(user, days)
            )

    def _forget(self, user_ids: set[str]) -> None:
        for user_id in user_ids:
            self._missing.pop(user_id, None)
            self._causes.pop(user_id, None)
            self._shown.discard(user_id)
            self._records.discard(user_id)

    def _days_that_differ(self, look: _Look, moved: Set[str]) -> dict[str, list[date]]:
        """User id -> days that show other absences than the list, of people who did not move."""
        differing: dict[str, list[date]] = {}
        for user_id, employment in look.employments.items():
            if user_id in moved or (user_id not in self._shown and user_id not in look.absences):
                continue
            shown = self._shown.get(user_id, {})
            missing = self._missing.get(user_id, ())
            days = [ShownDay(day, shown.get(day, ())) for day in employment.days.days() if day not in missing]
            if found := days_whose_absences_differ(employment, look.absences[user_id], days):
                differing[user_id] = found
        return differing

    def _settle(self, look: _Look, differing: dict[str, list[date]]) -> None:
        """Require that nothing is missing and nothing contradicts itself."""
        days = Coverage(expected=0)
        if look.coverage.cause is not None:
            days.note(look.coverage.cause)
        for user_id in sorted(self._causes):
            days.note(self._causes[user_id])
        for user_id, employment in look.employments.items():
            length, missing = employment.days.length, self._missing.get(user_id, [])
            days.expected = (days.expected or 0) + length
            days.received += length - len(missing)
            days.note_differences(user_id, missing)
        days.require_complete(f"the period {self._period}")
        for user_id, found in sorted(differing.items()):
            self.coverage.note_differences(user_id, found)
        self.coverage.require_complete(f"the list of absences of {self._period}, held against the employee-days,")
        self.coverage.expected, self.coverage.received = days.expected, days.received

    def _refuse_unknown_state(self, absence: Absence) -> None:
        if absence.status not in ABSENCE_STATUS:
            self.coverage.note(
                AllHoursContractError(
                    f"the absence of user {absence.user_id} on {absence.day} has the state {absence.status_name}; "
                    "nothing known says whether it is taken"
                )
            )


class _CoverageOfOne(Coverage):
    """A coverage that gives away what was found since it was asked last: one employee's."""

    def take(self) -> tuple[list[date], AllHoursError | None]:
        """The missing days, and the cause."""
        missing, cause = [day for _, day in self.missing], self.cause
        self.missing.clear()
        self.invalid.clear()
        self.cause = None
        return missing, cause


def _no_progress(done: int, total: int) -> None:
    """People who are read again are counted already."""


def _mark_of(person: FrozenPerson, absences: Iterable[Absence]) -> bytes:
    """A digest that differs when what is frozen of a person, or one of their absences, does."""
    digest = blake2b(msgspec.json.encode(person), digest_size=16)
    for absence in absences:
        digest.update(repr(msgspec.structs.astuple(absence)).encode())
    return digest.digest()
