# SPDX-License-Identifier: Apache-2.0
"""Lines of whole periods and corrections: printed sums are right, whoever came, went or got another number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_allhours.attendance.selection import EmployeeSelection
from airflow_provider_allhours.flows.printed_on_disk import PrintedOnDisk
from airflow_provider_allhours.payroll.definitions import Definition, Definitions, ResolvedMapping
from airflow_provider_allhours.payroll.frozen import FrozenPerson
from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.mapping import PayMapping, read_mapping
from airflow_provider_allhours.payroll.paid_people import PaidPerson
from airflow_provider_allhours.payroll.people import Group
from airflow_provider_allhours.payroll.period_lines import FrozenPeriod, LineOptions, PeriodLines, lines_of_period
from airflow_provider_allhours.payroll.printed import PrintedSoFar, printed_so_far
from airflow_provider_allhours.payroll.rounding import ROUNDINGS, nearest
from airflow_provider_allhours.periods import Period
from tests.payroll.records import day, leave, person, records

OCTOBER = Period.of_month(2026, 10)
MAPPING = read_mapping(
    {
        "lines": [
            {"source": "paid_presence_minutes", "pay_code": "1", "unit": "hours"},
            {"source": "overtime_minutes", "pay_code": "2", "unit": "minutes", "also": True},
            {"absence": "annual", "pay_code": "3", "unit": "days"},
        ],
        "cost_centre": "custom_field3",
    }
)


PERSON = msgspec.json.Decoder(PaidPerson)


def people_lines(people: Iterable[PaidPerson]) -> list[bytes]:
    """People as the registry keeps them."""
    return [msgspec.json.encode(person) for person in people]


@dataclass(frozen=True)
class Truth:
    """What a version knows of one user."""

    number: str = "1"
    presence: int = 0
    overtime: int = 0
    leave: bool = False
    team: str = ""

    def entry(self, user_id: str) -> FrozenPerson:
        fields = {"custom_field3": self.team} if self.team else {}
        return person(user_id, self.number, last_name=f"Name of {user_id}", custom_fields=fields)

    def quantities(self) -> dict[tuple[str, str, str], int]:
        """Printed parts by pay code, unit and cost centre."""
        return {
            ("1", "hours", self.team): nearest(Fraction(self.presence, 60) * 100),
            ("2", "minutes", self.team): self.overtime,
            ("3", "days", self.team): 100 * self.leave,
        }


Version = dict[str, Truth]


def frozen(version: Version) -> FrozenPeriod:
    entries = [truth.entry(user_id) for user_id, truth in sorted(version.items())]
    people = (
        records(
            day(1, paid_presence_minutes=truth.presence, overtime_minutes=truth.overtime),
            *([leave(1)] if truth.leave else []),
            who=truth.entry(user_id),
        )
        for user_id, truth in sorted(version.items())
    )
    return FrozenPeriod(OCTOBER, entries, people, Definitions())


@dataclass
class Office:
    """A payroll office: what it was sent, as the registry keeps it."""

    releases: list[list[PaidPerson]] = field(default_factory=list)
    known: Version = field(default_factory=dict)
    mapping: PayMapping = MAPPING

    def pay(
        self, version: Version, group: Group | None = None, mapping: PayMapping = MAPPING, **options: Any
    ) -> PeriodLines:
        """Release a version."""
        former = {user_id: truth.entry(user_id) for user_id, truth in self.known.items()}
        given = LineOptions(mapping, group=group or Group(), **options)
        with self.so_far() as printed:
            so_far = printed if self.releases else None
            made = lines_of_period(frozen(version), given, so_far=so_far, former=former)
        if not made.problems:
            self.releases = [*self.releases, [PERSON.decode(line) for line in people_lines(made.people)]]
            self.known = {**self.known, **version}
        return made

    def void(self, index: int) -> None:
        """A release was never imported."""
        self.releases = [*self.releases[:index], *self.releases[index + 1 :]]

    @contextmanager
    def so_far(self) -> Iterator[PrintedSoFar]:
        mapping = self.mapping
        with PrintedOnDisk(OCTOBER) as lines:
            yield printed_so_far(lines, self.releases, mapping.codes, frozenset({mapping.sha256}))

    @property
    def lines(self) -> list[PayLine]:
        """Everything that was printed, as it was printed."""
        return [line for people in self.releases for person in people for line in person.printed(OCTOBER)]

    def sums(self) -> dict[tuple[str, ...], int]:
        """Printed sums by employee id, pay code, unit and cost centre."""
        sums: dict[tuple[str, ...], int] = defaultdict(int)
        for line in self.lines:
            sums[line.person.employee_id, line.pay_code, line.unit, line.cost_centre] += line.quantity
        return {key: quantity for key, quantity in sums.items() if quantity}


def truth_of(version: Version) -> dict[tuple[str, ...], int]:
    return {
        (truth.number, *key): quantity
        for truth in version.values()
        for key, quantity in truth.quantities().items()
        if quantity
    }


def printed(made: PeriodLines) -> list[tuple[str, str, str]]:
    assert made.problems == []
    return [(line.person.employee_id, line.pay_code, line.text()) for line in made.lines if line.quantity]


truths = st.builds(
    Truth,
    presence=st.integers(0, 1440),
    overtime=st.integers(0, 200),
    leave=st.booleans(),
    team=st.sampled_from(["", "K1", "K2"]),
)


@st.composite
def versions(draw: st.DrawFn) -> Version:
    """Some of four users, each with a number of its own."""
    users = draw(st.lists(st.sampled_from("abcd"), unique=True))
    numbers = draw(st.permutations(["1", "2", "3", "4", "5"]))
    return {
        user: Truth(number, truth.presence, truth.overtime, truth.leave, truth.team)
        for user, number in zip(users, numbers, strict=False)
        for truth in [draw(truths)]
    }


@given(st.lists(versions(), min_size=1, max_size=6))
def test_printed_sums_are_the_truth_of_the_last_release(history: list[Version]) -> None:
    """Corrections, joiners, leavers, new numbers and swapped ones, new cost centres."""
    office = Office()
    for version in history:
        office.pay(version, on_removed="pay", on_renumbered="move")
        assert office.sums() == truth_of(version)
        exact = sum(line.exact_minutes for line in office.lines)
        assert exact == sum(truth.presence + truth.overtime for truth in version.values())


@given(st.lists(versions(), min_size=1, max_size=5), st.data())
def test_printed_sums_count_from_the_releases_that_are_not_void(history: list[Version], data: st.DataObject) -> None:
    """Whatever was void, the next release makes the printed sums those of its version."""
    office = Office()
    for version in history:
        office.pay(version, on_removed="pay", on_renumbered="move")
        for _ in range(data.draw(st.integers(0, 2))):
            if office.releases:
                office.void(data.draw(st.integers(0, len(office.releases) - 1)))
        office.pay(version, on_removed="pay", on_renumbered="move")
        assert office.sums() == truth_of(version)


numbers_of_two = st.tuples(st.sampled_from("12"), st.sampled_from(["3", "4", ""])).map(
    lambda numbers: {user: Truth(number, 60) for user, number in zip("ab", numbers, strict=True) if number}
)


@given(st.lists(st.tuples(numbers_of_two, st.sampled_from(["move", "keep"])), min_size=3, max_size=7))
def test_what_payroll_has_is_the_truth_whoever_changes_numbers(history: list[tuple[Version, Any]]) -> None:
    """Of each new number somebody says anew whether payroll has it, too; payroll then changes what it has."""
    office, has = Office(), defaultdict[tuple[str, ...], int](int)
    for version, on_renumbered in history:
        made = office.pay(version, on_removed="pay", on_renumbered=on_renumbered)
        for (user, old), new in made.answers.renumbered.items():
            for key in [key for key in has if key[:2] == (user, old)]:
                has[user, new, *key[2:]] += has.pop(key)
        for line in made.lines:
            key = (line.person.user_id, line.person.employee_id, line.pay_code, line.unit, line.cost_centre)
            has[key] += line.quantity
        assert {key: quantity for key, quantity in has.items() if quantity} == {
            (user, truth.number, *key): quantity
            for user, truth in version.items()
            for key, quantity in truth.quantities().items()
            if quantity
        }


@given(st.lists(versions(), min_size=2, max_size=5), st.data())
def test_printed_sums_of_groups_are_those_of_each_persons_last_release(
    history: list[Version], data: st.DataObject
) -> None:
    """Each run pays some of the people; numbers stay, and nobody goes."""
    office, last = Office(), {}
    staff = {user: str(number) for number, user in enumerate("abcd", start=1)}
    for version in history:
        everybody = {
            user: Truth(number, known.presence, known.overtime, known.leave, known.team)
            for user, number in staff.items()
            for known in [version.get(user, Truth())]
        }
        chosen = data.draw(st.lists(st.sampled_from(sorted(staff.values())), unique=True, min_size=1))
        office.pay(everybody, Group(EmployeeSelection.of(chosen)))
        last |= {user: known for user, known in everybody.items() if known.number in chosen}
        assert office.sums() == truth_of(last)


@given(versions(), truths, st.sampled_from(ROUNDINGS))
def test_nobodys_line_depends_on_another_person(version: Version, other: Truth, rounding: str) -> None:
    def lines(given: Version) -> list[PayLine]:
        made = lines_of_period(frozen(given), LineOptions(MAPPING, rounding))  # type: ignore[arg-type]  # a text that is drawn
        return [line for line in made.lines if line.person.user_id != "z"]

    first, second = ({**version, "z": Truth("9", *minutes)} for minutes in ((1, 1), (other.presence, other.overtime)))
    assert lines(first) == lines(second) == lines(version)


def test_six_corrections_of_one_minute_do_not_drift() -> None:
    office = Office()
    for minutes in range(7):
        office.pay({"a": Truth(presence=480 + minutes)})
    assert office.sums() == {("1", "1", "hours", ""): 810}


def test_somebody_who_is_gone_is_a_question() -> None:
    office = Office()
    office.pay({"a": Truth("1", 480), "b": Truth("2", 60)})
    assert office.pay({"b": Truth("2", 60)}).problems == [
        f"{OCTOBER}: 1 people were paid and are no longer in the roster (employee id 1); "
        'on_removed="pay" takes back what was printed, "keep" leaves it'
    ]
    kept = Office(office.releases, office.known)
    assert printed(office.pay({"b": Truth("2", 60)}, on_removed="pay")) == [("1", "1", "-8.00")]
    assert printed(office.pay({"b": Truth("2", 61)})) == [("2", "1", "0.02")]
    assert printed(kept.pay({"b": Truth("2", 60)}, on_removed="keep")) == []
    assert printed(kept.pay({"b": Truth("2", 61)})) == [("2", "1", "0.02")]
    assert printed(kept.pay({"b": Truth("2", 61), "a": Truth("1", 540)})) == [("1", "1", "1.00")]


def test_another_number_is_a_question() -> None:
    office = Office()
    office.pay({"a": Truth("1", 480)})
    assert office.pay({"a": Truth("9", 480)}).problems == [
        f"{OCTOBER}: 1 people were paid under another employee id (1 is now 9); "
        'on_renumbered="move" takes back the old number and pays the new one, "keep" says that payroll has the new '
        "number, too"
    ]
    kept = Office(office.releases, office.known)
    moved = office.pay({"a": Truth("9", 480)}, on_renumbered="move")
    assert printed(moved) == [("1", "1", "-8.00"), ("9", "1", "8.00")]
    assert printed(office.pay({"a": Truth("9", 540)})) == [("9", "1", "1.00")]
    assert printed(kept.pay({"a": Truth("9", 480)}, on_renumbered="keep")) == []
    assert printed(kept.pay({"a": Truth("9", 540)})) == [("9", "1", "1.00")]
    assert printed(kept.pay({"a": Truth("7", 540)}, on_renumbered="keep")) == []
    assert printed(kept.pay({"a": Truth("7", 600)})) == [("7", "1", "1.00")]


def test_what_is_taken_back_has_the_number_that_payroll_knows() -> None:
    """Payroll has changed the number of somebody who goes later: it knows nobody under the old one."""
    office = Office()
    office.pay({"a": Truth("1", 480)})
    office.pay({"a": Truth("9", 480)}, on_renumbered="keep")
    (problem,) = office.pay({}).problems
    assert "employee id 9" in problem
    assert printed(office.pay({}, on_removed="pay")) == [("9", "1", "-8.00")]
    assert printed(office.pay({}, on_removed="pay")) == []


def test_a_number_that_payroll_has_changed_is_that_of_what_was_printed_before() -> None:
    """Somebody has the old number again, or what was printed under it is void: the answer is not about later lines."""
    office = Office()
    office.pay({"a": Truth("1", 480)})
    office.pay({"a": Truth("9", 480)}, on_renumbered="keep")
    back = {"a": Truth("1", 480)}
    assert printed(office.pay(back, on_renumbered="move")) == [("1", "1", "8.00"), ("9", "1", "-8.00")]
    assert printed(office.pay(back)) == []
    assert printed(office.pay({}, on_removed="pay")) == [("1", "1", "-8.00")]


def test_what_is_taken_back_when_the_release_before_the_new_number_is_void() -> None:
    office, other = Office(), {"b": Truth("3", 60)}
    office.pay({"a": Truth("1", 480)})
    office.pay({"a": Truth("9", 480), **other}, on_renumbered="keep")
    office.void(0)
    assert printed(office.pay({"a": Truth("1", 480), **other})) == [("1", "1", "8.00")]
    assert printed(office.pay(other, on_removed="pay")) == [("1", "1", "-8.00")]


def test_the_number_of_one_of_merged_users_is_not_that_of_the_other() -> None:
    office, group = Office(), Group(merges=True)
    office.pay({"a": Truth("1", 480), "b": Truth("2", 60)}, group)
    office.pay({"a": Truth("1", 480), "b": Truth("1", 60)}, group, on_renumbered="keep")
    office.pay({"a": Truth("2", 480), "b": Truth("1", 60)}, group, on_renumbered="move")
    assert printed(office.pay({"a": Truth("2", 480), "b": Truth("1", 60)}, group)) == []
    assert printed(office.pay({"b": Truth("1", 60)}, group, on_removed="pay")) == [("2", "1", "-8.00")]


def test_somebody_who_is_gone_is_selected_by_the_number_that_payroll_knows() -> None:
    office = Office()
    office.pay({"a": Truth("1", 480), "b": Truth("2", 60)})
    office.pay({"a": Truth("9", 480), "b": Truth("2", 60)}, on_renumbered="keep")
    rest = {"b": Truth("2", 60)}
    for number, unknown in (("1", {"1"}), ("9", set())):
        made = Office(office.releases, office.known).pay(rest, Group(EmployeeSelection.of([number])), on_removed="pay")
        assert made.unknown_employees == unknown
        assert [line.text() for line in made.lines] == ([] if unknown else ["-8.00"])


def test_every_correction_has_the_name_of_its_person() -> None:
    """Printed lines have no names, and some layouts find people by theirs."""
    office = Office()
    office.pay({"a": Truth("1", 480, team="K1"), "b": Truth("2", 60, team="K1"), "c": Truth("3", 60)})
    now = {"a": Truth("1", 480, team="K2"), "b": Truth("4", 60, team="K1")}
    made = office.pay(now, on_renumbered="move", on_removed="pay")
    assert [(line.person.employee_id, line.cost_centre, line.text(), line.person.last_name) for line in made.lines] == [
        ("1", "K2", "8.00", "Name of a"),
        ("1", "K1", "-8.00", "Name of a"),
        ("2", "K1", "-1.00", "Name of b"),
        ("3", "", "-1.00", "Name of c"),
        ("4", "K1", "1.00", "Name of b"),
    ]


def test_ids_that_nobody_has_are_known() -> None:
    version = frozen({"a": Truth("7", 60), "d": Truth("", 60)})
    excluded = Group(excluded={"7": "x", "d": "x", "99": "x"})
    assert lines_of_period(version, LineOptions(MAPPING, group=excluded)).unused_exclusions == {"99"}
    for ids, unknown, nobody in ((["7", "8"], {"8"}, False), (["8"], {"8"}, True)):
        group = Group(EmployeeSelection.of(ids))
        made = lines_of_period(frozen({"a": Truth("7", 60)}), LineOptions(MAPPING, group=group))
        assert (made.unknown_employees, made.selects_nobody) == (unknown, nobody)


def test_people_whom_the_file_does_not_pay_are_not_asked_about() -> None:
    office = Office()
    office.pay({"a": Truth("1", 480, team="K1"), "b": Truth("2", 480, team="K2")})
    group = Group(EmployeeSelection.of({"custom_field3": ["K2"]}))
    assert printed(office.pay({"b": Truth("2", 540, team="K2")}, group)) == [("2", "1", "1.00")]
    without = Group(excluded={"1": "paid by hand"})
    assert printed(office.pay({"b": Truth("2", 540, team="K2")}, without)) == []


def test_a_re_hire_continues_the_lines_of_the_first_record() -> None:
    office = Office()
    office.pay({"b": Truth("1", 480)})
    both = {"b": Truth("1", 480), "a": Truth("1", 120)}
    assert office.pay(both).problems == [f"{OCTOBER}: employee id 1 belongs to 2 users: a, b"]
    assert printed(office.pay(both, Group(merges=True))) == [("1", "1", "2.00")]
    gone = {"b": Truth("1", 480)}
    (problem,) = office.pay(gone, Group(merges=True)).problems
    assert "1 people were paid from several users, and one of these is no longer in the roster" in problem
    assert printed(office.pay(gone, Group(merges=True), on_removed="pay")) == [("1", "1", "-2.00")]


@pytest.mark.parametrize("keep", ["pay", "keep"])
def test_somebody_who_was_never_paid_anything_is_no_question(keep: Any) -> None:
    office = Office()
    office.pay({"a": Truth("1"), "b": Truth("2", 60)})
    assert printed(office.pay({"b": Truth("2", 60)})) == []


def test_people_without_a_cost_centre_are_a_warning() -> None:
    made = lines_of_period(frozen({"a": Truth("1", 60), "b": Truth("2", 60, team="K1")}), LineOptions(MAPPING))
    assert made.warnings == [f"{OCTOBER}: 1 people have no custom_field3, so no cost centre: employee id 1"]


def test_a_mapping_that_was_changed_after_the_release_asks() -> None:
    def mapping(code: str, **fields: Any) -> PayMapping:
        line = {"source": "paid_presence_minutes", "pay_code": code, "unit": "hours", **fields}
        return read_mapping({"lines": [line], "ignore": {"absences": "*"}})

    office = Office(mapping=mapping("1"))
    office.pay({"a": Truth("1", 480)}, mapping=mapping("1"))
    advice = "a correction takes the mapping of its release; where that was wrong, void the release"
    assert office.pay({"a": Truth("1", 540)}, mapping=mapping("9")).problems == [
        f"{OCTOBER}: pay code 9 was in no mapping that this period was paid with; {advice}",
        f"{OCTOBER}: pay code 1 was paid and is no longer in the mapping in this unit; {advice}",
    ]
    other = office.pay({"a": Truth("1", 540, 60)}, mapping=mapping("1", minus=["overtime_minutes"]))
    assert other.warnings == [
        f"{OCTOBER}: the mapping is not the one that this period was paid with; what it pays otherwise is among the "
        "corrections"
    ]
    assert office.pay({"a": Truth("1", 540)}, mapping=mapping("1")).warnings == []


def test_a_number_that_comes_back_is_no_question_for_ever() -> None:
    office = Office()
    office.pay({"a": Truth("1", 480)})
    for number in ("2", "1", "3"):
        office.pay({"a": Truth(number, 480)}, on_renumbered="keep")
        assert printed(office.pay({"a": Truth(number, 480)})) == []
    assert printed(office.pay({"a": Truth("3", 540)})) == [("3", "1", "1.00")]


def test_a_line_that_pays_nothing_because_nothing_has_its_name_is_a_warning() -> None:
    definitions = Definitions(is_complete=True)
    definitions.add("absence", Definition("a1", frozenset({"Annual leave"})))
    lines = [{"absence": name, "pay_code": name} for name in ("Annual leave", "Anual leave")]
    resolved = ResolvedMapping(read_mapping({"lines": lines}), definitions)
    assert list(resolved.warnings()) == [
        "line 2 of the mapping pays absence 'Anual leave', and the account has none of this name or id"
    ]
    assert list(ResolvedMapping(read_mapping({"lines": lines}), Definitions()).warnings()) == []


def test_what_nobody_has_is_neither_printed_nor_counted() -> None:
    made = lines_of_period(frozen({"a": Truth("1", 60)}), LineOptions(MAPPING))
    assert [(line.pay_code, line.quantity, line.exact_minutes) for line in made.lines] == [("1", 100, 60)]
