# SPDX-License-Identifier: Apache-2.0
"""The `airflow allhours` commands."""
