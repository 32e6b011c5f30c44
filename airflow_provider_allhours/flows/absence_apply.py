# SPDX-License-Identifier: Apache-2.0
"""Apply an absence plan: for each step note the intent in the ledger, write, note the result."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Set
from dataclasses import dataclass, field
from datetime import date
from typing import TypedDict

from airflow_provider_allhours.absences.concerned import ConcernedAbsences
from airflow_provider_allhours.absences.drift import changed_days
from airflow_provider_allhours.absences.late_commits import late_records
from airflow_provider_allhours.absences.ledger import (
    CREATE,
    DELETE,
    DONE,
    INTENT,
    REFUSED,
    RESENT,
    UPDATE,
    Entry,
    Ledger,
    replay,
)
from airflow_provider_allhours.absences.plan import Plan, read_plan, twin_key
from airflow_provider_allhours.absences.spans import stored_otherwise
from airflow_provider_allhours.absences.step import CONFLICT, UNKNOWN, Step
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import (
    AllHoursConflictError,
    AllHoursNotFoundError,
    AllHoursParameterError,
    AllHoursPartialError,
    AllHoursValidationError,
)
from airflow_provider_allhours.client.models import REJECTED, Absence
from airflow_provider_allhours.columns import Column, Kind, names_of
from airflow_provider_allhours.files.csv_table import csv_bytes
from airflow_provider_allhours.files.journal import Journal, read_or_empty
from airflow_provider_allhours.files.publication import publish_bytes
from airflow_provider_allhours.files.staging import AnyPath
from airflow_provider_allhours.flows.absence_lookup import read_concerned_absences
from airflow_provider_allhours.flows.absence_write import AbsenceWriter, draft_of
from airflow_provider_allhours.flows.datasets.dataset import ProgressCallback, ignore_progress
from airflow_provider_allhours.flows.datasets.roster import days_of_absences
from airflow_provider_allhours.parameters import FAIL_OR_WARN, one_of

log = logging.getLogger(__name__)

DEFAULT_MAX_DELETES = 20
WRITE_ORDER = (DELETE, UPDATE, CREATE)
"""Deletes first, because a new absence may take the time of a deleted one."""

REJECT_COLUMNS = (
    Column("row", Kind.INTEGER, "Number of the row in the source, from 1; 0 for a deletion.", is_nullable=False),
    Column("external_id", Kind.TEXT, "External id of the row; empty where the source has none, and for a deletion."),
    Column("employee_id", Kind.TEXT, "Employee id of the person; empty where nobody matched, or who has none."),
    Column("date", Kind.DATE, "Day of the absence; empty where the row could not be read as days."),
    Column(
        "action",
        Kind.TEXT,
        "What was to be done: ``create``, ``update`` or ``delete``; ``conflict`` or ``unknown`` for a parked row.",
        is_nullable=False,
    ),
    Column("reason", Kind.TEXT, "Why it was not done: the plan's reason, or All Hours' own.", is_nullable=False),
)


class ApplyResult(TypedDict):
    """Counts of steps by outcome, the plan's checksum, and the path of the rejected rows.

    ``twins`` are second records of creates that were committed after their time limit, found at the end; they are
    deleted within ``max_deletes`` and rejected beyond it.
    """

    created: int
    updated: int
    deleted: int
    unchanged: int
    already_applied: int
    rejected: int
    twins: int
    plan_sha256: str
    reject_path: str | None


@dataclass
class _Outcome:
    """Counts of steps by outcome, and the rejected steps with their reasons."""

    counts: Counter[str] = field(default_factory=Counter)
    rejects: list[tuple[Step, str]] = field(default_factory=list)

    def reject(self, step: Step, reason: str) -> None:
        self.rejects.append((step, reason))
        self.counts["rejected"] += 1


def apply_plan(
    client: AllHoursClient,
    *,
    plan_path: AnyPath,
    ledger_path: AnyPath,
    max_deletes: int = DEFAULT_MAX_DELETES,
    reject_path: AnyPath | None = None,
    on_partial: str = "fail",
    plan_sha256: str | None = None,
    max_wait: float | None = None,
    on_progress: ProgressCallback = ignore_progress,
) -> ApplyResult:
    """Apply the steps of a plan that are not applied yet.

    The intent of each write is in the ledger before it is sent, the result after it. A run resumes where an earlier
    one was killed: a create without a result is looked up in All Hours before it is sent again. Applying a plan twice
    writes nothing the second time. This is *effectively once with a single writer*: an equal absence that somebody
    enters at the same time cannot be told apart, because All Hours has no idempotency key.

    Args:
        client: the account.
        plan_path: a plan of :func:`plan_absences`.
        ledger_path: the ledger; only absences that it owns are changed or deleted.
        max_deletes: a plan with more deletes is refused whole, such as one from an empty source.
        reject_path: CSV of the rows that were not applied, each with its reason.
        on_partial: ``fail`` raises when rows were not applied, after all others were; ``warn`` does not.
        plan_sha256: checksum of the plan that was approved; another plan is refused.
        max_wait: seconds that are waited at most after a lost response before anything is sent again.
        on_progress: called after each write.

    Raises:
        AllHoursConflictError: the plan is not the approved one or for another account, deletes more than
            ``max_deletes``, the account changed since it was made, or another run holds the ledger; nothing was
            written.
        AllHoursIncompleteError: the list of absences contradicts the employee-days; nothing was written.
        AllHoursParameterError: a parameter is wrong, or the plan or the ledger cannot be read; nothing was written.
        AllHoursPartialError: rows were not applied and ``on_partial`` is ``fail``.
    """
    one_of("on_partial", on_partial, FAIL_OR_WARN)
    plan, sha256 = _checked_plan(client, plan_path, max_deletes, plan_sha256)
    outcome = _Outcome()
    with Journal(ledger_path) as journal:
        ledger = replay(journal.content)
        late = _refuse_changed_account(client, plan, sha256, ledger)
        run = _Run(client, sha256, journal, ledger, outcome, AbsenceWriter(client, max_wait=max_wait), late)
        writes = sorted((step for step in plan.steps if step.is_write), key=lambda step: WRITE_ORDER.index(step.action))
        for done, step in enumerate(writes, start=1):
            # A stopped task leaves no intent in the ledger that the next run has to look up.
            client.pause(0)
            run.apply(step)
            on_progress(done, len(writes))
        run.remove_twins(max_deletes - plan.counts[DELETE])
        run.look_for_deleted(plan)
    for step in plan.steps:
        if step.action in (CONFLICT, UNKNOWN):
            outcome.reject(step, step.reason)
        elif not step.is_write:
            outcome.counts["unchanged"] += 1
    if reject_path is not None:
        publish_bytes(reject_path, _reject_file(outcome.rejects))
    if outcome.rejects and on_partial == "fail":
        raise AllHoursPartialError(
            f"{len(outcome.rejects)} of {len(plan.steps)} rows were not applied"
            + (f"; each has its reason in {reject_path}" if reject_path else "; name a reject_path to see why")
        )
    return {
        "created": outcome.counts["created"],
        "updated": outcome.counts["updated"],
        "deleted": outcome.counts["deleted"],
        "unchanged": outcome.counts["unchanged"],
        "already_applied": outcome.counts["already_applied"],
        "rejected": outcome.counts["rejected"],
        "twins": outcome.counts["twins"],
        "plan_sha256": sha256,
        "reject_path": None if reject_path is None else str(reject_path),
    }


def _checked_plan(
    client: AllHoursClient, plan_path: AnyPath, max_deletes: int, approved: str | None
) -> tuple[Plan, str]:
    """The plan and its checksum; refused when it is for another account or deletes too much."""
    content = read_or_empty(plan_path)
    if not content:
        raise AllHoursParameterError(
            f"parameter 'plan_path' is {plan_path}, where there is no plan; run AllHoursPlanAbsencesOperator first"
        )
    plan, sha256 = read_plan(content)
    if approved and str(approved).strip().lower() != sha256:
        raise AllHoursConflictError(
            f"the plan at {plan_path} is not the one that was approved: its checksum begins with {sha256[:12]}, "
            f"parameter 'plan_sha256' with {str(approved).strip()[:12]}; nothing was written"
        )
    if plan.host != client.host:
        raise AllHoursConflictError(f"the plan is for {plan.host}, the connection leads to {client.host}")
    if plan.counts[DELETE] > max_deletes:
        raise AllHoursConflictError(
            f"the plan deletes {plan.counts[DELETE]} absences, more than max_deletes={max_deletes}; nothing was written"
        )
    return plan, sha256


def _refuse_changed_account(client: AllHoursClient, plan: Plan, sha256: str, ledger: Ledger) -> Set[str]:
    """The ids of the records that are this provider's without being owned; refuses a plan that no longer fits."""
    user_ids = {step.user_id for step in plan.steps if step.is_write}
    seen = (absence_id for step in plan.steps for absence_id, _ in step.seen)
    concerned = ConcernedAbsences(user_ids, ledger, seen)
    absences = read_concerned_absences(client, plan.period, user_ids, concerned, company=plan.people)
    changed = changed_days(plan, sha256, absences, ledger)
    if changed:
        raise AllHoursConflictError(
            f"the plan no longer fits: {len(changed)} employee-days changed since it was made (first: {changed[0]}); "
            "plan again"
        )
    return late_records(ledger, absences).keys()


@dataclass
class _Run:
    """Applies the steps of a plan with one client, journal and ledger."""

    client: AllHoursClient
    plan: str
    journal: Journal
    ledger: Ledger
    outcome: _Outcome
    writer: AbsenceWriter
    late_ids: Set[str]

    def apply(self, step: Step) -> None:
        """Apply one step, unless it is applied already."""
        last = self.ledger.last(self.plan, step.key)
        if last is not None and last.step == DONE and last.action == step.action:
            self.outcome.counts["already_applied"] += 1
            return
        if step.action != CREATE and not (self.ledger.owns(step.absence_id) or step.absence_id in self.late_ids):
            self.outcome.reject(step, "the ledger does not own this absence")
            return
        was_sent = step.action == CREATE and (step.key, step.definition_id) in self.ledger.claims
        if last is None or last.step not in (INTENT, RESENT):
            self._note(INTENT, step, step.absence_id)
        try:
            absence_id = self._write(step, was_sent=was_sent)
        except AllHoursValidationError as refusal:
            self._note(REFUSED, step, step.absence_id)
            self.outcome.reject(step, refusal.reason or f"refused by All Hours with status {refusal.status}")
            return
        self._note(DONE, step, absence_id)
        if difference := self.writer.stored_otherwise.get(absence_id or ""):
            self.outcome.reject(step, f"All Hours accepted it and stored it {difference}")
            return
        self.outcome.counts[{CREATE: "created", UPDATE: "updated", DELETE: "deleted"}[step.action]] += 1

    def _write(self, step: Step, *, was_sent: bool) -> str | None:
        if step.action == DELETE:
            try:
                self.client.delete_absence(step.absence_id or "")
            except AllHoursNotFoundError:
                log.info("An absence to be deleted on %s was gone already", step.day)
            return step.absence_id
        draft = draft_of(step.natural_key, step.comment)
        if step.action == UPDATE:
            stored = self.client.update_absence(step.absence_id or "", draft)
            difference = None if stored is None else _stored_otherwise(step, stored)
            if difference:
                self.writer.stored_otherwise[step.absence_id or ""] = difference
            return step.absence_id
        # An earlier run may have been killed after All Hours created the absence.
        known = self.ledger.claims[step.key, step.definition_id].known | set(self.ledger.owned.values())
        return self.writer.create(
            draft, known_ids=known, was_sent=was_sent, before_resend=lambda: self._note(RESENT, step, None)
        )

    def look_for_deleted(self, plan: Plan) -> None:
        """Reject the deletions of the plan whose absences still stand, such as where a deletion waits for approval."""
        deleted = {
            step.absence_id: step
            for step in plan.steps
            if step.action == DELETE and (last := self.ledger.last(self.plan, step.key)) and last.step == DONE
        }
        if not deleted:
            return
        self.journal.flush()
        days = sorted(date.fromisoformat(step.day) for step in deleted.values())
        parts = self.client.absences_in_parts(days[0], days[-1], days=days_of_absences(plan.people))
        # An empty list says that they are gone; employee-days may still show them, until they are calculated again.
        for absence in (absence for part in parts for absence in part if absence.id in deleted):
            if absence.status != REJECTED:
                step = deleted[absence.id]
                # It is this provider's as before, so that the next plan deletes it again.
                entry = Entry(DONE, UPDATE, step.key, self.plan, absence.id, step.definition_id)
                self.journal.append(entry.to_line(), can_wait=True)
                self.ledger.note(entry)
                self.outcome.counts["deleted" if self.outcome.counts["deleted"] else "already_applied"] -= 1
                self.outcome.reject(step, "All Hours answered that it is deleted and still has it")

    def remove_twins(self, max_deletes: int) -> None:
        """Delete the second records of this run's creates, so many at most; the others are rejected."""
        self.journal.flush()
        for number, twin in enumerate(self.writer.find_twins(), start=1):
            self.outcome.counts["twins"] += 1
            step = Step(
                DELETE,
                twin_key(twin),
                0,
                user_id=twin.user_id,
                day=twin.day.isoformat(),
                definition_id=twin.absence_definition_id or "",
                absence_id=twin.id,
            )
            if number > max_deletes:
                self.outcome.reject(step, "a second record of this absence stands; deleting it is beyond max_deletes")
                continue
            self._note(INTENT, step, twin.id)
            self._note(DONE, step, self._write(step, was_sent=False))

    def _note(self, kind: str, step: Step, absence_id: str | None) -> None:
        known = tuple(identifier for identifier, _ in step.seen) if step.action == CREATE and kind == INTENT else ()
        entry = Entry(kind, step.action, step.key, self.plan, absence_id, step.definition_id, known)
        self.journal.append(entry.to_line(), can_wait=kind in (DONE, REFUSED))
        self.ledger.note(entry)


def _stored_otherwise(step: Step, stored: Absence) -> str | None:
    """What All Hours stored otherwise than an update; an answer without a comment says nothing of it."""
    is_other = stored.comment and stored.comment.strip() != (step.comment or "").strip()
    return stored_otherwise(step.natural_key, stored) or ("with another comment" if is_other else None)


def _reject_file(rejects: list[tuple[Step, str]]) -> bytes:
    by_row = sorted(rejects, key=lambda reject: (reject[0].row, reject[0].day))
    return csv_bytes(
        names_of(REJECT_COLUMNS),
        ((step.row, step.external_id, step.employee_id, step.day, step.action, reason) for step, reason in by_row),
    )
