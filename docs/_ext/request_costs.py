# SPDX-License-Identifier: Apache-2.0
"""The table of requests per operator, from the cases that the tests count."""

from __future__ import annotations

from tests.flows.request_costs import COSTS

from .tables import write_table

COMPANY = 500


def write_costs() -> None:
    """Write ``costs.rst``."""
    write_table(
        "costs.rst",
        ("task", "requests for a month", f"{COMPANY} employees"),
        [
            (cost.task, cost.formula, f"{'at most ' if cost.is_bound else ''}{cost.requests(COMPANY)}")
            for cost in COSTS.values()
        ],
        widths="56 28 16",
    )
