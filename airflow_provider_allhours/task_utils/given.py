# SPDX-License-Identifier: Apache-2.0
"""Refuse a parameter that the author of a DAG gave and whose template rendered to nothing."""

from __future__ import annotations

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.task_utils.coerce import is_blank


class KnowsWhatIsGiven:
    """Mixin of operators with parameters that restrict what is done when they are given.

    Left out, ``employees`` means everybody and ``approved_sha256`` any file. A template such as
    ``{{ dag_run.conf.get('employees', '') }}`` must not mean that by rendering to nothing.
    """

    _given: frozenset[str] = frozenset()

    def note_given(self, **parameters: object) -> None:
        """Remember which parameters were given, by their names; called in ``__init__``, before anything is rendered."""
        self._given |= {name for name, value in parameters.items() if not is_blank(value)}

    def refuse_blank(self) -> None:
        """Refuse parameters that were given and are blank now.

        Raises:
            AllHoursParameterError: names the first of them.
        """
        for name in sorted(self._given):
            if is_blank(getattr(self, name)):
                raise AllHoursParameterError(
                    f"parameter '{name}' is given and rendered to nothing, as if it were not given; it takes a value, "
                    "or is left out"
                )
