# SPDX-License-Identifier: Apache-2.0
"""Define the ``airflow allhours`` commands and their arguments; their functions are imported when one is called."""

from __future__ import annotations

from airflow.cli.cli_config import ActionCommand, Arg, CLICommand, GroupCommand, lazy_load_command

_COMMANDS = "airflow_provider_allhours.cli.commands"

ARG_PORT = Arg(("--port",), type=int, default=8780, help="port on 127.0.0.1; 0 picks a free one (default 8780)")
ARG_EMPLOYEES = Arg(("--employees",), type=int, default=500, help="number of employees (default 500)")
ARG_SEED = Arg(("--seed",), type=int, default=1, help="the same seed makes the same company (default 1)")
ARG_MONTHS = Arg(("--months",), type=int, default=12, help="months of history (default 12)")
ARG_TIMEZONE = Arg(("--timezone",), default="Europe/Ljubljana", help="IANA name of the company's time zone")
ARG_LATENCY = Arg(("--latency-ms",), type=int, default=0, help="milliseconds to wait before each answer (default 0)")
ARG_CONN_ID = Arg(("--conn-id",), required=True, help="Airflow connection of type allhours")
ARG_JSON = Arg(("--json",), action="store_true", help="machine-readable output")


def get_allhours_cli_commands() -> list[CLICommand]:
    """Return the command group that Airflow adds to its command line."""
    return [
        GroupCommand(
            name="allhours",
            help="All Hours: a local sandbox, and a check of a tenant's API",
            subcommands=(
                ActionCommand(
                    name="sandbox",
                    help="Serve a local All Hours with a seeded company",
                    func=lazy_load_command(f"{_COMMANDS}.sandbox"),
                    args=(ARG_PORT, ARG_EMPLOYEES, ARG_SEED, ARG_MONTHS, ARG_TIMEZONE, ARG_LATENCY),
                ),
                ActionCommand(
                    name="check",
                    help="Check which routes a tenant serves and which fields differ",
                    func=lazy_load_command(f"{_COMMANDS}.check"),
                    args=(ARG_CONN_ID, ARG_JSON),
                ),
            ),
        )
    ]
