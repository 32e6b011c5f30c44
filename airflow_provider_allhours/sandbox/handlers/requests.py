# SPDX-License-Identifier: Apache-2.0
"""Reading parameters and bodies of requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from airflow_provider_allhours.sandbox.account import Account

MAX_WINDOW_DAYS = 3700


def fields_of(body: Any, record: str, names: Iterable[str], account: Account) -> dict[str, Any]:
    """The body's known fields in PascalCase; the vendor's model binder accepts any case.

    Fields that this tenant renamed are read under their new names.
    """
    renamed = account.switches.renamed_fields
    names_by_spelling = {renamed.get(f"{record}.{name}", name).lower(): name for name in names}
    if not isinstance(body, dict):
        return {}
    return {names_by_spelling[key.lower()]: body[key] for key in body if key.lower() in names_by_spelling}


def window_of(
    query: Mapping[str, str], account: Account, *, is_inclusive: bool, names: tuple[str, str] = ("datefrom", "dateto")
) -> tuple[date, date]:
    """First and last day of a window; without its parameters the whole history.

    Args:
        query: names in lower case.
        account: whose rules hold.
        is_inclusive: whether the day of the second parameter belongs to the window.
        names: the two parameters, in lower case.

    Raises:
        ValueError: a date is not valid, or the window is longer than this tenant allows.
    """
    first = day_of(query.get(names[0])) or account.company.first_day
    last = day_of(query.get(names[1]))
    if last is None:
        last = account.company.today + timedelta(days=62)
    elif not is_inclusive and _is_midnight(query[names[1]]):
        last -= timedelta(days=1)
    max_days = account.switches.max_window_days
    if (last - first).days + 1 > (MAX_WINDOW_DAYS if max_days is None else max_days):
        raise ValueError("The period is too long.")
    return first, last


def moment_of(text: Any) -> datetime | None:
    """A date-time with its zone dropped.

    Raises:
        ValueError: not an ISO date-time.
    """
    if text is None or text == "":
        return None
    try:
        return datetime.fromisoformat(str(text).replace(" ", "+")).replace(tzinfo=None)
    except ValueError:
        raise ValueError("A date-time is not valid.") from None


def day_of(text: Any) -> date | None:
    """The day of an ISO date or date-time.

    Raises:
        ValueError: not a date, or outside the years 1900 to 2200.
    """
    moment = moment_of(text)
    if moment is not None and not 1900 <= moment.year <= 2200:
        raise ValueError("A date is out of range.")
    return moment.date() if moment is not None else None


def days_between(first: date, last: date) -> list[date]:
    """Every day from the first to the last, both included."""
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def _is_midnight(text: str) -> bool:
    moment = moment_of(text)
    return moment is not None and moment.time() == datetime.min.time()
