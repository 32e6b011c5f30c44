# SPDX-License-Identifier: Apache-2.0
"""A task is a fresh process that decodes its first responses on several threads at once."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from airflow_provider_allhours.client.decoding import decode

# A fork taken after import and before any decoding is as fresh as a new interpreter, and 200 of them take seconds.
FIRST_USE = """
import json, os, sys, threading

sys.setswitchinterval(1e-6)
from typing import Any
from airflow_provider_allhours.client import auth, client, models
from airflow_provider_allhours.client.calculations import parse_calculations
from airflow_provider_allhours.client.decoding import decode
from airflow_provider_allhours.client.echoes import Echoes
from airflow_provider_allhours.client.responses import Response, error_of

minutes = ["DailyBalance", "RunningBalance", "DailyOvertime", "PaidPresence", "PaidAbsence", "MissingPresence",
           "UnpaidPresence", "LunchBreak"]
day = {"UserId": "u", "Date": "2026-10-05", "CalculationResultSummary": {f"{name}Value": 1 for name in minutes},
       "Accruals": [{"Value": "480"}], "Absences": [{}], "MissingEventExceptions": [{"Value": {"a": [1]}}],
       "Clockings": [{"Timestamp": "2026-10-05T08:00:00"}]}
record = {"Id": "i", "Name": "n", "UserId": "u", "Timestamp": "2026-10-05T08:00:00", "BirthDate": "2000-01-01"}
pages = [json.dumps(page).encode() for page in
         ({"DailyCalculations": [day]}, [day], {"UserCalculations": [{"DailyCalculations": [day]}, day]})]

def calculations():
    return [parse_calculations(page, request="GET /x") for page in pages]

def records():
    kinds = [models.User, models.AbsenceDefinition, models.Absence, models.Clocking, models.ClockingDefinition,
             models.CalculationResultType, models.OrganizationUnit, client._ClockingOwner]
    lists = [decode(json.dumps([record]).encode(), list[kind], request="GET /x") for kind in kinds]
    single = [decode(json.dumps(record).encode(), kind, request="GET /x") for kind in (models.User, models.Absence)]
    return lists, single

def plain():
    return (decode(b'{"a": [1]}', Any, request="GET /x"),
            str(error_of("GET /x", Response(400, {}, b'{"error": "why"}', ""), Echoes())),
            decode(b'{"access_token": "t", "expires_in": 1}', TOKEN_TYPE, request="GET /x"))

TOKEN_TYPE = auth._TokenResponse

def first_use(work):
    barrier, done = threading.Barrier(8), []
    def run():
        barrier.wait()
        work()
        done.append(1)
    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return len(done) == 8

ends = []
for count in range(int(sys.argv[1])):
    work = (calculations, calculations, records, plain)[count % 4]
    child = os.fork()
    if child == 0:
        os._exit(0 if first_use(work) else 1)
    ends.append(os.waitpid(child, 0)[1])
print(sum(end != 0 for end in ends), "of", len(ends), "did not end well:", sorted(set(ends)))
sys.exit(any(ends))
"""


def test_two_hundred_fresh_processes_decode_on_eight_threads_and_none_dies() -> None:
    run = subprocess.run([sys.executable, "-c", FIRST_USE, "200"], capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stdout + run.stderr[-2000:]


@pytest.mark.parametrize("kind", [int, dict[str, Any]])
def test_a_type_without_a_prepared_decoder_is_a_loud_programming_error(kind: Any) -> None:
    with pytest.raises(LookupError, match="no decoder is prepared for"):
        decode(b"1", kind, request="GET /x")
