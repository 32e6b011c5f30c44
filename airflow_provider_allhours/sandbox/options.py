# SPDX-License-Identifier: Apache-2.0
"""The command line options of the sandbox, stated once: for ``python -m`` and for ``airflow allhours sandbox``.

Imports nothing of the sandbox, since every Airflow command reads this module.
"""

from __future__ import annotations

from datetime import date
from typing import Any

OPTIONS: dict[str, dict[str, Any]] = {
    "--port": {"type": int, "default": 8780, "help": "port on 127.0.0.1; 0 picks a free one (default 8780)"},
    "--employees": {"type": int, "default": 500, "help": "number of employees (default 500)"},
    "--seed": {"type": int, "default": 1, "help": "the same seed makes the same company (default 1)"},
    "--months": {"type": int, "default": 12, "help": "months of history (default 12)"},
    "--timezone": {"default": "Europe/Ljubljana", "help": "IANA name of the company's time zone"},
    "--latency-ms": {"type": int, "default": 0, "help": "milliseconds to wait before each answer (default 0)"},
    "--today": {
        "type": date.fromisoformat,
        "default": None,
        "metavar": "YYYY-MM-DD",
        "help": "the company's present day (default 2026-11-03)",
    },
    "--contract": {
        "default": None,
        "metavar": "NAME",
        "help": "a contract profile: another reading of the API, such as bulk-paged; several are joined by +",
    },
    "--clean-ids": {"action": "store_true", "help": "no two employees share a number"},
}
"""Option -> arguments of ``argparse.ArgumentParser.add_argument``."""


def chosen_options(arguments: object) -> dict[str, Any]:
    """The options of parsed arguments, as keyword arguments of ``serve``.

    Args:
        arguments: what ``parse_args`` returned; attributes that are no option are left out.
    """
    names = [option.removeprefix("--").replace("-", "_") for option in OPTIONS]
    return {name: getattr(arguments, name) for name in names}
