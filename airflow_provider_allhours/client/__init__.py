# SPDX-License-Identifier: Apache-2.0
"""All Hours over HTTP, without Airflow."""

from __future__ import annotations

from airflow_provider_allhours.client.client import AllHoursClient
from airflow_provider_allhours.client.config import ClientConfig

__all__ = ["AllHoursClient", "ClientConfig"]
