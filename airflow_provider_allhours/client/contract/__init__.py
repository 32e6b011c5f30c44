# SPDX-License-Identifier: Apache-2.0
"""The tenant's contract: everything that differs on an account, as data."""

from __future__ import annotations

from airflow_provider_allhours.client.contract.model import (
    Auth,
    Contract,
    Cursor,
    HeaderLink,
    JsonLink,
    Offset,
    PageNumber,
    Paginator,
    RouteContract,
    SinglePage,
    Window,
)
from airflow_provider_allhours.client.contract.names import ROUTE_NAMES
from airflow_provider_allhours.client.contract.parser import parse_contract

__all__ = [
    "ROUTE_NAMES",
    "Auth",
    "Contract",
    "Cursor",
    "HeaderLink",
    "JsonLink",
    "Offset",
    "PageNumber",
    "Paginator",
    "RouteContract",
    "SinglePage",
    "Window",
    "parse_contract",
]
