# SPDX-License-Identifier: Apache-2.0
"""Close a period with several tasks: each reads a shard, and one makes the version of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from airflow_provider_allhours import __version__
from airflow_provider_allhours.attendance.roster import Shard
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.files.part_files import private_folder
from airflow_provider_allhours.files.staging import AnyPath, as_upath
from airflow_provider_allhours.flows.clock import utc_now
from airflow_provider_allhours.flows.close_terms import CloseTerms, account_of, check_share, past_until
from airflow_provider_allhours.flows.datasets.dataset import ProgressCallback, ignore_progress
from airflow_provider_allhours.flows.period_reading import read_account
from airflow_provider_allhours.flows.period_shards import JoinedShards, ShardManifest, ShardResult, publish_shard
from airflow_provider_allhours.flows.shards import ShardJson
from airflow_provider_allhours.flows.version_freeze import CloseResult, freeze
from airflow_provider_allhours.flows.versions import PeriodVersions
from airflow_provider_allhours.periods import Period


def close_shard(
    client: AllHoursClient,
    *,
    shard: Shard,
    period: Period,
    path: AnyPath,
    timezone: str,
    provisional: bool = False,
    on_invalid: str = "fail",
    employees: Sequence[object] | Mapping[str, object] | None = None,
    on_progress: ProgressCallback = ignore_progress,
) -> ShardResult:
    """Read one part of the employees for :func:`close_from_shards`; no version is made.

    The parameters are those of :func:`~.period_close.close_period`, which raises the same.

    Args:
        client: the account.
        shard: which part.
        period: the days.
        path: folder of all periods.
        timezone: IANA name of the company's time zone.
        provisional: read a period that is not over.
        on_invalid: ``fail`` reads nothing when the calculation of a day is not valid.
        employees: only these.
        on_progress: called after each employee.
    """
    terms = CloseTerms.of(period, timezone, provisional=provisional, on_invalid=on_invalid, employees=employees)
    past = past_until(timezone)
    terms.require_over(past)
    versions = PeriodVersions.of(path, period)
    with private_folder(f"{versions.folder} {shard}") as folder:
        reading = read_account(
            client,
            period,
            terms.selection,
            folder,
            shard=shard,
            valid_until=terms.valid_until(past),
            on_progress=on_progress,
        )
        manifest: ShardManifest = {
            "shard": cast("ShardJson", reading.shard),
            "period": period.to_json(),
            "timezone": timezone,
            "selection": terms.selection_json,
            "on_invalid": on_invalid,
            "past_until": past.isoformat(),
            **reading.evidence,
            "source": account_of(client),
            "contract_sha256": client.contract_sha256,
            "provider_version": __version__,
            "created_at": utc_now(),
        }
        return publish_shard(versions, reading, manifest)


def close_from_shards(
    *,
    parts: Sequence[Mapping[str, Any] | str],
    period: Period,
    path: AnyPath,
    timezone: str,
    provisional: bool = False,
    max_changed_share: float = 0.2,
    on_invalid: str = "fail",
    employees: Sequence[object] | Mapping[str, object] | None = None,
    path_of: Callable[[str], AnyPath] = as_upath,
) -> CloseResult:
    """Freeze a period from the shards that separate tasks read; the files are those that one task would have made.

    All Hours is not asked. The files of the shards are removed when the version is there.

    Args:
        parts: results of :func:`close_shard`, or paths of their manifests, one of each shard, in any order.
        period: the days; the shards have to be of the same, as of ``timezone``, ``on_invalid`` and ``employees``.
        path: folder of all periods.
        timezone: see :func:`~.period_close.close_period`.
        provisional: see there.
        max_changed_share: see there.
        on_invalid: see there.
        employees: see there.
        path_of: makes a path object from the path of a manifest.

    Raises:
        AllHoursConflictError: the shards do not make up one reading, see :class:`~.period_shards.JoinedShards`; or see
            :func:`~.period_close.close_period`. Nothing is frozen.
        AllHoursParameterError: a shard is of another period or has other parameters; nothing is frozen.
    """
    check_share(max_changed_share)
    terms = CloseTerms.of(period, timezone, provisional=provisional, on_invalid=on_invalid, employees=employees)
    shards = JoinedShards(parts, path_of)
    read = shards.first
    for name, own, theirs in (
        ("period", period.to_json(), read["period"]),
        ("timezone", timezone, read["timezone"]),
        ("on_invalid", on_invalid, read["on_invalid"]),
        ("employees", terms.selection_json, read["selection"]),
    ):
        if own != theirs:
            raise AllHoursParameterError(
                f"parameter '{name}' is {own}, and the shards were read with {theirs}; give all of them the same"
            )
    terms.require_over(shards.past_until)
    versions = PeriodVersions.of(path, period)
    with private_folder(str(versions.folder)) as folder:
        reading = shards.read(folder)
        manifest = terms.manifest(
            reading, past=shards.past_until, account=read["source"], contract_sha256=read["contract_sha256"]
        )
        result = freeze(versions, reading, manifest, max_changed_share)
    shards.remove()
    return result
