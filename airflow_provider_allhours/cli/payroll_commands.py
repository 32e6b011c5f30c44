# SPDX-License-Identifier: Apache-2.0
"""Functions behind ``airflow allhours periods`` and ``airflow allhours replay``."""

from __future__ import annotations

import json
import os
import sys
from argparse import Namespace
from functools import partial

from airflow_provider_allhours.cli.stored_connections import connections_of_the_database
from airflow_provider_allhours.client.errors import AllHoursError
from airflow_provider_allhours.flows.period_listing import ListedPeriod, list_periods
from airflow_provider_allhours.flows.release_replay import ReplayResult, replay_release
from airflow_provider_allhours.task_utils.object_storage import storage_path


def periods(args: Namespace) -> None:
    """List the closed periods below a folder with their versions, releases and waiting corrections."""
    try:
        with connections_of_the_database():
            listed = list_periods(storage_path(_from_shell(args.path)))
    except (AllHoursError, OSError) as error:
        sys.exit(f"airflow allhours periods: {error}")
    print(json.dumps(listed, indent=2) if args.json else periods_as_text(listed))


def replay(args: Namespace) -> None:
    """Make a released payroll file again and compare; exit 0 when it is the released one, else 1."""
    path_of = partial(storage_path, parameter="manifest")
    try:
        with connections_of_the_database():
            result = replay_release(manifest=path_of(_from_shell(args.manifest)), path_of=path_of)
    except (AllHoursError, OSError) as error:
        sys.exit(f"airflow allhours replay: {error}")
    print(json.dumps(result, indent=2) if args.json else replay_as_text(result))
    sys.exit(1 if result["problems"] else 0)


def _from_shell(path: str) -> str:
    """A path as a shell means it: relative to the folder where the command runs; a URL as it is."""
    return path if "://" in path else os.path.abspath(os.path.expanduser(path))


def periods_as_text(listed: list[ListedPeriod]) -> str:
    """Format the periods as text."""
    if not listed:
        return "No closed periods."
    lines: list[str] = []
    for period in listed:
        purged = "  (purged)" if period["purged"] else ""
        lines.append(f"{period['period']['from']} to {period['period']['to']}{purged}")
        for version in period["versions"]:
            if not version["is_readable"]:
                lines.append(f"  version {version['version']}  its manifest cannot be read")
                continue
            provisional = ", provisional" if version["provisional"] else ""
            lines.append(
                f"  version {version['version']}  closed {version['created_at']}, {version['employees']} "
                f"employees{provisional}"
            )
        for release in period["releases"]:
            paid = "whole period" if release["baseline"] is None else f"corrections since version {release['baseline']}"
            approved = f", approved by {release['approved_by']}" if release["approved_by"] else ""
            reason = f" ({release['void_reason']})" if release["void_reason"] else ""
            lines.append(
                f"  release {release['release']}  {release['state']}{reason}: version {release['version']}, {paid}, "
                f"{release['file'] or 'paid elsewhere'}, {release['released_at']}{approved}"
            )
        lines += [f"  version {number} has corrections that were not released" for number in period["waiting"]]
    return "\n".join(lines)


def replay_as_text(result: ReplayResult) -> str:
    """Format the comparison as text."""
    head = f"Release {result['release']} ({result['state']}): {result['path']}"
    if not result["problems"]:
        return f"{head}\nMade again with {result['lines']} lines: the same SHA-256 {result['sha256']}."
    return "\n".join([head, *(f"DIFFERS: {problem}" for problem in result["problems"])])
