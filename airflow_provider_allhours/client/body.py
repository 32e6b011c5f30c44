# SPDX-License-Identifier: Apache-2.0
"""Read the body of a response, decompressed and up to a number of bytes."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Iterator
from typing import IO

import requests

ACCEPTED_ENCODING = "gzip"
"""The one compression that is requested; each further one would need its own bounded decoder."""

PART = 65_536

IN_MEMORY = 1_000_000
"""Bytes of a body that are kept in memory before it goes to the disk."""

GZIP_WINDOW = 31


class BodyError(Exception):
    """The body cannot be used; the text continues a sentence about the request."""


def read_body(response: requests.Response, max_bytes: int) -> bytes:
    """The whole decompressed body.

    Args:
        response: its body is not read yet.
        max_bytes: most bytes that the body may have.

    Raises:
        BodyError: the body is larger, or compressed in a way that cannot be read.
    """
    body = bytearray()
    for part in _parts(response, max_bytes):
        body += part
    return bytes(body)


def spool_body(response: requests.Response, max_bytes: int) -> IO[bytes]:
    """The whole decompressed body as a file without a name, read from its start; a small one is in memory.

    Args:
        response: its body is not read yet.
        max_bytes: most bytes that the body may have.

    Raises:
        BodyError: the body is larger, or compressed in a way that cannot be read.
    """
    spool = tempfile.SpooledTemporaryFile(IN_MEMORY, prefix="allhours-")  # noqa: SIM115 -- closed by who reads it
    try:
        for part in _parts(response, max_bytes):
            spool.write(part)
    except BaseException:
        spool.close()
        raise
    spool.seek(0)
    return spool


def _parts(response: requests.Response, max_bytes: int) -> Iterator[bytes]:
    """The decompressed body in pieces."""
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        parts = _raw_parts(response)
    elif encoding in ("gzip", "x-gzip"):
        parts = _gunzipped(_raw_parts(response))
    else:
        raise BodyError("answered with a Content-Encoding that was not requested; only gzip is")
    size = 0
    for part in parts:
        size += len(part)
        if size > max_bytes:
            raise BodyError(f"answered more than {max_bytes} bytes")
        yield part


def _raw_parts(response: requests.Response) -> Iterator[bytes]:
    while part := response.raw.read1(PART, decode_content=False):
        yield part


def _gunzipped(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Decompress pieces of at most :data:`PART` bytes; a body may consist of several gzip members."""
    decoder = zlib.decompressobj(GZIP_WINDOW)
    try:
        for part in parts:
            compressed = part
            while compressed:
                if decoder.eof:
                    decoder = zlib.decompressobj(GZIP_WINDOW)
                yield decoder.decompress(compressed, PART)
                compressed = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
        while not decoder.eof and (rest := decoder.decompress(decoder.unconsumed_tail, PART)):
            yield rest
    except zlib.error:
        raise BodyError("answered a body that is not the gzip it says it is") from None
    if not decoder.eof:
        raise BodyError("answered a gzip body that was cut")
