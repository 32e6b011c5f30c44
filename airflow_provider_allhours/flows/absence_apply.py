# SPDX-License-Identifier: Apache-2.0
"""Apply a reviewed plan: intent, write, result, one step after the other."""

from __future__ import annotations

import csv
import io
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_allhours.absences.ledger import (
    CREATE,
    DELETE,
    DONE,
    INTENT,
    REFUSED,
    UPDATE,
    Entry,
    Ledger,
    replay,
)
from airflow_provider_allhours.absences.plan import CONFLICT, UNKNOWN, Plan, Step, read_plan, what_moved
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import (
    AllHoursConflictError,
    AllHoursNotFoundError,
    AllHoursParameterError,
    AllHoursPartialError,
    AllHoursValidationError,
)
from airflow_provider_allhours.client.models import AbsenceDraft
from airflow_provider_allhours.files.journal import Journal, read_or_empty
from airflow_provider_allhours.files.publication import publish_bytes
from airflow_provider_allhours.files.staging import AnyPath
from airflow_provider_allhours.flows.absence_write import find_written, write_once

log = logging.getLogger(__name__)

DEFAULT_MAX_DELETES = 20
ORDER = (DELETE, UPDATE, CREATE)
"""What goes makes room for what comes."""

REJECT_COLUMNS = ("row", "external_id", "employee_id", "date", "action", "reason")


@dataclass
class _Outcome:
    """What became of the steps."""

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
    on_progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Carry out a plan, as far as it is not carried out yet.

    Before each write its intent is in the ledger, after it its result. A run that died in between is taken up where it
    stopped: what was in flight is looked up in All Hours before anything is sent again. Applied twice, the second time
    writes nothing. That is *effectively once with a single writer*: if people enter the same absences in the same
    moments, All Hours offers nothing to tell them apart by.

    Args:
        client: the account.
        plan_path: what :func:`plan_absences` wrote and a person approved.
        ledger_path: the ledger of what this provider owns; nothing else is changed or deleted.
        max_deletes: a plan that deletes more is refused whole, as an empty source would make one.
        reject_path: CSV of the rows that were not applied, each with its reason.
        on_partial: ``fail`` raises after everything else is done when there are such rows; ``warn`` does not.
        on_progress: told after each write.

    Returns:
        ``created``, ``updated``, ``deleted``, ``unchanged``, ``already_applied``, ``rejected``, ``plan_sha256`` and
        ``reject_path``.

    Raises:
        AllHoursConflictError: the world moved since the plan was made, or another run holds the ledger; nothing was
            written.
        AllHoursPartialError: rows were rejected and ``on_partial`` is ``fail``.
    """
    if on_partial not in ("fail", "warn"):
        raise AllHoursParameterError(f"parameter 'on_partial' is {on_partial!r}; it takes fail or warn")
    content = read_or_empty(plan_path)
    if not content:
        raise AllHoursParameterError("parameter 'plan_path' leads to no plan; run AllHoursPlanAbsencesOperator first")
    plan, sha256 = read_plan(content)
    if plan.host != client.host:
        raise AllHoursConflictError(f"the plan is for {plan.host}, the connection leads to {client.host}")
    if plan.counts[DELETE] > max_deletes:
        raise AllHoursConflictError(
            f"the plan deletes {plan.counts[DELETE]} absences, more than max_deletes={max_deletes}; nothing was written"
        )
    outcome = _Outcome()
    with Journal(ledger_path) as journal:
        ledger = replay(journal.content)
        _refuse_if_moved(client, plan, sha256, ledger)
        run = _Run(client, sha256, journal, ledger, outcome)
        writes = sorted((step for step in plan.steps if step.is_write), key=lambda step: ORDER.index(step.action))
        for done, step in enumerate(writes, start=1):
            run.take(step)
            if on_progress:
                on_progress(done, len(writes))
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
    names = ("created", "updated", "deleted", "unchanged", "already_applied", "rejected")
    return {
        **{name: outcome.counts[name] for name in names},
        "plan_sha256": sha256,
        "reject_path": None if reject_path is None else str(reject_path),
    }


def _refuse_if_moved(client: AllHoursClient, plan: Plan, sha256: str, ledger: Ledger) -> None:
    present = client.absences(plan.period.date_from, plan.period.date_to)
    moved = what_moved(plan, sha256, present, ledger)
    if moved:
        raise AllHoursConflictError(
            f"the plan no longer fits: {len(moved)} employee-days changed since it was made (first: {moved[0]}); "
            "plan again"
        )


@dataclass
class _Run:
    """One apply at work."""

    client: AllHoursClient
    plan: str
    journal: Journal
    ledger: Ledger
    outcome: _Outcome

    def take(self, step: Step) -> None:
        """Do one step, unless it is done."""
        last = self.ledger.last(self.plan, step.key)
        if last is not None and last.step == DONE and last.action == step.action:
            self.outcome.counts["already_applied"] += 1
            return
        if step.action != CREATE and self.ledger.owned.get(step.key) != step.absence_id:
            self.outcome.reject(step, "the ledger does not own this absence")
            return
        is_resumed = last is not None and last.step == INTENT
        if not is_resumed:
            self._note(INTENT, step, step.absence_id)
        try:
            absence_id = self._write(step, is_resumed=is_resumed)
        except AllHoursValidationError as refusal:
            self._note(REFUSED, step, step.absence_id)
            self.outcome.reject(step, refusal.reason or f"refused by All Hours with status {refusal.status}")
            return
        self._note(DONE, step, absence_id)
        self.outcome.counts[{CREATE: "created", UPDATE: "updated", DELETE: "deleted"}[step.action]] += 1

    def _write(self, step: Step, *, is_resumed: bool) -> str | None:
        if step.action == DELETE:
            try:
                self.client.delete_absence(step.absence_id or "")
            except AllHoursNotFoundError:
                log.info("An absence to be deleted on %s was gone already", step.day)
            return step.absence_id
        draft = _draft(step)
        if step.action == UPDATE:
            self.client.update_absence(step.absence_id or "", draft)
            return step.absence_id
        known = {identifier for identifier, _ in step.seen}
        if is_resumed:
            # The earlier run may have been cut off after All Hours had written it.
            found = find_written(self.client, draft, known | set(self.ledger.owned.values()))
            if found is not None:
                return found.id
        return write_once(self.client, draft, known_ids=known)

    def _note(self, kind: str, step: Step, absence_id: str | None) -> None:
        entry = Entry(kind, step.action, step.key, self.plan, absence_id)
        self.journal.append(entry.to_line())
        self.ledger.note(entry)


def _draft(step: Step) -> AbsenceDraft:
    key = step.natural_key
    return AbsenceDraft(
        user_id=key.user_id,
        absence_definition_id=key.definition_id,
        day=key.day,
        comment=step.comment,
        partial_from=key.span.start,
        partial_to=key.span.end,
    )


def _reject_file(rejects: list[tuple[Step, str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(REJECT_COLUMNS)
    for step, reason in sorted(rejects, key=lambda reject: (reject[0].row, reject[0].day)):
        writer.writerow([step.row, step.external_id, step.employee_id, step.day, step.action, reason])
    return text.getvalue().encode()
