# SPDX-License-Identifier: Apache-2.0
"""The type of minutes in records."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Minutes = int
else:
    # As decoded. The client replaces what was sent as text and refuses fractions before anybody sees the record:
    # decoded as int, 8.0 hours would become 8 minutes without a word.
    Minutes = int | float | str
