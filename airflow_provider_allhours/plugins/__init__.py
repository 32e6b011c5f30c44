# SPDX-License-Identifier: Apache-2.0
"""Plugin of Airflow: the page that shows which periods are closed and paid."""
