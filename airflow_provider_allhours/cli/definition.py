# SPDX-License-Identifier: Apache-2.0
"""Define the ``airflow allhours`` commands and their arguments; their functions are imported when one is called."""

from __future__ import annotations

from airflow.cli.cli_config import ActionCommand, Arg, CLICommand, GroupCommand, lazy_load_command

from airflow_provider_allhours.sandbox.options import OPTIONS

_COMMANDS = "airflow_provider_allhours.cli.commands"
_PAYROLL_COMMANDS = "airflow_provider_allhours.cli.payroll_commands"

SANDBOX_ARGS = tuple(Arg((option,), **settings) for option, settings in OPTIONS.items())
ARG_CONN_ID = Arg(("--conn-id",), required=True, help="Airflow connection of type allhours")
ARG_PROPOSE = Arg(("--propose",), action="store_true", help="find a contract that fits, from the OpenAPI document")
ARG_OPENAPI = Arg(("--openapi",), help="OpenAPI document saved as JSON; it is looked for by default")
ARG_MANIFEST = Arg(("manifest",), help="manifest of a released payroll file, a local path or a URL")
ARG_PERIODS = Arg(("path",), help="folder of the closed periods, a local path or a URL")
ARG_JSON = Arg(("--json",), action="store_true", help="machine-readable output")


def get_allhours_cli_commands() -> list[CLICommand]:
    """Return the command group that Airflow adds to its command line."""
    return [
        GroupCommand(
            name="allhours",
            help="All Hours: a local sandbox, a check of a tenant's API, closed periods and released payroll files",
            subcommands=(
                ActionCommand(
                    name="sandbox",
                    help="Serve a local All Hours with a seeded company",
                    func=lazy_load_command(f"{_COMMANDS}.sandbox"),
                    args=SANDBOX_ARGS,
                ),
                ActionCommand(
                    name="check",
                    help="Check what is proven about a tenant's API, and propose its contract",
                    func=lazy_load_command(f"{_COMMANDS}.check"),
                    args=(ARG_CONN_ID, ARG_PROPOSE, ARG_OPENAPI, ARG_JSON),
                ),
                ActionCommand(
                    name="periods",
                    help="List closed periods with their versions, releases and waiting corrections",
                    func=lazy_load_command(f"{_PAYROLL_COMMANDS}.periods"),
                    args=(ARG_PERIODS, ARG_JSON),
                ),
                ActionCommand(
                    name="replay",
                    help="Make a released payroll file again from its frozen versions and compare",
                    func=lazy_load_command(f"{_PAYROLL_COMMANDS}.replay"),
                    args=(ARG_MANIFEST, ARG_JSON),
                ),
            ),
        )
    ]
