# SPDX-License-Identifier: Apache-2.0
"""Use cases: client, domain and files joined, one module each; no Airflow."""
