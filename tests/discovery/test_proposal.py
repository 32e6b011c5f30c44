# SPDX-License-Identifier: Apache-2.0
"""The contract that documents of other styles speak of, and that foreign documents speak of none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_allhours.client.contract import parse_contract
from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.discovery import references
from airflow_provider_allhours.discovery.documents import read_document
from airflow_provider_allhours.discovery.fields import needed_fields
from airflow_provider_allhours.discovery.names import camel, plain, snake
from airflow_provider_allhours.discovery.proposal import Proposal, propose
from airflow_provider_allhours.sandbox.openapi import openapi_document
from airflow_provider_allhours.sandbox.profiles import PROFILES
from airflow_provider_allhours.sandbox.switches import Switches
from tests.discovery.documents import (
    DAY,
    DAYS_FIELDS,
    GUID,
    MOMENT,
    SUMMARY,
    TEXT,
    WHOLE,
    Json,
    Style,
    unrelated_operations,
)

BY_QUERY = {"userId": "{user_id}", "from": "{date_from:%Y-%m-%d}", "to": "{date_to:%Y-%m-%d}"}
Case = Callable[[], tuple[Json, Json]]


def as_believed() -> tuple[Json, Json]:
    style = Style()
    style.usual_lists()
    style.usual_days()
    return style.document(), {}


def swagger_2_in_camel_case_below_a_base_path() -> tuple[Json, Json]:
    style = Style(2, camel, names={"UserDailyCalculation": "DayDto", "User": "PersonDto"})
    style.get("/people", style.list_of("User"))
    style.get(
        "/people/{personId}/days",
        style.list_of("UserDailyCalculation"),
        style.parameter("personId", GUID, "path"),
        *style.days("start", "end", DAY),
    )
    style.get("/leave", style.list_of("Absence"), *style.days("start", "end", DAY))
    style.get("/leave/kinds", style.list_of("AbsenceDefinition"))
    style.get("/punches", style.list_of("Clocking"), *style.days("start", "end", DAY))
    days = {"start": "{date_from:%Y-%m-%d}", "end": "{date_to:%Y-%m-%d}"}
    routes = {
        "users": {"path": "/hr/v2/people"},
        "daily_calculations": {"path": "/hr/v2/people/{user_id}/days", "params": days, "data_selector": "[*]"},
        "absences": {"path": "/hr/v2/leave", "params": days},
        "absence_definitions": {"path": "/hr/v2/leave/kinds"},
        "clockings": {"path": "/hr/v2/punches", "params": days},
    }
    return style.document(basePath="/hr/v2"), {"case": "camel", "routes": routes}


def inherited_schemas() -> tuple[Json, Json]:
    style = Style()
    style.usual_lists()
    style.usual_days()
    for name in ("User", "Absence", "UserDailyCalculation"):
        whole = style.schemas[name]["properties"]
        shared = {field: whole[field] for field in ("Id", "UserId", "Date") if field in whole}
        own = {field: schema for field, schema in whole.items() if field not in shared}
        style.schemas[f"{name}Base"] = {"type": "object", "properties": shared}
        style.schemas[name] = {"allOf": [style.ref(f"{name}Base"), {"type": "object", "properties": own}]}
    return style.document(), {}


def wrapped_lists_with_an_offset_and_a_total_in_an_object() -> tuple[Json, Json]:
    style = Style()
    style.usual_lists()
    style.usual_days()
    meta = {"type": "object", "properties": {"total": WHOLE}}
    limit = style.parameter("limit", {**WHOLE, "maximum": 150})
    answer = style.envelope("User", "data", meta=meta)
    style.get("/api/v1/Users", answer, style.parameter("offset", WHOLE), limit)
    paginator = {
        "type": "offset",
        "offset_param": "offset",
        "limit_param": "limit",
        "limit": 150,
        "total_path": "meta.total",
    }
    return style.document(), {
        "routes": {"users": {"path": "/api/v1/Users", "data_selector": "data[*]", "paginator": paginator}}
    }


def swagger_2_in_snake_case_with_a_cursor() -> tuple[Json, Json]:
    style = Style(2, snake)
    style.usual_lists()
    style.usual_days()
    answer = style.envelope("Clocking", "items", next_cursor=TEXT)
    style.get("/api/v1/Clockings", answer, *style.days(), style.parameter("cursor", TEXT))
    routes = {
        "clockings": {
            "path": "/api/v1/Clockings",
            "data_selector": "items[*]",
            "paginator": {"type": "cursor", "cursor_path": "next_cursor", "cursor_param": "cursor"},
        },
        "daily_calculations": {"path": "/api/v1/UserCalculations/{user_id}", "data_selector": "daily_calculations[*]"},
    }
    return style.document(), {"case": "snake", "routes": routes}


def version_3_1_with_types_that_may_be_null() -> tuple[Json, Json]:
    style = Style()
    style.usual_lists()
    style.usual_days()
    user = style.schemas["User"]["properties"]
    user |= {name: {"type": ["string", "null"]} for name in ("CustomId", "Email")}
    day = style.schemas["UserDailyCalculation"]["properties"]
    day["CalculationResultSummary"] = {"anyOf": [{"type": "null"}, style.ref("DailySummary")]}
    return style.document() | {"openapi": "3.1.0"}, {}


def days_of_all_users_beside_their_id() -> tuple[Json, Json]:
    style = Style(spell=camel)
    style.usual_lists()
    style.schemas["UserDailyCalculation"]["properties"].pop("userId")
    person = {"type": "object", "properties": {"id": GUID, "name": TEXT, "days": style.list_of("UserDailyCalculation")}}
    answer = {"type": "object", "properties": {"people": {"type": "array", "items": person}, "totalCount": WHOLE}}
    pages = (style.parameter("page", WHOLE), style.parameter("pageSize", {**WHOLE, "default": 25}))
    style.get("/api/v1/Month", answer, *style.days("from", "to", DAY), *pages)
    route = {
        "path": "/api/v1/Month",
        "params": {"from": "{date_from:%Y-%m-%d}", "to": "{date_to:%Y-%m-%d}"},
        "data_selector": "people[*].days[*]",
        "carry": ["id"],
        "fields": {"UserId": "id"},
        "paginator": {
            "type": "page_number",
            "page_param": "page",
            "limit_param": "pageSize",
            "limit": 25,
            "total_path": "totalCount",
        },
    }
    return style.document(), {"case": "camel", "routes": {"daily_calculations": route}}


def a_version_that_every_request_needs() -> tuple[Json, Json]:
    style = Style()
    style.usual_lists()
    style.usual_days()
    version = style.parameter("api-version", {"type": "string", "default": "1.0"}, required=True)
    for item in style.paths.values():
        item["get"]["parameters"].append(version)
    return style.document(), {"params": {"api-version": "1.0"}}


def shared_parameters_and_responses_behind_a_server_path() -> tuple[Json, Json]:
    style = Style()
    style.usual_days()
    style.get("/Users", {})
    style.paths["/Users"]["get"]["responses"]["200"] = {"$ref": "#/components/responses/Users"}
    style.get("/Calc", style.list_of("UserDailyCalculation"))
    style.paths["/Calc"]["parameters"] = [{"$ref": f"#/components/parameters/{name}"} for name in ("who", "from", "to")]
    del style.paths["/api/v1/UserCalculations/{id}"]
    components = {
        "responses": {"Users": {"description": "", "content": {"application/json": {"schema": style.list_of("User")}}}},
        "parameters": {
            "who": style.parameter("userId", GUID),
            "from": style.parameter("from", DAY),
            "to": style.parameter("to", DAY),
        },
    }
    routes = {
        "users": {"path": "/tenant/api/Users"},
        "daily_calculations": {"path": "/tenant/api/Calc", "params": BY_QUERY, "data_selector": "[*]"},
    }
    servers = [{"url": "https://api.example/tenant/api"}]
    return style.document(components=components, servers=servers), {"routes": routes}


def other_names_of_fields() -> tuple[Json, Json]:
    renamed = {
        "User.CustomId": "EmployeeNumber",
        "User.IsTimeAttendanceUser": "TracksTime",
        "Absence.Status": "State",
        "DailySummary.PaidPresenceValue": "PaidPresence",
        # Nothing needs these two.
        "Clocking.Origin": "OriginValue",
        "AbsenceDefinition.IsActive": "Active",
    }
    style = Style(renamed=renamed)
    style.usual_lists()
    style.usual_days()
    paid = "CalculationResultSummary.PaidPresence"
    routes = {
        "users": {
            "path": "/api/v1/Users",
            "fields": {"CustomId": "EmployeeNumber", "IsTimeAttendanceUser": "TracksTime"},
        },
        "user": {
            "path": "/api/v1/Users/{user_id}",
            "fields": {"CustomId": "EmployeeNumber", "IsTimeAttendanceUser": "TracksTime"},
        },
        "absences": {"path": "/api/v1/Absences", "fields": {"Status": "State"}},
        "absence": {"path": "/api/v1/Absences/{absence_id}", "fields": {"Status": "State"}},
        "daily_calculations": {
            "path": "/api/v1/UserCalculations/{user_id}",
            "fields": {"Absences.Status": "Absences.State", "CalculationResultSummary.PaidPresenceValue": paid},
        },
    }
    return style.document(), {"routes": routes}


def minutes_in_the_day_itself() -> tuple[Json, Json]:
    style = Style()
    style.usual_lists()
    style.usual_days()
    lists = {
        name: style.list_of(schema)
        for name, schema in (
            ("Accruals", "CalculationResult"),
            ("Absences", "Absence"),
            ("Clockings", "Clocking"),
            ("MissingEventExceptions", "MissingEvent"),
        )
    }
    style.add_day(DAYS_FIELDS | SUMMARY | lists)
    fields = {f"CalculationResultSummary.{name}": name for name in SUMMARY}
    route = {"path": "/api/v1/UserCalculations/{user_id}", "fields": fields}
    return style.document(), {"routes": {"daily_calculations": route}}


def another_name_of_the_counters() -> tuple[Json, Json]:
    style = Style(renamed={"UserDailyCalculation.Accruals": "Counters"})
    style.usual_lists()
    style.usual_days()
    fields = {
        f"Accruals.{name}": f"Counters.{name}" for name in ("CalculationResultTypeCode", "Name", "Value", "ValueType")
    }
    route = {"path": "/api/v1/UserCalculations/{user_id}", "fields": fields}
    return style.document(), {"routes": {"daily_calculations": route}}


def pages_that_count_from_zero() -> tuple[Json, Json]:
    style = Style()
    style.usual_lists()
    style.usual_days()
    style.get("/api/v1/Users", style.envelope("User", "Results", Count=WHOLE), style.parameter("pageIndex", WHOLE))
    paginator = {"type": "page_number", "page_param": "pageIndex", "first_page": 0, "total_path": "Count"}
    route = {"path": "/api/v1/Users", "data_selector": "Results[*]", "paginator": paginator}
    return style.document(), {"routes": {"users": route}}


def links_to_the_next_page() -> tuple[Json, Json]:
    style = Style()
    style.usual_lists()
    style.usual_days()
    answer = style.envelope("Absence", "value", nextLink={"type": "string", "format": "uri"})
    style.get("/api/v1/Absences", answer, *style.days())
    paginator = {"type": "json_link", "next_url_path": "nextLink"}
    route = {"path": "/api/v1/Absences", "data_selector": "value[*]", "paginator": paginator}
    return style.document(), {"routes": {"absences": route}}


def sixty_unrelated_operations() -> tuple[Json, Json]:
    style = Style()
    unrelated_operations(style)
    style.usual_lists()
    style.usual_days()
    return style.document(), {}


def windows_of_changes_beside_those_of_days() -> tuple[Json, Json]:
    style = Style()
    style.usual_lists()
    style.usual_days()
    changes = (style.parameter("modifiedFrom", MOMENT), style.parameter("modifiedTo", MOMENT))
    style.get("/api/v1/Absences", style.list_of("Absence"), *changes, *style.days())
    return style.document(), {}


def days_of_everybody_beside_those_of_one_user() -> tuple[Json, Json]:
    style = Style()
    style.usual_lists()
    style.usual_days()
    style.get("/api/v1/Days", style.list_of("UserDailyCalculation"), *style.days())
    return style.document(), {}


CASES: list[Case] = [
    as_believed,
    swagger_2_in_camel_case_below_a_base_path,
    inherited_schemas,
    wrapped_lists_with_an_offset_and_a_total_in_an_object,
    swagger_2_in_snake_case_with_a_cursor,
    version_3_1_with_types_that_may_be_null,
    days_of_all_users_beside_their_id,
    a_version_that_every_request_needs,
    shared_parameters_and_responses_behind_a_server_path,
    other_names_of_fields,
    minutes_in_the_day_itself,
    another_name_of_the_counters,
    pages_that_count_from_zero,
    links_to_the_next_page,
    sixty_unrelated_operations,
    windows_of_changes_beside_those_of_days,
    days_of_everybody_beside_those_of_one_user,
]


def proposal_of(document: Any) -> Proposal:
    proposal = propose(read_document(document))
    assert proposal is not None
    return proposal


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_the_contract_of_a_document(case: Case) -> None:
    document, expected = case()
    contract = proposal_of(document).to_json()
    assert contract == expected
    parse_contract(contract)


@pytest.mark.parametrize(
    ("names", "window"),
    [
        (("startDay", "until"), ("startDay", "until")),
        (("startDay", "until", "endDay"), ("startDay", "endDay")),
        (("startDay", "until", "before"), None),
    ],
)
def test_a_window_of_names_that_are_no_pair(names: tuple[str, ...], window: tuple[str, str] | None) -> None:
    style = Style()
    style.usual_lists()
    style.usual_days()
    style.get("/api/v1/Absences", style.list_of("Absence"), *(style.parameter(name, MOMENT) for name in names))
    routes = proposal_of(style.document()).to_json().get("routes", {})
    params = routes.get("absences", {}).get("params")
    assert (params and tuple(params)) == window


@pytest.mark.parametrize("name", PROFILES)
def test_the_contract_of_every_profile_of_the_sandbox_can_be_pasted(name: str) -> None:
    switches = Switches()
    switches.change(PROFILES[name].switches)
    parse_contract(proposal_of(openapi_document(switches)).to_json())


def test_guessed_names_are_told_apart() -> None:
    document, _ = other_names_of_fields()
    routes = proposal_of(document).routes
    assert routes["users"].fields.guessed == ["CustomId", "IsTimeAttendanceUser"]
    assert routes["clockings"].fields.guessed == []


def test_two_fields_that_could_be_meant_are_no_guess() -> None:
    style = Style(renamed={"User.CustomId": "EmployeeNumber"})
    style.usual_lists()
    style.usual_days()
    style.schemas["User"]["properties"]["ExternalId"] = TEXT
    users = proposal_of(style.document()).routes["users"]
    assert users.fields.absent == ["CustomId"]
    assert users.fields.renamed == {}


def test_a_header_without_a_value_is_a_doubt() -> None:
    style = Style()
    style.usual_lists()
    style.usual_days()
    style.paths["/api/v1/Users"]["get"]["parameters"].append(
        style.parameter("X-Tenant-Id", TEXT, "header", required=True)
    )
    proposal = proposal_of(style.document())
    assert proposal.to_json() == {}
    assert proposal.routes["users"].doubts == [
        "the header parameter X-Tenant-Id is required and the document gives no value for it"
    ]


def test_days_of_all_users_that_do_not_say_whose_they_are_are_a_doubt() -> None:
    style = Style()
    style.usual_lists()
    style.schemas["UserDailyCalculation"]["properties"].pop("UserId")
    style.get("/api/v1/Month", style.list_of("UserDailyCalculation"), *style.days())
    route = proposal_of(style.document()).routes["daily_calculations"]
    assert route.doubts == ["the days of all users do not say whose they are"]


def shop() -> Json:
    order = {"type": "object", "properties": {"id": WHOLE, "customer": {"$ref": "#/components/schemas/Customer"}}}
    customer = {
        "type": "object",
        "properties": {"id": WHOLE, "orders": {"type": "array", "items": {"$ref": "#/components/schemas/Order"}}},
    }
    style = Style()
    style.schemas.clear()
    style.schemas |= {"Order": order, "Customer": customer}
    style.get("/orders", style.list_of("Order"), *style.days())
    return style.document()


def other_personnel_software() -> Json:
    style = Style(spell=snake)
    style.schemas.clear()
    style.add(
        "Employee", {"Id": WHOLE, "FirstName": TEXT, "LastName": TEXT, "Email": TEXT, "Status": TEXT, "BirthDate": DAY}
    )
    style.add(
        "Attendance",
        {
            "Id": WHOLE,
            "EmployeeId": WHOLE,
            "Date": DAY,
            "StartTime": TEXT,
            "EndTime": TEXT,
            "Break": WHOLE,
            "Comment": TEXT,
            "IsHoliday": {"type": "boolean"},
        },
    )
    style.add(
        "TimeOff",
        {
            "Id": WHOLE,
            "Status": TEXT,
            "Comment": TEXT,
            "StartDate": MOMENT,
            "EndDate": MOMENT,
            "HalfDayStart": {"type": "boolean"},
        },
    )
    style.get("/company/employees", style.list_of("Employee"))
    style.get("/company/attendances", style.list_of("Attendance"), *style.days("start_date", "end_date", DAY))
    style.get("/company/time-offs", style.list_of("TimeOff"), *style.days("start_date", "end_date", DAY))
    return style.document()


@pytest.mark.parametrize("document", [shop, other_personnel_software], ids=lambda document: document.__name__)
def test_a_foreign_document_speaks_of_no_contract(document: Callable[[], Json]) -> None:
    assert propose(read_document(document())) is None


@pytest.mark.parametrize(
    "content", [None, [], {}, {"paths": {}}, {"openapi": "3.0.0"}, {"openapi": "3.0.0", "paths": []}]
)
def test_something_else_is_no_document(content: Any) -> None:
    with pytest.raises(AllHoursParameterError, match="not an OpenAPI document"):
        read_document(content)


@pytest.mark.parametrize("broken", ["#/components/schemas/Nowhere", "other.json#/User", "#/components/schemas/User"])
def test_references_that_lead_nowhere_or_in_a_circle_end(broken: str) -> None:
    document, _ = as_believed()
    document["components"]["schemas"]["User"] = {"$ref": broken}
    assert propose(read_document(document)) is None


@pytest.mark.parametrize(
    ("choices", "value"),
    [(["active", "archived", "all"], "all"), (["no", "Both"], "Both"), (["active", "archived"], None)],
)
def test_of_several_choices_the_one_that_means_everybody_asks_for_archived_users(
    choices: list[str], value: str | None
) -> None:
    style = Style()
    style.usual_lists()
    style.usual_days()
    style.get("/api/v1/Users", style.list_of("User"), style.parameter("archived", {**TEXT, "enum": choices}))
    archived = proposal_of(style.document()).routes["users"].archived
    assert archived == (None if value is None else ("archived", value))


@pytest.mark.parametrize(
    ("reference", "fields"),
    [
        (references.COUNTER, "CalculationResultTypeCode Name Value"),
        (references.COUNTER, "ValueType Value"),
        (references.USER, "Id CustomId IsTimeAttendanceUser CalculationStartDate"),
        (references.ABSENCE, "Id UserId AbsenceDefinitionId PartialTimeFrom PartialTimeTo"),
        (references.ABSENCE_DEFINITION, "Id Name IntegrationId Fraction"),
        (references.CLOCKING, "Id UserId Timestamp OriginalTimestamp"),
        (references.CLOCKING_DEFINITION, "Id StartingCategoryDefinitionId InClockingDefinitionId"),
    ],
)
def test_a_record_is_known_by_few_of_its_own_fields_and_not_without_them(
    reference: references.Reference, fields: str
) -> None:
    names = {plain(name) for name in fields.split()}
    everything = {plain(name) for name in (*reference.own, *reference.common)}
    assert 0 < reference.score(names) < reference.score(everything) == 1
    own = next(plain(name) for name in reference.own if plain(name) in names)
    assert reference.score(names - {own}) == 0


@pytest.mark.parametrize(
    ("server", "base"),
    [
        ("https://api.example/v2", "/v2"),
        ("/v2/", "/v2"),
        ("https://{tenant}.example/v2", ""),
        ("https://api.example/{version}", ""),
        ("v2", ""),
        (None, ""),
    ],
)
def test_paths_stand_behind_the_first_server_that_has_no_variables(server: str | None, base: str) -> None:
    style = Style()
    style.get("/Users", style.list_of("User"))
    (operation,) = read_document(style.document(servers=[{"url": server}])).operations
    assert operation.path == f"{base}/Users"


@pytest.mark.parametrize("record", ["Absence", "Clocking"])
def test_whose_and_when_is_needed_of_what_belongs_to_a_day(record: str) -> None:
    assert {"UserId", "Timestamp"} <= needed_fields(record)
    assert not {"UserId", "Timestamp"} & needed_fields("User")
