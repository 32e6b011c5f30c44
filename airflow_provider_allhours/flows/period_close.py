# SPDX-License-Identifier: Apache-2.0
"""Close a period: freeze it as an immutable version, with a delta against the last released version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.files.part_files import private_folder
from airflow_provider_allhours.files.staging import AnyPath
from airflow_provider_allhours.flows.close_terms import CloseTerms, account_of, check_share, past_until
from airflow_provider_allhours.flows.datasets.dataset import ProgressCallback, ignore_progress
from airflow_provider_allhours.flows.period_reading import read_account
from airflow_provider_allhours.flows.version_freeze import CloseResult, freeze
from airflow_provider_allhours.flows.versions import PeriodVersions
from airflow_provider_allhours.periods import Period


def close_period(
    client: AllHoursClient,
    *,
    period: Period,
    path: AnyPath,
    timezone: str,
    provisional: bool = False,
    max_changed_share: float = 0.2,
    on_invalid: str = "fail",
    employees: Sequence[object] | Mapping[str, object] | None = None,
    on_progress: ProgressCallback = ignore_progress,
) -> CloseResult:
    """Freeze a period's timesheets, absences and counters as they were at one moment.

    Unchanged data makes no new version; changed data makes the next one, with a delta of ± lines against the last
    released version. Versions are never changed or removed, and of several closes at once one makes the version.

    Args:
        client: the account.
        period: the days.
        path: folder of all periods.
        timezone: IANA name of the company's time zone, which tells what day it is there.
        provisional: freeze a period that is not over. Its days that are not past need not be valid, and the next close
            takes them as new, not as corrected.
        max_changed_share: largest share of the people (0 to 1) whose amounts may differ from the last released version,
            or from the last version before the first release; one or two people always may.
        on_invalid: ``fail`` freezes nothing when the calculation of a day is not valid; ``warn`` freezes it.
        employees: only these: a list of employee ids, or a custom field with its values. Versions of the same employees
            are compared with each other.
        on_progress: called after each employee.

    Raises:
        AllHoursIncompleteError: employee-days are missing or contradictory, not valid, or show other absences than the
            list of absences; or the account kept changing while it was read; nothing is frozen.
        AllHoursContractError: no record has a field that fills a column; nothing is frozen.
        AllHoursConflictError: more people changed than ``max_changed_share`` allows, a frozen file was changed, or
            another close read the account later; nothing is frozen.
        AllHoursParameterError: the period is not over, ``max_changed_share`` is not from 0 to 1, or ``employees`` names
            nobody; nothing is frozen.
    """
    check_share(max_changed_share)
    terms = CloseTerms.of(period, timezone, provisional=provisional, on_invalid=on_invalid, employees=employees)
    past = past_until(timezone)
    terms.require_over(past)
    versions = PeriodVersions.of(path, period)
    with private_folder(str(versions.folder)) as folder:
        reading = read_account(
            client, period, terms.selection, folder, valid_until=terms.valid_until(past), on_progress=on_progress
        )
        account = account_of(client)
        manifest = terms.manifest(reading, past=past, account=account, contract_sha256=client.contract_sha256)
        return freeze(versions, reading, manifest, max_changed_share)
