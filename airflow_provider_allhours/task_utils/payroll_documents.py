# SPDX-License-Identifier: Apache-2.0
"""Read the mapping or layout of a payroll operator: given as a dict, or as the path of a YAML or JSON file."""

from __future__ import annotations

from typing import Any

import yaml

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.task_utils.object_storage import storage_path

DECLARATIONS = (".yaml", ".yml", ".json")


def payroll_mapping(mapping: Any, conn_id: str | None) -> Any:
    """Return the mapping, read from its file where a path is given; its content is checked by the payroll flow.

    Args:
        mapping: the mapping itself, or the path of a YAML or JSON file.
        conn_id: Airflow connection of the storage.

    Raises:
        AllHoursParameterError: there is no such file, or it is neither YAML nor JSON.
    """
    return _document("mapping", mapping, conn_id) if isinstance(mapping, str) else mapping


def payroll_profile(profile: Any, conn_id: str | None) -> Any:
    """Return the profile; a declaration is read from its file where the path of one is given.

    Args:
        profile: a name, the dotted path of a class, a declaration, or the path of a YAML or JSON file with one.
        conn_id: Airflow connection of the storage.

    Raises:
        AllHoursParameterError: there is no such file, or it is not an object in YAML or JSON.
    """
    if not isinstance(profile, str) or not profile.lower().endswith(DECLARATIONS):
        return profile
    declared = _document("profile", profile, conn_id)
    if not isinstance(declared, dict):
        raise AllHoursParameterError(f"parameter 'profile': {profile} is not an object with 'columns'")
    return declared


def _document(parameter: str, path: str, conn_id: str | None) -> Any:
    file = storage_path(path, conn_id, parameter=parameter)
    if not file.fs.isfile(file.path):
        raise AllHoursParameterError(f"parameter '{parameter}': there is no file {path}")
    try:
        # YAML reads JSON too.
        return yaml.load(file.fs.cat_file(file.path), _EachKeyOnce)  # noqa: S506 -- a SafeLoader
    except _KeyTwice as twice:
        raise AllHoursParameterError(f"parameter '{parameter}': {path} has {twice}") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise AllHoursParameterError(f"parameter '{parameter}': {path} is neither YAML nor JSON") from None


class _KeyTwice(Exception):
    """A key that an object has twice; the message names key and line."""


class _EachKeyOnce(yaml.SafeLoader):
    """Reads plain YAML and refuses a key that an object has twice: which of the two is meant, nobody knows."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The object of a node."""
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = key_node.value
            if key in seen:
                raise _KeyTwice(f"the key {key!r} twice in one object (line {key_node.start_mark.line + 1})")
            if isinstance(key, str):
                seen.add(key)
        return super().construct_mapping(node, deep)
