# SPDX-License-Identifier: Apache-2.0
"""Read the section ``[allhours]`` of Airflow's configuration."""

from __future__ import annotations

import re

from airflow_provider_allhours.task_utils.compat import conf


def periods_paths() -> list[str]:
    """The folders of ``[allhours] periods_paths``, which commas or line ends separate, each once."""
    text = conf.get("allhours", "periods_paths", fallback="") or ""
    return list(dict.fromkeys(path.strip() for path in re.split(r"[,\r\n]", text) if path.strip()))
