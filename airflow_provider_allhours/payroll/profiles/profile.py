# SPDX-License-Identifier: Apache-2.0
"""Base class of payroll layouts, and finding a layout by name, class path or declaration."""

from __future__ import annotations

import csv
from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from itertools import islice
from types import MappingProxyType
from typing import Any, ClassVar

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.payroll.leave_spans import LeaveSpan
from airflow_provider_allhours.payroll.lines import PayLine
from airflow_provider_allhours.payroll.profiles.declaration import is_declaration

PROFILES = {
    "generic-csv": "generic.GenericCsv",
    "datev-lodas": "datev.DatevLodas",
    "datev-lug": "datev.DatevLug",
    "adp-csv": "adp.AdpCsv",
    "gusto-csv": "gusto.GustoCsv",
    "saop-w1": "saop.SaopW1",
    "bmd-csv": "bmd.BmdCsv",
    "lexware-csv": "lexware.LexwareCsv",
    "paychex-spi": "paychex.PaychexSpi",
    "sage-ie": "sage.SageIe",
}

BATCH = 1000
"""Records that are joined at once."""

ProfileDeclaration = Mapping[str, Any]
"""``{"base": <name>, <option>: <value>, …}``: a profile and its options; or a layout with ``columns`` of its own."""


@dataclass(frozen=True)
class FileSetting:
    """What a layout needs to know of the whole file.

    Attributes:
        accounting_month: first day of the month that the file is for; None for the month of each period's last day.
        has_cost_centres: whether the mapping has cost centres.
        pay_codes: pay codes of the mapping; empty where they are not known.
    """

    accounting_month: date | None = None
    has_cost_centres: bool = False
    pay_codes: frozenset[str] = frozenset()

    def month_of(self, line: PayLine) -> date:
        """First day of the month in which a line is accounted for."""
        return self.accounting_month or line.period.date_to.replace(day=1)


def read_accounting_month(text: str | None) -> date | None:
    """First day of the month of the parameter ``accounting_month``; None where it is not given.

    Raises:
        AllHoursParameterError: not a month such as ``2026-10``.
    """
    if text is None:
        return None
    year, _, month = str(text).partition("-")
    if len(year) == 4 and len(month) == 2 and (year + month).isascii() and (year + month).isdigit():
        with suppress(ValueError):
            return date(int(year), int(month), 1)
    raise AllHoursParameterError(f"parameter 'accounting_month' is {text!r}; it takes a month such as 2026-10")


class Profile(ABC):
    """A layout of payroll files; derive from it, or from a profile of this package, to add one.

    Args:
        options: values of its options.

    Attributes:
        options: name of each option -> default; ``None`` means that it has to be given.
        units: units it can write.
        one_period: whether a file holds a single period.
        places_cost_centres: whether it has a place for cost centres.
        max_cost_centre: characters that a cost centre can have; None for any number.
        no_cost_centre_has: characters that would end the field of a cost centre, in a program that knows no quotation.
        tells_units: whether a reader of the file can tell the unit of each quantity.
        one_line_per_code: whether a person has one quantity of a pay code (and cost centre) in a file.
        takes_accounting_month: whether a line is accounted for in a month.
        keeps_days: whether it writes the single days of a line.
        keeps_spans: whether it writes unbroken leave.
        spans: unbroken leave of the people of the file, set before the lines are written.
        leave_names: name or id of absence definitions, in the form of :func:`~..texts.name_key` -> ids of those that
            have it; set with them.
        is_delta: whether the file pays differences to earlier ones; set with them.
        newline: end of a line.
        setting: what the whole file has, set before the lines are written.

    Raises:
        AllHoursParameterError: an unknown option, or one that has to be given is missing.
    """

    options: ClassVar[Mapping[str, Any]] = {}
    units: ClassVar[Sequence[str]] = ("hours",)
    one_period: ClassVar[bool] = True
    places_cost_centres: ClassVar[bool] = False
    max_cost_centre: ClassVar[int | None] = None
    no_cost_centre_has: ClassVar[str] = ""
    tells_units: bool = False
    one_line_per_code: ClassVar[bool] = False
    takes_accounting_month: ClassVar[bool] = False
    keeps_days: bool = False
    keeps_spans: bool = False
    spans: Sequence[LeaveSpan] = ()
    leave_names: Mapping[str, Collection[str]] = MappingProxyType({})
    is_delta: bool = False
    newline: ClassVar[str] = "\r\n"
    setting: FileSetting = FileSetting()

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        given = dict(options or {})
        unknown = sorted(set(given) - set(self.options))
        if unknown:
            raise AllHoursParameterError(
                f"parameter 'profile_options' has unknown keys {', '.join(unknown)}; "
                f"this profile takes {', '.join(self.options) or 'none'}"
            )
        self.chosen: dict[str, Any] = {**self.options, **given}
        missing = [name for name, value in self.chosen.items() if value is None]
        if missing:
            raise AllHoursParameterError(f"parameter 'profile_options' lacks {', '.join(missing)}")

    @property
    def encoding(self) -> str:
        """Encoding of the file."""
        return "utf-8"

    @abstractmethod
    def records(self, lines: Sequence[PayLine]) -> Iterator[Sequence[str]]:
        """The records of the file, with the header where the layout has one."""

    def render(self, lines: Sequence[PayLine]) -> str:
        """The file as text."""
        rows = csv.writer(_Echo(), delimiter=self.separator, lineterminator=self.newline)
        return joined(rows.writerow(record) for record in self.records(lines))

    @property
    def separator(self) -> str:
        """Separator of the fields."""
        return ","

    def problems(self, lines: Sequence[PayLine]) -> Iterator[str]:
        """Every reason why this layout cannot hold the lines, one sentence each."""
        for unit in sorted({line.unit for line in lines} - set(self.units)):
            yield f"the unit {unit} has no place in this layout; it takes {', '.join(self.units)}"
        periods = {line.period for line in lines}
        if self.one_period and len(periods) > 1:
            yield f"the layout holds one period per file, and there are lines of {len(periods)}"
        if not self.places_cost_centres and any(line.cost_centre for line in lines):
            yield "the mapping has cost centres, and the layout has no place for them"
        yield from self._problems_of_cost_centres(lines)
        if not self.tells_units:
            yield from _units_that_meet(lines)
        if self.one_line_per_code:
            yield from _lines_that_meet(lines)
        yield from self.problems_of_lines(lines)
        for employee_id in self._not_encodable(lines):
            yield f"employee id {employee_id}: a character that {self.encoding} lacks"

    def check_file_name(self, name: str) -> None:  # noqa: B027 -- most layouts take any name
        """Refuse a name that the payroll program does not take; to be overridden.

        Raises:
            AllHoursParameterError: names the one that it takes.
        """

    def problems_of_lines(self, lines: Sequence[PayLine]) -> Iterator[str]:
        """Problems of the lines that only this layout has; to be overridden."""
        yield from ()

    def _problems_of_cost_centres(self, lines: Sequence[PayLine]) -> Iterator[str]:
        for employee_id, centre in sorted({(line.person.employee_id, line.cost_centre) for line in lines}):
            if self.max_cost_centre is not None and len(centre) > self.max_cost_centre:
                yield f"employee id {employee_id}: a cost centre has up to {self.max_cost_centre} characters"
            if any(not letter.isprintable() or letter in self.no_cost_centre_has for letter in centre):
                unwanted = " ".join(["a control character", *self.no_cost_centre_has])
                yield f"employee id {employee_id}: a cost centre has a character that would end its field ({unwanted})"

    def _not_encodable(self, lines: Sequence[PayLine]) -> list[str]:
        return sorted({line.person.employee_id for line in lines if not self._fits(line)})

    def _fits(self, line: PayLine) -> bool:
        try:
            for record in self.records([line]):
                "".join(record).encode(self.encoding)
        except UnicodeEncodeError:
            return False
        return True


class _Echo:
    """A file for :func:`csv.writer`, whose ``writerow`` returns what ``write`` returns."""

    def write(self, row: str) -> str:
        return row


def joined(records: Iterable[str]) -> str:
    """All records as one text, without a list of all records beside it."""
    remaining = iter(records)
    return "".join(["".join(some) for some in iter(lambda: [*islice(remaining, BATCH)], [])])


def find_profile(name: str | ProfileDeclaration, options: Mapping[str, Any] | None) -> Profile:
    """A profile by name, by the dotted path of a class, or by a declaration.

    Args:
        name: name, dotted path, ``{"base": <name>, <option>: <value>, …}``, or a declaration, see
            :func:`~.declaration.parse_declaration`.
        options: values of options; they take precedence over those of a declaration.

    Raises:
        AllHoursParameterError: no such profile, or options it does not take.
    """
    if is_declaration(name):
        from airflow_provider_allhours.payroll.profiles.declared import DeclaredProfile  # it derives from Profile

        return DeclaredProfile(name, options)
    if isinstance(name, Mapping):
        declared = dict(name)
        return find_profile(declared.pop("base", "generic-csv"), {**declared, **(options or {})})
    if name in PROFILES:
        module, _, kind = PROFILES[name].rpartition(".")
        return _class(f"{__package__}.{module}", kind)(options)
    module, _, kind = str(name).rpartition(".")
    if not module:
        raise AllHoursParameterError(
            f"parameter 'profile' is {name!r}; it takes one of {', '.join(PROFILES)}, or the dotted path of a class"
        )
    return _class(module, kind)(options)


def _class(module: str, kind: str) -> type[Profile]:
    try:
        profile_class = getattr(import_module(module), kind)
    except (ImportError, AttributeError):
        raise AllHoursParameterError(f"parameter 'profile': there is no class {module}.{kind}") from None
    if not (isinstance(profile_class, type) and issubclass(profile_class, Profile)):
        raise AllHoursParameterError(f"parameter 'profile': {module}.{kind} is not a subclass of Profile")
    return profile_class


def texts_by_code(chosen: Mapping[str, Any], name: str) -> dict[str, str]:
    """An option that maps ids or codes, which YAML and Python may have as numbers, to texts.

    Raises:
        AllHoursParameterError: not an object, or a key or a text is missing or there twice.
    """
    given = chosen[name]
    if not isinstance(given, Mapping):
        raise AllHoursParameterError(
            f"parameter 'profile_options': '{name}' takes an object such as {{\"1000\": \"U\"}}"
        )
    texts = {str(key).strip(): str(value).strip() for key, value in given.items()}
    if len(texts) < len(given) or not all(key and value for key, value in texts.items()) or None in given.values():
        raise AllHoursParameterError(
            f"parameter 'profile_options': '{name}' has a name or a value that is empty, or a name twice"
        )
    return texts


def required_digits(chosen: Mapping[str, Any], name: str, shortest: int, longest: int) -> None:
    """Check an option that is a number above 0.

    Raises:
        AllHoursParameterError: not so many digits.
    """
    value = str(chosen[name])
    if not (value.isascii() and value.isdigit() and shortest <= len(value) <= longest and int(value)):
        span = str(longest) if shortest == longest else f"{shortest} to {longest}"
        raise AllHoursParameterError(f"parameter 'profile_options': '{name}' takes digits, {span} of them, above 0")


def ascii_up_to(described: str, value: str, longest: int, shortest: int = 1) -> None:
    """Check an option that is ASCII text of some length.

    Raises:
        AllHoursParameterError: it is not.
    """
    if not (value.isascii() and value.isprintable() and shortest <= len(value.strip()) == len(value) <= longest):
        raise AllHoursParameterError(f"{described}: it takes {shortest} to {longest} ASCII characters")


def too_long(lines: Iterable[PayLine], *, employee_id: int | None, pay_code: int) -> Iterator[str]:
    """Problems of employee ids (unless None) and pay codes that are not digits or have too many."""
    ids = sorted({line.person.employee_id for line in lines})
    codes = sorted({line.pay_code for line in lines})
    for field, values, max_digits in (("employee id", ids, employee_id), ("pay code", codes, pay_code)):
        for value in values:
            if max_digits is not None and not (value.isascii() and value.isdigit() and len(value) <= max_digits):
                yield f"{field} {value}: this layout takes up to {max_digits} digits"


def _units_that_meet(lines: Iterable[PayLine]) -> Iterator[str]:
    units: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        units[line.pay_code].add(line.unit)
    for code, own in sorted(units.items()):
        if len(own) > 1:
            yield f"pay code {code} is in {' and '.join(sorted(own))}, and the layout does not say which a line has"


def _lines_that_meet(lines: Iterable[PayLine]) -> Iterator[str]:
    places = Counter((line.person.employee_id, line.pay_code, line.cost_centre) for line in lines)
    for (employee_id, pay_code, _), count in sorted(places.items()):
        if count > 1:
            yield f"employee id {employee_id}: {count} lines of pay code {pay_code}, and the layout has place for one"


def same_numbers(lines: Iterable[PayLine], *, codes: bool = True) -> Iterator[str]:
    """Problems of texts that a layout with numbers takes for one, such as 42 and 00042.

    Args:
        lines: the lines.
        codes: whether pay codes are numbers in the layout, as employee ids are.
    """
    given = list(lines)
    fields = {"employee id": {line.person.employee_id for line in given}}
    if codes:
        fields["pay code"] = {line.pay_code for line in given}
    for field, texts in fields.items():
        by_number: dict[int, set[str]] = defaultdict(set)
        for text in texts:
            if text.isascii() and text.isdigit():
                by_number[int(text)].add(text)
        for _, same in sorted(by_number.items()):
            if len(same) > 1:
                yield f"{field} {', '.join(sorted(same))}: one number in this layout, which takes numbers and not texts"
