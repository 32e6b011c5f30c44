# SPDX-License-Identifier: Apache-2.0
"""Public holidays of the sandbox's company, which sits in Slovenia."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

FIXED = {
    (1, 1): "New Year",
    (1, 2): "New Year",
    (2, 8): "Culture Day",
    (4, 27): "Resistance Day",
    (5, 1): "Labour Day",
    (5, 2): "Labour Day",
    (6, 25): "Statehood Day",
    (8, 15): "Assumption",
    (10, 31): "Reformation Day",
    (11, 1): "All Saints",
    (12, 25): "Christmas",
    (12, 26): "Independence Day",
}


def holiday_name(day: date) -> str | None:
    """The holiday on this day, if it is one."""
    return FIXED.get((day.month, day.day)) or ("Easter Monday" if day == _easter_monday(day.year) else None)


@lru_cache
def _easter_monday(year: int) -> date:
    """The day after Easter Sunday, by the anonymous Gregorian rule."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 19 * weekday) // 433
    month = (h + weekday - 7 * m + 90) // 25
    sunday = date(year, month, (h + weekday - 7 * m + 33 * month + 19) % 32)
    return sunday + timedelta(days=1)
