# SPDX-License-Identifier: Apache-2.0
"""Read the lists of an account as typed records, in parts that memory can hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import BytesIO
from typing import TypeVar

from msgspec.json import encode as encode_json

from airflow_provider_allhours.client.contract.templates import Value
from airflow_provider_allhours.client.decoding import decode
from airflow_provider_allhours.client.errors import AllHoursContractError
from airflow_provider_allhours.client.list_parts import decode_parts
from airflow_provider_allhours.client.models import Absence, AbsenceDefinition, Clocking, User
from airflow_provider_allhours.client.paging import sign_of_more
from airflow_provider_allhours.client.route_reader import RouteReader

Wanted = TypeVar("Wanted")
Identified = TypeVar("Identified", Absence, AbsenceDefinition, Clocking, User)

Examine = Callable[[str, bytes, str], None]
"""Called with the route, JSON of some records and its media type."""


class ListReader:
    """Reads lists whole or part by part.

    Args:
        reader: sends the requests.
        examine: told the records that came, as JSON.
    """

    def __init__(self, reader: RouteReader, examine: Examine) -> None:
        self._reader = reader
        self._examine = examine

    def read(self, route: str, kind: type[Wanted], values: Mapping[str, Value] | None = None) -> list[Wanted]:
        """One list; raises what :meth:`each` raises."""
        return list(self.each(route, kind, values))

    def each(self, route: str, kind: type[Wanted], values: Mapping[str, Value] | None = None) -> Iterator[Wanted]:
        """The records of one list in their order.

        Args:
            route: its name.
            kind: type of a record.
            values: what the route takes.

        Raises:
            AllHoursContractError: the response is no such list, or says that it is one page of more; records that came
                before that is seen are no list.
        """
        # A type checker knows no list of a type that is a value.
        listed = list[kind]  # type: ignore[valid-type]
        request = self._reader.request_name("GET", route)
        if not self._reader.plan(route).is_as_believed:
            for page in self._reader.pages(route, values or {}):
                if page.records:
                    body = encode_json(page.records)
                    records = decode(body, listed, request=request)
                    self._examine(route, body, "")
                    yield from records
            return
        answer, count = self._reader.spool(route, values), 0
        with answer.file or BytesIO(answer.body) as file:
            for part in decode_parts(file, listed, request=request, content_type=answer.content_type):
                if part.records:
                    self._examine(route, part.body, answer.content_type)
                count += len(part.records)
                yield from part.records
        if sign := sign_of_more(answer.headers, count):
            raise AllHoursContractError(
                f"{request} answered {count} records and {sign}: the list is one page of more, and how to ask for the "
                "next is not known (`paginator` of the contract says it)"
            )


def once_each(records: Iterable[Identified]) -> Iterator[Identified]:
    """Drop records that came twice in one list.

    Raises:
        AllHoursContractError: two different records have one Id.
    """
    seen: dict[str, int] = {}
    for record in records:
        if record.id is None:
            yield record
            continue
        known, digest = seen.get(record.id), hash(record)
        if known is None:
            seen[record.id] = digest
            yield record
        elif known != digest:
            raise two_records_of_one_id(type(record), record.id)


def two_records_of_one_id(kind: type, identifier: str) -> AllHoursContractError:
    """The error for two different records under one Id, which contradict each other."""
    noun = re.sub(r"(?<!^)(?=[A-Z])", " ", kind.__name__).lower()
    return AllHoursContractError(f"a list of {noun}s holds two different records with the Id {identifier}")
