# SPDX-License-Identifier: Apache-2.0
"""One form for texts that people typed: NFC, and ids without invisible characters."""

from __future__ import annotations

import codecs
import unicodedata

_INVISIBLE = frozenset({"Cc", "Cf"})
"""Unicode categories: controls; format characters such as zero-width spaces, byte order marks and soft hyphens."""


NOTHING = frozenset(("none", "null"))
"""What a template writes for a value that is not there, in lower case."""


def composed(text: str) -> str:
    """The text in Unicode's form NFC, so that ``č`` as one character and as ``c`` with a caron are the same text."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def name_key(name: str | int) -> str:
    """What names are compared by: NFC, lower case, no white space around them."""
    return composed(str(name)).strip().lower()


def clean_id(value: str | int | None) -> str:
    """An identifier that people typed or pasted, in the one form that is compared, ordered and published.

    White space of every kind (tabs, no-break spaces) is a plain space inside the id and is removed at its ends.
    Characters that nobody sees (zero-width characters, byte order marks, soft hyphens, controls) are removed
    everywhere. The rest is in NFC. Ids that become equal are one id, and are reported as duplicates like any others.

    Args:
        value: the id as sent; None for none.

    Returns:
        The id; empty where nothing is left of it.
    """
    text = "" if value is None else str(value)
    if text.isascii() and text.isprintable():
        return text.strip()
    spaced = "".join(" " if character.isspace() else character for character in text)
    visible = "".join(character for character in spaced if unicodedata.category(character) not in _INVISIBLE)
    return composed(visible).strip()


_NO_FILES = frozenset({"idna", "punycode", "raw-unicode-escape", "raw_unicode_escape", "undefined", "unicode-escape"})
"""Python codecs that take text and are no encodings of files, such as those of host names and of source code."""


def file_encoding(name: str) -> str | None:
    """Python's own name of an encoding that a text file can have; None where there is no such encoding."""
    try:
        own = codecs.lookup(name).name
        "0".encode(own)
    except (LookupError, UnicodeError, ValueError):
        return None
    return None if own.replace("_", "-") in _NO_FILES or own in _NO_FILES else own
