# SPDX-License-Identifier: Apache-2.0
"""Find the OpenAPI document of an account."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import (
    AllHoursError,
    AllHoursLimitError,
    AllHoursParameterError,
    AllHoursResponseError,
)
from airflow_provider_allhours.discovery.documents import is_document

PAGES = ("/", "/index.html", "/swagger/index.html")
"""Pages that may name the document, as Swagger UI does."""

CUSTOMARY = (
    "/swagger/v1/swagger.json",
    "/openapi.json",
    "/swagger.json",
    "/openapi/v1.json",
    "/swagger/docs/v1",
    "/api/swagger.json",
    "/v3/api-docs",
    "/docs/all.json",
)

MAX_SCRIPTS = 3

_SCRIPT = re.compile(r"<script[^>]+src\s*=\s*[\"']([^\"']+\.js)[\"']", re.IGNORECASE)
_ADDRESS = re.compile(r"[\"']?url[\"']?\s*:\s*[\"']([^\"'\s]+)[\"']")


def find_document(client: AllHoursClient, stated: str | None) -> tuple[str, Any] | None:
    """Path and content of the OpenAPI document; None where none is found.

    It is looked for where the contract says, then where the pages of the API root name it, then at customary paths;
    each is asked for without a token, and with one where that is refused.

    Args:
        client: the account's client.
        stated: ``openapi`` of the contract.
    """
    tried: set[str] = set()
    for path in _paths(client, stated):
        if path in tried:
            continue
        tried.add(path)
        content = _json(_text(client, path))
        if is_document(content):
            return path, content
    return None


def _paths(client: AllHoursClient, stated: str | None) -> Iterator[str]:
    if stated is not None:
        yield stated
    for page in PAGES:
        html = _text(client, page)
        if html is None or "<" not in html:
            continue
        yield from _addresses(html, page)
        for script in [urljoin(page, found) for found in _SCRIPT.findall(html)][:MAX_SCRIPTS]:
            if not urlsplit(script).netloc:
                yield from _addresses(_text(client, script) or "", page)
        break
    yield from CUSTOMARY


def _addresses(text: str, page: str) -> Iterator[str]:
    for found in _ADDRESS.findall(text):
        address = urlsplit(urljoin(page, found))
        if not address.netloc:
            yield address.path


def _text(client: AllHoursClient, path: str) -> str | None:
    for with_token in (False, True):
        try:
            return client.fetch(path, with_token=with_token).body.decode("utf-8", "replace")
        except AllHoursLimitError:
            raise
        except AllHoursResponseError as error:
            if with_token or error.status not in (401, 403):
                return None
        except (AllHoursError, AllHoursParameterError):
            return None
    return None


def _json(text: str | None) -> Any:
    try:
        return json.loads(text or "")
    except (ValueError, RecursionError):
        return None
