# SPDX-License-Identifier: Apache-2.0
"""``python -m airflow_provider_allhours.sandbox``: the sandbox without Airflow's command line."""

from __future__ import annotations

import argparse
from datetime import date

from airflow_provider_allhours.sandbox.server import serve


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m airflow_provider_allhours.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8780, help="port on 127.0.0.1; 0 picks a free one")
    parser.add_argument("--employees", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--timezone", default="Europe/Ljubljana")
    parser.add_argument("--latency-ms", type=int, default=0)
    parser.add_argument("--today", type=date.fromisoformat, default=None, help="the company's present day")
    parser.add_argument("--clean-ids", action="store_true", help="no two employees share a number")
    arguments = parser.parse_args()
    serve(**vars(arguments))


if __name__ == "__main__":
    main()
