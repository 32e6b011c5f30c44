# SPDX-License-Identifier: Apache-2.0
"""Blank what was sent where the server repeats it in an error message."""

from __future__ import annotations

import base64
import html
import re
import unicodedata
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from urllib.parse import quote, quote_plus

BLANK = "***"

MAX_WHOLE_WORD = 3
"""Texts up to this length are blanked as whole words only: as a part of longer words they are no echo."""

_WORD = re.compile(r"\w+")
_E_MAIL = re.compile(r"[^\s<>\"']+(?:@|%40)[^\s<>\"']+", re.IGNORECASE)


class Echoes:
    """The values that a request sent, and secrets.

    Args:
        sent: texts, numbers and booleans of these values, whatever their nesting, are blanked.
        names: words of the names of people, which the caller may add to.
    """

    def __init__(self, *sent: object, names: Container[str] = ()) -> None:
        self._sent = sent
        self._names = names

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        # Only an error needs it, and there are thousands of requests without one.
        forms = {form for value in self._sent for text in _texts_of(value) for form in _forms_of(text) if form}
        patterns = [_pattern_of(form) for form in sorted(forms, key=len, reverse=True)]
        return re.compile("|".join(patterns), re.IGNORECASE) if patterns else None

    def plus(self, *sent: object) -> Echoes:
        """These values and further ones."""
        return Echoes(*self._sent, *sent, names=self._names)

    def blank(self, text: str) -> str:
        """One line of printable text without e-mail addresses, names of people and what was sent."""
        line = _folded(text)
        if self._pattern is not None:
            line = self._pattern.sub(BLANK, line)
        line = _WORD.sub(lambda word: BLANK if name_word(word[0]) in self._names else word[0], line)
        return _printable(_E_MAIL.sub(BLANK, line))


def words_of_names(names: Iterable[str | None]) -> set[str]:
    """The words of names as :class:`Echoes` compares them; single letters are no names."""
    return {name_word(word) for name in names if name for word in _WORD.findall(_folded(name)) if len(word) > 1}


def name_word(word: str) -> str:
    """A word of a name in one spelling."""
    return unicodedata.normalize("NFC", word).casefold()


def basic_credentials(client_id: str, client_secret: str) -> str:
    """Client id and secret as HTTP Basic authentication encodes them."""
    return base64.b64encode(f"{client_id}:{client_secret}".encode("utf-8", "replace")).decode("ascii")


def _texts_of(value: object) -> Iterator[str]:
    if isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, str | int | float):
        yield str(value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts_of(item)
    elif isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        for item in value:
            yield from _texts_of(item)


def _forms_of(text: str) -> Iterator[str]:
    """The ways in which a server may repeat a text."""
    folded = _folded(text)
    if not folded:
        return
    yield folded
    yield folded.rstrip("=")
    yield html.escape(folded)
    yield folded.replace("\\", "\\\\").replace('"', '\\"')
    for encodable in (text.encode("utf-8", "replace"), folded.encode("utf-8", "replace")):
        yield quote(encodable, safe="")
        yield quote_plus(encodable)
        if len(folded) > MAX_WHOLE_WORD:
            for in_base64 in (base64.b64encode(encodable), base64.urlsafe_b64encode(encodable)):
                yield in_base64.decode("ascii")
                yield in_base64.decode("ascii").rstrip("=")


def _pattern_of(form: str) -> str:
    escaped = re.escape(form)
    is_word = len(form) <= MAX_WHOLE_WORD or form.replace(".", "", 1).lstrip("-").isdigit() or form in ("true", "false")
    return rf"(?<!\w){escaped}(?!\w)" if is_word else escaped


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _printable(text: str) -> str:
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in text
    )
