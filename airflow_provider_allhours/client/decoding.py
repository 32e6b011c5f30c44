# SPDX-License-Identifier: Apache-2.0
"""How bytes from All Hours become typed values: tolerant of form, strict about meaning.

Accepted: unknown fields, nulls, numbers as strings, 0 to 7 fractional digits, ``Z`` or an offset behind a date-time.
Refused with :class:`AllHoursContractError`: HTML, cut JSON, an object where an array is due, a record without its Id.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, TypeVar

import msgspec

from airflow_provider_allhours.client.errors import AllHoursContractError

Decoded = TypeVar("Decoded")


class LocalDateTime(datetime):
    """A wall-clock moment in the company's time zone, exactly as sent.

    All Hours sends zone-less local times (grade B); where a ``Z`` or an offset appears it is dropped and never
    applied: senders in the field stamp local time with ``Z`` (grade C), and applying it would move hours to another
    day.
    """


class LocalDay(date):
    """A calendar day of the company: the date part of what was sent, never converted."""


class Record(msgspec.Struct, frozen=True, rename="pascal", kw_only=True):
    """Base of every record: PascalCase on the wire, snake_case here."""


_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


def prepare_decoders(*types: Any) -> None:
    """Build the decoders of these types; called at import by the module that defines a type.

    msgspec describes a type when it first decodes it, and that is not safe on several threads: a fresh process whose
    threads do it at once can die with a segmentation fault. Importing a module happens on one thread, under a lock.
    """
    for kind in types:
        _decoders[kind] = msgspec.json.Decoder(kind, strict=False, dec_hook=_from_wire)


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
            f"no decoder is prepared for {_name(kind)}; call prepare_decoders where the type is defined"
        ) from None


def decode(body: bytes, kind: type[Decoded], *, request: str, content_type: str = "") -> Decoded:
    """Decode one answer.

    Args:
        body: the answer's bytes.
        kind: the type it must have.
        request: method and path template, for the message.
        content_type: the answer's media type, if it gave one.

    Raises:
        AllHoursContractError: the answer is not what the API promises; shows where, never the content.
    """
    stripped = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if "html" in content_type.lower() or stripped.startswith(b"<"):
        raise AllHoursContractError(f"{request} answered a page of HTML where {_name(kind)} is due")
    if not stripped:
        raise AllHoursContractError(f"{request} answered nothing where {_name(kind)} is due")
    decoder = decoder_for(kind)
    try:
        return decoder.decode(stripped)
    except msgspec.ValidationError as error:
        raise AllHoursContractError(f"{request} answered something other than {_name(kind)}: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise AllHoursContractError(
            f"{request} answered {len(body)} bytes that are not JSON where {_name(kind)} is due"
        ) from None


def encode_moment(moment: datetime) -> str:
    """A local date-time as the API takes it: no zone (grade A that ISO date-times are accepted)."""
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")


def encode_day(day: date) -> str:
    """A local day as the API takes it: midnight, no zone. Date-only values were never seen on this API."""
    return f"{day:%Y-%m-%d}T00:00:00"


def _from_wire(kind: type, sent: Any) -> Any:
    if kind not in (LocalDateTime, LocalDay):
        raise NotImplementedError
    # The value itself stays out of the message: a birth date is personal.
    if not isinstance(sent, str):
        raise ValueError("Expected an ISO date-time as a string")
    try:
        if kind is LocalDay:
            return LocalDay.fromisoformat(sent[:10])
        return LocalDateTime.fromisoformat(sent).replace(tzinfo=None)
    except ValueError:
        raise ValueError("Expected an ISO date-time") from None


def _name(kind: Any) -> str:
    inner = getattr(kind, "__args__", None)
    if inner and getattr(kind, "__origin__", None) is list:
        return f"a JSON array of {_name(inner[0])}"
    return str(getattr(kind, "__name__", kind))


# A generic request decodes to plain JSON values, and so does an error body.
prepare_decoders(Any)
