# SPDX-License-Identifier: Apache-2.0
"""Records as an account spells them, turned into the spelling that this provider reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cached_property
from typing import Any, get_args, get_type_hints
from zoneinfo import ZoneInfo

import msgspec

from airflow_provider_allhours.client.contract.model import Case, Contract, RouteContract, Timestamps, Unit
from airflow_provider_allhours.client.contract.names import ROUTE_WORDS
from airflow_provider_allhours.client.contract.our_fields import RECORDS
from airflow_provider_allhours.client.contract.selectors import names_of
from airflow_provider_allhours.client.decoding import LocalDateTime, LocalDay
from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.client.models import TIME_VALUE

SENT_VALUE = "SentValue"
"""Field of a counter that keeps the value as it was sent, where ``Value`` had another unit."""

_CLOCK = re.compile(r"([+-]?)(\d+):([0-5]\d)(?::([0-5]\d)(?:\.\d+)?)?")
_MIDNIGHT = re.compile(r"[T ]00:00(:00(\.0+)?)?(Z|[+-]00:?00)?", re.IGNORECASE)


@dataclass(frozen=True)
class WireForm:
    """How the records of a route are spelled.

    Attributes:
        record: the kind of record, such as ``User``.
        case: of the names.
        fields: our field -> theirs, each as names.
        minutes: unit of the times of the record itself.
        minutes_of_absences: unit of the duration of absences inside a day.
        timestamps: whether moments are local or in UTC.
        timezone: of the company, where moments are in UTC.
    """

    record: str = ""
    case: Case = "pascal"
    fields: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()
    minutes: Unit = "minutes"
    minutes_of_absences: Unit = "minutes"
    timestamps: Timestamps = "local"
    timezone: str | None = None

    @classmethod
    def of(cls, route: str, contract: Contract, timezone: str | None) -> WireForm:
        """The form of a route's records under a contract; ``user`` shares that of ``users``.

        Raises:
            AllHoursParameterError: moments are in UTC, and the company's time zone is not known.
        """
        words = ROUTE_WORDS[route]
        stated = [_stated(contract, route), *([_stated(contract, words.inherits)] if words.inherits else [])]
        fields: dict[str, str] = {}
        for one in reversed(stated):
            fields |= one.fields
        timestamps: Timestamps = next((one.timestamps for one in stated if one.timestamps is not None), "local")
        if timestamps == "utc" and timezone is None:
            raise AllHoursParameterError(
                f"contract.routes.{route}.timestamps is utc, and the connection field 'timezone' is empty; it takes "
                "the company's time zone, such as Europe/Ljubljana"
            )
        return cls(
            words.record,
            contract.case,
            tuple((names_of(ours), names_of(theirs)) for ours, theirs in fields.items()),
            next((one.minutes for one in stated if one.minutes is not None), "minutes"),
            _stated(contract, "absences").minutes or "minutes",
            timestamps,
            timezone,
        )

    @cached_property
    def is_as_believed(self) -> bool:
        """Whether records are read as they come."""
        has_other_absences = self.record == "DailyCalculation" and self.minutes_of_absences != "minutes"
        return (
            self.case == "pascal"
            and not self.fields
            and self.minutes == "minutes"
            and self.timestamps == "local"
            and not has_other_absences
        )

    def ours(self, theirs: Mapping[str, Any]) -> dict[str, Any]:
        """A record in our spelling, from plain JSON as it was sent."""
        if self.is_as_believed:
            return dict(theirs)
        record: dict[str, Any] = self._renamed(theirs)
        for ours, path in self.fields:
            self._put(record, ours, theirs, path)
        if self.record == "DailyCalculation":
            self._convert_day(record)
        elif self.record == "Absence" and self.minutes != "minutes":
            _convert(record, "PartialTimeDuration", self.minutes)
        if self.timestamps == "utc":
            self._localize(record, RECORDS[self.record])
        return record

    def name(self, sent: str) -> str:
        """A name on the wire in PascalCase."""
        if self.case == "camel":
            return sent[:1].upper() + sent[1:]
        if self.case == "snake":
            return "".join(part[:1].upper() + part[1:] for part in sent.split("_"))
        return sent

    def theirs(self, ours: Mapping[str, Any]) -> dict[str, Any]:
        """The body of a write as the account spells it.

        Raises:
            AllHoursParameterError: units, moments or names of the account differ, and nothing says how it takes them in
                a write: eight hours that are sent as 480 would be 480 hours.
        """
        differing = [
            word
            for word, differs in (
                ("minutes", self.minutes != "minutes"),
                ("timestamps", self.timestamps != "local"),
                ("fields", bool(self.fields)),
            )
            if differs
        ]
        if differing:
            raise AllHoursParameterError(
                f"the contract says that {', '.join(differing)} of this account differ; it says how records are read, "
                "not how they are written, so nothing is written"
            )
        return {self._sent_name(name): value for name, value in ours.items()}

    def _sent_name(self, name: str) -> str:
        if self.case == "camel":
            return name[:1].lower() + name[1:]
        if self.case == "snake":
            return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
        return name

    def _renamed(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {self.name(key): self._renamed(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._renamed(inner) for inner in value]
        return value

    def _put(
        self, target: dict[str, Any], ours: tuple[str, ...], source: Mapping[str, Any], theirs: tuple[str, ...]
    ) -> None:
        """Set our field to what stands at theirs; a field that they do not send is absent in ours, too."""
        head, *rest = ours
        if not rest:
            found = _dig(source, theirs)
            if found is _ABSENT:
                target.pop(head, None)
            else:
                target[head] = self._renamed(found)
            return
        inner = source.get(theirs[0]) if len(theirs) > 1 else None
        if isinstance(inner, list):
            own = target.get(head)
            if not isinstance(own, list) or len(own) != len(inner):
                own = target[head] = [self._renamed(element) for element in inner]
            for mine, element in zip(own, inner, strict=True):
                if isinstance(mine, dict) and isinstance(element, Mapping):
                    self._put(mine, tuple(rest), element, theirs[1:])
        elif isinstance(inner, Mapping):
            own = target.get(head)
            if not isinstance(own, dict):
                own = target[head] = self._renamed(inner)
            self._put(own, tuple(rest), inner, theirs[1:])
        elif len(theirs) == 1:
            own = target.get(head)
            if not isinstance(own, dict):
                own = target[head] = {}
            self._put(own, tuple(rest), source, theirs)

    def _convert_day(self, day: dict[str, Any]) -> None:
        if self.minutes != "minutes":
            summary = day.get("CalculationResultSummary")
            if isinstance(summary, dict):
                for name in summary:
                    _convert(summary, name, self.minutes)
            for counter in day.get("Accruals") or ():
                if isinstance(counter, dict) and counter.get("ValueType") in (None, TIME_VALUE, str(TIME_VALUE)):
                    counter[SENT_VALUE] = counter.get("Value")
                    _convert(counter, "Value", self.minutes)
        if self.minutes_of_absences != "minutes":
            for absence in day.get("Absences") or ():
                if isinstance(absence, dict):
                    _convert(absence, "PartialTimeDuration", self.minutes_of_absences)

    def _localize(self, record: dict[str, Any], kind: type[msgspec.Struct]) -> None:
        for name, (is_day, inner) in _moments_of(kind).items():
            value = record.get(name)
            if inner is not None:
                for element in value if isinstance(value, list) else [value]:
                    if isinstance(element, dict):
                        self._localize(element, inner)
            elif isinstance(value, str):
                record[name] = self._local(value, is_day=is_day)

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone or "UTC")

    def _local(self, sent: str, *, is_day: bool) -> str:
        """A moment in UTC as the company's clock shows it; a day without a time, or at midnight sharp, is a day."""
        if len(sent) <= 10 or (is_day and _MIDNIGHT.fullmatch(sent[10:])):
            return sent
        try:
            moment = datetime.fromisoformat(sent)
        except ValueError:
            return sent
        if is_day and moment.year in (1, 9999):
            return sent
        local = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(self._zone)
        return local.replace(tzinfo=None).isoformat()


_ABSENT = object()


def _stated(contract: Contract, route: str | None) -> RouteContract:
    return contract.routes.get(route or "") or RouteContract()


def _dig(source: Any, path: tuple[str, ...]) -> Any:
    for index, name in enumerate(path):
        if isinstance(source, list):
            found = [_dig(element, path[index:]) for element in source]
            return [value for value in found if value is not _ABSENT]
        if not isinstance(source, Mapping) or name not in source:
            return _ABSENT
        source = source[name]
    return source


def _convert(holder: dict[str, Any], name: str, unit: Unit) -> None:
    """Replace a time by whole minutes; what cannot be read as one stays, and is refused where minutes are due."""
    minutes = minutes_from(holder.get(name), unit)
    if minutes is not None:
        holder[name] = minutes


def minutes_from(sent: object, unit: Unit) -> int | None:
    """Whole minutes, fractions to the nearest, half away from zero; None for what is no time of this unit."""
    if sent is None or isinstance(sent, bool):
        return None
    text = str(sent).strip()
    if unit == "hh:mm":
        match = _CLOCK.fullmatch(text)
        if match is None:
            return None
        seconds = int(match[2]) * 3600 + int(match[3]) * 60 + int(match[4] or 0)
        amount = Decimal(-seconds if match[1] == "-" else seconds) / 60
    else:
        try:
            number = Decimal(text)
        except InvalidOperation:
            return None
        if not number.is_finite():
            return None
        amount = number * 60 if unit == "hours" else number / 60 if unit == "seconds" else number
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


_Moments = dict[str, tuple[bool, type[msgspec.Struct] | None]]
_moments: dict[type[msgspec.Struct], _Moments] = {}


def _moments_of(kind: type[msgspec.Struct]) -> _Moments:
    """Fields of a record that are moments or days, or hold records that have some."""
    if kind not in _moments:
        found: _Moments = {}
        hints = get_type_hints(kind)
        for name, encoded in ((one.name, one.encode_name) for one in msgspec.structs.fields(kind)):
            inner = _first_in(hints[name], lambda one: issubclass(one, msgspec.Struct))
            if inner is not None:
                found[encoded] = (False, inner)
            elif _first_in(hints[name], lambda one: issubclass(one, LocalDay | LocalDateTime)) is not None:
                found[encoded] = (_first_in(hints[name], lambda one: issubclass(one, LocalDay)) is not None, None)
        _moments[kind] = found
    return _moments[kind]


def _first_in(hint: Any, fits: Callable[[type], bool]) -> Any:
    if isinstance(hint, type) and fits(hint):
        return hint
    return next((found for inner in get_args(hint) if (found := _first_in(inner, fits)) is not None), None)
