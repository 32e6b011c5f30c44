# SPDX-License-Identifier: Apache-2.0
"""The parameters of a reconciliation have their effect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client import errors
from airflow_provider_allhours.flows.reconciliation import reconcile
from airflow_provider_allhours.operators.payroll import AllHoursReconcilePayrollOperator

HEADER = "employee_id,pay_code,quantity\n"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "ours.csv").write_text(HEADER + "1,1000,8.00\n2,1000,8.00\n")
    (tmp_path / "register.csv").write_text(HEADER + "1,1000,8.00\n2,1000,7.50\n")
    return {"ours": str(tmp_path / "ours.csv"), "register": str(tmp_path / "register.csv")}


def by_operator(**options: Any) -> Any:
    return AllHoursReconcilePayrollOperator(task_id="r", **options).execute({})  # type: ignore[typeddict-item]


@pytest.mark.parametrize("run", [reconcile, by_operator])
def test_a_difference_fails_unless_it_may_be_a_warning(run: Any, files: dict[str, str]) -> None:
    with pytest.raises(errors.AllHoursConflictError, match="0 missing, 0 ghost, 1 differing"):
        run(**files)
    result = run(**files, on_difference="warn")
    assert (result["matching"], result["differing"]) == (1, 1)


@pytest.mark.parametrize(("tolerance", "differing"), [(0, 1), ("0.49", 1), ("0.5", 0), (1, 0)])
def test_a_difference_up_to_the_tolerance_matches(files: dict[str, str], tolerance: Any, differing: int) -> None:
    assert reconcile(**files, tolerance=tolerance, on_difference="warn")["differing"] == differing


@pytest.mark.parametrize("tolerance", [-1, "NaN", "Infinity", ""])
def test_a_tolerance_that_is_no_number_from_0(files: dict[str, str], tolerance: Any) -> None:
    with pytest.raises(errors.AllHoursParameterError, match="'tolerance' is .*; it takes a number from 0"):
        reconcile(**files, tolerance=tolerance)


def test_the_comparison_has_every_line_and_the_sign_of_the_difference(files: dict[str, str], tmp_path: Path) -> None:
    reconcile(**files, path=tmp_path / "out.csv", on_difference="warn")
    assert (tmp_path / "out.csv").read_text().splitlines() == [
        "employee_id,pay_code,verdict,ours,register,difference",
        "1,1000,matching,8.00,8.00,0.00",
        "2,1000,differing,8.00,7.50,-0.50",
    ]
