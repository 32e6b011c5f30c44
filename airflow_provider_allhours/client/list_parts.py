# SPDX-License-Identifier: Apache-2.0
"""Decode a long JSON array a part at a time, so that memory has neither the whole body nor all of its records."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import IO, Any, NamedTuple

import msgspec

from airflow_provider_allhours.client.decoding import decode, decode_text, decoder_for, is_blank, is_sent_as_utf8

PART = 262_144
"""Bytes that are read at once; a record that is longer is read with more of them."""

MAX_ENDS = 16
"""How many places are tried as the end of the last whole record before more is read."""

_MARK_OR_SPACE = b"\xef\xbb\xbf \t\r\n"
_SPACE = b" \t\r\n"
_END_OF_RECORD = re.compile(rb"\}[ \t\r\n]*,")


class Part(NamedTuple):
    """A part of an array, itself a JSON array.

    Attributes:
        body: as it came.
        records: decoded.
    """

    body: bytes
    records: list[Any]


def decode_parts(file: IO[bytes], kind: Any, *, request: str, content_type: str = "") -> Iterator[Part]:
    """The records of a JSON array in their order, in parts.

    What is accepted and refused is what :func:`.decode` accepts and refuses of the whole array; a refusal may come
    after parts that were good. A body that is no array, or in another character set, is decoded as a whole.

    Args:
        file: the body, read from its start.
        kind: type of the array; its decoder is prepared.
        request: method and path template, for messages.
        content_type: the media type, if the response gave one.

    Raises:
        AllHoursContractError: the body is not what the API promises; names the place, never the content.
    """
    start = file.read(PART)
    if is_blank(start):
        return
    rest = start.lstrip(_MARK_OR_SPACE)
    if not rest.startswith(b"[") or not is_sent_as_utf8(content_type):
        whole = start + file.read()
        yield Part(whole, decode(whole, kind, request=request, content_type=content_type))
        return
    rest, size, wanted, count = rest[1:], len(start), PART, 0
    while more := file.read(wanted):
        size += len(more)
        rest += more
        found = _whole_records(rest, kind)
        if found is None:
            wanted *= 2
            continue
        body, records, rest = found
        if records is None:
            records = decode(body, kind, request=request, content_type=content_type, size=size, before=count)
        wanted, count = PART, count + len(records)
        yield Part(body, records)
    # Behind a comma a record is due: an array that ends there is no JSON.
    body = (b"[," if count and rest.lstrip(_SPACE).startswith(b"]") else b"[") + rest
    yield Part(body, decode(body, kind, request=request, content_type=content_type, size=size, before=count))


def _whole_records(text: bytes, kind: Any) -> tuple[bytes, list[Any] | None, bytes] | None:
    """The whole records that a text begins with, as an array and decoded, and the rest of the text.

    A place inside a text or a nested object or array leaves what is before it unbalanced, so that it cannot be decoded.
    None where no end of a record is found; records that can be decoded by nobody are None, too.
    """
    for end in reversed(deque(_END_OF_RECORD.finditer(text), MAX_ENDS)):
        body, rest = b"[" + text[: end.start() + 1] + b"]", text[end.end() :]
        try:
            return body, decode_text(decoder_for(kind), body), rest
        except (msgspec.ValidationError, RecursionError):
            return body, None, rest
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
    return None
