# SPDX-License-Identifier: Apache-2.0
"""Contract profiles: what each one serves, and that the OpenAPI document says so."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

import pytest

from airflow_provider_allhours.sandbox.profiles import PROFILES, switches_of
from airflow_provider_allhours.sandbox.server import Sandbox

OCTOBER = {"from": "2026-10-01", "to": "2026-10-31"}


def fetch(sandbox: Sandbox, path: str, headers: dict[str, str] | None = None, **query: Any) -> tuple[Any, Any]:
    """Content and headers of one GET with a token."""
    address = f"{sandbox.url}{path}" + (f"?{urlencode(query)}" if query else "")
    request = Request(address, headers={"Authorization": f"Bearer {token(sandbox)}", **(headers or {})})
    with urlopen(request, timeout=30) as answer:
        return json.load(answer), answer.headers


def token(sandbox: Sandbox) -> str:
    granted: str = sandbox.app.account.tokens.grant(3600)
    return granted


def document(sandbox: Sandbox) -> Any:
    with urlopen(f"{sandbox.url}/swagger/v1/swagger.json", timeout=30) as answer:
        return json.load(answer)


def parameters(shown: Any, path: str) -> list[str]:
    return [parameter["name"] for parameter in shown["paths"][path]["get"]["parameters"]]


def user_ids(records: list[dict[str, Any]]) -> list[str]:
    return [record["Id"] for record in records]


@pytest.fixture
def truth(sandbox: Sandbox) -> list[str]:
    """Ids of all users in the order of an account without a profile."""
    return user_ids(fetch(sandbox, "/api/v1/Users")[0])


def test_the_user_in_the_query() -> None:
    with Sandbox(employees=20, months=3, contract="query-id") as sandbox:
        user = sandbox.company.user_at(3)
        assert user is not None
        content, _ = fetch(sandbox, "/api/v1/Calculations", userId=user.id, **OCTOBER)
        assert {day["UserId"] for day in content["DailyCalculations"]} == {user.id}
        assert len(content["DailyCalculations"]) == 31
        shown = document(sandbox)
        assert parameters(shown, "/api/v1/Calculations") == ["userId", "from", "to"]
        assert "/api/v1/UserCalculations/{id}" not in shown["paths"]
        with pytest.raises(HTTPError, match="404"):
            fetch(sandbox, f"/api/v1/UserCalculations/{user.id}")


def test_the_days_of_all_users_in_pages_of_people() -> None:
    with Sandbox(employees=20, months=3, contract="bulk-paged") as sandbox:
        people: list[Any] = []
        for page in (1, 2, 3):
            content, _ = fetch(sandbox, "/api/v1/Calculations", page=page, pageSize=8, **OCTOBER)
            people += content["UserCalculations"]
        assert content["TotalCount"] == len(people) == len({person["UserId"] for person in people})
        assert all("UserId" not in day for person in people for day in person["DailyCalculations"])
        schemas = document(sandbox)["components"]["schemas"]
        assert set(schemas["UserCalculationPage"]["properties"]) == {"UserCalculations", "TotalCount"}
        assert "UserId" not in schemas["UserDailyCalculation"]["properties"]


@pytest.mark.parametrize(
    ("contract", "start", "records"),
    [
        ("wrapped-offset", {"offset": 0, "limit": 8}, "Items"),
        ("cursor", {"pageSize": 8}, "Data"),
        ("json-link", {}, "Value"),
    ],
)
def test_wrapped_lists_lead_to_every_record(
    truth: list[str], contract: str, start: dict[str, Any], records: str
) -> None:
    with Sandbox(employees=20, months=3, contract=contract, switches=_pages_of_eight(contract)) as sandbox:
        found, path, query = [], "/api/v1/Users", dict(start)
        while True:
            content, _ = fetch(sandbox, path, **query)
            found += user_ids(content[records])
            if contract == "wrapped-offset":
                query["offset"] += 8
                if query["offset"] >= content["Total"]:
                    break
            elif contract == "cursor":
                query["cursor"] = content["NextCursor"]
                if query["cursor"] is None:
                    break
            else:
                path = content["NextLink"]
                if path is None:
                    break
        assert found == truth
        shown = document(sandbox)
        answer = shown["paths"]["/api/v1/Users"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        assert set(content) == set(answer["properties"])


def test_link_headers_lead_to_every_record(truth: list[str]) -> None:
    with Sandbox(employees=20, months=3, contract="header-link", switches=_pages_of_eight("header-link")) as sandbox:
        found, path = [], "/api/v1/Users"
        while path:
            content, headers = fetch(sandbox, path)
            found += user_ids(content)
            link = headers.get("Link")
            path = link.partition(">")[0].lstrip("<") if link else ""
            assert not urlsplit(path).netloc
        assert found == truth


def _pages_of_eight(contract: str) -> dict[str, Any]:
    return {"list_pages": {**PROFILES[contract].switches["list_pages"], "size": 8}}


@pytest.mark.parametrize(("contract", "name"), [("camel", "firstName"), ("snake", "first_name")])
def test_another_case(contract: str, name: str) -> None:
    with Sandbox(employees=3, months=2, contract=contract) as sandbox:
        content, _ = fetch(sandbox, "/api/v1/Users")
        assert name in content[0]
        assert set(content[0]) == set(document(sandbox)["components"]["schemas"]["User"]["properties"])


def test_hours_are_stated_as_numbers() -> None:
    with Sandbox(employees=3, months=2, contract="hours") as sandbox:
        summary = document(sandbox)["components"]["schemas"]["DailySummary"]["properties"]
        assert summary["PaidPresenceValue"]["type"] == "number"
        assert summary["LunchBreakCountValue"]["type"] == "integer"


def test_basic_credentials_without_a_scope() -> None:
    with Sandbox(employees=3, months=2, contract="basic-auth") as sandbox:
        basic = base64.b64encode(f"{sandbox.client_id}:{sandbox.client_secret}".encode()).decode()
        granted = _token_request(sandbox, {}, {"Authorization": f"Basic {basic}"})
        assert granted["token_type"] == "Bearer"
        in_form = {"client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
        assert _token_request(sandbox, in_form, {}) == {"error": "invalid_client"}
        scoped = _token_request(sandbox, {"scope": "api"}, {"Authorization": f"Basic {basic}"})
        assert scoped == {"error": "invalid_scope"}


def _token_request(sandbox: Sandbox, form: dict[str, str], headers: dict[str, str]) -> Any:
    body = urlencode({"grant_type": "client_credentials", **form}).encode()
    try:
        with urlopen(Request(sandbox.token_url, data=body, headers=headers), timeout=30) as answer:
            return json.load(answer)
    except HTTPError as refusal:
        return json.load(refusal)


def test_a_header_is_required() -> None:
    with Sandbox(employees=3, months=2, contract="tenant-header") as sandbox:
        with pytest.raises(HTTPError, match="400"):
            fetch(sandbox, "/api/v1/Users")
        assert fetch(sandbox, "/api/v1/Users", {"X-Tenant-Id": "sandbox"})[0]
        assert "X-Tenant-Id" in parameters(document(sandbox), "/api/v1/Users")


def test_archived_users_are_asked_for() -> None:
    with Sandbox(employees=75, months=2, contract="archived-flag") as sandbox:
        listed, _ = fetch(sandbox, "/api/v1/Users")
        everybody, _ = fetch(sandbox, "/api/v1/Users", includeArchived="true")
        assert not any(user["IsArchived"] for user in listed)
        assert any(user["IsArchived"] for user in everybody)
        assert "includeArchived" in parameters(document(sandbox), "/api/v1/Users")


def test_profiles_are_joined_and_unknown_ones_refused() -> None:
    assert switches_of("camel+window-31") == {"field_case": "camel", "max_window_days": 31}
    assert switches_of(None) == {}
    with pytest.raises(ValueError, match="no contract profile 'camels'; known are query-id"):
        switches_of("camels")
