# SPDX-License-Identifier: Apache-2.0
"""Processes that race for a file or a record; tests import them as ``tests.racing``."""

from __future__ import annotations

import multiprocessing
from multiprocessing.context import ForkServerContext

MAX_SECONDS = 120


def fresh_processes() -> ForkServerContext:
    """Starts processes that share nothing with the test's: no connection, no cache, no thread.

    They are forks of a server that has imported what they need and done nothing else: importing it in each of them
    took longer than the race.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        [
            "s3fs",
            "sshfs",
            "airflow_provider_allhours.flows.absence_apply",
            "airflow_provider_allhours.flows.payroll_export",
            "airflow_provider_allhours.flows.period_close",
        ]
    )
    return context
