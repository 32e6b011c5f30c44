# SPDX-License-Identifier: Apache-2.0
"""Requests and responses of the transport, over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from airflow_provider_allhours.client import ClientConfig
from airflow_provider_allhours.client.request import Request
from airflow_provider_allhours.client.transport import Transport
from airflow_provider_allhours.sandbox.server import Sandbox


@pytest.fixture
def transport_of() -> Iterator[Callable[..., Transport]]:
    """Makes transports to a sandbox; closes them."""
    made: list[Transport] = []

    def make(sandbox: Sandbox, **config: Any) -> Transport:
        settings = {"auth_url": sandbox.token_url, "timeout": 60.0, "retry_seconds": 60.0, **config}
        made.append(Transport(ClientConfig(sandbox.url, sandbox.client_id, sandbox.client_secret, **settings)))
        return made[-1]

    yield make
    for transport in made:
        transport.close()


def test_a_response_has_its_headers_in_any_spelling(sandbox: Sandbox, transport_of: Callable[..., Transport]) -> None:
    sandbox.set_switches(paging={"size": 5, "routes": ["users"], "hint": "link"})
    response = transport_of(sandbox).send("GET", "/api/v1/Users")
    assert response.status == 200
    assert 'rel="next"' in response.headers["Link"] == response.headers["LINK"] == response.headers["link"]
    assert response.content_type == response.headers["content-type"] == "application/json; charset=utf-8"
    assert "X-Absent" not in response.headers


def test_a_request_shows_nothing_that_it_sends() -> None:
    request = Request(
        "GET /x", "GET", "https://h/x", query={"q": "Ana"}, json={"a": "Ana"}, form={"s": "Ana"}, token="Ana"
    )
    assert "Ana" not in repr(request)
    assert request.host == "h"
