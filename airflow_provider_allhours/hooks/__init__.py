# SPDX-License-Identifier: Apache-2.0
"""The Airflow hook and its connection."""
