# SPDX-License-Identifier: Apache-2.0
"""Decode response bodies into typed records.

Accepted: unknown fields, nulls, numbers as strings, 0 to 7 fractional digits, ``Z`` or an offset behind a date-time,
surrogate escapes without their other half, another declared character set. Refused with
:class:`AllHoursContractError`: HTML, truncated or too deeply nested JSON, an object where an array is due, a record
without its Id, a whole day that is sent as a moment of another time zone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from email.message import Message
from typing import Any, ClassVar, TypeVar

import msgspec

from airflow_provider_allhours.client.errors import AllHoursContractError

Decoded = TypeVar("Decoded")


class LocalDateTime(datetime):
    """A wall-clock moment in the company's time zone, exactly as sent.

    All Hours sends local times without a zone. Where a ``Z`` or an offset follows, it is dropped and never applied:
    there are senders that stamp local time with ``Z``, and applying it would move hours to another day.

    Attributes:
        had_zone: whether a zone followed.
    """

    had_zone = False


class LocalDay(date):
    """A calendar day of the company: the date part of what was sent, never converted.

    A day is refused where its clock looks like the midnight of another time zone: it carries a zone and is not
    midnight, or it is a full or half hour after noon. Its local day may be another one.
    """


class Record(msgspec.Struct, frozen=True, rename="pascal", kw_only=True, gc=False):
    """Base of every record: PascalCase on the wire, snake_case here.

    Records are made of JSON, which has no cycles. So they stay out of Python's search for cycles (``gc=False``), which
    would look through those of a whole company again and again.
    """


class IdentifiedRecord(Record, frozen=True):
    """A record with ids, which are in lower case after decoding: lists of one account may differ in case."""

    guid_fields: ClassVar[tuple[str, ...]] = ("id",)

    def __post_init__(self) -> None:
        for name in self.guid_fields:
            sent = getattr(self, name)
            # Nearly every GUID is in lower case, and this runs for each record of a whole company.
            if sent is not None and not sent.islower() and sent != (lowered := lower_case_guid(sent)):
                msgspec.structs.force_setattr(self, name, lowered)


_GUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def lower_case_guid(identifier: str) -> str:
    """A GUID in lower case; any other identifier as it is."""
    lowered = identifier.lower()
    return lowered if lowered != identifier and _GUID.fullmatch(identifier) else identifier


_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}
_descriptions: dict[Any, str] = {}


def prepare_decoders(*types: Any, described_as: Mapping[Any, str] | None = None) -> None:
    """Build the decoders of these types; called at import by the module that defines a type.

    msgspec describes a type when it first decodes it, and that is not safe on several threads: a fresh process whose
    threads do it at once can die with a segmentation fault. Importing a module happens on one thread, under a lock.

    Args:
        types: types to decode.
        described_as: further types, with the words for them in messages; the other types are described by their names.
    """
    for kind in (*types, *(described_as or {})):
        _decoders[kind] = msgspec.json.Decoder(kind, strict=False, dec_hook=_from_wire)
        _descriptions[kind] = (described_as or {}).get(kind) or _description(kind)


def decoder_for(kind: type[Decoded]) -> msgspec.json.Decoder[Decoded]:
    """The decoder of a type, built at import.

    Raises:
        LookupError: no module called :func:`prepare_decoders` for this type. It is not built here, because the caller
            may be one of several threads.
    """
    try:
        return _decoders[kind]
    except KeyError:
        raise LookupError(
            f"no decoder is prepared for {_description(kind)}; call prepare_decoders where the type is defined"
        ) from None


def decode(
    body: bytes, kind: type[Decoded], *, request: str, content_type: str = "", size: int | None = None, before: int = 0
) -> Decoded:
    """Decode one response body.

    Args:
        body: the bytes.
        kind: the type it must have.
        request: method and path template, for the message.
        content_type: the media type, if the response gave one.
        size: bytes of the whole body, where this is a part of it.
        before: elements of the whole array that come before this part.

    Raises:
        AllHoursContractError: the body is not what the API promises; names the place, never the content.
    """
    decoder = decoder_for(kind)
    due = _descriptions[kind]
    text = _as_utf8(body, content_type, request)
    if "html" in content_type.lower() or text.startswith(b"<"):
        raise AllHoursContractError(f"{request} answered a page of HTML where {due} is due")
    if not text:
        raise AllHoursContractError(f"{request} answered nothing where {due} is due")
    try:
        return decode_text(decoder, text)
    except msgspec.ValidationError as error:
        raise AllHoursContractError(
            f"{request} answered something other than {due}: {_in_json_words(error, before)}"
        ) from None
    except RecursionError:
        raise AllHoursContractError(f"{request} answered JSON that is nested too deeply where {due} is due") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise AllHoursContractError(
            f"{request} answered {size or len(body)} bytes that are not JSON where {due} is due"
        ) from None


def is_blank(body: bytes) -> bool:
    """Whether a body holds nothing but white space, a byte order mark or ``null``."""
    return len(body) < 64 and body.strip(_IGNORED) in (b"", b"null")


def encode_moment(moment: datetime) -> str:
    """A local date-time as the API takes it: without a zone."""
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")


def encode_day(day: date) -> str:
    """A local day as the API takes it: midnight without a zone. Date-only values were never seen on this API."""
    return f"{day:%Y-%m-%d}T00:00:00"


SHIFTED_MIDNIGHT = (
    "a whole day is sent as a moment that looks like the midnight of another time zone; days are never converted "
    "unasked (`timestamps: utc` of the contract is for an account that sends UTC)"
)
"""What is wrong with a whole day such as ``2026-10-04T22:00:00Z``; the value stays out, it may be a birth date."""


def is_shifted_midnight(clock: str) -> bool:
    """Whether the part of a text behind its date looks like the midnight of another time zone.

    Args:
        clock: such as ``T22:00:00`` or ``T08:00:00Z``. Without a zone only full and half hours after noon are refused.
    """
    if _MIDNIGHT.match(clock):
        return False
    return bool(_HAS_ZONE.search(clock) or _EVENING.match(clock))


_IGNORED = b"\xef\xbb\xbf \t\r\n"
_HAS_ZONE = re.compile(r"(?:Z|[+-]\d\d:?\d\d)$", re.IGNORECASE)
_EVENING = re.compile(r"[T ](?:1[3-9]|2[0-3]):[03]0(?::00(?:\.0+)?)?$", re.IGNORECASE)
_MIDNIGHT = re.compile(r"[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]|$)", re.IGNORECASE)

# A backslash that is itself escaped is matched first, so that the text \ud800 behind it stays text.
_ESCAPES = re.compile(
    rb"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
_REPLACEMENT = rb"\ufffd"


def decode_text(decoder: msgspec.json.Decoder[Decoded], text: bytes) -> Decoded:
    """Decode JSON in UTF-8; raises what msgspec raises."""
    try:
        return decoder.decode(text)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        # Half a surrogate pair belongs to the one record that has it; msgspec reports it as truncated input.
        repaired = _ESCAPES.sub(_without_half_pair, text)
        if repaired == text:
            raise
        return decoder.decode(repaired)


def _without_half_pair(escape: re.Match[bytes]) -> bytes:
    return _REPLACEMENT if len(escape[0]) == 6 else escape[0]


def is_sent_as_utf8(content_type: str) -> bool:
    """Whether a body is in UTF-8 as far as its media type says."""
    return _charset(content_type) in ("utf-8", "utf8", "us-ascii", "ascii")


def _as_utf8(body: bytes, content_type: str, request: str) -> bytes:
    """The body in UTF-8, without a byte order mark and the white space around it."""
    if is_sent_as_utf8(content_type) or _is_utf8(body):
        return body.lstrip(_IGNORED).rstrip(b" \t\r\n")
    try:
        return body.decode(_charset(content_type)).encode().lstrip(_IGNORED).rstrip(b" \t\r\n")
    except (LookupError, UnicodeError):
        raise AllHoursContractError(
            f"{request} answered bytes that are not in the character set that its Content-Type declares"
        ) from None


def _is_utf8(body: bytes) -> bool:
    """Whether bytes can be read as UTF-8: text of another character set hardly ever can, and declarations are wrong."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return b"\x00" not in body


def _charset(content_type: str) -> str:
    if "charset" not in content_type.lower():
        return "utf-8"
    message = Message()
    message["Content-Type"] = content_type
    return str(message.get_content_charset("utf-8"))


def _from_wire(kind: type, sent: Any) -> Any:
    if kind not in (LocalDateTime, LocalDay):
        # What msgspec expects of a hook that does not know a type.
        raise NotImplementedError
    # The value itself stays out of the message: a birth date is personal.
    if not isinstance(sent, str):
        raise ValueError("an ISO date-time as text is due")
    if kind is LocalDay:
        clock = sent[10:]
        if clock not in ("", "T00:00:00") and is_shifted_midnight(clock):
            raise ValueError(SHIFTED_MIDNIGHT)
        try:
            return LocalDay.fromisoformat(sent[:10])
        except ValueError:
            raise ValueError("an ISO date is due") from None
    try:
        moment = LocalDateTime.fromisoformat(sent)
    except ValueError:
        raise ValueError("an ISO date-time is due") from None
    if moment.tzinfo is None:
        return moment
    moment = moment.replace(tzinfo=None)
    moment.had_zone = True
    return moment


_JSON_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "array": "an array",
    "object": "an object",
    "null": "null",
}
_EXPECTED = re.compile(r"Expected `([\w| ]+)`(?:, got `(\w+)`)?")
_INDEX = re.compile(r"(?<=^`)\$\[(\d+)\]")
_MISSING = re.compile(r"Object missing required field `(\w+)`")


def _in_json_words(error: msgspec.ValidationError, before: int) -> str:
    """Msgspec's message with the names of JSON's types in place of Python's, and its place counted from ``before``."""
    message, _, place = str(error).partition(" - at ")
    if missing := _MISSING.match(message):
        message = f"the field {missing[1]} is absent"
    elif expected := _EXPECTED.match(message):
        kinds = [_JSON_WORDS.get(kind.strip(), "a text") for kind in expected[1].split("|")]
        got = _JSON_WORDS.get(expected[2] or "")
        message = f"{' or '.join(dict.fromkeys(kinds))} is due" + (f", {got} came" if got else "")
    place = _INDEX.sub(lambda index: f"$[{int(index[1]) + before}]", place, count=1)
    return f"{message}, at {place}" if place else message


def _description(kind: Any) -> str:
    inner = getattr(kind, "__args__", None)
    if inner and getattr(kind, "__origin__", None) is list:
        return f"a JSON array of {_description(inner[0])} records"
    return str(getattr(kind, "__name__", kind))


# A generic request decodes to plain JSON values, and so does an error body.
prepare_decoders(described_as={Any: "JSON"})
