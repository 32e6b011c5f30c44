# SPDX-License-Identifier: Apache-2.0
"""The built documentation: its search finds what people look for, and its links lead somewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from sphinx.search.en import SearchEnglish

SEARCHES = {
    "S3": {"deployment", "exports"},
    "column": {"columns", "exports"},
    "retry": {"connection", "troubleshooting", "waiting"},
    "retries": {"connection", "deployment"},
    "backfill": {"periods", "faq"},
    "proxy": {"deployment", "troubleshooting"},
    "certificate": {"deployment", "troubleshooting"},
    "rate limit": {"cost", "connection"},
    "Kubernetes": {"deployment"},
    "Vault": {"deployment"},
    "rotating": {"deployment"},
    "leading zeros": {"excel", "absences"},
    "Excel": {"excel"},
    "overtime_minutes": {"columns"},
    "verdict": {"columns"},
    "previous-month": {"periods"},
    "asset event": {"periods"},
    "names no known format": {"troubleshooting"},
    "relative path": {"troubleshooting", "exports"},
    "pytest": {"testing"},
    "DATEV": {"payroll"},
    "templated": {"reference"},
}
"""What somebody types -> pages that have to be among the results."""


@pytest.fixture(scope="session")
def index(documentation: Path) -> dict[str, Any]:
    """The index that the page's own search reads."""
    text = (documentation / "html" / "searchindex.js").read_text("utf-8")
    content: dict[str, Any] = json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))
    return content


def pages_with(index: dict[str, Any], typed: str) -> set[str]:
    """Pages that have every word, as the search takes words apart and stems them."""
    language = SearchEnglish({})
    words = [language.stem(word.lower()) for word in re.findall(r"\w+", typed) if language.word_filter(word.lower())]
    results = []
    for word in words:
        documents: set[int] = set()
        for terms in (index["terms"], index["titleterms"]):
            found = terms.get(word, [])
            documents |= set(found if isinstance(found, list) else [found])
        results.append({index["docnames"][document] for document in documents})
    return set.intersection(*results)


@pytest.mark.parametrize("typed", SEARCHES)
def test_the_search_finds(typed: str, index: dict[str, Any]) -> None:
    assert SEARCHES[typed] - pages_with(index, typed) == set()


def test_the_search_does_not_find_what_is_not_there(index: dict[str, Any]) -> None:
    assert pages_with(index, "kangaroo") == set()


class Page(HTMLParser):
    """The links of a page, and the anchors in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if identifier := attributes.get("id"):
            self.anchors.add(identifier)
        if tag in ("a", "img") and (link := attributes.get("href") or attributes.get("src")):
            self.links.add(link)


@pytest.fixture(scope="session")
def site(documentation: Path) -> dict[Path, Page]:
    """Every page of the built documentation."""
    return {path: Page(path) for path in sorted((documentation / "html").glob("*.html"))}


def links_of(site: dict[Path, Page], *, external: bool) -> Iterator[tuple[Path, str]]:
    for path, page in site.items():
        for link in page.links:
            if bool(urlsplit(link).scheme) == external:
                yield path, link


def test_every_link_within_the_documentation_leads_somewhere(site: dict[Path, Page]) -> None:
    checked, broken = 0, []
    for path, link in links_of(site, external=False):
        parts = urlsplit(link)
        target = path.parent / unquote(parts.path) if parts.path else path
        anchor = unquote(parts.fragment)
        checked += 1
        if not target.exists() or (anchor and target in site and anchor not in site[target].anchors):
            broken.append((path.name, link))
    assert checked > 300
    assert broken == []


def test_every_link_to_elsewhere_is_a_whole_address(site: dict[Path, Page]) -> None:
    links = {link for _, link in links_of(site, external=True)}
    assert links
    for link in links:
        parts = urlsplit(link)
        assert parts.scheme == "https", link
        assert re.fullmatch(r"(?:[a-z0-9-]+\.)+[a-z]{2,}", parts.hostname or ""), link
        assert re.fullmatch(r"[!-~]*", link), link


def test_every_page_is_reached_from_the_first(site: dict[Path, Page]) -> None:
    index = next(page for path, page in site.items() if path.name == "index.html")
    reached = {urlsplit(link).path for link in index.links}
    assert {path.name for path in site} - reached - {
        "index.html",
        "search.html",
        "genindex.html",
        "py-modindex.html",
    } == set()
