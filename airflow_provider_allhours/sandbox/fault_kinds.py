# SPDX-License-Identifier: Apache-2.0
"""The kinds of faults, each declared once: stage, text, parameters and what it does.

To add one, write a function under :func:`fault_kind`. Its name is the kind, and :mod:`.values` has what its parameters
take. The function receives the parameters and the :class:`Exchange`, and returns
False when it had nothing to act on: then it is not counted and strikes a later request.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import Enum, auto
from typing import Any

from airflow_provider_allhours.sandbox.answer import HTML, Answer
from airflow_provider_allhours.sandbox.asgi import (
    ConnectionCut,
    Send,
    close_connection,
    is_disconnected,
    send_answer,
    send_part,
    start_answer,
    write_raw,
)
from airflow_provider_allhours.sandbox.tokens import TokenDesk
from airflow_provider_allhours.sandbox.values import MAX_MS, Value, flag, header_text, number, optional_day, whole

MAX_DATED_SECONDS = 100_000_000_000
"""A Retry-After date further away would lie beyond the year 9999."""
MAX_RETRY_AFTER = 10**18


class Stage(Enum):
    """When a fault acts, in this order."""

    ARRIVAL = auto()
    """Before the request body is read."""
    REQUEST = auto()
    """Before the request is served."""
    INSTEAD = auto()
    """In place of serving it; sets the answer. One fault at most acts here."""
    SERVED = auto()
    """After the request was served, before anything is sent."""
    BODY = auto()
    """Replaces the body of a successful answer. One fault at most acts here, and none of CONTENT after it."""
    CONTENT = auto()
    """Changes the JSON of a successful answer."""
    SENDING = auto()
    """Sends a successful answer itself. One fault at most acts here."""


@dataclass
class Exchange:
    """One request while faults act on it."""

    send: Send
    tokens: TokenDesk
    answer: Answer | None = None

    @property
    def content(self) -> Any:
        """The JSON of the answer."""
        return None if self.answer is None else self.answer.content

    @property
    def served(self) -> Answer:
        """The answer, from the stage SERVED on."""
        if self.answer is None:
            raise RuntimeError("the request is not served yet")
        return self.answer


Parameters = Mapping[str, Any]
Act = Callable[[Parameters, Exchange], "bool | Awaitable[bool | None] | None"]


@dataclass(frozen=True)
class FaultKind:
    """One kind; ``parameters`` are its own ones."""

    doc: str
    stage: Stage
    act: Act
    parameters: Mapping[str, Value]


FAULT_KINDS: dict[str, FaultKind] = {}


def fault_kind(stage: Stage, doc: str, **parameters: Value) -> Callable[[Act], Act]:
    """Declare a kind of fault by the function that does it."""

    def declare(act: Act) -> Act:
        FAULT_KINDS[act.__name__] = FaultKind(doc, stage, act, parameters)
        return act

    return declare


# Before the request is served


@fault_kind(Stage.REQUEST, "answer `ms` later", ms=number(1000.0, MAX_MS))
async def latency(rule: Parameters, exchange: Exchange) -> None:
    await asyncio.sleep(rule["ms"] / 1000)


@fault_kind(
    Stage.INSTEAD,
    "answer `status` with an error body (304, 401, 403, 404, 409, 500, 503 …)",
    status=whole(503, 599, 200),
)
def status(rule: Parameters, exchange: Exchange) -> None:
    exchange.answer = Answer(rule["status"], {"error": f"Fault lab: {rule['status']}."})


@fault_kind(
    Stage.INSTEAD,
    "answer 429 with Retry-After `seconds`, years if need be, as a date with `as_date`",
    seconds=number(1.0, MAX_RETRY_AFTER),
    as_date=flag(False),
)
def rate_limit(rule: Parameters, exchange: Exchange) -> None:
    seconds = rule["seconds"]
    pause = f"{seconds:.0f}" if float(seconds).is_integer() else str(seconds)
    if rule["as_date"]:
        moment = datetime.now(UTC) + timedelta(seconds=min(seconds, MAX_DATED_SECONDS))
        pause = format_datetime(moment, usegmt=True)
    exchange.answer = Answer(429, {"error": "Too many requests."}, {"Retry-After": pause})


@fault_kind(Stage.REQUEST, "invalidate every token, then serve")
def revoke(rule: Parameters, exchange: Exchange) -> None:
    exchange.tokens.revoke_all()


# The connection


@fault_kind(Stage.ARRIVAL, "drop the connection before reading the request")
def reset(rule: Parameters, exchange: Exchange) -> None:
    raise ConnectionCut


@fault_kind(Stage.REQUEST, "drop the connection without doing what was asked")
def cut_before(rule: Parameters, exchange: Exchange) -> None:
    raise ConnectionCut


@fault_kind(Stage.SERVED, "do what was asked, then drop the connection")
def cut_after(rule: Parameters, exchange: Exchange) -> None:
    raise ConnectionCut


@fault_kind(Stage.SENDING, "half of the body with the Content-Length of the whole")
async def truncated(rule: Parameters, exchange: Exchange) -> bool:
    content = exchange.served.encoded()
    if not content:
        return False
    await start_answer(exchange.send, exchange.served, len(content))
    await send_part(exchange.send, content[: len(content) // 2])
    close_connection(exchange.send)
    return True


@fault_kind(Stage.SENDING, "half of the body, its Content-Length correct")
async def truncated_json(rule: Parameters, exchange: Exchange) -> bool:
    content = exchange.served.encoded()
    if not content:
        return False
    exchange.served.body = content[: len(content) // 2]
    await send_answer(exchange.send, exchange.served)
    return True


@fault_kind(Stage.SENDING, "trickle the body over `ms`", ms=number(1000.0, MAX_MS))
async def slow_body(rule: Parameters, exchange: Exchange) -> bool:
    content = exchange.served.encoded()
    if not content:
        return False
    await start_answer(exchange.send, exchange.served, len(content))
    size = -(-len(content) // 10)
    for offset in range(0, len(content), size):
        await asyncio.sleep(rule["ms"] / 10_000)
        await send_part(exchange.send, content[offset : offset + size])
    await send_part(exchange.send, b"", is_last=True)
    return True


@fault_kind(Stage.SENDING, "trickle the headers over `ms`, then send the body", ms=number(1000.0, MAX_MS))
async def slow_headers(rule: Parameters, exchange: Exchange) -> None:
    answer, content = exchange.served, exchange.served.encoded()
    length = "" if answer.status in (204, 304) else f"Content-Length: {len(content)}\r\n"
    head = f"HTTP/1.1 {answer.status} OK\r\nContent-Type: {answer.media_type}\r\n{length}Connection: close\r\n\r\n"
    for offset in range(0, len(head), 10):
        write_raw(exchange.send, head[offset : offset + 10].encode("latin-1"))
        await asyncio.sleep(rule["ms"] / 1000 * 10 / len(head))
    write_raw(exchange.send, content)
    close_connection(exchange.send)


@fault_kind(Stage.SENDING, "a body that never ends: blanks, until the client hangs up")
async def endless_body(rule: Parameters, exchange: Exchange) -> None:
    await start_answer(exchange.send, exchange.served, None)
    while not is_disconnected(exchange.send):
        await send_part(exchange.send, b" " * 65_536)
        await asyncio.sleep(0)


@fault_kind(
    Stage.SENDING,
    "a gzip body of a few kilobytes that decodes to `megabytes` of blanks",
    megabytes=whole(1024, 100_000),
)
async def gzip_bomb(rule: Parameters, exchange: Exchange) -> None:
    exchange.served.headers["Content-Encoding"] = "gzip"
    # One gzip stream may consist of many members.
    content = gzip.compress(b" " * 1_000_000, mtime=0) * rule["megabytes"]
    await start_answer(exchange.send, exchange.served, len(content))
    await send_part(exchange.send, content, is_last=True)


# The answer


@fault_kind(Stage.BODY, "status 200 and a page of HTML")
def html(rule: Parameters, exchange: Exchange) -> bool:
    return _replace_body(exchange, b"<!DOCTYPE html><html><body><h1>Maintenance</h1></body></html>", HTML)


@fault_kind(Stage.BODY, "status 200 and zero bytes")
def empty_body(rule: Parameters, exchange: Exchange) -> bool:
    return _replace_body(exchange, b"", exchange.served.media_type)


@fault_kind(Stage.BODY, "arrays nested `depth` times", depth=whole(100_000, 10_000_000))
def deep_json(rule: Parameters, exchange: Exchange) -> bool:
    return _replace_body(exchange, b"[" * rule["depth"] + b"]" * rule["depth"], exchange.served.media_type)


@fault_kind(Stage.CONTENT, "an object where a list is due, a list where an object is due")
def wrong_shape(rule: Parameters, exchange: Exchange) -> bool:
    content = exchange.content
    if not isinstance(content, list | dict):
        return False
    exchange.served.content = {"Items": content} if isinstance(content, list) else [content]
    return True


@fault_kind(Stage.CONTENT, "status 200 and no rows")
def empty(rule: Parameters, exchange: Exchange) -> bool:
    if exchange.served.status == 204:
        return False
    key = _days_key(exchange)
    exchange.served.content = {key: []} if key else []
    return True


@fault_kind(Stage.CONTENT, "leave out the employee-day `date` (default: the last one)", date=optional_day())
def missing_day(rule: Parameters, exchange: Exchange) -> bool:
    days = _days_of(exchange)
    if not days:
        return False
    missing = rule["date"] or days[-1]["Date"]
    remaining = [day for day in days if day["Date"] != missing]
    _replace_days(exchange, remaining)
    return len(remaining) < len(days)


@fault_kind(
    Stage.CONTENT,
    "send the employee-day `date` (default: the first one) twice, the second one different with `contradict`",
    date=optional_day(),
    contradict=flag(True),
)
def doubled_day(rule: Parameters, exchange: Exchange) -> bool:
    days = _days_of(exchange)
    original = next((day for day in days if rule["date"] in (None, day["Date"])), None)
    if original is None:
        return False
    copy = original
    if rule["contradict"]:
        summary = original.get("CalculationResultSummary")
        if not isinstance(summary, dict) or "PaidPresenceValue" not in summary:
            return False
        presence = summary["PaidPresenceValue"]
        other = presence + 60 if isinstance(presence, int) else 1234
        copy = {**original, "CalculationResultSummary": {**summary, "PaidPresenceValue": other}}
    _replace_days(exchange, [*days, copy])
    return True


@fault_kind(
    Stage.INSTEAD,
    "302 to `location` (default: another host), which may be broken or empty",
    location=header_text("http://127.0.0.2:9/elsewhere"),
)
def redirect(rule: Parameters, exchange: Exchange) -> None:
    exchange.answer = Answer(302, headers={"Location": rule["location"]}, body=b"")


def _days_key(exchange: Exchange) -> str | None:
    """The field that holds the employee-days; the switch ``calculations_page`` renames it."""
    content = exchange.content
    if not isinstance(content, dict):
        return None
    return next((key for key in ("DailyCalculations", "UserCalculations") if isinstance(content.get(key), list)), None)


def _days_of(exchange: Exchange) -> list[dict[str, Any]]:
    """The employee-days of the answer, of its first person with days where it has several people.

    Empty where the tenant sends the days without the field ``Date``, by which they are told apart here.
    """
    holder, key = _days_holder(exchange)
    days = holder[key] if key else []
    return days if all(isinstance(day, dict) and "Date" in day for day in days) else []


def _replace_days(exchange: Exchange, days: list[dict[str, Any]]) -> None:
    holder, key = _days_holder(exchange)
    holder[str(key)] = days


def _days_holder(exchange: Exchange) -> tuple[dict[str, Any], str | None]:
    """The object that holds the employee-days, and its field; no field where there are none."""
    content, key = exchange.content, _days_key(exchange)
    if key is None:
        return {}, None
    people = [
        person
        for person in content[key]
        if isinstance(person, dict) and isinstance(person.get("DailyCalculations"), list)
    ]
    if not people:
        return content, key
    return next((person for person in people if person["DailyCalculations"]), people[0]), "DailyCalculations"


def _replace_body(exchange: Exchange, body: bytes, media_type: str) -> bool:
    if exchange.served.status == 204:
        return False
    exchange.served.body, exchange.served.media_type = body, media_type
    return True
