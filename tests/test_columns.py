# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.columns import Column, Kind, Row, select_columns

COLUMNS = (Column("user_id", Kind.TEXT), Column("email", Kind.TEXT), Column("minutes", Kind.MINUTES))
ROW = ("u1", "ana@sandbox.example", 480)


def test_all_columns_by_default() -> None:
    selection = select_columns(COLUMNS)
    assert selection.columns == COLUMNS
    assert selection(ROW) == ROW


def test_order_and_names_are_the_authors() -> None:
    selection = select_columns(COLUMNS, columns={"worked": "minutes", "id": "user_id"})
    assert selection.columns == (Column("worked", Kind.MINUTES), Column("id", Kind.TEXT))
    assert selection(ROW) == (480, "u1")


def test_drop_wins_over_columns() -> None:
    selection = select_columns(COLUMNS, columns=["email", "minutes"], privacy={"email": "drop", "minutes": "keep"})
    assert [column.name for column in selection.columns] == ["minutes"]
    assert selection(ROW) == (480,)


def test_a_pseudonym_depends_on_key_and_value() -> None:
    def pseudonym(key: bytes, value: object) -> object:
        return select_columns(COLUMNS, columns=["email"], privacy={"email": "hash"}, key=key)(("u1", value, 0))[0]

    ana = pseudonym(b"key", "ana@sandbox.example")
    assert ana == pseudonym(b"key", "ana@sandbox.example")
    assert len({ana, pseudonym(b"other", "ana@sandbox.example"), pseudonym(b"key", "bo@sandbox.example")}) == 3
    assert pseudonym(b"key", None) is None
    assert pseudonym(b"key", "") == ""


def test_a_hashed_number_is_text_and_not_summed() -> None:
    selection = select_columns(COLUMNS, columns=["minutes"], privacy={"minutes": "hash"}, key=b"key")
    assert selection.columns == (Column("minutes", Kind.TEXT),)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": ["name"]}, "'columns' names unknown columns name; it takes user_id, email, minutes"),
        ({"columns": ["email", "email"]}, "'columns' gives email more than once"),
        ({"columns": "email"}, "'columns' is a text"),
        ({"columns": []}, "leave no column"),
        ({"columns": ["email"], "privacy": {"email": "drop"}}, "leave no column"),
        ({"privacy": {"name": "drop"}}, "'privacy' names an unknown column 'name'"),
        ({"privacy": {"email": "blur"}}, "policy 'blur'; it takes keep, drop or hash"),
    ],
)
def test_columns_that_cannot_be_selected(options: dict[str, object], message: str) -> None:
    with pytest.raises(AllHoursParameterError, match=message):
        select_columns(COLUMNS, **options)  # type: ignore[arg-type]  # wrong on purpose


PERSON = (Column("employee_id", Kind.TEXT), *COLUMNS)


@pytest.mark.parametrize(
    ("options", "hides_people", "is_ordered", "shown"),
    [
        ({}, False, True, "u1"),
        ({"privacy": {"minutes": "drop"}}, False, True, "u1"),
        ({"privacy": {"email": "keep"}}, False, True, "u1"),
        ({"privacy": {"email": "drop"}}, True, True, "u1"),
        ({"privacy": {"email": "drop"}, "columns": {"number": "employee_id", "user": "user_id"}}, True, True, "u1"),
        ({"privacy": {"email": "drop"}, "columns": ["user_id", "minutes"]}, True, False, "u1"),
        ({"privacy": {"email": "drop"}, "columns": ["employee_id"]}, True, False, None),
        ({"privacy": {"employee_id": "hash"}}, True, False, "u1"),
        ({"privacy": {"employee_id": "drop"}}, True, False, "u1"),
        ({"privacy": {"user_id": "drop"}}, True, False, None),
        ({"columns": ["minutes"]}, False, True, "u1"),
    ],
)
def test_who_is_hidden_is_not_told_by_order_or_manifest(
    options: dict[str, Any], hides_people: bool, is_ordered: bool, shown: str | None
) -> None:
    selection = select_columns(PERSON, key=b"key", **options)
    assert (selection.hides_people, selection.is_ordered) == (hides_people, is_ordered)
    assert selection.published_user_id("u1") == shown


def test_a_hashed_user_has_the_name_of_the_file() -> None:
    selection = select_columns(PERSON, key=b"key", privacy={"user_id": "hash"})
    assert selection.published_user_id("u1") == selection(("1001", *ROW))[1] != "u1"


def test_rows_are_compared_by_ids_then_day_then_the_rest() -> None:
    columns = [Column(name, Kind.TEXT) for name in ("comment", "minutes", "date", "user_id", "employee_id")]
    selection = select_columns(columns)
    first = ("z", 9, date(2026, 10, 2), None, "1")
    rows: list[Row] = [
        ("a", 1, date(2026, 10, 1), "u", "2"),
        ("b", 10, date(2026, 10, 1), "u", "1"),
        ("b", None, date(2026, 10, 1), "u", "1"),
        ("b", 9, date(2026, 10, 1), "u", "1"),
        ("a", 1, date(2026, 9, 30), "u", "1"),
        ("b", -9, date(2026, 10, 1), "u", "1"),
        first,
    ]
    ordered = [first, rows[4], rows[2], rows[5], rows[3], rows[1], rows[0]]
    assert sorted(rows, key=selection.order_of) == ordered


def test_a_hash_needs_a_key() -> None:
    with pytest.raises(AllHoursParameterError, match="'privacy' hashes a column, and the key of the hashes is empty"):
        select_columns(COLUMNS, privacy={"email": "hash"})
    assert select_columns(COLUMNS, privacy={"email": "drop"})(ROW) == ("u1", 480)
