# SPDX-License-Identifier: Apache-2.0
"""What compressed answers cost and save: the same export from a server that compresses them and one that does not."""

from __future__ import annotations

from statistics import median

from benchmarks.peer_runs import PEERS, Run, run_peer, true_days
from benchmarks.sandboxes import control, sandbox
from benchmarks.tables import Table

ANSWERS = {"plain answers": False, "gzip": True}


def compression_table(employees: int, repeats: int = 3) -> Table:
    """A row per kind of answers; the seconds contain the server's compressing, the CPU only the client's work."""
    runs: dict[str, list[Run]] = {name: [] for name in ANSWERS}
    sizes: dict[str, int] = {}
    with sandbox(employees) as connection:
        truth = true_days(connection)
        months = len({user_id for user_id, _, _ in truth})
        for _ in range(repeats):
            for name, is_compressed in ANSWERS.items():
                control(connection, "POST", "switches", {"gzip": is_compressed})
                runs[name].append(run_peer(PEERS[0], connection, "each"))
                sizes[name] = control(connection, "GET", "stats")["body_bytes"]
    head = ["", "bytes / plain", "MB of answers", "CPU ms per employee", "seconds", "right"]
    return Table(
        f"Compressed answers: {employees:,} employees x one month, one request per employee",
        head,
        [_row(name, runs[name], sizes[name], sizes["plain answers"], months, truth) for name in ANSWERS],
        f"Median of {repeats}.",
    )


def _row(name: str, runs: list[Run], size: int, plain: int, months: int, truth: object) -> list[str]:
    figures = [run.figures for run in runs if run.figures is not None]
    is_right = len(figures) == len(runs) and all(run.days == truth for run in runs)
    if not figures:
        return [name, "", "", "", "", "no"]
    return [
        name,
        f"{size / plain:.2f}",
        f"{size / 1_000_000:.1f}",
        f"{1000 * median(one['cpu'] for one in figures) / months:.1f}",
        f"{median(one['seconds'] for one in figures):.2f}",
        "yes" if is_right else "no",
    ]
