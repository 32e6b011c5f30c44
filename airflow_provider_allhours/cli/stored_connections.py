# SPDX-License-Identifier: Apache-2.0
"""Let a command of the shell see the connections that were entered on Airflow's web page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

PROCESS_CONTEXT = "_AIRFLOW_PROCESS_CONTEXT"


@contextmanager
def connections_of_the_database() -> Iterator[None]:
    """Look for connections in Airflow's database, too, during the block.

    A process that runs no task sees those of environment variables and secrets backends only, unless it says that it is
    part of the server, as Airflow's own command ``connections test`` does.
    """
    before = os.environ.get(PROCESS_CONTEXT)
    os.environ[PROCESS_CONTEXT] = "server"
    try:
        yield
    finally:
        if before is None:
            del os.environ[PROCESS_CONTEXT]
        else:
            os.environ[PROCESS_CONTEXT] = before
