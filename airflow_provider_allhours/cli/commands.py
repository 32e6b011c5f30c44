# SPDX-License-Identifier: Apache-2.0
"""Functions behind the ``airflow allhours`` commands."""

from __future__ import annotations

import json
import signal
import sys
from argparse import Namespace
from datetime import UTC, datetime

from airflow_provider_allhours.client.errors import AllHoursError
from airflow_provider_allhours.flows.tenant_check import CheckReport, SwaggerReport, check_tenant
from airflow_provider_allhours.hooks.allhours import AllHoursHook
from airflow_provider_allhours.periods import local_date
from airflow_provider_allhours.sandbox.options import chosen_options
from airflow_provider_allhours.task_utils.compat import AirflowException
from airflow_provider_allhours.task_utils.stopping import stopped_at_end

INTERRUPTED = 128 + signal.SIGINT
"""Exit code of a command that Ctrl-C ended, as shells have it."""


def sandbox(args: Namespace) -> None:
    """Serve a local All Hours until it is interrupted."""
    from airflow_provider_allhours.sandbox.server import serve

    try:
        serve(**chosen_options(args))
    except ValueError as reason:
        sys.exit(f"airflow allhours sandbox: {reason}")


def check(args: Namespace) -> None:
    """Check which catalogued routes a tenant serves and which fields it has; exit 0 when nothing differs, else 1."""
    try:
        hook = AllHoursHook(args.conn_id)
        with stopped_at_end(hook.get_conn()) as client:
            report = check_tenant(client, today=local_date(datetime.now(UTC), hook.timezone or "UTC"))
    except (AllHoursError, AirflowException) as error:
        sys.exit(f"airflow allhours check: {error}")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    print(json.dumps(report, indent=2) if args.json else as_text(report))
    sys.exit(0 if report["ok"] else 1)


def as_text(report: CheckReport) -> str:
    """Format the report as text."""
    lines = [f"All Hours at {report['host']}", ""]
    for route in report["routes"]:
        mark = "ok  " if route["ok"] else "FAIL"
        lines.append(
            f"{mark} {route['status'] or '-':>4} {route['milliseconds']:>6} ms  GET {route['path']}"
            f"  (evidence {route['grade']})"
        )
        if route["problem"]:
            lines.append(f"           {route['problem']}")
    lines.append("")
    lines.extend(_swagger_lines(report["swagger"]))
    lines.append("All as expected." if report["ok"] else "Something differs: see FAIL and the fields above.")
    return "\n".join(lines)


def _swagger_lines(swagger: SwaggerReport) -> list[str]:
    if not swagger["readable"]:
        return [f"Swagger JSON not readable at {swagger['path']}: fields not compared."]
    lines = [f"Swagger JSON read from {swagger['path']}: {len(swagger['compared'])} records compared."]
    for difference in swagger["differences"]:
        lines.append(f"FAIL {difference['record']}: missing {', '.join(difference['missing'])}")
        if difference["unknown"]:
            lines.append(f"     has instead, or besides: {', '.join(difference['unknown'])}")
    return lines
