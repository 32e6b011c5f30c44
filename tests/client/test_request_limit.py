# SPDX-License-Identifier: Apache-2.0
"""A limit to the number of requests, and reads without a token."""

from __future__ import annotations

import pytest

from airflow_provider_allhours.client import AllHoursClient, ClientConfig
from airflow_provider_allhours.client.errors import AllHoursAuthError, AllHoursLimitError
from airflow_provider_allhours.client.request_limit import RequestLimit
from airflow_provider_allhours.sandbox.server import Sandbox


def limited(sandbox: Sandbox, limit: RequestLimit) -> AllHoursClient:
    config = ClientConfig(sandbox.url, sandbox.client_id, sandbox.client_secret, auth_url=sandbox.token_url)
    return AllHoursClient(config, limit=limit)


def test_clients_share_a_limit_that_tokens_do_not_count_for(sandbox: Sandbox) -> None:
    limit = RequestLimit(3)
    with limited(sandbox, limit) as one, limited(sandbox, limit) as other:
        one.users()
        other.absence_definitions()
        one.users()
        with pytest.raises(AllHoursLimitError, match=r"GET /api/v1/Users was not sent: the limit of 3 requests"):
            one.users()
    assert limit.spent == 3
    stats = sandbox.stats()["requests"]
    assert {name: count for name, count in stats.items() if "token" not in name} == {
        "GET users": 2,
        "GET absence_definitions": 1,
    }


def test_repeats_count(sandbox: Sandbox) -> None:
    sandbox.fault("reset", route="users")
    limit = RequestLimit(2)
    with limited(sandbox, limit) as client, pytest.raises(AllHoursLimitError):
        client.users()
    assert limit.spent == 2


def test_a_read_without_a_token(sandbox: Sandbox, client: AllHoursClient) -> None:
    page = client.fetch("/", with_token=False)
    assert page.content_type.startswith("text/html")
    assert sandbox.stats()["tokens"] == 0
    with pytest.raises(AllHoursAuthError):
        client.fetch("/api/v1/Users", with_token=False)
    assert client.fetch("/api/v1/Users", params={"page": "1"}).body.startswith(b"[")
