# SPDX-License-Identifier: Apache-2.0
"""How a tenant of All Hours behaves: each switch is declared once, in :class:`Switches`.

To add one, add a field with its default, text and accepted values. Where it changes successful answers, name the
function of :mod:`.alterations` that does so; alterations run in the order of the fields. Any other switch is read by
name where it acts: in :mod:`.account` (how values are written), in ``handlers`` (what is served) or in :mod:`.app`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import Field, asdict, dataclass, field, fields
from typing import Any

from airflow_provider_allhours.sandbox import alterations, list_pages, spelling
from airflow_provider_allhours.sandbox.answer import Answer, Call
from airflow_provider_allhours.sandbox.values import MAX_COUNT, MAX_MS, is_day, is_texts, is_whole, shortened

PAGE_HINTS = (
    "none",
    "link",
    "x-total-count",
    "x-pagination",
    "TotalCount",
    "nextLink",
    "@odata.count",
    "@odata.nextLink",
)
Accepts = tuple[Any, ...] | Callable[[Any], bool]
Alter = Callable[[Any, Answer, Call], None]


def is_flag(value: Any) -> bool:
    """Whether true or false."""
    return isinstance(value, bool)


def is_count(value: Any) -> bool:
    """Whether a whole number from 0."""
    return is_whole(value, 0, MAX_COUNT)


def is_wait(value: Any) -> bool:
    """Whether milliseconds of an hour at most."""
    return is_whole(value, 0, MAX_MS)


def is_size(value: Any) -> bool:
    """Whether None or a whole number from 1."""
    return value is None or is_whole(value, 1, MAX_COUNT)


def is_text(value: Any) -> bool:
    """Whether a text."""
    return isinstance(value, str)


def is_text_or_none(value: Any) -> bool:
    """Whether a text or None."""
    return value is None or isinstance(value, str)


def is_days(value: Any) -> bool:
    """Whether a list of dates."""
    return isinstance(value, list) and all(is_day(element) for element in value)


def is_routes(value: Any) -> bool:
    """Whether a list of names of routes."""
    # The routes are served as the switches say, so their module imports this one.
    from airflow_provider_allhours.sandbox.routes import ROUTE_NAMES

    return is_texts(value) and set(value) <= set(ROUTE_NAMES)


def is_text_by_text(value: Any) -> bool:
    """Whether a mapping of texts to texts."""
    return isinstance(value, dict) and all(isinstance(text, str) for text in (*value, *value.values()))


def is_paging(value: Any) -> bool:
    """Whether None or a page size with routes and a hint."""
    return value is None or (
        isinstance(value, dict)
        and {"size"} <= set(value) <= {"size", "routes", "hint"}
        and value["size"] is not None
        and is_size(value["size"])
        and is_routes(value.get("routes", []))
        and value.get("hint", "none") in PAGE_HINTS
    )


def switch(default: Any, doc: str, accepts: Accepts, alter: Alter | None = None) -> Any:
    """Declare a switch.

    Args:
        default: the vendor's behaviour as far as it is known; the switch is off.
        doc: what the switch does, for the documentation.
        accepts: the values it takes, or a test of a value.
        alter: changes a successful answer of the API while the switch is not at its default.
    """
    metadata = {"doc": doc, "accepts": accepts, "alter": alter}
    if isinstance(default, list | dict):
        return field(default_factory=lambda: type(default)(default), metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass
class Switches:
    """How this All Hours behaves where nobody outside the vendor knows."""

    # What is served
    date_to_inclusive: bool = switch(
        True, "Whether the day of `dateTo` belongs to the window of Absences and Clockings.", is_flag
    )
    calculations_end_inclusive: bool = switch(
        True, "Whether the day of `dateTo` belongs to the window of UserCalculations.", is_flag
    )
    calculations_route: str = switch(
        "by-path",
        "Where employee-days are: `by-path` (the user in the path), `by-query` (in the query) or `bulk` (all users, in "
        "pages of people).",
        ("by-path", "by-query", "bulk"),
    )
    archived_parameter: str | None = switch(
        None, "Query parameter without which GET Users lists no archived users.", is_text_or_none
    )
    required_headers: dict[str, str] = switch(
        {}, "Headers without which a request is answered with 400, and their values.", is_text_by_text
    )
    max_window_days: int | None = switch(
        None, "Most days that one window may have; a longer one is answered with 400.", is_size
    )
    api_absences_pending: bool = switch(
        False, "Whether an absence created through the API waits for approval.", is_flag
    )
    archived_listed: bool = switch(True, "Whether GET Users lists archived users.", is_flag)
    missing_routes: list[str] = switch([], "Names of routes that answer 404.", is_routes)
    latency_ms: int = switch(0, "Milliseconds that every answer takes at least, an hour at most.", is_wait)
    gzip: bool = switch(False, "Whether answers are compressed for clients that accept gzip.", is_flag)

    # Tokens
    credentials_by: str = switch(
        "any",
        "`any`, or `basic`: credentials come by HTTP Basic, and a scope is refused.",
        ("any", "basic"),
    )
    token_lifetime: int = switch(3600, "Seconds that a token is valid for.", is_count)
    expires_in: str | None = switch(
        None,
        "JSON text sent as `expires_in`, such as `0`, `-5`, `NaN` or `1e999`; None sends the lifetime.",
        is_text_or_none,
    )
    token_suffix: str = switch(
        "", "Text that ends every token, such as a line end or a letter beyond Latin-1.", is_text
    )

    # How values are written
    timestamp_style: str = switch(
        "fraction",
        "`fraction` (seven digits), `plain`, `zulu` (local time with a Z), `offset` or `utc` (converted).",
        ("fraction", "plain", "zulu", "offset", "utc"),
    )
    whole_days_in_utc: bool = switch(
        False,
        "Whether whole days are sent as the UTC instant of their midnight: `…T22:00:00Z` of the day before.",
        is_flag,
    )
    numbers_as_text: bool = switch(False, "Whether minutes are sent as text.", is_flag)
    minutes_format: str = switch(
        "minutes",
        "How durations are sent: `minutes`, `hours` (8.0), `seconds` or `hh:mm`.",
        ("minutes", "hours", "seconds", "hh:mm"),
    )

    # Users
    doubled_user: str | None = switch(
        None,
        "`identical` or `differing`: GET Users lists one person twice.",
        (None, "identical", "differing"),
        alterations.list_a_user_twice,
    )
    no_stop_date: str | None = switch(
        None,
        "`0001` or `9999`: the year that stands for a stop date that is not set.",
        (None, "0001", "9999"),
        alterations.send_no_stop_date_as,
    )
    stop_before_start: bool = switch(
        False, "Whether one user stops before the start.", is_flag, alterations.stop_before_start
    )

    # Employee-days
    oversized_field: str | None = switch(
        None,
        "Field of the summary that is 1,441 minutes on the first day of every answer, such as `PaidPresenceValue`.",
        is_text_or_none,
        alterations.exceed_a_day,
    )
    invalid_days: list[str] = switch(
        [], "Dates on which nobody's calculation is valid.", is_days, alterations.invalidate_days
    )
    calculations_page: int | None = switch(
        None,
        "None for the whole list, or the most employee-days that one answer holds.",
        is_size,
        alterations.cut_calculations,
    )

    # Lists
    absences_hidden_times: int = switch(
        0,
        "How many of the first GET Absences answer `[]` while the employee-days show the absences.",
        is_count,
        alterations.hide_absences_at_first,
    )
    upper_case_ids: list[str] = switch(
        [], "Names of routes whose ids are in upper case.", is_routes, alterations.send_ids_in_upper_case
    )
    lone_surrogates: bool = switch(
        False,
        "Whether first names end with a lone surrogate.",
        is_flag,
        alterations.end_first_names_with_a_lone_surrogate,
    )

    # Spelling of fields; the functions above use the vendor's names
    null_fields: list[str] = switch(
        [], "Fields that are null on all records, such as `User.IsTimeAttendanceUser`.", is_texts, spelling.blank_fields
    )
    absent_fields: list[str] = switch(
        [], "Fields that no record has, such as `Absence.Status`.", is_texts, spelling.drop_fields
    )
    renamed_fields: dict[str, str] = switch(
        {},
        'Another spelling: `{"DailySummary.PaidPresenceValue": "PaidPresence"}`.',
        is_text_by_text,
        spelling.rename_fields,
    )

    # Form of lists
    empty_lists: str = switch(
        "array",
        "How a list without records is sent: `array`, `null`, `204` or `empty-body`.",
        ("array", "null", "204", "empty-body"),
        alterations.send_empty_lists_as,
    )
    paging: dict[str, Any] | None = switch(
        None,
        'Bare arrays are cut: `{"size": 20, "routes": ["users"], "hint": "link"}`; without `routes` all of them; '
        f"`hint` is one of {', '.join(f'`{hint}`' for hint in PAGE_HINTS)}.",
        is_paging,
        alterations.cut_lists,
    )
    list_pages: dict[str, Any] | None = switch(
        None,
        'Lists come in pages that the document states: `{"style": "offset", "size": 50}`; the style is one of '
        f"{', '.join(f'`{style}`' for style in list_pages.STYLES)}.",
        list_pages.is_list_pages,
        list_pages.send_in_pages,
    )
    field_case: str = switch(
        "pascal", "How fields are spelled: `pascal`, `camel` or `snake`.", tuple(spelling.SPELLINGS), spelling.spell_in
    )

    def change(self, changes: dict[str, Any]) -> None:
        """Set some switches.

        Raises:
            ValueError: an unknown switch, or a value that it does not take; nothing is changed then.
        """
        declared = {declaration.name: declaration for declaration in fields(self)}
        if unknown := sorted(set(changes) - set(declared)):
            raise ValueError(f"unknown switches {', '.join(unknown)}; known are {', '.join(sorted(declared))}")
        for name, value in changes.items():
            _check(declared[name], value)
        for name, value in changes.items():
            setattr(self, name, value)

    def alter(self, answer: Answer, call: Call) -> None:
        """Apply the switches that change a successful answer."""
        for declaration in fields(self):
            value, alter = getattr(self, declaration.name), declaration.metadata["alter"]
            if alter is not None and value != _default_of(declaration):
                alter(value, answer, call)

    def to_json(self) -> dict[str, Any]:
        """All switches and their values."""
        return asdict(self)


def switch_docs() -> dict[str, tuple[Any, str]]:
    """Switch -> (default, what it does), for the documentation."""
    return {
        declaration.name: (_default_of(declaration), declaration.metadata["doc"]) for declaration in fields(Switches)
    }


def choices_of(name: str) -> tuple[Any, ...]:
    """The values that a switch takes, where they can be listed; else nothing."""
    accepts = Switches.__dataclass_fields__[name].metadata["accepts"]
    if accepts is is_flag:
        return (True, False)
    return accepts if isinstance(accepts, tuple) else ()


def _default_of(declaration: Field[Any]) -> Any:
    return declaration.default_factory() if callable(declaration.default_factory) else declaration.default


def _check(declaration: Field[Any], value: Any) -> None:
    accepts = declaration.metadata["accepts"]
    if not (accepts(value) if callable(accepts) else value in accepts):
        raise ValueError(f"{declaration.name} does not take {shortened(value)}. {declaration.metadata['doc']}")
