# SPDX-License-Identifier: Apache-2.0
"""Airflow code that operators, sensors and triggers share: period, paths, permanent errors, progress in the log."""
