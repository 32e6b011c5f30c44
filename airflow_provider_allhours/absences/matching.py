# SPDX-License-Identifier: Apache-2.0
"""Find users and absence definitions by the identifiers of a parameter or of a row of leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.client.models import AbsenceDefinition, User
from airflow_provider_allhours.texts import clean_id, name_key


class Identity(NamedTuple):
    """What is kept of a user: everybody's is in memory."""

    id: str
    employee_id: str


class People:
    """Users by id, by employee id and by e-mail.

    Args:
        users: every user of the account.
    """

    def __init__(self, users: Iterable[User]) -> None:
        by_id: dict[str, tuple[Identity, ...]] = {}
        by_employee_id: dict[str, tuple[Identity, ...]] = {}
        by_email: dict[str, tuple[Identity, ...]] = {}
        for user in users:
            kept = (Identity(user.id, user.employee_id),)
            email = (user.email or "").strip()
            for index, value in ((by_id, user.id), (by_employee_id, user.employee_id), (by_email, email)):
                if value:
                    known = _same_in_lower_case(value)
                    index[known] = index[known] + kept if known in index else kept
        # An operator calls the e-mail user_email, a source of leave has the column email.
        self._indexes = {"user_id": by_id, "employee_id": by_employee_id, "email": by_email, "user_email": by_email}

    def __len__(self) -> int:
        return len(self._indexes["user_id"])

    def find(self, **identifiers: str | None) -> Identity:
        """The one user that exactly one of ``user_id``, ``employee_id`` and ``user_email`` (or ``email``) names.

        Raises:
            AllHoursParameterError: none or several identifiers are given, or they belong to no user or to several; the
                message does not contain the e-mail.
        """
        given = [(name, clean_id(value)) for name, value in identifiers.items() if clean_id(value)]
        if len(given) != 1:
            raise AllHoursParameterError(
                f"parameters {', '.join(repr(name) for name in identifiers)}: exactly one is needed to name the user, "
                f"{len(given)} are given"
            )
        ((name, value),) = given
        users = self._indexes[name].get(value.lower(), ())
        if len(users) != 1:
            given_value = "an address" if name.endswith("email") else repr(value)
            owners = f"{len(users)} users" if users else "no user"
            hint = self._hint_of_zeros(value) if name == "employee_id" and not users else ""
            raise AllHoursParameterError(
                f"parameter '{name}' is {given_value}, which belongs to {owners} of All Hours; "
                f"it takes the {name} of one user{hint}"
            )
        return users[0]

    def _hint_of_zeros(self, value: str) -> str:
        number = value.lower().lstrip("0")
        likely = [known for known in self._indexes["employee_id"] if known.lstrip("0") == number]
        if not likely:
            return ""
        return f" ({likely[0]!r} differs in leading zeros only, which Excel drops from columns that are not text)"

    def id_of(self, identifiers: Mapping[str, str | None]) -> str | None:
        """The id of the one user whom the identifiers name; None where :meth:`find` is an error."""
        try:
            return self.find(**identifiers).id
        except AllHoursParameterError:
            return None

    def employee_id_of(self, user_id: str) -> str:
        """The employee id (``CustomId``) of a user; empty where there is none."""
        users = self._indexes["user_id"].get(user_id.lower(), ())
        return users[0].employee_id if users else ""


def _same_in_lower_case(text: str) -> str:
    """The text in lower case; itself where it is, so that everybody's ids are in memory once."""
    lower = text.lower()
    return text if lower == text else lower


def find_definition(definitions: Iterable[AbsenceDefinition], name: str | int) -> AbsenceDefinition:
    """The active absence definition with this id, name or IntegrationId.

    Raises:
        AllHoursParameterError: there is none, several, or only an inactive one; lists the active ones.
    """
    known = list(definitions)
    text = name_key(name)
    for matches in (
        [definition for definition in known if definition.id.lower() == text],
        [definition for definition in known if name_key(definition.name) == text],
        [definition for definition in known if str(definition.integration_id).lower() == text],
    ):
        active = [definition for definition in matches if definition.is_active is not False]
        if len(active) == 1:
            return active[0]
        if matches:
            problem = "several active definitions" if active else "a definition that is no longer active"
            raise _not_a_definition(name, problem, known)
    raise _not_a_definition(name, "no definition", known)


def _not_a_definition(name: object, problem: str, known: list[AbsenceDefinition]) -> AllHoursParameterError:
    names = ", ".join(sorted(definition.name for definition in known if definition.is_active is not False))
    return AllHoursParameterError(
        f"parameter 'absence_definition' is {name!r}, which is {problem} of All Hours; it takes the name, id or "
        f"IntegrationId of one of: {names}"
    )
