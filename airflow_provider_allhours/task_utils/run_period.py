# SPDX-License-Identifier: Apache-2.0
"""Resolve the pay period of a DAG run from its partition or logical date, never from the wall clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.periods import Period, fixed_offset, local_date, resolve_period, zone

NO_RUN = date(1970, 1, 1)


def period_of(text: object, context: Mapping[str, Any], timezone: str) -> Period:
    """The period that ``text`` means in this DAG run.

    It is relative to the run's partition where it has one, so that a backfill of a partition, a scheduled and a manual
    run of it mean the same days; else to its logical date, else to ``run_after``.

    Args:
        text: the rendered ``period`` parameter.
        context: Airflow's task context.
        timezone: of the company, as :func:`company_timezone` returns it.

    Raises:
        AllHoursParameterError: not a period, or a relative one where the run has no date to be relative to.
    """
    partition = _partition_day(context, timezone)
    if partition is not None:
        return resolve_period(text, reference=partition)
    moment = run_moment(context)
    if moment is not None:
        return resolve_period(text, reference=local_date(moment, timezone))
    period = resolve_period(text, reference=NO_RUN)
    if period != resolve_period(text, reference=NO_RUN.replace(year=1971)):
        raise AllHoursParameterError(
            f"parameter 'period' is {text!r}, and this run has neither a logical date nor run_after to count from; "
            "give an absolute period such as 2026-10"
        )
    return period


def _partition_day(context: Mapping[str, Any], timezone: str) -> date | None:
    """The first day of the run's partition: its date, or a key that is a month, a week, a day or a moment.

    Airflow has partitions from 3.3 on.
    """
    run = context.get("dag_run")
    for moment in (context.get("partition_date"), getattr(run, "partition_date", None)):
        if isinstance(moment, datetime):
            return local_date(moment if moment.tzinfo else moment.replace(tzinfo=UTC), timezone)
    key = context.get("partition_key") or getattr(run, "partition_key", None)
    if not isinstance(key, str):
        return None
    try:
        return resolve_period(key, reference=NO_RUN).date_from if key[:4].isdigit() else None
    except AllHoursParameterError:
        pass
    try:
        moment = datetime.fromisoformat(key)
    except ValueError:
        return None
    return local_date(moment, timezone) if moment.tzinfo else moment.date()


def run_moment(context: Mapping[str, Any]) -> datetime | None:
    """The run's logical date, or ``run_after`` where it has none; aware."""
    run = context.get("dag_run")
    for moment in (
        context.get("logical_date"),
        getattr(run, "logical_date", None),
        getattr(run, "run_after", None),
        context.get("run_after"),
    ):
        if isinstance(moment, datetime):
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def company_timezone(explicit: str | None, of_connection: str | None, context: Mapping[str, Any]) -> str:
    """The company's time zone: the parameter, else the connection's, else the DAG's.

    Returns:
        An IANA name, or the fixed offset (``+01:00``) of a DAG whose start date has one.

    Raises:
        AllHoursParameterError: the parameter, or the connection's field, is no IANA name.
    """
    name = explicit or of_connection
    if not name:
        return _dag_timezone(context)
    zone(name)
    return name


def _dag_timezone(context: Mapping[str, Any]) -> str:
    timezone = getattr(context.get("dag"), "timezone", None)
    name = str(getattr(timezone, "name", None) or getattr(timezone, "key", None) or "UTC")
    if fixed_offset(name) is None:
        zone(name)
    return name
