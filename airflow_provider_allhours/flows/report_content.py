# SPDX-License-Identifier: Apache-2.0
"""What a month-end report says, before it is written in any form."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from airflow_provider_allhours.flows.payroll_contributions import Contribution
from airflow_provider_allhours.flows.payroll_draft import Draft
from airflow_provider_allhours.flows.payroll_manifest import PayrollManifest
from airflow_provider_allhours.flows.version_people import definitions_of
from airflow_provider_allhours.flows.versions import FrozenVersion
from airflow_provider_allhours.payroll.bridge import Bridge, bridge_of
from airflow_provider_allhours.payroll.definitions import ResolvedMapping
from airflow_provider_allhours.payroll.frozen import PersonRecords
from airflow_provider_allhours.payroll.lines import PayLine, quantity_text
from airflow_provider_allhours.payroll.mapping import PayMapping
from airflow_provider_allhours.payroll.people import Group

MISSING_EVENTS, INVALID, PENDING = "missing events", "day not valid", "absence pending"
NOT_PAID, JOINED, LEFT, PROBLEM, WARNING = (
    "not paid",
    "not in the last file",
    "only in the last file",
    "problem",
    "warning",
)

NOTHING = Bridge(0, 0, 0, 0, 0)


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


class ReportPerson(NamedTuple):
    """One person of the report; ``is_paid`` says whether the file has a line of them."""

    employee_id: str
    user_id: str
    name: str
    bridge: Bridge
    lines: tuple[Beside, ...]
    exceptions: int


class ReportCorrection(NamedTuple):
    """A line that corrects an earlier period, with the reasons of that person's changes."""

    employee_id: str
    name: str
    period: str
    pay_code: str
    unit: str
    quantity: str
    reasons: str


class ReportException(NamedTuple):
    """Something that somebody should know before they sign."""

    kind: str
    employee_id: str
    name: str
    detail: str


@dataclass
class ReportContent:
    """A report.

    Attributes:
        version: what it is about.
        payroll: the payroll file, where there is one.
        previous: the payroll file of the last period, where there is one.
        state: what became of the payroll file, such as ``released`` or ``void``; None without one.
        has_mapping: whether paid and ignored are those of a mapping, or those of All Hours.
        people: by employee id.
        totals: by pay code and unit.
        bridge: of everybody.
        corrections: by period and employee id.
        exceptions: by kind and employee id.
        minutes_of_days: day -> paid presence of everybody, in minutes.
        exceptions_of_weeks: ISO week such as ``2026-W41`` -> number of days with missing events or not valid.
    """

    version: FrozenVersion
    payroll: PayrollManifest | None = None
    previous: PayrollManifest | None = None
    state: str | None = None
    has_mapping: bool = False
    people: list[ReportPerson] = field(default_factory=list)
    totals: list[ReportTotal] = field(default_factory=list)
    bridge: Bridge = NOTHING
    corrections: list[ReportCorrection] = field(default_factory=list)
    exceptions: list[ReportException] = field(default_factory=list)
    minutes_of_days: dict[date, int] = field(default_factory=dict)
    exceptions_of_weeks: dict[str, int] = field(default_factory=dict)

    @property
    def missing(self) -> tuple[int, int]:
        """Minutes that are missing, and of how many people; what others have above their plan makes it no smaller."""
        found = [one.bridge.missing for one in self.people if one.bridge.missing > 0]
        return sum(found), len(found)

    @property
    def above_plan(self) -> tuple[int, int]:
        """Minutes above the plan, and of how many people."""
        found = [-one.bridge.missing for one in self.people if one.bridge.missing < 0]
        return sum(found), len(found)

    @property
    def counts(self) -> dict[str, int]:
        """Number of exceptions by kind."""
        return dict(sorted(Counter(one.kind for one in self.exceptions).items()))


class PaidFile(NamedTuple):
    """A payroll file that was made again; ``state`` is what the registry says of it, or ``preview``."""

    manifest: PayrollManifest
    draft: Draft
    state: str


def make_content(
    version: FrozenVersion,
    *,
    mapping: PayMapping | None,
    group: Group,
    own_lines: Sequence[PayLine],
    problems: Sequence[str],
    payroll: PaidFile | None,
    previous: PaidFile | None,
) -> ReportContent:
    """Put a report together; memory grows with people and lines, not with days.

    Args:
        version: the closed period.
        mapping: what is paid; None for none.
        group: whom it is about.
        own_lines: printed lines of the period itself.
        problems: what would make the lines wrong.
        payroll: the payroll file.
        previous: that of the last period.

    Raises:
        AllHoursConflictError: a frozen file was changed.
    """
    content = ReportContent(
        version,
        None if payroll is None else payroll.manifest,
        None if previous is None else previous.manifest,
        None if payroll is None else payroll.state,
        mapping is not None,
        minutes_of_days=dict.fromkeys(version.period.days(), 0),
        exceptions_of_weeks={week_of(day): 0 for day in version.period.days()},
    )
    resolved = None if mapping is None else ResolvedMapping(mapping, definitions_of(version))
    lines = _LinesOfPeople(own_lines, None if previous is None else _own_lines(previous.draft))
    for records in version.people():
        if group.selects(records.person):
            _add_person(content, records, resolved, group, lines)
    content.people += lines.of_nobody()
    content.people.sort(key=lambda person: (person.employee_id, person.user_id))
    content.bridge = (
        Bridge(*(sum(values) for values in zip(*(one.bridge for one in content.people), strict=True)))
        if content.people
        else content.bridge
    )
    content.totals = lines.totals(() if payroll is None else _corrected_lines(payroll.draft))
    if payroll is not None:
        content.corrections = list(_corrections(payroll.draft, version))
    content.exceptions += [ReportException(PROBLEM, "", "", problem) for problem in problems]
    if payroll is not None:
        content.exceptions += [ReportException(WARNING, "", "", text) for text in payroll.manifest["warnings"]]
    content.exceptions += lines.movements()
    content.exceptions.sort(key=lambda one: (one.kind, one.employee_id, one.detail))
    return content


def week_of(day: date) -> str:
    """The ISO week of a day."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def _own_lines(draft: Draft) -> list[PayLine]:
    """The printed lines of the file's own period."""
    return [line for line in draft.made.periods[0].lines if line.quantity]


def _add_person(
    content: ReportContent,
    records: PersonRecords,
    mapping: ResolvedMapping | None,
    group: Group,
    lines: _LinesOfPeople,
) -> None:
    person = records.person
    name = f"{person.first_name} {person.last_name}".strip()
    found: list[ReportException] = []
    bridge = bridge_of([records], person.employee_id, mapping)
    if group.excludes(person.user_id, person.employee_id):
        bridge = bridge.unpaid()
        reason = group.excluded.get(person.user_id) or group.excluded.get(person.employee_id, "")
        found.append(ReportException(NOT_PAID, person.employee_id, name, reason))
    for day in records.days:
        content.minutes_of_days[day.date] = content.minutes_of_days.get(day.date, 0) + (day.paid_presence_minutes or 0)
        kinds = [MISSING_EVENTS] if day.missing_events else []
        kinds += [INVALID] if day.is_valid is not True else []
        found += [ReportException(kind, person.employee_id, name, day.date.isoformat()) for kind in kinds]
        content.exceptions_of_weeks[week_of(day.date)] += len(kinds)
    found += [
        ReportException(
            PENDING, person.employee_id, name, f"{absence.date.isoformat()} {absence.absence_definition or ''}"
        )
        for absence in records.absences
        if absence.status == "pending"
    ]
    content.exceptions += found
    content.people.append(
        ReportPerson(
            person.employee_id,
            person.user_id,
            name,
            bridge,
            lines.take(person.user_id),
            len(found),
        )
    )


class _LinesOfPeople:
    """The lines of each person beside those of the last period; what was taken is not kept."""

    def __init__(self, now: Sequence[PayLine], then: Sequence[PayLine] | None) -> None:
        self._has_then = then is not None
        self._lines = (*(then or ()), *now)
        keys: dict[LineKey, LineKey] = {}
        self._now, self._then = _by_person(now, keys), _by_person(then or (), keys)
        self._sum_now, self._sum_then = _summed(self._now), _summed(self._then)
        self._joined = [user_id for user_id in self._now if user_id not in self._then]
        self._gone = [user_id for user_id in self._then if user_id not in self._now]

    def take(self, user_id: str) -> tuple[Beside, ...]:
        """The lines of a person, who is in the period; once."""
        return self._beside(self._now.pop(user_id, {}), self._then.pop(user_id, {}))

    def of_nobody(self) -> Iterator[ReportPerson]:
        """People with lines who are not in the period; after all others were taken."""
        left = dict.fromkeys([*self._now, *self._then])
        names = self._names_of(left)
        for user_id in left:
            employee_id, name = names[user_id]
            yield ReportPerson(employee_id, user_id, name, NOTHING, self.take(user_id), 0)

    def totals(self, corrected: Iterable[PayLine]) -> list[ReportTotal]:
        """The sums by pay code and unit, of all cost centres, with those of the lines that correct earlier periods."""
        corrections = _summed(_by_person(corrected, {}))
        # A pay code that is only corrected has a row, too.
        own = self._beside({**dict.fromkeys(corrections, 0), **self._sum_now}, self._sum_then)
        return sorted(ReportTotal(one, corrections.get(one.key, 0)) for one in own)

    def movements(self) -> Iterator[ReportException]:
        """Who has lines in one of the two files only."""
        if not self._has_then:
            return
        names = self._names_of({*self._joined, *self._gone})
        for kind, user_ids in ((JOINED, self._joined), (LEFT, self._gone)):
            for user_id in user_ids:
                yield ReportException(kind, *names[user_id], "")

    def _names_of(self, user_ids: Container[str]) -> dict[str, tuple[str, str]]:
        """Employee id and name as the last line of each user has them."""
        return {
            user_id: (line.person.employee_id, _name(line))
            for line in self._lines
            if (user_id := _first_user(line)) in user_ids
        }

    def _beside(self, now: Mapping[LineKey, int], then: Mapping[LineKey, int]) -> tuple[Beside, ...]:
        keys = dict.fromkeys([*now, *then])
        return tuple(Beside(key, now.get(key, 0), then.get(key, 0) if self._has_then else None) for key in keys)


def _by_person(lines: Iterable[PayLine], keys: dict[LineKey, LineKey]) -> dict[str, dict[LineKey, int]]:
    """The quantities of each person; people share the few ``keys`` that there are."""
    found: dict[str, dict[LineKey, int]] = {}
    for line in lines:
        own = found.setdefault(_first_user(line), {})
        key = LineKey(line.pay_code, line.unit, line.cost_centre)
        key = keys.setdefault(key, key)
        own[key] = own.get(key, 0) + line.quantity
    return found


def _summed(people: Mapping[str, Mapping[LineKey, int]]) -> dict[LineKey, int]:
    sums: dict[LineKey, int] = defaultdict(int)
    for lines in people.values():
        for key, quantity in lines.items():
            sums[key._replace(cost_centre="")] += quantity
    return sums


def _first_user(line: PayLine) -> str:
    return line.person.user_ids[0] if line.person.user_ids else line.person.employee_id


def _name(line: PayLine) -> str:
    return f"{line.person.first_name} {line.person.last_name}".strip()


def _corrected_lines(draft: Draft) -> Iterator[PayLine]:
    """The printed lines of earlier periods."""
    for made in draft.made.periods[1:]:
        yield from made.lines


def _corrections(draft: Draft, version: FrozenVersion) -> Iterator[ReportCorrection]:
    """The lines of other periods; where the file pays differences of its own period, those, too."""
    for part, made in zip(draft.parts, draft.made.periods, strict=True):
        if not part.earlier:
            continue
        reasons = _reasons(part)
        for line in made.lines:
            if line.quantity:
                yield ReportCorrection(
                    line.person.employee_id,
                    _name(line),
                    str(line.period),
                    line.pay_code,
                    line.unit,
                    line.text(),
                    ", ".join(sorted(reasons.get(line.person.employee_id, ()))),
                )


def _reasons(part: Contribution) -> dict[str, set[str]]:
    """Employee id -> reasons of the changes since the last release, as the close found them."""
    version = part.version
    delta = version.manifest["delta"]
    reasons: dict[str, set[str]] = defaultdict(set)
    if delta is None:
        return reasons
    path = version.versions.path(version.number, delta["name"])
    text = path.fs.cat_file(path.path).decode()
    for row in csv.DictReader(io.StringIO(text, newline="")):
        reasons[row["employee_id"]].add(f"{row['date']} {row['reason']}".strip())
    return reasons
