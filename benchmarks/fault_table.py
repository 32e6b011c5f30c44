# SPDX-License-Identifier: Apache-2.0
"""What each peer makes of a fault: ``right`` (the whole file), ``loud`` (it failed) or ``silent`` (wrong, green)."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from benchmarks.peer_runs import PEERS, Day, Peer, Run, run_peer, true_days
from benchmarks.sandboxes import control, sandbox
from benchmarks.tables import Table

EMPLOYEES = 24
AT_ONCE = 2
"""Faults that are tried at once, each with a sandbox of its own: a verdict depends on no time."""
ONCE: dict[str, Any] = {"route": "daily_calculations", "after": 5, "times": 1}
USERS: dict[str, Any] = {"route": "users", "times": 1}

FAULTS: dict[str, dict[str, Any]] = {
    "an empty list for one employee": {"faults": [{"kind": "empty", **ONCE}]},
    "one employee-day is missing": {"faults": [{"kind": "missing_day", **ONCE}]},
    "one employee-day twice, different": {"faults": [{"kind": "doubled_day", **ONCE}]},
    "one employee-day twice, the same": {"faults": [{"kind": "doubled_day", "contradict": False, **ONCE}]},
    "HTML with status 200": {"faults": [{"kind": "html", **ONCE}]},
    "half of a body": {"faults": [{"kind": "truncated", **ONCE}]},
    "half of a body, length as sent": {"faults": [{"kind": "truncated_json", **ONCE}]},
    "429 with Retry-After": {"faults": [{"kind": "rate_limit", "seconds": 1, **ONCE}]},
    "429 without Retry-After": {"faults": [{"kind": "status", "status": 429, **ONCE}]},
    "500 once": {"faults": [{"kind": "status", "status": 500, **ONCE}]},
    "token revoked in the middle": {"faults": [{"kind": "revoke", **ONCE}]},
    "302 to another host": {"faults": [{"kind": "redirect", **ONCE}]},
    "an empty list of users": {"faults": [{"kind": "empty", **USERS}]},
    "a page of users without notice": {"switches": {"paging": {"size": 10, "routes": ["users"]}}},
    "20 days of 31 in every answer": {"switches": {"calculations_page": 20}},
}
"""Title -> rules of the fault lab, or switches."""


def verdict_of(run: Run, truth: Sequence[Day]) -> str:
    """Of a run."""
    if run.figures is None:
        return "loud"
    return "right" if run.days == list(truth) else "silent"


def fault_table(faults: Sequence[str] = tuple(FAULTS), peers: Sequence[Peer] = PEERS) -> Table:
    """A row per fault, a column per peer."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        rows = list(pool.map(partial(_row, peers=peers), faults))
    return Table(
        "Faults: right (the whole file), loud (failed) or silent (succeeded with a wrong file)",
        ["", *(peer.title for peer in peers)],
        rows,
        f"{EMPLOYEES} employees x one month, one request per employee.",
    )


def _row(title: str, peers: Sequence[Peer]) -> list[str]:
    with sandbox(EMPLOYEES) as connection:
        truth = true_days(connection)
        control(connection, "POST", "switches", FAULTS[title].get("switches", {}))
        return [title, *(_verdict(peer, connection, title, truth) for peer in peers)]


def _verdict(peer: Peer, connection: dict[str, Any], title: str, truth: Sequence[Day]) -> str:
    if not peer.is_installed:
        return "not installed"
    control(connection, "DELETE", "faults")
    control(connection, "POST", "faults", FAULTS[title].get("faults", []))
    return verdict_of(run_peer(peer, connection, "each"), truth)
