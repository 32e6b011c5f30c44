# SPDX-License-Identifier: Apache-2.0
"""Pay lines of a month-end report: those of each person, and of all, beside those of the last period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from heapq import merge
from itertools import groupby
from typing import NamedTuple

from airflow_provider_allhours.files.keyed_spool import ListSpool
from airflow_provider_allhours.payroll.lines import PayLine, quantity_text


class LineKey(NamedTuple):
    """What lines of two periods are laid beside each other by."""

    pay_code: str
    unit: str
    cost_centre: str


class Beside(NamedTuple):
    """A quantity beside that of the last period.

    Attributes:
        key: whose quantity, of a person or of all.
        now: whole hundredths, minutes or pieces; 0 without a line.
        then: that of the last period; None where there is no last period.
    """

    key: LineKey
    now: int
    then: int | None

    @property
    def now_text(self) -> str:
        """As printed."""
        return quantity_text(self.now, self.key.unit)

    @property
    def then_text(self) -> str:
        """As printed; empty without a last period."""
        return "" if self.then is None else quantity_text(self.then, self.key.unit)

    @property
    def difference_text(self) -> str:
        """With its sign; empty without a last period."""
        if self.then is None:
            return ""
        text = quantity_text(self.now - self.then, self.key.unit)
        return text if text.startswith("-") or self.now == self.then else f"+{text}"


class ReportTotal(NamedTuple):
    """The total of a pay code in one unit.

    Attributes:
        own: of the period itself, beside that of the last period.
        corrections: of the earlier periods that the file corrects.
    """

    own: Beside
    corrections: int

    @property
    def in_file(self) -> int:
        """What the file pays."""
        return self.own.now + self.corrections

    @property
    def corrections_text(self) -> str:
        """As printed."""
        return quantity_text(self.corrections, self.own.key.unit)

    @property
    def in_file_text(self) -> str:
        """As printed."""
        return quantity_text(self.in_file, self.own.key.unit)


class _Line(NamedTuple):
    key: LineKey
    quantity: int
    employee_id: str
    name: str


class LinesOfUsers:
    """The printed lines of a payroll file on the disk, by user.

    Args:
        lines: they.
    """

    def __init__(self, lines: Iterable[PayLine]) -> None:
        self._spool: ListSpool[_Line] = ListSpool()
        sums: dict[LineKey, int] = defaultdict(int)
        for line in lines:
            key = LineKey(line.pay_code, line.unit, line.cost_centre)
            sums[key._replace(cost_centre="")] += line.quantity
            printed = _Line(key, line.quantity, line.person.employee_id, name_of(line))
            self._spool.add(line.person.user_id or line.person.employee_id, printed)
        self.sums: Mapping[LineKey, int] = sums

    def users(self) -> Iterator[str]:
        """The users that have lines, sorted."""
        return iter(self._spool)

    def of(self, user_id: str) -> dict[LineKey, int]:
        """The quantities of a user."""
        found: dict[LineKey, int] = {}
        for line in self._spool[user_id]:
            found[line.key] = found.get(line.key, 0) + line.quantity
        return found

    def who(self, user_id: str) -> tuple[str, str]:
        """Employee id and name as the last line of a user has them."""
        line = self._spool[user_id][-1]
        return line.employee_id, line.name

    def close(self) -> None:
        """Forget everything."""
        self._spool.close()


class LinesBeside:
    """The lines of a payroll file beside those of the last period.

    Args:
        now: the lines.
        then: those of the last period; None where there is no last period.
    """

    def __init__(self, now: LinesOfUsers, then: LinesOfUsers | None) -> None:
        self._now = now
        self._then = then

    def users(self) -> Iterator[str]:
        """The users that have lines in one of the two, sorted."""
        both = merge(self._now.users(), () if self._then is None else self._then.users())
        return (user_id for user_id, _ in groupby(both))

    def of(self, user_id: str) -> tuple[Beside, ...]:
        """The lines of a user."""
        return self._beside(self._now.of(user_id), {} if self._then is None else self._then.of(user_id))

    def who(self, user_id: str) -> tuple[str, str]:
        """Employee id and name of a user who has lines."""
        is_now = self._then is None or self._now.of(user_id)
        return self._now.who(user_id) if is_now or self._then is None else self._then.who(user_id)

    def joined(self) -> Iterator[str]:
        """Users who have lines, and had none in the last period."""
        return (user_id for user_id in self.users() if self._then is not None and not self._then.of(user_id))

    def gone(self) -> Iterator[str]:
        """Users who have no lines, and had some in the last period."""
        return (user_id for user_id in self.users() if not self._now.of(user_id))

    def totals(self, corrected: Iterable[PayLine]) -> list[ReportTotal]:
        """The sums by pay code and unit, of all cost centres, with those of the lines that correct earlier periods."""
        corrections: dict[LineKey, int] = defaultdict(int)
        for line in corrected:
            corrections[LineKey(line.pay_code, line.unit, "")] += line.quantity
        # A pay code that is only corrected has a row, too.
        then = {} if self._then is None else self._then.sums
        own = self._beside({**dict.fromkeys(corrections, 0), **self._now.sums}, then)
        return sorted(ReportTotal(one, corrections.get(one.key, 0)) for one in own)

    def _beside(self, now: Mapping[LineKey, int], then: Mapping[LineKey, int]) -> tuple[Beside, ...]:
        keys = dict.fromkeys([*now, *then])
        return tuple(Beside(key, now.get(key, 0), None if self._then is None else then.get(key, 0)) for key in keys)


def name_of(line: PayLine) -> str:
    """First and last name of the person of a line."""
    return f"{line.person.first_name} {line.person.last_name}".strip()
