# SPDX-License-Identifier: Apache-2.0
"""Find what changed in the account since a plan was made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from airflow_provider_allhours.absences.ledger import CREATE, Ledger
from airflow_provider_allhours.absences.plan import Plan
from airflow_provider_allhours.absences.present import PresentAbsences, checksum
from airflow_provider_allhours.absences.spans import Key, key_of
from airflow_provider_allhours.client.models import Absence


def changed_days(plan: Plan, plan_sha256: str, absences: Iterable[Absence], ledger: Ledger) -> list[str]:
    """Employee-days of the plan's writes that changed since it was made, apart from the plan's own writes.

    Args:
        plan: the plan.
        plan_sha256: its checksum, by which the ledger knows its writes.
        absences: the account's absences of the plan's period.
        ledger: what earlier runs wrote.

    Returns:
        ``"<user id> on <date>"``, each employee-day once, sorted.
    """
    present = PresentAbsences(absences)
    own_ids, open_creates = _writes_of_plan(plan, plan_sha256, ledger)
    changed: set[str] = set()
    for step in plan.steps:
        if not step.is_write:
            continue
        seen_ids = {absence_id for absence_id, _ in step.seen}
        before = {(absence_id, digest) for absence_id, digest in step.seen if absence_id not in own_ids}
        now = {
            (absence.id, checksum(absence))
            for absence in (*present.on(step.user_id, step.day), *present.with_ids(seen_ids))
            if absence.id not in own_ids
            # A new record with the key of a create without a result is the one that this plan wrote.
            and (absence.id in seen_ids or key_of(absence) not in open_creates[step.user_id, step.day])
        }
        if before != now:
            changed.add(f"{step.user_id} on {step.day}")
    return sorted(changed)


def _writes_of_plan(
    plan: Plan, plan_sha256: str, ledger: Ledger
) -> tuple[set[str], defaultdict[tuple[str, str], set[Key]]]:
    """Ids of the absences that the plan wrote, and per employee-day the keys of its creates without a result."""
    own_ids: set[str] = set()
    open_creates: defaultdict[tuple[str, str], set[Key]] = defaultdict(set)
    for step in plan.steps:
        entry = ledger.last(plan_sha256, step.key)
        if entry is None:
            continue
        if entry.absence_id:
            own_ids.add(entry.absence_id)
        elif entry.action == CREATE:
            open_creates[step.user_id, step.day].add(step.natural_key)
    return own_ids, open_creates
