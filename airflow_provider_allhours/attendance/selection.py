# SPDX-License-Identifier: Apache-2.0
"""The employees that a file is restricted to: by employee id, or by a custom field of All Hours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.client.models import User
from airflow_provider_allhours.texts import clean_id

CUSTOM_FIELDS = tuple(f"custom_field{number}" for number in range(1, 11))


@dataclass(frozen=True)
class EmployeeSelection:
    """Who is meant by the parameter ``employees``.

    Attributes:
        employee_ids: employee ids (``CustomId``); empty where custom fields select.
        custom_fields: custom field -> accepted values; a user matches when every field has one of its values.
    """

    employee_ids: frozenset[str] = frozenset()
    custom_fields: tuple[tuple[str, frozenset[str]], ...] = ()

    @classmethod
    def of(cls, employees: Sequence[object] | Mapping[str, object]) -> EmployeeSelection:
        """Read the parameter.

        Args:
            employees: a list of employee ids, or ``{"custom_field3": ["hourly"]}``.

        Raises:
            AllHoursParameterError: neither of these, nobody, or an unknown custom field.
        """
        if isinstance(employees, Mapping) and employees:
            return cls(custom_fields=tuple((_field(name), _texts(values)) for name, values in employees.items()))
        if isinstance(employees, Sequence) and not isinstance(employees, str | bytes) and employees:
            return cls(employee_ids=_texts(employees))
        raise AllHoursParameterError(
            "parameter 'employees' names nobody; it takes a list of employee ids, or a custom field with its values "
            'like {"custom_field3": ["hourly"]}'
        )

    def to_json(self) -> list[str] | dict[str, list[str]]:
        """The selection as :meth:`of` takes it, in one form: values once and sorted."""
        if self.employee_ids:
            return sorted(self.employee_ids)
        return {name: sorted(values) for name, values in sorted(self.custom_fields)}

    def selects(self, user: User) -> bool:
        """Whether a user is meant."""
        if self.employee_ids:
            return user.employee_id in self.employee_ids
        return all(clean_id(getattr(user, name)) in values for name, values in self.custom_fields)

    def values_of(self, user: User) -> Iterator[tuple[str, str]]:
        """The custom fields that the selection names, with the user's values."""
        for name, _ in self.custom_fields:
            yield name, clean_id(getattr(user, name))

    def require_known(self, found: Set[str], values: Set[tuple[str, str]]) -> None:
        """Refuse a selection that the account's users do not have.

        A value that nobody has is most often misspelt, and its group would be left out without a word.

        Args:
            found: the employee ids of the users that :meth:`selects` selects.
            values: :meth:`values_of` all users.

        Raises:
            AllHoursParameterError: names the employee ids or values that no user has.
        """
        unknown = sorted(self.employee_ids - found)
        if unknown:
            listed = ", ".join(unknown[:5])
            raise AllHoursParameterError(
                f"parameter 'employees' names {len(unknown)} employee ids that no user of the account has "
                f"(first: {listed}); ids are compared as texts, leading zeros included"
            )
        missing = sorted((name, value) for name, named in self.custom_fields for value in named - _of(name, values))
        if missing:
            listed = ", ".join(f"{value!r} of {name}" for name, value in missing[:5])
            raise AllHoursParameterError(
                f"parameter 'employees' names {listed}, which no user of the account has; it takes values of "
                "the custom field, spelt as there"
            )
        if not found:
            fields = ", ".join(name for name, _ in self.custom_fields)
            raise AllHoursParameterError(
                f"parameter 'employees' names values of {fields} that no user of the account has together"
            )


def _of(name: str, values: Set[tuple[str, str]]) -> set[str]:
    return {value for field, value in values if field == name}


def _field(name: object) -> str:
    if name not in CUSTOM_FIELDS:
        raise AllHoursParameterError(
            f"parameter 'employees' names the field {name!r}; it takes custom_field1 to custom_field10"
        )
    return str(name)


def _texts(values: object) -> frozenset[str]:
    listed = [values] if isinstance(values, str | int) else values
    if not isinstance(listed, Sequence) or not listed or any(isinstance(value, bool | float) for value in listed):
        raise AllHoursParameterError("parameter 'employees' has a value that is not a list of texts")
    return frozenset(clean_id(value) for value in listed)
