# SPDX-License-Identifier: Apache-2.0
"""What a hashed or dropped column hides comes back neither by order, nor in the manifest, nor in the return value."""

from __future__ import annotations

import csv
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient, errors
from airflow_provider_allhours.flows.exports import ExportRequest, export_dataset
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox

OCTOBER = Period.of_month(2026, 10)
NAMES = {"first_name": "drop", "last_name": "drop", "email": "drop"}
KEY = b"a key of its own"


def request(path: Path, dataset: str = "timesheets", **changes: Any) -> ExportRequest:
    return replace(ExportRequest(dataset, str(path), OCTOBER, "Europe/Ljubljana"), **changes)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def pseudonym(value: object, key: bytes = KEY) -> str:
    return hmac.new(key, str(value).encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize("dataset", ["timesheets", "counters", "clockings", "absences", "users"])
@pytest.mark.parametrize("hidden", ["hash", "drop"])
def test_the_order_of_rows_is_that_of_what_is_published(
    client: AllHoursClient, tmp_path: Path, dataset: str, hidden: str
) -> None:
    number, user_id = ("custom_id", "id") if dataset == "users" else ("employee_id", "user_id")
    names = NAMES if dataset in ("timesheets", "absences") else {}
    columns = {"privacy": {number: hidden, user_id: "hash", **names}}
    if dataset == "users":
        columns = {"privacy": {number: hidden, user_id: "hash"}, "columns": [number, user_id, "is_archived"]}
    export_dataset(client, request(tmp_path / "x.csv", dataset, pseudonym_key=KEY, **columns))
    rows = rows_of(tmp_path / "x.csv")
    shown = [name for name in (number, user_id, "date", "timestamp") if name in rows[0]]
    keys = [tuple(row[name] for name in shown) for row in rows]
    assert keys == sorted(keys)
    people = list(dict.fromkeys(row[user_id] for row in rows))
    by_number = sorted(client.users(), key=lambda user: (user.employee_id, user.id))
    listed = [pseudonym(user.id) for user in by_number if pseudonym(user.id) in people]
    assert len(people) > 5
    assert sorted(people) == sorted(listed)
    assert people != listed


def test_a_hidden_name_with_published_ids_changes_no_order(client: AllHoursClient, tmp_path: Path) -> None:
    export_dataset(client, request(tmp_path / "x.csv"))
    export_dataset(client, request(tmp_path / "y.csv", privacy={"last_name": "hash"}))
    keys = [[(row["user_id"], row["date"]) for row in rows_of(tmp_path / name)] for name in ("x.csv", "y.csv")]
    assert keys[0] == keys[1]


@pytest.mark.parametrize(("policy", "columns"), [("hash", None), ("drop", None), ("keep", ["employee_id", "date"])])
def test_the_manifest_names_no_user_that_the_file_hides(
    sandbox: Sandbox, client: AllHoursClient, tmp_path: Path, policy: str, columns: list[str] | None
) -> None:
    sandbox.fault("missing_day", route="daily_calculations", date="2026-10-05")
    sandbox.fault("missing_day", route="daily_calculations", date="2026-10-06")
    privacy = {"employee_id": "hash", "user_id": policy, **NAMES}
    returned = export_dataset(
        client,
        request(tmp_path / "x.csv", privacy=privacy, columns=columns, pseudonym_key=KEY, on_incomplete="warn"),
    )
    written = (tmp_path / "x.csv.manifest.json").read_text()
    missing = json.loads(written)["coverage"]["missing"]
    assert len(missing) == 20
    assert returned["coverage"]["missing"] == missing
    users = [user.id for user in client.users()]
    assert not [user_id for user_id in users if user_id in written]
    if policy == "hash":
        assert {entry["user_id"] for entry in missing} <= {row["user_id"] for row in rows_of(tmp_path / "x.csv")}
        assert missing == sorted(missing, key=lambda entry: (entry["user_id"], entry["date"]))
    else:
        assert {entry["user_id"] for entry in missing} == {None}
        assert {entry["date"] for entry in missing} <= {"2026-10-05", "2026-10-06"}


def test_published_user_ids_are_in_the_manifest(sandbox: Sandbox, client: AllHoursClient, tmp_path: Path) -> None:
    sandbox.fault("missing_day", route="daily_calculations", date="2026-10-05")
    returned = export_dataset(client, request(tmp_path / "x.csv", privacy={"email": "drop"}, on_incomplete="warn"))
    users = {user.id for user in client.users()}
    assert {entry["user_id"] for entry in returned["coverage"]["missing"]} <= users


def test_a_person_has_one_pseudonym_in_every_dataset_and_period(client: AllHoursClient, tmp_path: Path) -> None:
    privacy = {"user_id": "hash"}
    export_dataset(client, request(tmp_path / "a.csv", privacy=privacy))
    export_dataset(client, request(tmp_path / "b.csv", privacy=privacy, period=Period.of_month(2026, 9)))
    export_dataset(client, request(tmp_path / "c.csv", "counters", privacy=privacy))
    october, september, counters = ({row["user_id"] for row in rows_of(tmp_path / f"{name}.csv")} for name in "abc")
    assert counters == october
    assert len(october & september) > 5
    assert october <= {pseudonym(user.id, client.pseudonym_key) for user in client.users()}


def test_a_key_of_its_own_wins_over_the_client_secret(client: AllHoursClient, tmp_path: Path) -> None:
    export_dataset(client, request(tmp_path / "x.csv", privacy={"user_id": "hash"}, pseudonym_key=KEY))
    people = {row["user_id"] for row in rows_of(tmp_path / "x.csv")}
    assert people <= {pseudonym(user.id) for user in client.users()}
    assert repr(KEY) not in repr(request(tmp_path / "x.csv", pseudonym_key=KEY))


def test_an_empty_key_is_refused_before_anything_is_read(client: AllHoursClient, tmp_path: Path) -> None:
    with pytest.raises(
        errors.AllHoursParameterError, match="the key of the hashes is empty; it takes the connection's"
    ):
        export_dataset(client, request(tmp_path / "x.csv", privacy={"user_id": "hash"}, pseudonym_key=b""))
    assert client.requests == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("privacy", [None, {"user_id": "drop"}])
def test_a_character_that_the_encoding_lacks_is_named_and_nothing_is_published(
    sandbox: Sandbox, client_of: Callable[..., AllHoursClient], tmp_path: Path, privacy: Any
) -> None:
    client = client_of(sandbox)
    user = next(user for user in client.users() if user.is_time_attendance_user and not user.is_archived)
    sandbox.control("POST", "users", {"user_id": user.id, "fields": {"LastName": "漢字"}})
    options = {"csv_options": {"encoding": "windows-1250"}, "privacy": privacy}
    message = rf"lacks the character U\+6F22 of the column 'family' in the row of user {user.id}; utf-8 and utf-8-sig"
    columns = {"family": "last_name", "day": "date"}
    with pytest.raises(errors.AllHoursParameterError, match=message) as raised:
        export_dataset(client, request(tmp_path / "x.csv", columns=columns, **options))
    assert "漢" not in str(raised.value)
    assert list(tmp_path.iterdir()) == []
    # Threads of the export that failed may still be sending.
    other = client_of(sandbox)
    with pytest.raises(errors.AllHoursParameterError, match=r"U\+6F22 of the column '漢' in the header"):
        export_dataset(other, request(tmp_path / "x.csv", columns={"漢": "last_name"}, **options))
    assert other.requests == 0


def test_options_of_csv_reach_the_file(client: AllHoursClient, tmp_path: Path) -> None:
    options = {"separator": ";", "encoding": "utf-8-sig", "formula_safe": True}
    export_dataset(client, request(tmp_path / "x.csv", csv_options=options))
    content = (tmp_path / "x.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfemployee_id;user_id;")
    assert b"\"'=" in content or b";'=" in content
    export_dataset(client, request(tmp_path / "y.csv", csv_options=options))
    assert (tmp_path / "y.csv").read_bytes() == content
    with pytest.raises(errors.AllHoursParameterError, match="'csv_options' is given, and the file is jsonl"):
        export_dataset(client, request(tmp_path / "x.jsonl", csv_options=options))
