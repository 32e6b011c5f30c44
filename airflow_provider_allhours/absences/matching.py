# SPDX-License-Identifier: Apache-2.0
"""Who and what is meant; never guessed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.client.models import AbsenceDefinition, User


class People:
    """Users by id, by employee id and by e-mail.

    Args:
        users: every user of the account.
    """

    def __init__(self, users: Iterable[User]) -> None:
        by_email: dict[str, list[User]] = defaultdict(list)
        self._by: dict[str, dict[str, list[User]]] = {
            "user_id": defaultdict(list),
            "employee_id": defaultdict(list),
            "email": by_email,
            "user_email": by_email,
        }
        for user in users:
            self._by["user_id"][user.id.lower()].append(user)
            if user.employee_id:
                self._by["employee_id"][user.employee_id.lower()].append(user)
            if user.email:
                by_email[user.email.strip().lower()].append(user)

    def find(self, **by: str | None) -> User:
        """The one user with this id, employee id or e-mail.

        Args:
            by: ``user_id``, ``employee_id`` and ``user_email`` (a parameter) or ``email`` (a column of a file), exactly
                one of them set. Messages use these names.

        Raises:
            AllHoursParameterError: none or several of them given, nobody or several people found; an e-mail is not
                repeated.
        """
        given = [(name, str(value).strip()) for name, value in by.items() if value is not None and str(value).strip()]
        if len(given) != 1:
            raise AllHoursParameterError(
                f"parameters {', '.join(repr(name) for name in by)}: exactly one says who is meant, "
                f"{len(given)} are given"
            )
        ((name, value),) = given
        found = self._by[name].get(value.lower(), [])
        if len(found) != 1:
            shown = "" if name in ("email", "user_email") else f" {value!r}"
            meaning = "nobody" if not found else f"{len(found)} people"
            raise AllHoursParameterError(
                f"parameter '{name}'{shown} means {meaning} in All Hours; it takes the {name} of one user"
            )
        return found[0]

    def employee_id_of(self, user_id: str) -> str:
        """The company's own number of a user; empty where there is none."""
        found = self._by["user_id"].get(user_id.lower(), [])
        return found[0].employee_id if found else ""


def find_definition(definitions: Iterable[AbsenceDefinition], wanted: str | int) -> AbsenceDefinition:
    """The absence definition that is meant by its name, id or IntegrationId.

    Raises:
        AllHoursParameterError: none, several, or one that is no longer active; lists what there is.
    """
    known = list(definitions)
    text = str(wanted).strip().lower()
    for answers in (
        [definition for definition in known if definition.id.lower() == text],
        [definition for definition in known if definition.name.strip().lower() == text],
        [definition for definition in known if str(definition.integration_id).lower() == text],
    ):
        active = [definition for definition in answers if definition.is_active is not False]
        if len(active) == 1:
            return active[0]
        if answers:
            problem = "several active definitions" if active else "a definition that is no longer active"
            raise _not_a_definition(wanted, problem, known)
    raise _not_a_definition(wanted, "nothing", known)


def _not_a_definition(wanted: object, problem: str, known: list[AbsenceDefinition]) -> AllHoursParameterError:
    names = ", ".join(sorted(definition.name for definition in known if definition.is_active is not False))
    return AllHoursParameterError(
        f"parameter 'absence_definition' {wanted!r} means {problem} in All Hours; it takes the name, id or "
        f"IntegrationId of one of: {names}"
    )
