# SPDX-License-Identifier: Apache-2.0
"""Paths of the sandbox outside the API; the paths of the API stand in :mod:`.routes`."""

from __future__ import annotations

TOKEN_PATH = "/connect/token"  # noqa: S105 -- a path
OPENAPI_PATH = "/swagger/v1/swagger.json"
PAGE_PATHS = ("/", "/index.html", "/swagger", "/swagger/index.html")
CONTROL_PREFIX = "/_sandbox/"
