# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_allhours.client.contract import Contract, PageNumber, RouteContract, Window, parse_contract
from airflow_provider_allhours.client.errors import AllHoursParameterError

WHOLE: dict[str, Any] = {
    "auth": {"client_auth": "basic", "scope": None, "body": "form", "request_data": {"audience": "https://api"}},
    "headers": {"X-Tenant-Id": "acme"},
    "params": {"api-version": 1.0, "archived": True},
    "openapi": "/docs/all.json",
    "case": "camel",
    "routes": {
        "clockings": None,
        "absence_definitions": "/api/v2/AbsenceDefinitions?all=true",
        "users": {"path": "/api/v1/Users", "params": {"includeArchived": "true"}, "data_selector": "Items"},
        "daily_calculations": {
            "path": "/api/v1/Calculations",
            "params": {"userId": "{user_id}", "from": "{date_from:%Y-%m-%d}", "to": "{date_to:%d.%m.%YT23:59:59}"},
            "window": {"end": "exclusive", "max_days": 31},
            "data_selector": "UserCalculations[*].DailyCalculations[*]",
            "carry": ["UserId"],
            "paginator": {
                "type": "page_number",
                "page_param": "page",
                "limit_param": "pageSize",
                "limit": 200,
                "total_path": "TotalCount",
            },
            "fields": {
                "CalculationResultSummary.PaidPresenceValue": "PaidPresence",
                "Accruals.Value": "Counters.Amount",
            },
            "minutes": "hours",
            "timestamps": "utc",
        },
    },
}


def test_a_whole_contract_is_read() -> None:
    contract = parse_contract(WHOLE)

    assert contract.auth.client_auth == "basic"
    assert contract.auth.scope is None
    assert contract.params == {"api-version": "1.0", "archived": "true"}
    assert contract.routes["clockings"] is None
    assert contract.routes["absence_definitions"] == RouteContract(path="/api/v2/AbsenceDefinitions?all=true")
    days = contract.routes["daily_calculations"]
    assert days is not None
    assert days.window == Window("exclusive", 31)
    assert days.paginator == PageNumber("page", 1, "pageSize", 200, "TotalCount")
    assert days.carry == ("UserId",)


def test_the_canonical_form_reads_back_as_the_same_contract() -> None:
    contract = parse_contract(WHOLE)
    assert parse_contract(contract.to_json()) == contract
    assert parse_contract(contract.to_json()).sha256 == contract.sha256


def test_defaults_and_short_forms_have_the_checksum_of_what_they_mean() -> None:
    empty = parse_contract({})
    assert empty == Contract()
    assert empty.to_json() == {}
    spelled_out = {"case": "pascal", "auth": {"client_auth": "form", "body": "form"}, "headers": {}, "routes": {}}
    assert parse_contract(spelled_out).sha256 == empty.sha256
    assert (
        parse_contract({"routes": {"users": "/u"}}).sha256
        == parse_contract({"routes": {"users": {"path": "/u"}}}).sha256
    )
    assert parse_contract({"routes": {"users": None}}).sha256 != empty.sha256
    assert parse_contract({"auth": {"scope": None}}).sha256 != empty.sha256


def test_values_that_may_be_secret_are_in_no_repr() -> None:
    contract = parse_contract(
        {"auth": {"request_data": {"key": "s3cret"}}, "headers": {"X-Key": "s3cret"}, "params": {"key": "s3cret"}}
    )
    assert "s3cret" not in repr(contract)
    assert "s3cret" not in repr(contract.auth)


def _route(name: str, **words: Any) -> dict[str, Any]:
    return {"routes": {name: words}}


@pytest.mark.parametrize(
    ("contract", "message"),
    [
        (None, "contract is null; it takes a JSON object"),
        ({"rout": {}}, "contract has the unknown key rout; known are auth, headers, params, openapi, case, routes"),
        ({"case": "kebab"}, "contract.case is 'kebab'; it takes one of pascal, camel, snake"),
        ({"auth": {"clientAuth": "basic"}}, "contract.auth has the unknown key clientAuth; known are client_auth"),
        ({"auth": {"client_auth": True}}, "contract.auth.client_auth is true"),
        ({"auth": {"scope": ""}}, "contract.auth.scope is empty"),
        ({"auth": {"request_data": {"client_secret": "x"}}}, "contract.auth.request_data.client_secret is a field"),
        ({"auth": {"request_data": {"a": [1]}}}, "contract.auth.request_data.a is a list"),
        ({"headers": {"authorization": "x"}}, "contract.headers.authorization is a header that the client sets itself"),
        ({"headers": {"X-A": "a\r\nX-B: b"}}, "contract.headers.X-A has characters that a header cannot hold"),
        ({"headers": {"X A": "a"}}, "contract.headers has 'X A', which cannot be the name of a header"),
        ({"headers": {"X-A": "č"}}, "contract.headers.X-A has characters"),
        ({"headers": {"X-A": "1", "x-a": "2"}}, "contract.headers.X-A stands there twice"),
        ({"params": {"user": "{user_id}"}}, "contract.params.user has a brace"),
        ({"routes": {"Users": "/u"}}, "contract.routes has the unknown route Users; known are users, user, "),
        ({"routes": {"users": "u"}}, "contract.routes.users does not start with one '/'"),
        ({"routes": {"users": "//evil/u"}}, "contract.routes.users does not start with one '/'"),
        ({"routes": {"users": "/a/../b"}}, "contract.routes.users has characters that a path cannot hold"),
        ({"routes": {"users": 1}}, "contract.routes.users is neither"),
        (_route("users", selector="Items"), "contract.routes.users has the unknown key selector; known are path, "),
        (_route("users", path="/u/{id}"), "contract.routes.users.path has the unknown value {id}"),
        (_route("clockings", params={"from": "{date_from"}), "contract.routes.clockings.params.from has a brace"),
        (_route("clockings", params={"from": "{date_from:%Q}"}), "has the pattern '%Q'; it takes a pattern of %Y"),
        (_route("clockings", params={"from": "{date_from:x}"}), "has the pattern 'x'"),
        (_route("daily_calculations", path="/d/{user_id:%Y}"), "has a pattern for {user_id}; it takes a pattern for"),
        (_route("clockings", params={"from": None}), "contract.routes.clockings.params.from is null"),
        (_route("users", data_selector="Items[0]"), "contract.routes.users.data_selector is 'Items[0]'"),
        (_route("users", data_selector="a..b"), "contract.routes.users.data_selector is 'a..b'"),
        (_route("users", data_selector="Items.[*]"), "contract.routes.users.data_selector is 'Items.[*]'"),
        (_route("users", data_selector=""), "contract.routes.users.data_selector is empty"),
        (_route("users", data_selector=".Items[*]"), "contract.routes.users.data_selector is '.Items[*]'"),
        (_route("users", data_selector="$[*]"), "contract.routes.users.data_selector is '$[*]'"),
        (_route("users", data_selector="$.Items[*]"), "contract.routes.users.data_selector is '$.Items[*]'"),
        (_route("user", data_selector="Items[*]"), "contract.routes.user.data_selector goes through a list"),
        (_route("users", carry="UserId"), "contract.routes.users.carry is text; it takes a list of names"),
        (_route("users", paginator={}), "contract.routes.users.paginator.type is missing; it takes one of single_page"),
        (_route("users", paginator={"type": "pages"}), "contract.routes.users.paginator.type is 'pages'"),
        (
            _route("users", paginator={"type": "offset", "page_param": "p"}),
            "contract.routes.users.paginator has the unknown key page_param; known are type, offset_param",
        ),
        (
            _route("users", paginator={"type": "page_number", "limit": 5}),
            "contract.routes.users.paginator.limit_param is missing",
        ),
        (
            _route("users", paginator={"type": "page_number", "limit": 0, "limit_param": "n"}),
            "contract.routes.users.paginator.limit is 0; it takes a whole number from 1 on",
        ),
        (_route("users", paginator={"type": "cursor"}), "contract.routes.users.paginator.cursor_path is missing"),
        (_route("user", paginator={"type": "single_page"}), "contract.routes.user.paginator is for lists"),
        (_route("users", fields={"CustmId": "x"}), "contract.routes.users.fields has the unknown field CustmId; known"),
        (_route("users", fields={"CustomId": 5}), "contract.routes.users.fields.CustomId is a number"),
        (_route("users", fields={"CustomId": "a..b"}), "contract.routes.users.fields.CustomId is 'a..b'"),
        (_route("users", minutes="hours"), "contract.routes.users.minutes is for daily_calculations"),
        (_route("absences", minutes="days"), "contract.routes.absences.minutes is 'days'; it takes one of minutes"),
        (_route("absences", timestamps="UTC"), "contract.routes.absences.timestamps is 'UTC'; it takes one of local"),
        (_route("users", window={"max_days": 31}), "contract.routes.users.window is for routes of days"),
        (_route("absences", window={"days": 31}), "contract.routes.absences.window has the unknown key days; known"),
        (_route("absences", window={"max_days": True}), "contract.routes.absences.window.max_days is true"),
        (_route("absences", window={"end": "open"}), "contract.routes.absences.window.end is 'open'"),
    ],
)
def test_what_cannot_work_is_refused_with_its_place(contract: object, message: str) -> None:
    with pytest.raises(AllHoursParameterError) as refused:
        parse_contract(contract)
    assert message in str(refused.value)
