# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from airflow_provider_allhours.client import errors
from airflow_provider_allhours.client.echoes import Echoes
from airflow_provider_allhours.client.responses import Response, error_of, reason_of, retry_after


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.AllHoursValidationError),
        (401, errors.AllHoursAuthError),
        (403, errors.AllHoursAuthError),
        (404, errors.AllHoursNotFoundError),
        (409, errors.AllHoursValidationError),
        (418, errors.AllHoursResponseError),
        (422, errors.AllHoursValidationError),
        (429, errors.AllHoursRateLimitError),
        (500, errors.AllHoursServerError),
        (503, errors.AllHoursServerError),
    ],
)
def test_a_status_has_one_meaning(status: int, kind: type[Exception]) -> None:
    error = error_of("GET /api/v1/Users", Response(status, {}, b'{"error":"why"}', ""), Echoes())
    assert type(error) is kind
    assert error.status == status
    assert str(error) == f"GET /api/v1/Users answered {status}: why"


def test_the_reason_is_one_line_short_and_without_people() -> None:
    body = json.dumps({"error": "Ana Novak\n <ana@example.com> is locked " + "x" * 500}).encode()
    reason = reason_of(body, Echoes("Ana", "Novak"))
    assert "Ana" not in reason
    assert "Novak" not in reason
    assert "@" not in reason
    assert "is locked" in reason
    assert "\n" not in reason
    assert len(reason) <= 200


@pytest.mark.parametrize("body", [b"", b"<html>secret</html>", b"[]", b"{}", b'{"error":{"a":1}}', b"\xff"])
def test_no_readable_reason_is_no_reason(body: bytes) -> None:
    assert reason_of(body, Echoes()) == ""


def test_retry_after_in_seconds_or_as_a_date() -> None:
    assert retry_after("7") == 7
    assert retry_after("0.5") == 0.5
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert 25 < (retry_after(later) or 0) <= 30
    assert retry_after(format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True)) == 0


@pytest.mark.parametrize("header", [None, "", "soon", "-5", "1.2.3"])
def test_an_unreadable_retry_after_is_none(header: str | None) -> None:
    assert retry_after(header) is None
