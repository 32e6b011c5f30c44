# SPDX-License-Identifier: Apache-2.0
"""Read the payroll mapping of an operator: given as a dict, or as the path of a YAML or JSON file."""

from __future__ import annotations

from typing import Any

import yaml

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.task_utils.object_storage import storage_path


def payroll_mapping(mapping: Any, conn_id: str | None) -> Any:
    """Return the mapping, read from its file where a path is given; its content is checked by the payroll flow.

    Args:
        mapping: the mapping itself, or the path of a YAML or JSON file.
        conn_id: Airflow connection of the storage.

    Raises:
        AllHoursParameterError: there is no such file, or it is neither YAML nor JSON.
    """
    if not isinstance(mapping, str):
        return mapping
    file = storage_path(mapping, conn_id, parameter="mapping")
    if not file.fs.isfile(file.path):
        raise AllHoursParameterError(f"parameter 'mapping': there is no file {mapping}")
    try:
        # YAML reads JSON too.
        return yaml.safe_load(file.fs.cat_file(file.path))
    except (yaml.YAMLError, UnicodeDecodeError):
        raise AllHoursParameterError(f"parameter 'mapping': {mapping} is neither YAML nor JSON") from None
