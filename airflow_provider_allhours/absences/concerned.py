# SPDX-License-Identifier: Apache-2.0
"""Which of an account's absences a plan looks at; the others need not be kept."""

from __future__ import annotations

from collections.abc import Iterable

from airflow_provider_allhours.absences.ledger import Ledger
from airflow_provider_allhours.absences.step import key_parts
from airflow_provider_allhours.client.models import Absence


class ConcernedAbsences:
    """The absences of the people of a plan or of the ledger, and those that the ledger owns, whoever has them.

    Args:
        user_ids: the people of the plan.
        ledger: what earlier runs wrote.
        ids: further absences, such as those that a plan has seen.
    """

    def __init__(self, user_ids: Iterable[str], ledger: Ledger, ids: Iterable[str] = ()) -> None:
        keys = (*ledger.owned, *(key for key, _ in ledger.claims))
        self._user_ids = {*user_ids, *(key_parts(key).user_id for key in keys)}
        self._ids = {*ids, *ledger.owned.values()}

    def has(self, absence: Absence) -> bool:
        """Whether a plan looks at this absence."""
        return absence.user_id in self._user_ids or absence.id in self._ids

    def follow(self, absences: Iterable[Absence]) -> bool:
        """Add the people who have these absences; whether there is one who was not among them.

        An absence that the ledger owns may have been given to somebody else, whose other absences a plan looks at, too.
        """
        others = {absence.user_id for absence in absences} - self._user_ids
        self._user_ids |= others
        return bool(others)
