# SPDX-License-Identifier: Apache-2.0
"""Resolve the pay period of a DAG run from its partition or logical date, never from the current time."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.periods import Period, fixed_offset, local_date, resolve_period, zone

log = logging.getLogger(__name__)

SOME_DAYS = (date(1970, 1, 1), date(1971, 7, 20))
"""No relative period means the same days from both."""


def period_of(text: object, context: Mapping[str, Any], timezone: str) -> Period:
    """The period that ``text`` means in this DAG run.

    It is relative to the run's partition where it has one, so that a backfill of a partition, a scheduled and a manual
    run of it mean the same days; else to its logical date, else to ``run_after``. A partition of several days, such as
    ``2026-10``, has to mean the same period from each of them.

    Args:
        text: the rendered ``period`` parameter.
        context: Airflow's task context.
        timezone: of the company, as :func:`company_timezone` returns it.

    Raises:
        AllHoursParameterError: not a period, or a relative one where the run has no date to be relative to, where its
            partition names no day, or where days of its partition mean different periods.
    """
    text = _local_days(text, timezone)
    absolute = _absolute_period(text)
    if absolute is not None:
        return absolute
    key = _partition_key(context)
    partition = _days_of(key, timezone) if key else None
    date_of_partition = _partition_date(context)
    if partition is None and date_of_partition is not None:
        partition = _partition_of(date_of_partition, timezone, text, key)
    if partition is not None:
        return _the_same_from_each_day(text, partition)
    if key:
        raise AllHoursParameterError(
            f"parameter 'period' is {text!r}, which is counted from the run's partition, and its key {key!r} names no "
            "day; give an absolute period such as 2026-10, made of the key if need be"
        )
    moment = run_moment(context)
    if moment is None:
        raise AllHoursParameterError(
            f"parameter 'period' is {text!r}, and this run has neither a logical date nor run_after to count from; "
            "give an absolute period such as 2026-10"
        )
    period = resolve_period(text, reference=local_date(moment, timezone))
    _warn_of_another_day(text, period, moment, timezone, context)
    return period


def _local_days(given: object, timezone: str) -> object:
    """Moments that native rendering made of a template, as the company's days."""
    if isinstance(given, datetime):
        return local_date(given, timezone) if given.tzinfo else given.date()
    if isinstance(given, list | tuple):
        return [_local_days(one, timezone) for one in given]
    return given


def _partition_of(moment: datetime, timezone: str, text: object, key: str | None) -> Period:
    """The day of a partition whose key names none.

    Raises:
        AllHoursParameterError: a timetable in UTC computed the date, and the period is another one there.
    """
    day = local_date(moment, timezone)
    utc = moment.astimezone(UTC)
    is_of_utc = utc.time() == time()
    if is_of_utc and resolve_period(text, reference=utc.date()) != resolve_period(text, reference=day):
        raise AllHoursParameterError(
            f"parameter 'period' is {text!r}, and the date of the run's partition {key!r} is {utc.date()} in UTC and "
            f"{day} in {timezone}, which are of different periods; give keys that name days, such as 2026-10, or the "
            "timetable the company's time zone"
        )
    return Period(day, day)


def _warn_of_another_day(
    text: object, period: Period, moment: datetime, timezone: str, context: Mapping[str, Any]
) -> None:
    """Warn where the author of a schedule may have meant another period than the company's day does."""
    try:
        of_dag = _dag_timezone(context)
    except AllHoursParameterError:
        return
    day = local_date(moment, of_dag)
    if resolve_period(text, reference=day) != period:
        log.warning(
            "The run counts from %s in %s, which is %s in %s: 'period' %r means %s. If the schedule meant %s, give the "
            "DAG the company's time zone.",
            local_date(moment, timezone),
            timezone,
            day,
            of_dag,
            str(text),
            period,
            resolve_period(text, reference=day),
        )


def _absolute_period(text: object) -> Period | None:
    """The period of a text that means the same days in every run; None for a relative one."""
    periods = {resolve_period(text, reference=day) for day in SOME_DAYS}
    return periods.pop() if len(periods) == 1 else None


def _the_same_from_each_day(text: object, partition: Period) -> Period:
    """What a relative period means from a partition."""
    first = resolve_period(text, reference=partition.date_from)
    last = resolve_period(text, reference=partition.date_to)
    if first != last:
        raise AllHoursParameterError(
            f"parameter 'period' is {text!r}, which is {first.name} from the first day of the run's partition "
            f"{partition.name} and {last.name} from its last; give a period of the partition's own kind, or an "
            "absolute one such as 2026-10"
        )
    return first


def _partition_key(context: Mapping[str, Any]) -> str | None:
    """The key of the run's partition. Airflow has partitions from 3.3 on."""
    key = context.get("partition_key") or getattr(context.get("dag_run"), "partition_key", None)
    return key if isinstance(key, str) and key.strip() else None


def _partition_date(context: Mapping[str, Any]) -> datetime | None:
    """The date of the run's partition, aware."""
    for moment in (context.get("partition_date"), getattr(context.get("dag_run"), "partition_date", None)):
        if isinstance(moment, datetime):
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _days_of(key: str, timezone: str) -> Period | None:
    """The days that a partition's key names: a month, a week, a day, two days or a moment; None where it names none.

    A key names local days, whatever zone the timetable has that computes the partition's date.
    """
    with contextlib.suppress(AllHoursParameterError):
        named = _absolute_period(key)
        if named is not None:
            return named
    try:
        moment = datetime.fromisoformat(key)
    except ValueError:
        return None
    if "W" in key:  # 2026W01 is a week and would be read as its Monday
        return None
    day = local_date(moment, timezone) if moment.tzinfo else moment.date()
    return Period(day, day)


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
