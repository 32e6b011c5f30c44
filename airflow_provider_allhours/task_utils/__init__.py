# SPDX-License-Identifier: Apache-2.0
"""What operators and sensors share of Airflow: the period, the paths, failing at once, progress in the log."""
