# SPDX-License-Identifier: Apache-2.0
"""Contract profiles: other readings of the API by name, each a set of switches, so that anyone can rehearse them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_allhours.sandbox.switches import Switches

PAGE_SIZE = 50
"""Records of one page in the profiles with pages, where a request does not ask for another number."""


@dataclass(frozen=True)
class Profile:
    """One reading of the API.

    Attributes:
        doc: what is different, for the documentation.
        switches: the switches that make it so.
    """

    doc: str
    switches: dict[str, Any]


PROFILES: dict[str, Profile] = {
    "query-id": Profile(
        "Employee-days at ``Calculations``; the user and both dates are query parameters.",
        {"calculations_route": "by-query"},
    ),
    "bulk-paged": Profile(
        "Employee-days of all users in pages of people at ``Calculations``; days do not say whose they are.",
        {"calculations_route": "bulk"},
    ),
    "wrapped-offset": Profile(
        'Lists are ``{"Items": [], "Total": n}``; ``offset`` and ``limit`` ask for further parts.',
        {"list_pages": {"style": "offset", "size": PAGE_SIZE}},
    ),
    "cursor": Profile(
        'Lists are ``{"Data": [], "NextCursor": text}``; ``cursor`` asks for the next page.',
        {"list_pages": {"style": "cursor", "size": PAGE_SIZE}},
    ),
    "header-link": Profile(
        "Lists are bare arrays; the header ``Link`` leads to the next page.",
        {"list_pages": {"style": "header-link", "size": PAGE_SIZE}},
    ),
    "json-link": Profile(
        'Lists are ``{"Value": [], "NextLink": address}``.',
        {"list_pages": {"style": "json-link", "size": PAGE_SIZE}},
    ),
    "camel": Profile("Fields are spelled in camelCase.", {"field_case": "camel"}),
    "snake": Profile("Fields are spelled in snake_case.", {"field_case": "snake"}),
    "hours": Profile("Durations are hours with decimals.", {"minutes_format": "hours"}),
    "basic-auth": Profile(
        "A token is granted for HTTP Basic credentials without a scope only.", {"credentials_by": "basic"}
    ),
    "tenant-header": Profile(
        "Every request needs the header ``X-Tenant-Id``.", {"required_headers": {"X-Tenant-Id": "sandbox"}}
    ),
    "archived-flag": Profile(
        "``GET Users`` lists archived users with ``includeArchived=true`` only.",
        {"archived_parameter": "includeArchived"},
    ),
    "window-31": Profile("A window may have 31 days.", {"max_window_days": 31}),
    "exclusive-end": Profile(
        "The day of ``dateTo`` does not belong to the window.",
        {"date_to_inclusive": False, "calculations_end_inclusive": False},
    ),
    "utc": Profile("Whole days and times are sent in UTC.", {"timestamp_style": "utc"}),
}
"""Name -> the profile."""


def switches_of(contract: str | None) -> dict[str, Any]:
    """The switches of a profile, or of several that are joined by ``+``, such as ``camel+bulk-paged``.

    Raises:
        ValueError: no such profile.
    """
    switches: dict[str, Any] = {}
    for name in (contract or "").split("+") if contract else ():
        if name not in PROFILES:
            raise ValueError(f"there is no contract profile {name!r}; known are {', '.join(PROFILES)}")
        switches |= PROFILES[name].switches
    return switches


def defaults_of_profiles() -> dict[str, Any]:
    """The switches that any profile sets, as they are without one."""
    defaults = Switches().to_json()
    return {name: defaults[name] for profile in PROFILES.values() for name in profile.switches}


def active_profiles(switches: Mapping[str, Any]) -> list[str]:
    """The profiles whose switches are set as they say."""
    return [
        name
        for name, profile in PROFILES.items()
        if all(switches[switch] == value for switch, value in profile.switches.items())
    ]
