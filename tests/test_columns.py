# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.columns import Column, Kind, select_columns

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
        select_columns(COLUMNS, **options)  # type: ignore[arg-type] -- wrong on purpose
