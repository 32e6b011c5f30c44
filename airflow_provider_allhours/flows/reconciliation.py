# SPDX-License-Identifier: Apache-2.0
"""Reconcile a payroll file with the register that payroll returns."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any, TypedDict

from airflow_provider_allhours.client.errors import AllHoursConflictError, AllHoursParameterError
from airflow_provider_allhours.columns import names_of
from airflow_provider_allhours.files.csv_table import write_csv
from airflow_provider_allhours.files.presence import is_there
from airflow_provider_allhours.files.publication import publish_stream, sha256_of
from airflow_provider_allhours.files.staging import AnyPath, as_upath
from airflow_provider_allhours.files.xlsx_table import is_workbook, workbook_rows
from airflow_provider_allhours.flows.release_confirmation import confirm_release
from airflow_provider_allhours.parameters import FAIL_OR_WARN, one_of
from airflow_provider_allhours.payroll.register import Register, csv_rows, read_register
from airflow_provider_allhours.payroll.register_comparison import (
    COMPARISON_COLUMNS,
    DIFFERING,
    GHOST,
    MATCHING,
    MISSING,
    Comparison,
    compare,
)
from airflow_provider_allhours.payroll.register_options import RegisterOptions

log = logging.getLogger(__name__)


class ReconciliationResult(TypedDict):
    """Lines by verdict (``missing``: ours only, ``ghost``: register only), and the path of the comparison."""

    matching: int
    missing: int
    ghost: int
    differing: int
    path: str | None


def reconcile(
    *,
    ours: AnyPath,
    register: AnyPath,
    path: AnyPath | None = None,
    columns: Mapping[str, str] | None = None,
    register_options: Mapping[str, Any] | None = None,
    tolerance: float | str | Decimal = 0,
    on_difference: str = "fail",
    confirm: bool = True,
    path_of: Callable[[str], AnyPath] = as_upath,
) -> ReconciliationResult:
    """Compare a payroll file with a register by employee, pay code and unit, and by cost centre where both have them.

    Args:
        ours: a ``generic-csv`` payroll file.
        register: CSV, or the first sheet of an Excel workbook, that the payroll office returns.
        path: CSV of every line with its verdict, to be written.
        columns: name of the register's column -> ``employee_id``, ``pay_code``, ``quantity``, ``unit``,
            ``cost_centre``; the last two may be missing.
        register_options: how the register is written; see :class:`~.register_options.RegisterOptions`.
        tolerance: largest difference that counts as matching, in the unit of the quantities.
        on_difference: ``fail`` raises when something differs, ``warn`` logs a warning.
        confirm: whether the release of the payroll file is confirmed when all lines match.
        path_of: makes a path object from the path of the registry.

    Raises:
        AllHoursConflictError: something differs and ``on_difference`` is ``fail``, or the release that is to be
            confirmed is void or its payroll file was changed; the CSV has been written.
        AllHoursParameterError: a parameter is wrong, or a file cannot be read; nothing is written.
    """
    one_of("on_difference", on_difference, FAIL_OR_WARN)
    options = RegisterOptions.of(register_options)
    for parameter, file in (("ours", ours), ("register", register)):
        if path is not None and str(path) == str(file):
            raise AllHoursParameterError(f"parameter 'path' is {path}, which is '{parameter}'; it takes another file")
    comparisons = compare(
        _read("ours", ours, None, RegisterOptions(decimal_sign=".")),
        _read("register", register, columns, options),
        _tolerance(tolerance),
        options,
    )
    counts: Counter[str] = Counter()
    rows = _counted(comparisons, counts)
    if path is None:
        for _ in rows:
            pass
    else:
        publish_stream(path, lambda stream: write_csv(stream, names_of(COMPARISON_COLUMNS), rows))
    if counts.total() != counts[MATCHING]:
        difference = (
            f"the register differs from what was sent: {counts[MISSING]} missing, {counts[GHOST]} ghost, "
            f"{counts[DIFFERING]} differing" + (f"; the lines are in {path}" if path is not None else "")
        )
        if on_difference == "fail":
            raise AllHoursConflictError(difference)
        log.warning("%s", difference)
    elif confirm and counts:
        confirm_release(
            ours,
            content_sha256=sha256_of(_content("ours", ours)),
            register_sha256=sha256_of(_content("register", register)),
            path_of=path_of,
        )
    return {
        "matching": counts[MATCHING],
        "missing": counts[MISSING],
        "ghost": counts[GHOST],
        "differing": counts[DIFFERING],
        "path": None if path is None else str(path),
    }


def _counted(comparisons: Iterable[Comparison], counts: Counter[str]) -> Iterator[tuple[object, ...]]:
    """The row of each comparison, whose verdict is counted."""
    for comparison in comparisons:
        counts[comparison.verdict] += 1
        yield comparison.to_row()


def _read(parameter: str, path: AnyPath, columns: Mapping[str, str] | None, options: RegisterOptions) -> Register:
    content = _content(parameter, path)
    if is_workbook(str(path)):
        for name in ("encoding", "separator"):
            if getattr(options, name) is not None:
                raise AllHoursParameterError(
                    f"parameter 'register_options' has '{name}', and '{parameter}' is an Excel workbook, which has none"
                )
        rows = workbook_rows(content, parameter, decimal_sign=options.decimal_sign or ".", first_row=options.header_row)
        return read_register(islice(rows, options.header_row - 1, None), parameter, columns, options)
    return read_register(csv_rows(content, parameter, options), parameter, columns, options)


def _content(parameter: str, path: AnyPath) -> bytes:
    file = as_upath(path)
    if not is_there(file):
        raise AllHoursParameterError(f"parameter '{parameter}' is {path}, where there is no file; it takes a CSV file")
    return bytes(file.fs.cat_file(file.path))


def _tolerance(value: float | str | Decimal) -> Decimal:
    try:
        tolerance = Decimal(str(value))
    except InvalidOperation:
        tolerance = Decimal("NaN")
    if not tolerance.is_finite() or tolerance < 0:
        raise AllHoursParameterError(f"parameter 'tolerance' is {value!r}; it takes a number from 0")
    return tolerance
