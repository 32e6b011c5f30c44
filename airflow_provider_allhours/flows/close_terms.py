# SPDX-License-Identifier: Apache-2.0
"""What is closed, and on which terms; the same for a close by one task and for its shards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import uuid4

from airflow_provider_allhours import __version__
from airflow_provider_allhours.attendance.selection import EmployeeSelection
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.flows.clock import company_today, utc_moment
from airflow_provider_allhours.flows.period_reading import Reading
from airflow_provider_allhours.flows.versions import VersionManifest, VersionSource
from airflow_provider_allhours.parameters import FAIL_OR_WARN, one_of
from airflow_provider_allhours.periods import Period


def check_share(max_changed_share: float) -> float:
    """The parameter, where it is a share.

    Raises:
        AllHoursParameterError: it is not from 0 to 1.
    """
    if not 0 <= max_changed_share <= 1:
        raise AllHoursParameterError(f"parameter 'max_changed_share' is {max_changed_share}; it takes 0 to 1")
    return max_changed_share


def past_until(timezone: str) -> date:
    """The last day that is past in the company."""
    return company_today(timezone) - timedelta(days=1)


def account_of(client: AllHoursClient) -> VersionSource:
    """The account that a close reads, and the routes that it needs."""
    return {"host": client.host, "routes": client.route_paths("users", "daily_calculations", "absences")}


@dataclass(frozen=True)
class CloseTerms:
    """Parameters that decide what a close reads and accepts.

    Attributes:
        period: the days.
        timezone: IANA name of the company's time zone.
        provisional: whether the period may be closed before it is over.
        on_invalid: ``fail`` or ``warn``.
        selection: only these employees; None for everybody.
    """

    period: Period
    timezone: str
    provisional: bool
    on_invalid: str
    selection: EmployeeSelection | None

    @classmethod
    def of(
        cls,
        period: Period,
        timezone: str,
        *,
        provisional: bool,
        on_invalid: str,
        employees: Sequence[object] | Mapping[str, object] | None,
    ) -> CloseTerms:
        """Check the parameters.

        Raises:
            AllHoursParameterError: one of them cannot work.
        """
        one_of("on_invalid", on_invalid, FAIL_OR_WARN)
        selection = None if employees is None else EmployeeSelection.of(employees)
        return cls(period, timezone, provisional, on_invalid, selection)

    @property
    def selection_json(self) -> list[str] | dict[str, list[str]] | None:
        """The selection as manifests have it."""
        return None if self.selection is None else self.selection.to_json()

    def require_over(self, past: date) -> None:
        """Refuse a period that is not over, unless it may be.

        Args:
            past: the last day that was past when it was read.

        Raises:
            AllHoursParameterError: names the day from which it can be closed.
        """
        if self.period.date_to > past and not self.provisional:
            raise AllHoursParameterError(
                f"parameter 'period' is {self.period}, which is not over in {self.timezone}; close it from "
                f"{self.period.date_to + timedelta(days=1)} on, or as it is now with provisional=True"
            )

    def valid_until(self, past: date) -> date | None:
        """The last day whose calculation has to be valid; None where none has to be."""
        return None if self.on_invalid == "warn" else min(past, self.period.date_to)

    def manifest(
        self, reading: Reading, *, past: date, account: VersionSource, contract_sha256: str
    ) -> VersionManifest:
        """The manifest of a version that has no number yet."""
        return {
            "version": 0,
            "period": self.period.to_json(),
            "timezone": self.timezone,
            "selection": self.selection_json,
            "provisional": self.period.date_to > past,
            "past_until": past.isoformat(),
            "run": uuid4().hex,
            "baseline": None,
            "delta": None,
            **reading.evidence,
            "source": account,
            "contract_sha256": contract_sha256,
            "provider_version": __version__,
            "created_at": utc_moment(),
        }
