# SPDX-License-Identifier: Apache-2.0
"""``python -m airflow_provider_allhours.sandbox``: the sandbox without Airflow's command line."""

from __future__ import annotations

import argparse

from airflow_provider_allhours.sandbox.options import OPTIONS, chosen_options
from airflow_provider_allhours.sandbox.server import serve


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m airflow_provider_allhours.sandbox", description=__doc__)
    for option, settings in OPTIONS.items():
        parser.add_argument(option, **settings)
    try:
        serve(**chosen_options(parser.parse_args()))
    except (ValueError, OSError) as reason:
        parser.error(str(reason))


if __name__ == "__main__":
    main()
