# SPDX-License-Identifier: Apache-2.0
"""Seconds, CPU, memory and requests of an export of one month, beside the peers in the same run."""

from __future__ import annotations

from statistics import median

from benchmarks.peer_runs import PEERS, Peer, Run, run_peer, true_days
from benchmarks.sandboxes import control, sandbox
from benchmarks.tables import Table

ROUTES = {"each": None, "bulk": "bulk-paged"}
"""Route -> the sandbox's contract profile."""
TITLES = {"each": "one request per employee", "bulk": "pages of 200 people"}


def speed_table(employees: int, latency_ms: int, route: str, repeats: int = 3) -> Table:
    """A row per peer. Each takes its turn in every round, so that they share what else the machine does."""
    with sandbox(employees) as connection:
        truth = true_days(connection)
        control(connection, "POST", "contract", {"contract": ROUTES[route]})
        control(connection, "POST", "switches", {"latency_ms": latency_ms})
        installed = [peer for peer in PEERS if peer.is_installed]
        runs: dict[str, list[Run]] = {peer.title: [] for peer in installed}
        for _ in range(repeats):
            for peer in installed:
                runs[peer.title].append(run_peer(peer, connection, route))
    months = len({user_id for user_id, _, _ in truth})
    own = _median(runs[PEERS[0].title], "seconds")
    return Table(
        f"Speed: {employees:,} employees x one month, {TITLES[route]}, {latency_ms} ms latency",
        ["", "time / this provider", "seconds", "CPU ms per employee", "peak MB", "requests", "employee-days"],
        [_row(peer, runs.get(peer.title, []), len(truth), own, months, truth) for peer in PEERS],
        f"Median of {repeats}.",
    )


def _row(peer: Peer, runs: list[Run], count: int, own: float, months: int, truth: object) -> list[str]:
    if not peer.is_installed:
        return [peer.title, "not installed", *[""] * 5]
    if any(run.days != truth for run in runs):
        wrong = next(run for run in runs if run.days != truth)
        return [peer.title, "not right", *[""] * 4, f"{len(wrong.days):,} of {count:,}"]
    seconds, cpu = _median(runs, "seconds"), _median(runs, "cpu")
    return [
        peer.title,
        f"{seconds / own:.2f}",
        f"{seconds:.2f}",
        f"{1000 * cpu / months:.1f}",
        f"{_median(runs, 'peak_kb') / 1024:.0f}",
        f"{_median(runs, 'requests'):.0f}",
        f"{count:,}",
    ]


def _median(runs: list[Run], figure: str) -> float:
    figures = [run.figures[figure] for run in runs if run.figures is not None]
    return median(figures) if figures else float("nan")
