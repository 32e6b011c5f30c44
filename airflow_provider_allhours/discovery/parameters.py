# SPDX-License-Identifier: Apache-2.0
"""What the parameters of an operation are for, by their format and the words of their names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from airflow_provider_allhours.discovery.documents import Operation, Parameter
from airflow_provider_allhours.discovery.names import plain, words

START_WORDS = frozenset({"from", "start", "since", "begin", "first", "after", "gte", "lower"})
END_WORDS = frozenset({"to", "end", "until", "till", "last", "before", "lte", "upper", "through"})
DATE_WORDS = frozenset({"date", "day", "period", "time", "timestamp", "datetime", "range", "window", "on"})
HISTORY_WORDS = frozenset(
    {"created", "modified", "updated", "inserted", "changed", "changes", "deleted", "employment", "birth", "lock"}
)
"""A window of one of these is not a window of days."""

PERSON_WORDS = frozenset({"user", "employee", "person", "worker", "member", "staff"})
ID_WORDS = frozenset({"id", "ids", "guid", "uuid", "uid"})
ARCHIVED_WORDS = frozenset({"archived", "inactive", "deactivated", "former", "terminated", "left", "leavers"})
LIMIT_NAMES = frozenset(
    {
        "limit",
        "pagesize",
        "size",
        "perpage",
        "take",
        "top",
        "count",
        "maxresults",
        "maxitems",
        "max",
        "rows",
        "itemsperpage",
    }
)
OFFSET_NAMES = frozenset({"offset", "skip", "startindex", "startat", "firstresult"})
PAGE_NAMES = frozenset({"page", "pagenumber", "pageindex", "pageno", "currentpage", "pagenr", "p"})
CURSOR_NAMES = frozenset(
    {
        "cursor",
        "continuationtoken",
        "continuation",
        "pagetoken",
        "nexttoken",
        "nextcursor",
        "marker",
        "bookmark",
        "nextpagetoken",
    }
)
STANDARD_HEADERS = frozenset(
    {"authorization", "accept", "contenttype", "acceptlanguage", "acceptencoding", "useragent"}
)


@dataclass
class Roles:
    """The parameters of one operation by what they are for; None where it has none.

    Attributes:
        needed: required parameters of no known purpose that the document gives a value for, and those values.
        unclear: required parameters of no known purpose without a value, and what else stands in the way.
    """

    user_id: Parameter | None = None
    date_from: Parameter | None = None
    date_to: Parameter | None = None
    page: Parameter | None = None
    offset: Parameter | None = None
    limit: Parameter | None = None
    cursor: Parameter | None = None
    archived: Parameter | None = None
    record_id: Parameter | None = None
    needed: dict[Parameter, str] = field(default_factory=dict)
    unclear: list[Parameter] = field(default_factory=list)


def classify(operation: Operation, *, is_windowed: bool, is_by_user: bool) -> Roles:
    """Sort the parameters of an operation.

    Args:
        operation: the GET.
        is_windowed: whether its records belong to days, so that two dates are a window.
        is_by_user: whether its records belong to people, so that a single id in the path is a person's.
    """
    roles = Roles()
    rest = [parameter for parameter in operation.parameters if parameter.place != "header" or parameter.is_required]
    rest = [parameter for parameter in rest if not _is_standard_header(parameter)]
    if is_windowed:
        roles.date_from, roles.date_to = _window(rest)
    taken = {roles.date_from, roles.date_to}
    for parameter in rest:
        if parameter in taken:
            continue
        role = _role(operation, parameter, is_by_user=is_by_user)
        if role is not None and getattr(roles, role) is None:
            setattr(roles, role, parameter)
        elif parameter.is_required:
            if parameter.stated_value is not None:
                roles.needed[parameter] = parameter.stated_value
            else:
                roles.unclear.append(parameter)
    return roles


def _is_standard_header(parameter: Parameter) -> bool:
    return parameter.place == "header" and plain(parameter.name) in STANDARD_HEADERS


def _role(operation: Operation, parameter: Parameter, *, is_by_user: bool) -> str | None:
    """Name of the attribute of :class:`Roles`; None for a parameter of no known purpose."""
    name, said = plain(parameter.name), set(words(parameter.name))
    if parameter.place == "path":
        if is_by_user and (_is_person_id(said) or len(_path_ids(operation)) == 1):
            return "user_id"
        return "record_id" if len(_path_ids(operation)) == 1 else None
    if parameter.place != "query":
        return None
    if name in CURSOR_NAMES:
        return "cursor"
    if name in OFFSET_NAMES:
        return "offset"
    if name in PAGE_NAMES:
        return "page"
    if name in LIMIT_NAMES:
        return "limit"
    if said & ARCHIVED_WORDS:
        return "archived"
    if is_by_user and parameter.schema.kind != "array" and _is_person_id(said):
        return "user_id"
    return None


def _is_person_id(said: set[str]) -> bool:
    return bool(said & PERSON_WORDS) and (bool(said & ID_WORDS) or said <= PERSON_WORDS)


def _path_ids(operation: Operation) -> Sequence[Parameter]:
    return [parameter for parameter in operation.parameters if parameter.place == "path"]


def _window(parameters: Iterable[Parameter]) -> tuple[Parameter | None, Parameter | None]:
    """The two parameters of the window of days; None for both where there is no such pair or more than one."""
    dated = [parameter for parameter in parameters if _may_be_a_day(parameter)]
    starts = [parameter for parameter in dated if set(words(parameter.name)) & START_WORDS]
    ends = [parameter for parameter in dated if set(words(parameter.name)) & END_WORDS]
    pairs = [
        (start, end)
        for start in starts
        for end in ends
        if start != end and _without_side(start.name) == _without_side(end.name)
    ]
    if not pairs:
        pairs = [(start, end) for start in starts for end in ends if start != end]
    return pairs[0] if len(pairs) == 1 else (None, None)


def _may_be_a_day(parameter: Parameter) -> bool:
    if parameter.place == "header" or parameter.schema.kind not in ("string", ""):
        return False
    said = set(words(parameter.name))
    if said & HISTORY_WORDS or plain(parameter.name) in CURSOR_NAMES:
        return False
    is_date = parameter.schema.format in ("date", "date-time")
    return is_date or (not parameter.schema.format and said <= START_WORDS | END_WORDS | DATE_WORDS)


def _without_side(name: str) -> tuple[str, ...]:
    return tuple(word for word in words(name) if word not in START_WORDS | END_WORDS)
