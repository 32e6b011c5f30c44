# SPDX-License-Identifier: Apache-2.0
"""The sandbox's JSON encoder and decoder, made at import.

Several sandboxes of one process serve on several threads; msgspec must not build its state on two threads at once.
"""

from __future__ import annotations

import msgspec

ENCODER = msgspec.json.Encoder()
DECODER = msgspec.json.Decoder()
DECODE_ERRORS = (msgspec.DecodeError, UnicodeDecodeError)
"""What :data:`DECODER` raises for bytes that are not JSON."""
