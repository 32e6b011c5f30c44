# SPDX-License-Identifier: Apache-2.0
"""The response of the daily calculations route, in each of the shapes that are known or inferred."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from airflow_provider_allhours.client.decoding import Record, decode, is_blank, prepare_decoders
from airflow_provider_allhours.client.errors import AllHoursContractError
from airflow_provider_allhours.client.models import DailyCalculation
from airflow_provider_allhours.client.paging import sign_in_object, sign_of_more


@dataclass(frozen=True)
class CalculationPage:
    """What one request brought.

    Attributes:
        days: employee-days in the order sent.
        is_cut: whether the response says that there are more than it holds.
    """

    days: list[DailyCalculation]
    is_cut: bool


class _Envelope(Record, frozen=True):
    daily_calculations: list[DailyCalculation] | None = None
    user_calculations: list[msgspec.Raw] | None = None
    total_count: int | None = None
    next_link: str | None = None
    has_more: bool | None = None
    odata_count: int | None = msgspec.field(default=None, name="@odata.count")
    odata_next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")
    camel_next_link: str | None = msgspec.field(default=None, name="nextLink")
    camel_total_count: int | None = msgspec.field(default=None, name="totalCount")

    def says_more_than(self, count: int) -> bool:
        """Whether a field beside the list says that there are more than so many days."""
        return sign_in_object({sent: getattr(self, name) for sent, name in _BESIDE.items()}, count) is not None


_BESIDE = {field.encode_name: field.name for field in msgspec.structs.fields(_Envelope)[2:]}
_ANSWER: Any = _Envelope | list[DailyCalculation]
prepare_decoders(described_as={_ANSWER: "a list of employee-days", _Envelope: "a page of employee-days"})


def parse_calculations(
    body: bytes, *, request: str, content_type: str = "", headers: Mapping[str, str] | None = None
) -> CalculationPage:
    """Read ``{"DailyCalculations": []}``, a page ``{"UserCalculations": [], "TotalCount": n}`` or an array.

    An empty body or ``null`` has no day; the caller counts the days that are due.

    Raises:
        AllHoursContractError: none of these.
    """
    if is_blank(body):
        return CalculationPage([], is_cut=False)
    answer = decode(body, _ANSWER, request=request, content_type=content_type)
    if isinstance(answer, list):
        days, is_cut = answer, False
    else:
        days = _days_in(answer, request)
        is_cut = answer.says_more_than(len(days))
    return CalculationPage(days, is_cut=is_cut or sign_of_more(headers or {}, len(days)) is not None)


def _days_in(answer: _Envelope, request: str) -> list[DailyCalculation]:
    if answer.daily_calculations is not None:
        return answer.daily_calculations
    if answer.user_calculations is not None:
        return [day for item in answer.user_calculations for day in _days_of(bytes(item), request)]
    raise AllHoursContractError(f"{request} answered an object without DailyCalculations")


def _days_of(item: bytes, request: str) -> list[DailyCalculation]:
    """An entry of a page: an employee-day, or one employee's list of them."""
    nested = decode(item, _Envelope, request=request)
    if nested.daily_calculations is not None:
        return nested.daily_calculations
    return [decode(item, DailyCalculation, request=request)]
