# SPDX-License-Identifier: Apache-2.0
"""A response, and the exception that an error response becomes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from airflow_provider_allhours.client.decoding import decoder_for
from airflow_provider_allhours.client.errors import (
    AllHoursAuthError,
    AllHoursNotFoundError,
    AllHoursRateLimitError,
    AllHoursResponseError,
    AllHoursServerError,
    AllHoursValidationError,
)

ERROR_OF_STATUS: dict[int, type[AllHoursResponseError]] = {
    400: AllHoursValidationError,
    401: AllHoursAuthError,
    403: AllHoursAuthError,
    404: AllHoursNotFoundError,
    409: AllHoursValidationError,
    422: AllHoursValidationError,
    429: AllHoursRateLimitError,
}
"""Meaning of a status; the vendor only documents its classes (OFF), 401 and 400 are seen in use (A, C)."""

REASON_KEYS = ("error_description", "error", "message", "detail", "title")
"""Where a reason may stand: ``error`` is grade C, the others are customary."""

MAX_REASON = 200

_E_MAIL = re.compile(r"[^\s<>\"']+@[^\s<>\"']+")


@dataclass(frozen=True)
class Response:
    """A successful response, read to its end.

    Attributes:
        status: HTTP status code.
        headers: response headers; looking one up ignores case.
        body: the decoded body.
        content_type: media type, empty when there was none.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    content_type: str


def error_of(
    request: str,
    status: int,
    body: bytes,
    headers: Mapping[str, str],
    *,
    confidential: Iterable[str] = (),
) -> AllHoursResponseError:
    """The error for an answer that is not a success.

    Args:
        request: method and path template.
        status: HTTP status.
        body: the answer; only its reason is used.
        headers: the answer's headers; only ``Retry-After`` is read.
        confidential: strings that must not show, such as the values that were sent.
    """
    kind = ERROR_OF_STATUS.get(status, AllHoursServerError if status >= 500 else AllHoursResponseError)
    reason = reason_of(body, confidential)
    message = f"{request} answered {status}" + (f": {reason}" if reason else "")
    return kind(message, status=status, reason=reason, retry_after=retry_after(headers.get("Retry-After")))


def reason_of(body: bytes, confidential: Iterable[str] = ()) -> str:
    """The vendor's own words from an error body: one line, cut, e-mails and confidential strings blanked."""
    try:
        answer = decoder_for(Any).decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    found = next((answer[key] for key in REASON_KEYS if answer.get(key)), "") if isinstance(answer, dict) else answer
    if not isinstance(found, str):
        return ""
    reason = " ".join(found.split())
    for text in sorted({text for text in confidential if len(text) > 1}, key=len, reverse=True):
        reason = reason.replace(text, "***")
    return _E_MAIL.sub("***", reason)[:MAX_REASON]


def retry_after(header: str | None) -> float | None:
    """Seconds to wait from a ``Retry-After`` in seconds or as a date; None when absent or unreadable."""
    if not header:
        return None
    text = header.strip()
    try:
        return max(0.0, float(text)) if text.replace(".", "", 1).isdigit() else _seconds_until(text)
    except (TypeError, ValueError):
        return None


def _seconds_until(text: str) -> float:
    moment = parsedate_to_datetime(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
