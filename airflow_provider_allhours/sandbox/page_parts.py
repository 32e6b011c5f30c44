# SPDX-License-Identifier: Apache-2.0
"""Pieces of HTML that the page is made of; every value is escaped here."""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any


def button(
    post: str,
    caption: str,
    *,
    method: str = "POST",
    body: dict[str, Any] | None = None,
    done: str,
    label: str | None = None,
    is_plain: bool = False,
) -> str:
    """A button that sends one control request.

    Args:
        post: name of the request.
        caption: what stands on the button.
        method: of HTTP.
        body: sent as JSON.
        done: what the page says afterwards.
        label: what a screen reader says, where captions repeat.
        is_plain: drawn less prominently.
    """
    sent = "" if body is None else f" data-body={quoted(json.dumps(body))}"
    named = "" if label is None else f" aria-label={quoted(label)}"
    look = ' class="plain"' if is_plain else ""
    return (
        f'<button type="button"{look} data-post={quoted(post)} data-method="{method}" data-done={quoted(done)}'
        f"{sent}{named}>{escaped(caption)}</button>"
    )


def options_of(choices: list[tuple[str, str]], chosen: str) -> str:
    """The options of a select, from pairs of value and caption."""
    return "".join(
        f"<option value={quoted(value)}{' selected' if value == chosen else ''}>{escaped(caption)}</option>"
        for value, caption in choices
    )


def table_of(rows: dict[str, Any], nothing: str = "nothing") -> str:
    """Names and values."""
    if not rows:
        return f'<p class="none">{escaped(nothing)}</p>'
    cells = (
        f"<tr><td>{escaped(name.replace('_', ' '))}</td><td><code>{escaped(plain(value))}</code></td></tr>"
        for name, value in rows.items()
    )
    return f"<table>{''.join(cells)}</table>"


def with_code(doc: str) -> str:
    """A documentation text with its `code` as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(doc))


def without_code(doc: str) -> str:
    """A documentation text without its backticks."""
    return doc.replace("`", "")


def quoted(value: str) -> str:
    """The value of an attribute."""
    return f'"{escape(value)}"'


def escaped(value: Any) -> str:
    """A value as text."""
    return escape(str(value))


def plain(value: Any) -> str:
    """A value as people write it."""
    if value is None or value in ({}, []):
        return "-"
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
