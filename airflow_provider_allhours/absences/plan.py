# SPDX-License-Identifier: Apache-2.0
"""Plan the absence writes that make the account agree with a source of leave."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from itertools import chain

from airflow_provider_allhours.absences.late_commits import late_records
from airflow_provider_allhours.absences.ledger import CREATE, DELETE, UPDATE, Ledger
from airflow_provider_allhours.absences.matching import People
from airflow_provider_allhours.absences.ownership import match_owned
from airflow_provider_allhours.absences.present import PresentAbsences
from airflow_provider_allhours.absences.row_steps import steps_of_row
from airflow_provider_allhours.absences.source import LeaveRow
from airflow_provider_allhours.absences.spans import collisions, key_of, same, span_of
from airflow_provider_allhours.absences.step import CONFLICT, OUTCOMES, UNCHANGED, Step, step_key
from airflow_provider_allhours.absences.workdays import WorkdayCalendar
from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.client.models import REJECTED, Absence, AbsenceDefinition
from airflow_provider_allhours.periods import Period

FORMAT = 1
FEW_PEOPLE = 1024
"""Of so many the list of absences is read at once, and a plan does not say how many there are."""


@dataclass(frozen=True)
class Plan:
    """A header and steps; the same source, ledger and account give the same bytes.

    Attributes:
        period: the days that were compared.
        host: API root of the account.
        steps: deletions first, then the rows of the source in its order.
        people: how many users the account has at most, a power of two, so that a new user is no other plan; says in how
            many parts the list of absences is read.
        writes: how many writes the ledger had when the plan was made. Leave that was entered, cancelled and entered
            again is another plan than the first, which is applied already.
    """

    period: Period
    host: str
    steps: tuple[Step, ...]
    people: int = FEW_PEOPLE
    writes: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """Number of steps by action, zeros included."""
        counted = Counter(step.action for step in self.steps)
        return {outcome: counted[outcome] for outcome in OUTCOMES}

    def to_bytes(self) -> bytes:
        """The plan as JSON Lines: the header, then one step per line."""
        header = {"plan": FORMAT, "host": self.host, "period": self.period.to_json(), "counts": self.counts}
        if self.people > FEW_PEOPLE:
            header["people"] = self.people
        if self.writes:
            header["writes"] = self.writes
        lines = chain([header], (step.to_json() for step in self.steps))
        return b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)


def read_plan(content: bytes) -> tuple[Plan, str]:
    """Read a plan; returns it with its SHA-256.

    Raises:
        AllHoursParameterError: the content is not a whole plan.
    """
    try:
        # One line after the other: decoded, a plan needs several times the memory of its steps.
        lines = map(json.loads, content.removesuffix(b"\n").split(b"\n"))
        header = next(lines)
        period = Period.from_json(header["period"])
        if header["plan"] != FORMAT:
            raise ValueError
        people, writes = header.get("people", FEW_PEOPLE), header.get("writes", 0)
        stated = sum(header["counts"].values())
        if type(people) is not int or type(writes) is not int:
            raise ValueError
        plan = Plan(period, header["host"], tuple(Step.from_json(line) for line in lines), people, writes)
    except (ValueError, KeyError, TypeError):
        raise AllHoursParameterError(
            "parameter 'plan_path' is a file that is not a plan; it takes a plan of AllHoursPlanAbsencesOperator"
        ) from None
    if len(plan.steps) < stated:
        raise AllHoursParameterError(
            f"parameter 'plan_path' is a plan of {stated} steps of which {len(plan.steps)} are there, so it was cut "
            "off; plan again"
        )
    return plan, hashlib.sha256(content).hexdigest()


def make_plan(
    rows: Iterable[LeaveRow],
    *,
    period: Period,
    host: str,
    people: People,
    definitions: list[AbsenceDefinition],
    calendars: Mapping[str, WorkdayCalendar],
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
        calendars: user id -> the workdays of the period. Leave of several days is written on the
            person's workdays, leave of one day on that day.
        absences: the account's absences of the period.
        ledger: which of the absences this provider owns.
    """
    present = PresentAbsences(absences)
    steps: list[Step] = []
    creates: dict[tuple[str, str], list[Step]] = defaultdict(list)
    for row in rows:
        for step in steps_of_row(row, period, people, definitions, calendars):
            steps.append(step)
            if step.action == CREATE:
                creates[step.user_id, step.day].append(step)
    in_conflict = _conflicts(creates)
    late = late_records(ledger, absences)
    adopted = {key: absence_id for absence_id, key in sorted(late.items(), reverse=True) if key not in ledger.owned}
    ownership = match_owned(steps, {**adopted, **ledger.owned}, set(in_conflict))
    twins = late.keys() - adopted.values()
    planned_ids = ownership.planned_ids | twins
    compared = [
        _compared(step, present, ownership.of_step.get(step.key), planned_ids, in_conflict.get(step.key))
        for step in steps
    ]
    obsolete = [
        _deletion(key, present.by_id[absence_id], present, people)
        for key, absence_id in ownership.obsolete.items()
        if absence_id in present.by_id
    ]
    removed = [_deletion(twin_key(present.by_id[twin]), present.by_id[twin], present, people) for twin in sorted(twins)]
    company = max(FEW_PEOPLE, 1 << (len(people) - 1).bit_length())
    return Plan(period, host, (*obsolete, *removed, *compared), company, ledger.writes)


def twin_key(twin: Absence) -> str:
    """The key of the deletion of a second record, which is no row's."""
    return step_key(f"twin {twin.id}", twin.user_id, twin.day.isoformat(), span_of(twin))


def _conflicts(creates: Mapping[tuple[str, str], list[Step]]) -> dict[str, str]:
    """Key -> reason of the steps that another row of the source repeats or overlaps."""
    reasons: dict[str, str] = {}
    for steps in creates.values():
        for index, step in enumerate(steps):
            for other in steps[index + 1 :]:
                if step.key == other.key:
                    rows = f"rows {step.row} and {other.row}"
                    reasons[step.key] = f"{rows} of the source are the same leave of one person, day and time"
                elif step.natural_key.span.overlaps(other.natural_key.span):
                    for one, another in ((step, other), (other, step)):
                        reasons.setdefault(one.key, f"row {another.row} of the source covers the same time")
    return reasons


def _compared(
    step: Step, present: PresentAbsences, owned_id: str | None, planned: Set[str], conflict: str | None
) -> Step:
    """A ``create`` step with the action that the present records leave for it; other steps as they are."""
    if step.action != CREATE:
        return step
    if conflict:
        return replace(step, action=CONFLICT, reason=conflict)
    key = step.natural_key
    owned = present.by_id.get(owned_id) if owned_id else None
    step = replace(step, seen=present.checksums_on(step.user_id, step.day, owned_id))
    if owned_id and owned is None:
        return replace(step, action=CONFLICT, reason="the absence was removed or moved in All Hours by somebody else")
    others = [absence for absence in present.on(step.user_id, step.day) if absence.id not in planned]
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
