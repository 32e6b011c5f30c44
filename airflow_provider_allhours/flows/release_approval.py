# SPDX-License-Identifier: Apache-2.0
"""What was approved, by whom, and whether that person may approve it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from airflow_provider_allhours.client.errors import AllHoursConflictError, AllHoursParameterError

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Approval:
    """The approval of a payroll file.

    Attributes:
        sha256: checksum of the approved file, hex; None for any file.
        by: who approved it.
        at: when, as text.
        four_eyes: whether somebody else than who triggered the run has to have approved it.
        triggered_by: who triggered the run; None where nobody did, as in a scheduled run.
    """

    sha256: str | None = None
    by: str | None = None
    at: str | None = None
    four_eyes: bool = False
    triggered_by: str | None = None

    def __post_init__(self) -> None:
        if self.sha256 is not None and not _SHA256.fullmatch(self.sha256.strip().lower()):
            raise AllHoursParameterError(
                f"parameter 'approved_sha256' is {self.sha256!r}; it takes the sha256 of the approved payroll file, 64 "
                "hexadecimal digits"
            )

    def refuse_other(self, sha256: str) -> None:
        """Refuse a file that is not the approved one.

        Raises:
            AllHoursConflictError: the file has another checksum.
        """
        if self.sha256 is not None and self.sha256.strip().lower() != sha256:
            raise AllHoursConflictError(
                f"the approved payroll file has the SHA-256 {self.sha256.strip().lower()}, and this one would have "
                f"{sha256}: data, parameters or earlier releases changed since; make a new preview and have it approved"
            )

    def refuse_unapproved(self) -> None:
        """Refuse a release that nobody else has approved, where that is asked for.

        Raises:
            AllHoursConflictError: nobody approved it, or who triggered the run did.
        """
        if not self.four_eyes:
            return
        if not self.by or not self.by.strip():
            raise AllHoursConflictError("four_eyes=True takes somebody who approved the file; 'approved_by' is empty")
        if self.triggered_by is not None and self.by.strip().casefold() == self.triggered_by.strip().casefold():
            raise AllHoursConflictError(
                "four_eyes=True takes two people: 'approved_by' is who triggered this run; somebody else has to "
                "approve the file"
            )
