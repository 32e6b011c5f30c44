# SPDX-License-Identifier: Apache-2.0
"""All Hours over HTTP, without Airflow."""
