# SPDX-License-Identifier: Apache-2.0
"""Hold the payroll file against the register that came back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from airflow_provider_allhours.client.errors import AllHoursConflictError, AllHoursParameterError
from airflow_provider_allhours.files.publication import publish_bytes
from airflow_provider_allhours.files.staging import AnyPath, as_upath
from airflow_provider_allhours.payroll.register import (
    DIFFERING,
    GHOST,
    MATCHING,
    MISSING,
    compare,
    comparison_file,
    read_register,
)


def reconcile(
    *,
    ours: AnyPath,
    register: AnyPath,
    path: AnyPath | None = None,
    columns: Mapping[str, str] | None = None,
    tolerance: Any = 0,
    on_difference: str = "fail",
) -> dict[str, Any]:
    """Compare employee by employee and pay code by pay code.

    Args:
        ours: a ``generic-csv`` payroll file.
        register: CSV that payroll sent back.
        path: where every line with its verdict goes, as CSV.
        columns: the register's names -> ``employee_id``, ``pay_code``, ``quantity``.
        tolerance: largest difference that is none, in the unit of the quantities.
        on_difference: ``fail`` or ``warn``.

    Returns:
        Counts ``matching``, ``missing`` (ours only), ``ghost`` (register only), ``differing``, and ``path``.

    Raises:
        AllHoursConflictError: something differs and ``on_difference`` is ``fail``; the file is written before.
    """
    if on_difference not in ("fail", "warn"):
        raise AllHoursParameterError(f"parameter 'on_difference' is {on_difference!r}; it takes fail or warn")
    found = compare(
        read_register(_content("ours", ours), "ours"),
        read_register(_content("register", register), "register", columns),
        _tolerance(tolerance),
    )
    counted = Counter(line.verdict for line in found)
    counts = {verdict: counted[verdict] for verdict in (MATCHING, MISSING, GHOST, DIFFERING)}
    if path is not None:
        publish_bytes(path, comparison_file(found))
    if on_difference == "fail" and len(found) != counts[MATCHING]:
        raise AllHoursConflictError(
            f"the register differs from what was sent: {counts[MISSING]} missing, {counts[GHOST]} ghost, "
            f"{counts[DIFFERING]} differing" + (f"; the lines are in {path}" if path is not None else "")
        )
    return {**counts, "path": None if path is None else str(path)}


def _content(parameter: str, path: AnyPath) -> bytes:
    place = as_upath(path)
    if not place.fs.exists(place.path):
        raise AllHoursParameterError(f"parameter '{parameter}' leads to no file; it takes a CSV file")
    return bytes(place.fs.cat_file(place.path))


def _tolerance(said: Any) -> Decimal:
    try:
        found = Decimal(str(said))
    except InvalidOperation:
        found = Decimal(-1)
    if not found.is_finite() or found < 0:
        raise AllHoursParameterError(f"parameter 'tolerance' is {said!r}; it takes a number from 0")
    return found
