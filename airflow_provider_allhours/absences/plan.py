# SPDX-License-Identifier: Apache-2.0
"""Plan the absence writes that make the account agree with a source of leave."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from airflow_provider_allhours.absences.ledger import CREATE, DELETE, UPDATE, Ledger
from airflow_provider_allhours.absences.matching import People, find_definition
from airflow_provider_allhours.absences.present import PresentAbsences
from airflow_provider_allhours.absences.source import LeaveRow
from airflow_provider_allhours.absences.spans import Key, Span, calendar_day, collisions, key_of, same, span_on
from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.client.models import REJECTED, Absence, AbsenceDefinition
from airflow_provider_allhours.periods import Period

UNCHANGED, CONFLICT, UNKNOWN = "unchanged", "conflict", "unknown"
OUTCOMES = (CREATE, UPDATE, DELETE, UNCHANGED, CONFLICT, UNKNOWN)
FORMAT = 1


@dataclass(frozen=True)
class Step:
    """One line of a plan: a row of the source on one day, and its action.

    Attributes:
        action: one of :data:`OUTCOMES`.
        key: row and day, as in the ledger: ``<identity of the row>@<date>``.
        row: number of the row in the source, from 1; 0 for a deletion.
        reason: why nothing is written (``conflict``, ``unknown``).
        seen: the records of the employee-day when the plan was made: ``[[absence id, checksum], …]``.
    """

    action: str
    key: str
    row: int
    external_id: str = ""
    user_id: str = ""
    employee_id: str = ""
    day: str = ""
    definition_id: str = ""
    definition: str = ""
    partial_from: str | None = None
    partial_to: str | None = None
    comment: str | None = None
    absence_id: str | None = None
    reason: str = ""
    seen: tuple[tuple[str, str], ...] = ()

    @property
    def is_write(self) -> bool:
        """Whether it writes to All Hours."""
        return self.action in (CREATE, UPDATE, DELETE)

    @property
    def natural_key(self) -> Key:
        """The natural key of the absence that it creates or updates."""
        start = datetime.fromisoformat(self.partial_from) if self.partial_from else None
        end = datetime.fromisoformat(self.partial_to) if self.partial_to else None
        return Key(self.user_id, date.fromisoformat(self.day), self.definition_id, Span(start, end))

    def to_json(self) -> dict[str, object]:
        """The step as a line of the plan, without empty fields."""
        return {name: value for name, value in self.__dict__.items() if value not in (None, "", (), 0)}

    @classmethod
    def from_json(cls, line: Mapping[str, Any]) -> Step:
        """Read a step from a line of the plan."""
        seen = tuple((str(identifier), str(checksum)) for identifier, checksum in line.get("seen", ()))
        return cls(**{"row": 0, **line, "seen": seen})


@dataclass(frozen=True)
class Plan:
    """A header and steps; the same source, ledger and account give the same bytes.

    Attributes:
        period: the days that were compared.
        host: API root of the account.
        steps: deletions first, then the rows of the source in its order.
    """

    period: Period
    host: str
    steps: tuple[Step, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Number of steps by action, zeros included."""
        counted = Counter(step.action for step in self.steps)
        return {outcome: counted[outcome] for outcome in OUTCOMES}

    def to_bytes(self) -> bytes:
        """The plan as JSON Lines: the header, then one step per line."""
        header = {"plan": FORMAT, "host": self.host, "period": self.period.to_json(), "counts": self.counts}
        lines = [header, *(step.to_json() for step in self.steps)]
        return b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)


def read_plan(content: bytes) -> tuple[Plan, str]:
    """Read a plan; returns it with its SHA-256.

    Raises:
        AllHoursParameterError: the content is not a plan.
    """
    try:
        header, *lines = [json.loads(line) for line in content.removesuffix(b"\n").split(b"\n")]
        period = Period.from_json(header["period"])
        if header["plan"] != FORMAT:
            raise ValueError
        plan = Plan(period, header["host"], tuple(Step.from_json(line) for line in lines))
    except (ValueError, KeyError, TypeError):
        raise AllHoursParameterError(
            "parameter 'plan_path' is a file that is not a plan; it takes a plan of AllHoursPlanAbsencesOperator"
        ) from None
    return plan, hashlib.sha256(content).hexdigest()


def make_plan(
    rows: Iterable[LeaveRow],
    *,
    period: Period,
    host: str,
    people: People,
    definitions: list[AbsenceDefinition],
    workdays: Iterable[date],
    absences: list[Absence],
    ledger: Ledger,
) -> Plan:
    """Compare a source of leave with the absences of the account.

    Args:
        rows: the source; days outside the period are ignored.
        period: the days that the source covers.
        host: the account's API root, noted in the plan.
        people: the account's users.
        definitions: the account's absence definitions.
        workdays: days of the period that leave of several days is written on; leave of one day is written on that day.
        absences: the account's absences of the period.
        ledger: which of the absences this provider owns.
    """
    present = PresentAbsences(absences)
    days = set(workdays)
    steps: list[Step] = []
    creates: dict[tuple[str, str], list[Step]] = defaultdict(list)
    for row in rows:
        for step in _steps_of_row(row, period, people, definitions, days):
            steps.append(step)
            if step.action == CREATE:
                creates[step.user_id, step.day].append(step)
    keys = {step.key for step in steps}
    overlapping = _overlapping(creates)
    owned_ids = set(ledger.owned.values())
    compared = [
        replace(step, action=CONFLICT, reason="another row of the source covers the same time")
        if step.key in overlapping and step.action == CREATE
        else _compared(step, present, ledger, owned_ids)
        for step in steps
    ]
    # Absences of a row that is unknown this time are kept: deleting them would be a guess.
    unknown_rows = {step.key.rpartition("@")[0] for step in steps if step.action == UNKNOWN}
    obsolete = [
        _deletion(key, present.by_id[absence_id], present, people)
        for key, absence_id in sorted(ledger.owned.items())
        if key not in keys and key.rpartition("@")[0] not in unknown_rows and absence_id in present.by_id
    ]
    return Plan(period, host, (*obsolete, *compared))


def _steps_of_row(
    row: LeaveRow,
    period: Period,
    people: People,
    definitions: list[AbsenceDefinition],
    workdays: set[date],
) -> Iterator[Step]:
    """One ``create`` step per day of a row, or one ``unknown`` step with the reason."""
    try:
        first, last = calendar_day("date_from", row.date_from), calendar_day("date_to", row.date_to)
        if last < first:
            raise AllHoursParameterError("parameter 'date_to' is before date_from")
        user = people.find(user_id=row.user_id, employee_id=row.employee_id, email=row.email)
        definition = find_definition(definitions, row.absence_definition)
        span_on(first, row.partial_from, row.partial_to)
    except AllHoursParameterError as error:
        yield Step(UNKNOWN, f"{row.identity}@", row.number, external_id=row.external_id, reason=str(error))
        return
    days_in_period = period.within(first, last)
    for day in days_in_period.days() if days_in_period else ():
        if first != last and day not in workdays:
            continue
        span = span_on(day, row.partial_from, row.partial_to)
        yield Step(
            CREATE,
            f"{row.identity}@{day.isoformat()}",
            row.number,
            external_id=row.external_id,
            user_id=user.id,
            employee_id=user.employee_id,
            day=day.isoformat(),
            definition_id=definition.id,
            definition=definition.name,
            partial_from=span.start.isoformat() if span.start else None,
            partial_to=span.end.isoformat() if span.end else None,
            comment=row.comment or None,
        )


def _overlapping(creates: Mapping[tuple[str, str], list[Step]]) -> set[str]:
    """Keys of the steps whose times overlap those of another step of the same employee and day."""
    overlapping: set[str] = set()
    for steps in creates.values():
        for index, step in enumerate(steps):
            for other in steps[index + 1 :]:
                if step.natural_key.span.overlaps(other.natural_key.span):
                    overlapping |= {step.key, other.key}
    return overlapping


def _compared(step: Step, present: PresentAbsences, ledger: Ledger, owned_ids: set[str]) -> Step:
    """A ``create`` step with the action that the present records leave for it; other steps as they are."""
    if step.action != CREATE:
        return step
    step = replace(step, seen=present.checksums_on(step.user_id, step.day))
    key = step.natural_key
    owned_id = ledger.owned.get(step.key)
    owned = present.by_id.get(owned_id) if owned_id else None
    if owned_id and owned is None:
        return replace(step, action=CONFLICT, reason="the absence was removed or moved in All Hours by somebody else")
    others = [
        absence
        for absence in present.on(step.user_id, step.day)
        if absence is not owned and absence.id not in owned_ids
    ]
    if collisions(key, others):
        return replace(step, action=CONFLICT, reason="there is another absence on this day in All Hours")
    if owned is None:
        existing = same(key, others)
        return replace(step, action=UNCHANGED, absence_id=existing.id) if existing else step
    if owned.status == REJECTED:
        return replace(step, action=CONFLICT, absence_id=owned.id, reason="the absence was rejected in All Hours")
    is_same = key_of(owned) == key and (owned.comment or None) == step.comment
    return replace(step, action=UNCHANGED if is_same else UPDATE, absence_id=owned.id)


def _deletion(key: str, absence: Absence, present: PresentAbsences, people: People) -> Step:
    day = absence.day.isoformat()
    return Step(
        DELETE,
        key,
        0,
        user_id=absence.user_id,
        employee_id=people.employee_id_of(absence.user_id),
        day=day,
        definition_id=absence.absence_definition_id or "",
        definition=absence.absence_definition_name or "",
        absence_id=absence.id,
        seen=present.checksums_on(absence.user_id, day),
    )
