# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import csv
import gzip
import hashlib
import json
import os
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import fsspec
import pyarrow.parquet as pq
import pytest
from upath import UPath

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.columns import Column, Kind, Row, select_columns
from airflow_provider_allhours.files import staging
from airflow_provider_allhours.files.publication import Written, publish_bytes, publish_rows

COLUMNS = (
    Column("name", Kind.TEXT),
    Column("date", Kind.DATE),
    Column("moment", Kind.DATETIME),
    Column("minutes", Kind.MINUTES),
    Column("count", Kind.INTEGER),
    Column("share", Kind.NUMBER),
    Column("is_valid", Kind.BOOLEAN),
)
TEXTS = [
    "\r",
    "a\rb",
    "=HYPERLINK(1)",
    "+1",
    "-1 late",
    "@home",
    "two\nlines",
    'say "ok"',
    "a,b;c\td",
    "Žan Łuc",
    "",
    "\r\nx",
    "'",
]


def rows() -> list[Row]:
    return [
        (text, date(2026, 10, 25), datetime(2026, 10, 25, 2, 30, 0, 5), 60 + n, n, n / 2, n % 2 == 0)
        for n, text in enumerate(TEXTS)
    ] + [(None,) * 7]


def summarize(written: Written) -> dict[str, Any]:
    return {"rows": written.rows, "sha256": written.sha256, "bytes": written.bytes, "totals": written.totals}


def publish(path: Any, content: Any = None, **options: Any) -> dict[str, Any]:
    return publish_rows(path, rows() if content is None else content, COLUMNS, manifest=summarize, **options)


def test_csv_comes_back_as_it_was(tmp_path: Path) -> None:
    manifest = publish(tmp_path / "new" / "folder" / "x.csv")
    content = (tmp_path / "new/folder/x.csv").read_bytes()
    assert manifest["sha256"] == hashlib.sha256(content).hexdigest()
    assert manifest["bytes"] == len(content)
    assert manifest["totals"] == {"minutes": sum(60 + n for n in range(len(TEXTS)))}
    assert b"\r\n" not in content.replace(b'"\r\nx"', b"")
    with (tmp_path / "new/folder/x.csv").open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    assert [row["name"] for row in found] == [*TEXTS, ""]
    assert found[1] | {"name": ""} == {
        "name": "",
        "date": "2026-10-25",
        "moment": "2026-10-25T02:30:00.000005",
        "minutes": "61",
        "count": "1",
        "share": "0.5",
        "is_valid": "false",
    }
    assert json.loads((tmp_path / "new/folder/x.csv.manifest.json").read_text()) == manifest


def test_jsonl_comes_back_as_it_was(tmp_path: Path) -> None:
    publish(tmp_path / "x.jsonl")
    found = [json.loads(line) for line in (tmp_path / "x.jsonl").read_text("utf-8").splitlines()]
    assert [row["name"] for row in found] == [*TEXTS, None]
    assert "Žan Łuc".encode() in (tmp_path / "x.jsonl").read_bytes()
    assert list(found[0]) == [column.name for column in COLUMNS]
    assert found[0]["is_valid"] is True
    assert found[-1] == dict.fromkeys(found[0])


def test_gzip_is_the_same_bytes_every_time(tmp_path: Path) -> None:
    first, second = publish(tmp_path / "x.csv.gz"), publish(tmp_path / "other-name.csv.gz")
    assert first["sha256"] == second["sha256"]
    publish(tmp_path / "x.csv")
    assert gzip.decompress((tmp_path / "x.csv.gz").read_bytes()) == (tmp_path / "x.csv").read_bytes()


def test_parquet_has_the_same_types_empty_and_full(tmp_path: Path) -> None:
    full, empty = publish(tmp_path / "full.parquet"), publish(tmp_path / "empty.parquet", [])
    assert pq.read_schema(tmp_path / "full.parquet") == pq.read_schema(tmp_path / "empty.parquet")
    table = pq.read_table(tmp_path / "full.parquet")
    assert [str(kind) for kind in table.schema.types] == [
        "string", "date32[day]", "timestamp[us]", "int64", "int64", "double", "bool"
    ]  # fmt: skip
    assert [tuple(row.values()) for row in table.to_pylist()] == rows()
    assert (empty["rows"], full["rows"]) == (0, len(TEXTS) + 1)
    assert publish(tmp_path / "again.parquet")["sha256"] == full["sha256"]


def test_many_rows_take_many_batches(tmp_path: Path) -> None:
    many = [("x", None, None, 1, 1, None, None)] * 20_000
    assert publish(tmp_path / "x.parquet", iter(many))["totals"] == {"minutes": 20_000}
    assert pq.read_metadata(tmp_path / "x.parquet").num_rows == 20_000


@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "jsonl", "jsonl.gz"])
def test_text_of_many_batches_has_every_row_once(tmp_path: Path, suffix: str) -> None:
    names = [f"{number:06} {'x' * 50}" for number in range(5000)]
    path = tmp_path / f"x.{suffix}"
    manifest = publish_rows(path, ((name,) for name in names), COLUMNS[:1], manifest=summarize)
    content = path.read_bytes()
    assert manifest["bytes"] == len(content)
    lines = (gzip.decompress(content) if suffix.endswith("gz") else content).decode().splitlines()
    if suffix.startswith("csv"):
        assert lines == ["name", *names]
    else:
        assert [json.loads(line)["name"] for line in lines] == names


@pytest.mark.parametrize("name", ["x.xls", "x", "x.csv.zip"])
def test_an_unknown_suffix_names_what_is_known(tmp_path: Path, name: str) -> None:
    with pytest.raises(AllHoursParameterError, match=r"parameter 'path' is .*csv, jsonl, parquet or xlsx"):
        publish(tmp_path / name)
    assert list(tmp_path.iterdir()) == []
    publish(tmp_path / name, file_format="csv")


def test_gzipped_parquet_and_wrong_formats_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AllHoursParameterError, match="without .gz"):
        publish(tmp_path / "x.parquet.gz")
    with pytest.raises(AllHoursParameterError, match="parameter 'file_format' is 'xml'"):
        publish(tmp_path / "x.csv", file_format="xml")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(AllHoursParameterError, match="is the directory"):
        publish(tmp_path / "folder.csv")


def failing(after: int) -> Iterator[Row]:
    yield from rows()[:after]
    raise RuntimeError("the source broke")


class FullDisk(OSError):
    pass


def break_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    pass


def break_write(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Any, data: Any) -> int:
        raise FullDisk("No space left on device")

    monkeypatch.setattr("airflow_provider_allhours.files.publication._Digesting.write", full)


def break_manifest(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(value: Any) -> bytes:
        raise FullDisk("No space left on device")

    monkeypatch.setattr("airflow_provider_allhours.files.publication.as_json_bytes", full)


def break_nth_placing(n: int) -> Any:
    def break_it(monkeypatch: pytest.MonkeyPatch) -> None:
        for kind in (staging.LocalStagedFile, staging.RemoteStagedFile):
            original, placed = kind.put_in_place, []

            def put(self: Any, original: Any = original, placed: list[int] = placed) -> None:
                placed.append(1)
                if len(placed) == n:
                    raise FullDisk("No space left on device")
                original(self)

            monkeypatch.setattr(kind, "put_in_place", put)

    return break_it


def break_upload(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = fsspec.filesystem("memory")
    original = type(memory).put_file

    broken: list[str] = []

    def put_half(self: Any, source: str, key: str, **options: Any) -> None:
        if key.endswith("manifest.json") and not broken:
            broken.append(key)
            self.pipe_file(key, b"half")
            raise FullDisk("connection lost")
        original(self, source, key, **options)

    monkeypatch.setattr(type(memory), "put_file", put_half)


@pytest.fixture(params=["local", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[UPath]:
    if request.param == "local":
        yield UPath(tmp_path)
        return
    folder = UPath(f"memory://bucket/{tmp_path.name}")
    yield folder
    folder.fs.rm("/bucket", recursive=True)


def everything_in(place: UPath) -> dict[str, bytes]:
    return {key: place.fs.cat_file(key) for key in place.fs.find(place.path)}


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize(
    ("break_it", "source"),
    [
        (break_nothing, "broken"),
        (break_write, "whole"),
        (break_manifest, "whole"),
        (break_nth_placing(1), "whole"),
        (break_nth_placing(2), "whole"),
        (break_upload, "whole"),
    ],
)
@pytest.mark.parametrize("suffix", ["csv", "jsonl.gz", "parquet", "xlsx"])
def test_a_failure_at_any_point_leaves_everything_as_it_was(
    place: UPath, monkeypatch: pytest.MonkeyPatch, is_first: bool, break_it: Any, source: str, suffix: str
) -> None:
    if break_it is break_upload and place.protocol != "memory":
        break_it = break_nth_placing(2)
    place.fs.makedirs(place.path, exist_ok=True)
    if not is_first:
        publish(place / f"x.{suffix}", rows()[:2])
    before = everything_in(place)
    break_it(monkeypatch)
    with pytest.raises((RuntimeError, FullDisk)):
        publish(place / f"x.{suffix}", failing(5) if source == "broken" else rows())
    monkeypatch.undo()
    assert everything_in(place) == before
    publish(place / f"x.{suffix}")
    assert len(everything_in(place)) == 2


def test_a_manifest_that_cannot_be_staged_leaves_the_earlier_file(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("earlier")
    (tmp_path / "x.csv.manifest.json").mkdir()
    with pytest.raises(AllHoursParameterError):
        publish(tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_text() == "earlier"
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("is_first", [True, False])
def test_a_manifest_that_cannot_be_put_in_place_takes_the_data_back(tmp_path: Path, is_first: bool) -> None:
    """A folder appears where the manifest goes after both were staged: the data file was in place by then."""
    if not is_first:
        (tmp_path / "x.csv").write_text("earlier")
    seen = []

    data, manifest = staging.stage(tmp_path / "x.csv"), staging.stage(tmp_path / "x.csv.manifest.json")
    (tmp_path / "x.csv.manifest.json").mkdir()
    data.stream.write(b"new")
    put_data = data.put_in_place

    def put_and_look() -> None:
        put_data()
        seen.append((tmp_path / "x.csv").read_text())

    data.put_in_place = put_and_look
    with pytest.raises(OSError, match=r"manifest\.json"):
        staging.publish_together([data, manifest])
    data.clean_up()
    manifest.clean_up()
    assert seen == ["new"]
    assert {path.name for path in tmp_path.iterdir()} == {"x.csv.manifest.json", *([] if is_first else ["x.csv"])}
    if not is_first:
        assert (tmp_path / "x.csv").read_text() == "earlier"


def test_without_hard_links_a_copy_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: Any) -> None:
        raise OSError("not supported")

    monkeypatch.setattr(os, "link", no_links)
    (tmp_path / "x.csv").write_text("earlier")
    (tmp_path / "x.csv").chmod(0o640)
    break_nth_placing(2)(monkeypatch)
    with pytest.raises(FullDisk):
        publish(tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_text() == "earlier"
    assert (tmp_path / "x.csv").stat().st_mode & 0o777 == 0o640
    assert len(list(tmp_path.iterdir())) == 1


def test_a_small_file_with_and_without_a_manifest(tmp_path: Path) -> None:
    assert publish_bytes(tmp_path / "a.txt", b"x") == hashlib.sha256(b"x").hexdigest()
    publish_bytes(tmp_path / "b.txt", b"y", {"rows": 1, "timezone": "Žan"})
    manifest = (tmp_path / "b.txt.manifest.json").read_text("utf-8")
    assert manifest == '{\n  "rows": 1,\n  "timezone": "Žan"\n}\n'
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "b.txt", "b.txt.manifest.json"]


def test_columns_are_selected_renamed_dropped_and_hashed() -> None:
    selection = select_columns(
        COLUMNS,
        columns={"who": "name", "when": "date", "how_long": "minutes", "worth": "share"},
        privacy={"name": "hash", "share": "drop", "date": "keep"},
        key=b"k",
    )
    assert [(column.name, column.kind) for column in selection.columns] == [
        ("who", Kind.TEXT),
        ("when", Kind.DATE),
        ("how_long", Kind.MINUTES),
    ]
    row = ("Žan", date(2026, 10, 1), None, 5, 1, 0.5, True)
    hashed = selection(row)
    assert hashed[1:] == (date(2026, 10, 1), 5)
    assert len(str(hashed[0])) == 64
    assert selection(row) == hashed
    assert selection(("Ana", *row[1:]))[0] != hashed[0]
    other_key = select_columns(COLUMNS, columns=["name"], privacy={"name": "hash"}, key=b"other")
    assert other_key(row)[0] != hashed[0]
    assert selection((None, *row[1:]))[0] is None


@pytest.mark.parametrize(
    ("columns", "privacy", "message"),
    [
        (["name", "wage"], None, "unknown columns wage; it takes name, date"),
        (["name", "name"], None, "name more than once"),
        ("name", None, "is a text; it takes a list"),
        (None, {"wage": "drop"}, "unknown column 'wage'"),
        (None, {"name": "encrypt"}, "policy 'encrypt'; it takes keep, drop or hash"),
        (["name"], {"name": "drop"}, "leave no column"),
    ],
)
def test_a_selection_that_cannot_work_says_what_would(columns: Any, privacy: Any, message: str) -> None:
    with pytest.raises(AllHoursParameterError, match=message):
        select_columns(COLUMNS, columns=columns, privacy=privacy)
