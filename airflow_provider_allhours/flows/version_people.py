# SPDX-License-Identifier: Apache-2.0
"""The people of a frozen version without their records, and the definitions that the records refer to."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from airflow_provider_allhours.flows.version_parts import PEOPLE, open_verified
from airflow_provider_allhours.flows.versions import FrozenVersion
from airflow_provider_allhours.payroll.amounts import ABSENCE, COUNTER
from airflow_provider_allhours.payroll.definitions import Definition, Definitions
from airflow_provider_allhours.payroll.frozen import FrozenPerson


def entries_of_version(version: FrozenVersion) -> Iterator[FrozenPerson]:
    """The people of a version without their records, sorted by user id.

    Raises:
        AllHoursConflictError: the frozen file was changed.
    """
    file = version.manifest["files"][PEOPLE]
    decoder = msgspec.json.Decoder(FrozenPerson)
    with open_verified(version.versions.path(version.number, file["name"]), file["sha256"]) as stream:
        yield from (decoder.decode(line) for line in stream)


def definitions_of(*versions: FrozenVersion) -> Definitions:
    """The definitions and counters of versions, under all the names that they had; the last version is paid."""
    definitions = Definitions(is_complete=True)
    for version in versions:
        manifest = version.manifest
        for key, frozen in manifest["absence_definitions"].items():
            other_ids = frozenset({frozen["integration_id"]} if frozen["integration_id"] else ())
            definitions.add(ABSENCE, Definition(key, frozenset({frozen["name"]} if frozen["name"] else ()), other_ids))
        for code, name in manifest["counters"].items():
            definitions.add(COUNTER, Definition(code, frozenset({name} if name else ())))
        definitions.running = frozenset(manifest["running_counters"])
    return definitions
