# SPDX-License-Identifier: Apache-2.0
"""A response, and the exception that an error response becomes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import IO, Any

import msgspec

from airflow_provider_allhours.client.decoding import decoder_for
from airflow_provider_allhours.client.echoes import Echoes
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
"""HTTP status -> exception. The vendor documents the classes of statuses only; 400 and 401 are seen in use."""

REASON_KEYS = ("error_description", "error", "message", "detail", "title")
"""Where a reason may stand: ``error`` is seen in use, the others are customary."""

MAX_REASON = 200
"""Letters of a reason."""

MAX_RETRY_AFTER = 366 * 86_400.0
"""Seconds; a longer ``Retry-After`` counts as this one."""


@dataclass(frozen=True)
class Response:
    """A successful response, read to its end.

    Attributes:
        status: HTTP status code.
        headers: response headers; looking one up ignores case.
        body: the decompressed body; empty where it was wanted as a file.
        content_type: media type, empty when there was none.
        file: the decompressed body where it was wanted as a file, read from its start; whoever reads it closes it.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    content_type: str
    file: IO[bytes] | None = None


def error_of(request: str, response: Response, echoes: Echoes) -> AllHoursResponseError:
    """The exception for an error response.

    Args:
        request: method and path template.
        response: of a status from 400 on; of its body only the reason is used.
        echoes: what must not show, such as the values that were sent.
    """
    status = response.status
    kind = ERROR_OF_STATUS.get(status, AllHoursServerError if 500 <= status <= 599 else AllHoursResponseError)
    reason = reason_of(response.body, echoes)
    message = f"{request} answered {status}" + (f": {reason}" if reason else "")
    return kind(message, status=status, reason=reason, retry_after=retry_after(response.headers.get("Retry-After")))


def reason_of(body: bytes, echoes: Echoes) -> str:
    """The vendor's own words from an error body: one line, cut, e-mails and echoes blanked."""
    try:
        answer = decoder_for(Any).decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    found = next((answer[key] for key in REASON_KEYS if answer.get(key)), "") if isinstance(answer, dict) else answer
    return echoes.blank(found)[:MAX_REASON] if isinstance(found, str) else ""


def retry_after(header: str | None) -> float | None:
    """Seconds to wait from a ``Retry-After`` in seconds or as a date; None when absent or unreadable."""
    text = (header or "").strip()
    try:
        seconds = float(text) if text.isascii() and text.replace(".", "", 1).isdigit() else _seconds_until(text)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    return None if math.isnan(seconds) else min(max(0.0, seconds), MAX_RETRY_AFTER)


def _seconds_until(text: str) -> float:
    moment = parsedate_to_datetime(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime.now(UTC)).total_seconds()
