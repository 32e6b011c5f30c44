# SPDX-License-Identifier: Apache-2.0
"""What the public evidence about All Hours leaves open, each as a switch; and two ways to be a different tenant."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

TIMESTAMP_STYLES = ("fraction", "plain", "zulu", "offset")


@dataclass
class Switches:
    """How this All Hours behaves where nobody outside the vendor knows.

    Attributes:
        date_to_inclusive: whether the day of ``dateTo`` belongs to the window of Absences and Clockings.
        api_absences_pending: whether an absence created through the API waits for approval.
        archived_listed: whether GET Users lists archived users.
        calculations_page: None for the whole list, or the most employee-days one answer holds.
        timestamp_style: ``fraction`` (seven digits), ``plain``, ``zulu`` (local time stamped Z) or ``offset``.
        numbers_as_text: whether minutes come as text.
        token_lifetime: seconds a token is good for.
        latency_ms: milliseconds every answer takes at least.
        renamed_fields: ``{"DailySummary.PaidPresenceValue": "PaidPresence"}``: another tenant's spelling.
        missing_routes: names of routes that answer 404.
    """

    date_to_inclusive: bool = True
    api_absences_pending: bool = False
    archived_listed: bool = True
    calculations_page: int | None = None
    timestamp_style: str = "fraction"
    numbers_as_text: bool = False
    token_lifetime: int = 3600
    latency_ms: int = 0
    renamed_fields: dict[str, str] = field(default_factory=dict)
    missing_routes: list[str] = field(default_factory=list)

    def change(self, changes: dict[str, Any]) -> None:
        """Set some switches.

        Raises:
            ValueError: an unknown switch or timestamp style.
        """
        known = {entry.name for entry in fields(self)}
        if unknown := sorted(set(changes) - known):
            raise ValueError(f"unknown switches {', '.join(unknown)}; known are {', '.join(sorted(known))}")
        if changes.get("timestamp_style", "plain") not in TIMESTAMP_STYLES:
            raise ValueError(f"timestamp_style takes one of {', '.join(TIMESTAMP_STYLES)}")
        for name, value in changes.items():
            setattr(self, name, value)

    def to_json(self) -> dict[str, Any]:
        """All switches as they stand."""
        return asdict(self)
