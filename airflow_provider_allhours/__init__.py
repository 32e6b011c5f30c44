# SPDX-License-Identifier: Apache-2.0
"""Apache Airflow provider for All Hours, the time and attendance system by Spica."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
