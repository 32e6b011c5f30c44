# SPDX-License-Identifier: Apache-2.0
"""The answer of the daily calculations route, in each of the shapes the evidence leaves open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from airflow_provider_allhours.client.decoding import Record, decode, prepare_decoders
from airflow_provider_allhours.client.errors import AllHoursContractError
from airflow_provider_allhours.client.models import DailyCalculation


@dataclass(frozen=True)
class CalculationPage:
    """What one request brought.

    Attributes:
        days: employee-days in the order sent.
        is_cut: whether the answer says that there are more than it holds.
    """

    days: list[DailyCalculation]
    is_cut: bool


class _Envelope(Record, frozen=True):
    daily_calculations: list[DailyCalculation] | None = None
    user_calculations: list[msgspec.Raw] | None = None
    total_count: int | None = None


_ANSWER: Any = _Envelope | list[DailyCalculation]
prepare_decoders(_ANSWER, _Envelope)


def parse_calculations(body: bytes, *, request: str, content_type: str = "") -> CalculationPage:
    """Read ``{"DailyCalculations": []}`` (grade C), a page ``{"UserCalculations": [], "TotalCount": n}`` or an array.

    Raises:
        AllHoursContractError: none of these.
    """
    answer = decode(body, _ANSWER, request=request, content_type=content_type)
    if isinstance(answer, list):
        return CalculationPage(answer, is_cut=False)
    if answer.daily_calculations is not None:
        days = answer.daily_calculations
    elif answer.user_calculations is not None:
        days = [day for item in answer.user_calculations for day in _days_of(bytes(item), request)]
    else:
        raise AllHoursContractError(f"{request} answered an object without DailyCalculations")
    return CalculationPage(days, is_cut=(answer.total_count or 0) > len(days))


def _days_of(item: bytes, request: str) -> list[DailyCalculation]:
    """An entry of a page: an employee-day, or one employee's list of them."""
    nested = decode(item, _Envelope, request=request)
    if nested.daily_calculations is not None:
        return nested.daily_calculations
    return [decode(item, DailyCalculation, request=request)]
