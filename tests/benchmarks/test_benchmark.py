# SPDX-License-Identifier: Apache-2.0
"""What the benchmark measures is what it says: rows, requests and verdicts, never times."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.compression import compression_table
from benchmarks.fault_table import FAULTS, fault_table, verdict_of
from benchmarks.memory import measure_steps
from benchmarks.peer_runs import PEERS, Peer, Run, run_peer, true_days
from benchmarks.sandboxes import control, sandbox
from benchmarks.speed import ROUTES
from benchmarks.steps import STEPS
from benchmarks.tables import Table
from benchmarks.waits import count_requests


def test_a_wrong_file_is_silent_and_a_failure_loud() -> None:
    truth = [("a", "2026-10-01", 480)]
    assert verdict_of(Run({}, truth), truth) == "right"
    assert verdict_of(Run({}, [*truth, *truth]), truth) == "silent"
    assert verdict_of(Run(None, []), truth) == "loud"


def test_a_table_is_as_wide_as_its_cells() -> None:
    assert str(Table("T", ["", "n"], [["row", "10"]])) == "T\n\n      n\n---  --\nrow  10\n"


@pytest.mark.slow
@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.module)
def test_every_peer_reads_every_employee_day(peer: Peer, route: str) -> None:
    if not peer.is_installed:
        pytest.skip(f"{peer.title} is not installed; `make bench` does that")
    with sandbox(8) as connection:
        truth = true_days(connection)
        control(connection, "POST", "contract", {"contract": ROUTES[route]})
        run = run_peer(peer, connection, route)
    assert run.days == truth, run.error
    assert run.figures is not None
    assert run.figures["requests"] >= (8 if route == "each" else 2)


@pytest.mark.slow
def test_verdicts_of_this_provider_and_the_loop() -> None:
    faults = ["one employee-day twice, different", "500 once"]
    assert set(faults) < set(FAULTS)
    assert fault_table(faults, PEERS[:2]).rows == [[faults[0], "loud", "silent"], [faults[1], "right", "loud"]]


@pytest.mark.slow
def test_every_step_does_its_work(tmp_path: Path) -> None:
    measured = measure_steps(40, tmp_path)
    results = json.loads((tmp_path / "results.json").read_text())
    assert list(measured) == list(results) == list(STEPS)
    assert results["export timesheets"]["rows"] > 1000
    assert measured["export timesheets"]["requests"] > 40
    assert measured["release"]["requests"] == measured["replay"]["requests"] == 0
    assert results["apply absences"]["created"] > 0


@pytest.mark.slow
def test_a_wait_costs_fewer_requests_than_whole_looks() -> None:
    counts = count_requests(60)
    assert counts["looks"] > 250
    assert counts["whole look"] > 50
    assert counts["wait"] * 2 < counts["whole looks"]


@pytest.mark.slow
def test_compressed_answers_are_read_right_and_take_less_of_the_wire() -> None:
    plain, compressed = compression_table(8, repeats=1).rows
    assert [(plain[0], plain[-1]), (compressed[0], compressed[-1])] == [("plain answers", "yes"), ("gzip", "yes")]
    assert float(compressed[1]) < 0.5 < float(plain[1]) == 1
