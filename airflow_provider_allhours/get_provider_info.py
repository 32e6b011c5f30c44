# SPDX-License-Identifier: Apache-2.0
"""Metadata of the provider for Airflow. Imports nothing else, since every Airflow command imports this module."""

from __future__ import annotations

from typing import Any

_PACKAGE = "airflow_provider_allhours"
_INTEGRATION = "All Hours"


def get_provider_info() -> dict[str, Any]:
    """Return the provider's metadata in the form of Airflow's provider schema."""
    return {
        "package-name": "airflow-provider-allhours",
        "name": "All Hours",
        "description": "Timesheets, absences and pay periods of `All Hours <https://www.allhours.com/>`__.",
        "integrations": [
            {
                "integration-name": _INTEGRATION,
                "external-doc-url": "https://www.allhours.com/",
                "tags": ["service"],
            }
        ],
        "hooks": _modules("hooks.allhours"),
        "operators": _modules(
            "operators.absences",
            "operators.api",
            "operators.clockings",
            "operators.counters",
            "operators.join",
            "operators.payroll",
            "operators.timesheets",
            "operators.users",
        ),
        "sensors": _modules("sensors.absences", "sensors.periods"),
        "triggers": _modules("triggers.absences", "triggers.periods"),
        "extra-links": [f"{_PACKAGE}.links.AllHours{name}Link" for name in ("File", "Manifest", "Report")],
        "connection-types": [
            {
                "connection-type": "allhours",
                "hook-class-name": f"{_PACKAGE}.hooks.allhours.AllHoursHook",
                "hook-name": _INTEGRATION,
                "ui-field-behaviour": {
                    "hidden-fields": ["schema", "extra"],
                    "relabeling": {"host": "API URL", "login": "Client ID", "password": "Client Secret"},
                    "placeholders": {
                        "host": "https://api4.allhours.com",
                        "login": "from Settings > Advanced > API",
                    },
                },
                "conn-fields": {
                    "auth_url": _field(
                        "Token URL",
                        "string",
                        "OAuth2 token endpoint; https://login.spica.com/connect/token when empty.",
                    ),
                    "scope": _field("Scope", "string", "OAuth2 scope; api when empty."),
                    "timezone": _field(
                        "Time zone",
                        "string",
                        "IANA name of the company's time zone, such as Europe/Ljubljana; the DAG's when empty.",
                    ),
                    "timeout": _field("Timeout", "number", "Seconds per request; 30 when empty.", minimum=0),
                    "max_concurrency": _field(
                        "Requests in flight", "integer", "Maximum number of requests at once; 8 when empty.", minimum=1
                    ),
                    "requests_per_second": _field(
                        "Requests per second",
                        "number",
                        "Maximum of all tasks of a machine together; no limit when empty.",
                        minimum=0,
                    ),
                    "contract": _field(
                        "Contract",
                        "object",
                        "What differs on this account, as JSON; empty when nothing does. See 'Connect your tenant' in "
                        "the documentation.",
                    ),
                },
            }
        ],
        "plugins": [{"name": "allhours", "plugin-class": f"{_PACKAGE}.plugins.plugin.AllHoursPlugin"}],
        "config": {
            "allhours": {
                "description": "Settings of the provider for All Hours.",
                "options": {
                    "periods_paths": {
                        "description": (
                            "Folders of closed periods that the page *All Hours* shows: the ``path`` of each "
                            "``AllHoursClosePeriodOperator``, separated by commas or line ends. A storage's connection "
                            "stands in the URL. The API server reads them.\n"
                        ),
                        "type": "string",
                        "version_added": "0.1.0",
                        "example": "s3://aws_default@bucket/periods, /data/payroll/periods",
                        "default": "",
                    }
                },
            }
        },
        "cli": [f"{_PACKAGE}.cli.definition.get_allhours_cli_commands"],
    }


def _modules(*names: str) -> list[dict[str, Any]]:
    return [{"integration-name": _INTEGRATION, "python-modules": [f"{_PACKAGE}.{name}" for name in names]}]


def _field(label: str, kind: str, description: str, **rules: Any) -> dict[str, Any]:
    # Without null in the type the form marks the field as required.
    return {"label": label, "description": description, "schema": {"type": [kind, "null"], **rules}}
