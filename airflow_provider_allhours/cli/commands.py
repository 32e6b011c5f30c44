# SPDX-License-Identifier: Apache-2.0
"""Functions behind the ``airflow allhours`` commands."""

from __future__ import annotations

import json
import signal
import sys
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airflow.sdk import log as sdk_log

from airflow_provider_allhours.cli.stored_connections import connections_of_the_database
from airflow_provider_allhours.client.errors import AllHoursError, AllHoursParameterError
from airflow_provider_allhours.flows.tenant_check import CheckReport, check_tenant
from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.periods import local_date
from airflow_provider_allhours.sandbox.options import chosen_options
from airflow_provider_allhours.task_utils.compat import AirflowException

INTERRUPTED = 128 + signal.SIGINT
"""Exit code of a command that Ctrl-C ended, as shells have it."""


def sandbox(args: Namespace) -> None:
    """Serve a local All Hours until it is interrupted."""
    from airflow_provider_allhours.sandbox.server import serve

    try:
        serve(**chosen_options(args))
    except (ValueError, OSError) as reason:
        sys.exit(f"airflow allhours sandbox: {reason}")


def check(args: Namespace) -> None:
    """Establish what is proven about an account; exit 0 proven or stated, 1 something differs, 2 cannot tell."""
    try:
        document = _document(args.openapi)
        hook = AllHoursHook(args.conn_id)
        with connections_of_the_database():
            settings = hook.settings
        report = check_tenant(
            settings.config,
            today=local_date(datetime.now(UTC), settings.timezone or "UTC"),
            proposes=args.propose,
            document=document,
            on_token=sdk_log.mask_secret,
        )
    except (AllHoursError, AirflowException, OSError) as error:
        sys.exit(f"airflow allhours check: {error}")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    print(json.dumps(_as_json(report), indent=2) if args.json else as_text(report, proposes=args.propose))
    sys.exit(report["exit_code"])


def _document(path: str | None) -> Any:
    if path is None:
        return None
    try:
        return json.loads(Path(path).expanduser().read_bytes())
    except ValueError:
        raise AllHoursParameterError(f"--openapi {path} is no JSON; it takes an OpenAPI document") from None


def _as_json(report: CheckReport) -> dict[str, Any]:
    return {name: value for name, value in report.items() if name != "exit_code"}


def as_text(report: CheckReport, *, proposes: bool) -> str:
    """Format the report as text."""
    lines = [f"All Hours at {report['host']}, {report['requests']} requests", ""]
    for verdict in report["verdicts"]:
        mark = verdict["verdict"] if verdict["is_needed"] else f"({verdict['verdict']})"
        lines.append(f"{mark:<14} {verdict['fact']}: {verdict['detail']}")
    lines.append("")
    if proposes and report["proposal"] is None:
        lines.append(
            "No contract is proposed: no OpenAPI document of All Hours was found, or the account contradicts it."
        )
    elif report["proposal"] is not None and not report["proposal"]["contract"]:
        lines.append("The account is as this provider believes; it needs no contract.")
    elif report["proposal"] is not None:
        lines += ["Paste this into the connection field 'contract':", json.dumps(report["proposal"]["contract"])]
    lines.append(CONCLUSIONS[report["exit_code"]])
    return "\n".join(lines)


CONCLUSIONS = {
    0: "Everything that an export depends on is proven or stated.",
    1: "Something differs: do not pay by this account before its contract says how.",
    2: "Something that an export depends on cannot be told: ask All Hours, or compare an export with the screen.",
}
"""Exit code -> the last line of the text."""
