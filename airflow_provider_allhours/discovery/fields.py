# SPDX-License-Identifier: Apache-2.0
"""Which of a record's fields are spelled otherwise, and which are absent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from airflow_provider_allhours.client import models
from airflow_provider_allhours.discovery.names import by_plain_name, plain, words
from airflow_provider_allhours.discovery.references import COUNTER, MISSING_EVENT, Reference
from airflow_provider_allhours.discovery.schemas import Schema
from airflow_provider_allhours.record_fields import FIELDS_OF_COLUMNS, ROSTER_FIELDS

MODELS: dict[str, type[msgspec.Struct]] = {
    "User": models.User,
    "Absence": models.Absence,
    "AbsenceDefinition": models.AbsenceDefinition,
    "UserDailyCalculation": models.DailyCalculation,
    "Clocking": models.Clocking,
    "ClockingDefinition": models.ClockingDefinition,
    "CalculationResultType": models.CalculationResultType,
    "OrganizationUnit": models.OrganizationUnit,
}
"""Name of a record -> what it is read into."""

INNER_MODELS: dict[str, tuple[type[msgspec.Struct], Reference | None]] = {
    "CalculationResultSummary": (models.DailySummary, None),
    "Accruals": (models.CalculationResult, COUNTER),
    "Absences": (models.BookedAbsence, None),
    "Clockings": (models.Clocking, None),
    "MissingEventExceptions": (models.MissingEvent, MISSING_EVENT),
}
"""Field of an employee-day -> the record inside it, and by which fields it is recognised under another name."""

FILLERS = frozenset({"is", "has", "value", "minutes", "daily", "day", "calculation", "result", "date"})
"""Words that one account may leave out of a name that another has."""

SYNONYMS: dict[str, tuple[str, ...]] = {
    "CustomId": ("employeenumber", "employeecode", "personnelnumber", "staffnumber", "externalid", "payrollnumber"),
    "IsTimeAttendanceUser": ("trackstime", "timetracking", "timeattendance", "istimeattendance", "hastimeattendance"),
    "UserId": ("employeeid", "personid"),
    "Date": ("day", "calculationdate", "workdate", "workday"),
    "Status": ("state",),
    "CalculationStartDate": ("employmentstart", "employmentstartdate", "startdate"),
    "CalculationStopDate": ("calculationenddate", "employmentend", "employmentenddate", "enddate", "stopdate"),
}
"""Field -> plain names that mean the same elsewhere."""

_NEEDED = {
    one
    for fields in [ROSTER_FIELDS, *(fields for columns in FIELDS_OF_COLUMNS.values() for fields in columns.values())]
    for one in fields
}


@dataclass
class FieldMap:
    """How a record's fields are spelled.

    Attributes:
        stated: our dotted names of the fields that were found, under whatever name.
        pairs: our name and theirs of every field that was found, for the case.
        renamed: our dotted name -> theirs, for those that no case explains.
        guessed: those of ``renamed`` whose names are not the same letters: somebody has to confirm them.
        absent: fields that exports need and no name explains.
    """

    stated: set[str] = field(default_factory=set)
    pairs: list[tuple[str, str]] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)
    guessed: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)


def needed_fields(record: str) -> frozenset[str]:
    """Fields of a record that exports depend on, dotted, without the name of the record."""
    prefix = "DailyCalculation." if record == "UserDailyCalculation" else f"{record}."
    needed = {one.removeprefix(prefix) for one in _NEEDED if one.startswith(prefix) and "|" not in one}
    if record == "UserDailyCalculation":
        needed |= {f"CalculationResultSummary.{name}" for name in _names_of(models.DailySummary) if _is_minutes(name)}
        needed |= {"Date"}
    if record in ("User", "Absence", "AbsenceDefinition"):
        needed |= {"Id"}
    if record in ("Absence", "Clocking"):
        needed |= {"UserId", "Timestamp"}
    return frozenset(needed)


def _is_minutes(name: str) -> bool:
    return name not in ("RunningOvertimeValue", "LunchBreakCountValue")


def map_fields(record: str, schema: Schema) -> FieldMap:
    """Hold our fields of a record against those of a schema.

    Args:
        record: name of the record.
        schema: what the document says of it.
    """
    found, needed = FieldMap(), needed_fields(record)
    own = _names_of(MODELS[record])
    inner_names = [name for name in own if record == "UserDailyCalculation" and name in INNER_MODELS]
    _map_level(found, "", "", [name for name in own if name not in inner_names], schema.fields, needed)
    for name in inner_names:
        _map_inner(found, name, schema, needed)
    return found


def _map_inner(found: FieldMap, name: str, schema: Schema, needed: frozenset[str]) -> None:
    """The record inside a field of an employee-day: a summary, or the elements of a list."""
    model, reference = INNER_MODELS[name]
    theirs = by_plain_name(schema.fields).get(plain(name)) or _alike(schema, reference, name)
    own = _names_of(model)
    if theirs is None and name == "CalculationResultSummary":
        # The minutes may stand in the day itself.
        _map_level(found, f"{name}.", "", own, schema.fields, needed)
        return
    if theirs is None:
        if any(one.split(".")[0] == name for one in needed):
            found.absent.append(name)
        return
    inner = schema.fields[theirs]
    fields = (inner.items or inner).fields
    is_renamed = plain(theirs) != plain(name)
    found.stated.add(name)
    if is_renamed:
        found.guessed.append(name)
    else:
        found.pairs.append((name, theirs))
    if fields:
        _map_level(found, f"{name}.", f"{theirs}.", own, fields, needed, is_renamed=is_renamed)


def _alike(schema: Schema, reference: Reference | None, name: str) -> str | None:
    """The only field that holds such records, whatever it is called."""
    candidates = []
    for field_name, inner in schema.fields.items():
        fields = inner.items.fields if inner.items is not None else inner.fields
        if reference is not None and inner.items is None:
            continue
        names = {plain(one) for one in fields}
        if name == "CalculationResultSummary":
            is_alike = len(names & {plain(one) for one in _names_of(models.DailySummary)}) > 2
        else:
            is_alike = reference is not None and reference is not MISSING_EVENT and reference.score(names) > 0
        if is_alike:
            candidates.append(field_name)
    return candidates[0] if len(candidates) == 1 else None


def _map_level(
    found: FieldMap,
    our_prefix: str,
    their_prefix: str,
    own: Iterable[str],
    fields: Mapping[str, Schema],
    needed: frozenset[str],
    *,
    is_renamed: bool = False,
) -> None:
    """The fields of one object."""
    theirs, own = by_plain_name(fields), list(own)
    free = {name for name in fields if plain(name) not in {plain(one) for one in own}}
    for name in own:
        match, is_guess = theirs.get(plain(name)), False
        path = f"{our_prefix}{name}"
        is_needed = path in needed
        if match is None and is_needed:
            match, is_guess = _guess(name, free, fields), True
        if match is None:
            if is_needed:
                found.absent.append(path)
            continue
        found.stated.add(path)
        found.pairs.append((name, match))
        # A prefix that differs has to be said for every field; a field in another object than ours, too.
        has_moved = bool(our_prefix) and not their_prefix
        if is_guess or is_renamed or has_moved:
            found.renamed[path] = f"{their_prefix}{match}"
        if is_guess:
            found.guessed.append(path)
            free.discard(match)


def _guess(name: str, free: Collection[str], fields: Mapping[str, Schema]) -> str | None:
    """The only field that can mean the same by its words."""
    synonyms = [one for one in free if plain(one) in SYNONYMS.get(name, ())]
    if len(synonyms) == 1:
        return synonyms[0]
    meaning = set(words(name)) - FILLERS
    alike = [one for one in free if meaning and set(words(one)) - FILLERS == meaning and not fields[one].fields]
    return alike[0] if len(alike) == 1 else None


def _names_of(model: type[msgspec.Struct]) -> list[str]:
    return [one.encode_name for one in msgspec.structs.fields(model)]
