# SPDX-License-Identifier: Apache-2.0
"""Match the absences that the ledger owns with the steps of a source of leave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from airflow_provider_allhours.absences.ledger import CREATE
from airflow_provider_allhours.absences.step import UNKNOWN, Step, key_parts


@dataclass(frozen=True)
class Ownership:
    """Which owned absence belongs to which step.

    Attributes:
        of_step: key of a step -> id of the absence that it changes or leaves alone.
        obsolete: key in the ledger -> id of an absence that no row of the source stands for.
        planned_ids: absences that the plan itself changes, deletes or leaves alone.
    """

    of_step: Mapping[str, str]
    obsolete: Mapping[str, str]
    planned_ids: frozenset[str]


def match_owned(steps: Iterable[Step], owned: Mapping[str, str], parked: set[str]) -> Ownership:
    """Match owned absences with steps: by key, else by row and day where only one answer is possible.

    A row whose part of the day or whose person was changed keeps its absence, which is one update. Where a row covers
    several people, the absence of one person is never given to another.

    Args:
        steps: the source; those that are unknown have no day.
        owned: key -> id of the absence, as in the ledger.
        parked: keys of steps that are in conflict; the absences of their row and day are kept.
    """
    wanted = {step.key: None for step in steps if step.action == CREATE}
    unknown_rows = {key_parts(step.key).identity for step in steps if step.action == UNKNOWN}
    parked_days = {_row_and_day(key) for key in parked}
    of_step = {key: owned[key] for key in wanted if key in owned}
    left = {
        key: absence_id
        for key, absence_id in sorted(owned.items())
        if key not in wanted and key_parts(key).identity not in unknown_rows
    }
    new: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key in wanted:
        if key not in of_step and key not in parked:
            new[_row_and_day(key)].append(key)
    kept = {_row_and_day(key) for key in of_step}
    old: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key in left:
        old[_row_and_day(key)].append(key)
    for place, old_keys in old.items():
        for old_key, new_key in _pairs(old_keys, new[place], is_shared=place in kept):
            of_step[new_key] = left.pop(old_key)
    obsolete = {key: absence_id for key, absence_id in left.items() if _row_and_day(key) not in parked_days}
    return Ownership(of_step, obsolete, frozenset((*of_step.values(), *obsolete.values())))


def _pairs(old: list[str], new: list[str], *, is_shared: bool) -> list[tuple[str, str]]:
    pairs = []
    for user_id in sorted({key_parts(key).user_id for key in old}):
        old_keys = [key for key in old if key_parts(key).user_id == user_id]
        new_keys = [key for key in new if key_parts(key).user_id == user_id]
        if len(old_keys) == len(new_keys) == 1:
            pairs.append((old_keys[0], new_keys[0]))
    if not pairs and not is_shared and len(old) == len(new) == 1:
        pairs.append((old[0], new[0]))
    return pairs


def _row_and_day(key: str) -> tuple[str, str]:
    parts = key_parts(key)
    return parts.identity, parts.day
