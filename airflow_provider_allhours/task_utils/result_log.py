# SPDX-License-Identifier: Apache-2.0
"""Put the result of a flow into one log line; counts only, never rows or names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def counts_in(result: Mapping[str, Any]) -> str:
    """Return the counts of a flow's result as text, such as ``3 created, 0 deleted``.

    Args:
        result: return value of a flow; values that are not integers are left out.
    """
    counts = {name: value for name, value in result.items() if type(value) is int}
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
