# SPDX-License-Identifier: Apache-2.0
"""An OpenAPI document of either version as the GET operations that it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.discovery.schemas import Schema, resolved


@dataclass(frozen=True, eq=False)
class Parameter:
    """One parameter of an operation.

    Attributes:
        name: as sent.
        place: ``path``, ``query`` or ``header``.
        schema: of its value.
        is_required: whether a request without it is refused.
        example: a value that the document shows, or None.
    """

    name: str
    place: str
    schema: Schema
    is_required: bool
    example: Any = None

    @property
    def stated_value(self) -> str | None:
        """A value that the document gives: default, only choice or example; None where it gives none."""
        choices = self.schema.stated("enum")
        only = choices[0] if isinstance(choices, list) and len(choices) == 1 else None
        for value in (self.schema.stated("default"), only, self.example, self.schema.stated("example")):
            if isinstance(value, bool):
                return str(value).lower()
            if isinstance(value, str | int | float) and str(value):
                return str(value)
        return None


@dataclass(frozen=True, eq=False)
class Operation:
    """One GET.

    Attributes:
        path: below the API root, such as ``/api/v1/Users/{id}``.
        parameters: of path, query and header.
        answer: schema of a successful response; None where the document states none.
    """

    path: str
    parameters: tuple[Parameter, ...]
    answer: Schema | None


@dataclass(frozen=True)
class ApiDocument:
    """The GET operations of an account, in the order of the document."""

    operations: tuple[Operation, ...]


def read_document(content: object, *, root_path: str = "") -> ApiDocument:
    """Read a decoded OpenAPI 3 or Swagger 2 document.

    Args:
        content: decoded JSON.
        root_path: path of the API root, which the paths of the document may begin with.

    Raises:
        AllHoursParameterError: it is no such document.
    """
    if not isinstance(content, Mapping) or not isinstance(content.get("paths"), Mapping):
        raise AllHoursParameterError("this is not an OpenAPI document: it has no 'paths'")
    if not any(isinstance(content.get(name), str | float | int) for name in ("openapi", "swagger")):
        raise AllHoursParameterError("this is not an OpenAPI document: it has neither 'openapi' nor 'swagger'")
    return ApiDocument(tuple(_operations(content, root_path)))


def is_document(content: object) -> bool:
    """Whether decoded JSON is an OpenAPI document."""
    try:
        read_document(content)
    except AllHoursParameterError:
        return False
    return True


def _operations(document: Mapping[str, Any], root_path: str) -> Iterator[Operation]:
    base = _base_path(document)
    for path, item in document["paths"].items():
        item = resolved(document, item)
        operation = resolved(document, item.get("get"))
        if not operation:
            continue
        parameters: dict[tuple[str, str], Parameter] = {}
        for holder in (item, operation):
            stated = holder.get("parameters")
            for raw in stated if isinstance(stated, list) else ():
                parameter = _parameter(document, resolved(document, raw))
                if parameter is not None:
                    parameters[parameter.place, parameter.name] = parameter
        full = f"{base}/{str(path).lstrip('/')}"
        if root_path and full.startswith(f"{root_path}/"):
            full = full.removeprefix(root_path)
        yield Operation(full, tuple(parameters.values()), _answer(document, operation))


def _base_path(document: Mapping[str, Any]) -> str:
    """What stands before every path: ``basePath``, or the path of the first server."""
    base = document.get("basePath")
    if not isinstance(base, str):
        servers = document.get("servers")
        first = servers[0] if isinstance(servers, list) and servers else {}
        url = first.get("url") if isinstance(first, Mapping) else None
        # A server with variables in it says nothing certain.
        base = urlsplit(url).path if isinstance(url, str) and "{" not in url else ""
    return base.rstrip("/") if base.startswith("/") else ""


def _parameter(document: Mapping[str, Any], raw: Mapping[str, Any]) -> Parameter | None:
    name, place = raw.get("name"), raw.get("in")
    if not isinstance(name, str) or place not in ("path", "query", "header"):
        return None
    # Swagger 2 writes type and format beside the name.
    schema = Schema(document, raw.get("schema", raw))
    examples = raw.get("examples")
    shown = next(iter(examples.values()), None) if isinstance(examples, Mapping) else None
    example = raw.get("example", shown.get("value") if isinstance(shown, Mapping) else raw.get("x-example"))
    return Parameter(name, place, schema, raw.get("required") is True or place == "path", example)


def _answer(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Schema | None:
    responses = operation.get("responses")
    if not isinstance(responses, Mapping):
        return None
    for status in ("200", 200, "203", "2XX", "2xx", "default"):
        response = resolved(document, responses.get(status))
        if "schema" in response:
            return Schema(document, response["schema"])
        content = response.get("content")
        if isinstance(content, Mapping) and content:
            media = next((one for kind, one in content.items() if "json" in str(kind)), next(iter(content.values())))
            if isinstance(media, Mapping) and "schema" in media:
                return Schema(document, media["schema"])
    return None
