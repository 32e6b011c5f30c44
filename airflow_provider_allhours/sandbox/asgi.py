# SPDX-License-Identifier: Apache-2.0
"""Reading requests and sending answers over ASGI, and what ASGI has no message for: lost connections."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from airflow_provider_allhours.sandbox.answer import Answer

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class ConnectionCut(Exception):
    """The connection ends without an answer."""


async def read_body(receive: Receive) -> bytes:
    """The whole request body."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def send_answer(send: Send, answer: Answer) -> int:
    """Send an answer whole; the number of bytes of its body."""
    content = answer.encoded()
    await start_answer(send, answer, len(content))
    await send_part(send, content, is_last=True)
    return len(content)


async def start_answer(send: Send, answer: Answer, length: int | None) -> None:
    """Send status and headers; without a length the body ends with the connection or the last part."""
    headers = {"Content-Type": answer.media_type, **answer.headers}
    if length is not None and answer.status not in (204, 304):
        headers["Content-Length"] = str(length)
    raw = [(name.encode("latin-1"), value.encode("utf-8")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})


async def send_part(send: Send, part: bytes, *, is_last: bool = False) -> None:
    """Send a part of the body."""
    await send({"type": "http.response.body", "body": part, "more_body": not is_last})


def is_disconnected(send: Send) -> bool:
    """Whether the client hung up."""
    return bool(_cycle_of(send).disconnected)


def drop_connection(send: Send) -> None:
    """Reset the connection; what was written is not even flushed."""
    _transport_of_ended_request(send).abort()


def close_connection(send: Send) -> None:
    """Close the connection after what was written has left."""
    _transport_of_ended_request(send).close()


def write_raw(send: Send, part: bytes) -> None:
    """Write bytes to the connection past uvicorn's HTTP parser."""
    _cycle_of(send).transport.write(part)


def _transport_of_ended_request(send: Send) -> asyncio.Transport:
    """The transport of a request that uvicorn shall consider over."""
    cycle = _cycle_of(send)
    cycle.disconnected = True
    transport: asyncio.Transport = cycle.transport
    return transport


def _cycle_of(send: Send) -> Any:
    """The request as uvicorn keeps it: its ``send`` is a method of the object that holds the transport."""
    return send.__self__  # type: ignore[attr-defined]  # uvicorn's own class
