# SPDX-License-Identifier: Apache-2.0
"""Match paths to routes: in any case and with a trailing slash, as published clients rely on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from airflow_provider_allhours.sandbox.routes import Route


@dataclass(frozen=True)
class Match:
    """The routes of a path.

    Attributes:
        name: of the routes.
        identifier: the path's ``{id}``; empty without one.
        by_method: route of each method that the path serves.
    """

    name: str
    identifier: str
    by_method: dict[str, Route]


class Router:
    """Finds the routes of a path.

    Args:
        routes: the table.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        self._by_path: dict[str, dict[str, Route]] = {}
        for route in routes:
            self._by_path.setdefault(route.path.lower(), {})[route.method] = route

    def match(self, path: str) -> Match | None:
        """The routes of a path; None when there are none."""
        path = path.rstrip("/")
        parent, _, identifier = path.rpartition("/")
        for template, last_segment in ((path.lower(), ""), (f"{parent.lower()}/{{id}}", identifier)):
            by_method = self._by_path.get(template)
            if by_method is not None:
                return Match(next(iter(by_method.values())).name, last_segment, by_method)
        return None
