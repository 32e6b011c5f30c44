# SPDX-License-Identifier: Apache-2.0
"""The page of messages is complete, and real messages are found on it."""

from __future__ import annotations

import ast
import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, parse

import pytest

import airflow_provider_allhours
from airflow_provider_allhours.client import AllHoursClient, errors
from airflow_provider_allhours.columns import Column, Kind, select_columns
from airflow_provider_allhours.payroll.mapping import read_mapping
from airflow_provider_allhours.periods import resolve_period
from airflow_provider_allhours.sandbox.server import Sandbox

PACKAGE = Path(airflow_provider_allhours.__file__).parent
CLASSES = {
    name: kind
    for name, kind in vars(errors).items()
    if inspect.isclass(kind) and issubclass(kind, errors.AllHoursError) and kind is not errors.AllHoursError
}


@pytest.fixture(scope="session")
def page(documentation: Path) -> dict[str, Element]:
    """Name of each section of the page -> the section."""
    sections = parse(documentation / "xml" / "troubleshooting.xml").iter("section")
    return {section.findtext("title", ""): section for section in sections}


def messages_in(section: Element) -> list[str]:
    return ["".join(message.itertext()) for message in section.findall("bullet_list/list_item/paragraph/literal")]


def raised() -> Iterator[Any]:
    """Place, class and literal parts of every error of the package that is made of a literal message."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if "sandbox" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", None) not in CLASSES or not node.args:
                continue
            parts = node.args[0].values if isinstance(node.args[0], ast.JoinedStr) else [node.args[0]]
            texts = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
            if texts:
                where = f"{path.relative_to(PACKAGE).as_posix()}:{node.lineno}"
                yield pytest.param(node.func.id, texts, id=where)  # type: ignore[attr-defined]  # the node is a call by name


def test_every_message_of_the_code_is_on_the_page(page: dict[str, Element]) -> None:
    sites = list(raised())
    assert len(sites) > 300
    missing = []
    for site in sites:
        kind, texts = site.values
        form = re.compile(".*".join(re.escape(" ".join(text.split())).replace("\\ ", r"\s*") for text in texts))
        if not any(form.search(message) for message in messages_in(page[str(kind)])):
            missing.append((site.id, texts))
    assert missing == []


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_has_cause_remedy_and_messages_each_once(name: str, page: dict[str, Element]) -> None:
    section = page[name]
    texts = ["".join(paragraph.itertext()) for paragraph in section.findall("paragraph")]
    assert len(texts[0].split()) > 3
    remedies = [text for text in texts if text.startswith("What to do:")]
    assert len(remedies) == 1
    assert len(remedies[0].split()) > 8
    messages = messages_in(section)
    assert messages
    assert [message for message, count in Counter(messages).items() if count > 1] == []


def test_the_table_says_what_is_retried(page: dict[str, Element]) -> None:
    rows = page["Errors"].findall("table")[0].iter("row")
    cells = [["".join(entry.itertext()).strip() for entry in row] for row in rows]
    shown = {name: retried for name, retried, _ in cells[1:]}
    assert shown == {name: "no, fails at once" if kind.is_permanent else "yes" for name, kind in CLASSES.items()}


def test_every_reason_of_a_row_is_on_the_page(page: dict[str, Element]) -> None:
    """What plan and apply say themselves; other reasons are messages of errors, or All Hours' own."""
    shown = "\n".join("".join(cell.itertext()) for cell in page["Reasons of parked and rejected rows"].iter("literal"))
    reasons = set()
    for name in ("absences/plan.py", "flows/absence_apply.py"):
        for node in ast.walk(ast.parse((PACKAGE / name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "reason" and isinstance(node.value, ast.Constant):
                reasons.add(node.value.value)
            elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "reject":
                reasons |= {part.value for part in ast.walk(node) if isinstance(part, ast.Constant)}
    assert len(reasons) > 4
    assert {reason for reason in reasons if str(reason).strip() not in shown} == set()


def an_unknown_column() -> None:
    select_columns((Column("date", Kind.DATE),), columns=["data"])


def an_unknown_period() -> None:
    resolve_period("last month", reference=date(2026, 11, 2))


def a_mapping_without_lines() -> None:
    read_mapping({"lines": []})


@pytest.mark.parametrize("fail", [an_unknown_column, an_unknown_period, a_mapping_without_lines])
def test_a_message_of_the_code_is_found(fail: Callable[[], None], page: dict[str, Element]) -> None:
    assert_found(page, fail)


@pytest.mark.parametrize("status", [400, 403, 404, 418])
def test_a_message_of_the_server_is_found(
    status: int, page: dict[str, Element], sandbox: Sandbox, client: AllHoursClient
) -> None:
    sandbox.fault("status", status=status, route="users")
    assert_found(page, client.users)


def test_a_message_of_a_cut_answer_is_found(page: dict[str, Element], sandbox: Sandbox, client: AllHoursClient) -> None:
    sandbox.fault("html", route="users")
    assert_found(page, client.users)


def assert_found(page: dict[str, Element], fail: Callable[[], Any]) -> None:
    with pytest.raises(errors.AllHoursError) as raised_error:
        fail()
    name = next(kind.__name__ for kind in type(raised_error.value).__mro__ if kind.__name__ in CLASSES)
    message = " ".join(str(raised_error.value).split())
    forms = [re.sub(r"<[^>]+>", ".*", re.escape(text)) for text in messages_in(page[name])]
    assert [form for form in forms if re.fullmatch(form, message)], message
