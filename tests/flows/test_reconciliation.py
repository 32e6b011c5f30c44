# SPDX-License-Identifier: Apache-2.0
"""The parameters of a reconciliation have their effect."""

from __future__ import annotations

import csv
import re
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from airflow_provider_allhours.client import errors
from airflow_provider_allhours.flows.reconciliation import reconcile
from airflow_provider_allhours.operators.payroll import AllHoursReconcilePayrollOperator
from tests.helpers import PAYROLL_COMPANY

HEADER = "employee_id,pay_code,quantity\n"


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return PAYROLL_COMPANY


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "ours.csv").write_text(HEADER + "1,1000,8.00\n2,1000,8.00\n")
    (tmp_path / "register.csv").write_text(HEADER + "1,1000,8.00\n2,1000,7.50\n")
    return {"ours": str(tmp_path / "ours.csv"), "register": str(tmp_path / "register.csv")}


def by_operator(**options: Any) -> Any:
    return AllHoursReconcilePayrollOperator(task_id="r", **options).execute({})


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
        "employee_id,pay_code,verdict,ours,register,difference,unit,cost_centre",
        "1,1000,matching,8.00,8.00,0.00,,",
        "2,1000,differing,8.00,7.50,-0.50,,",
    ]


@pytest.mark.parametrize("run", [reconcile, by_operator])
def test_a_register_as_a_payroll_office_writes_it(run: Any, tmp_path: Path) -> None:
    (tmp_path / "ours.csv").write_text(
        "employee_id,pay_code,quantity,unit\n00042,1000,1178.50,hours\n00042,2000,2.00,days\n7,1000,-0.50,hours\n"
    )
    register = (
        "Lohnjournal;;;\nPersNr;LA;Menge;ME\n42;1000;1178:30;hours\n42;2000;2,00;days\n7;1000;0:30-;hours\nGesamt;;9;\n"
    )
    (tmp_path / "register.csv").write_bytes(register.encode("utf-16"))
    result = run(
        ours=str(tmp_path / "ours.csv"),
        register=str(tmp_path / "register.csv"),
        columns={"PersNr": "employee_id", "LA": "pay_code", "Menge": "quantity", "ME": "unit"},
        register_options={
            "encoding": "utf-16",
            "header_row": "2",
            "decimal_sign": ",",
            "employee_id": "number",
            "quantity": "hh:mm",
            "total_rows": "Gesamt",
        },
    )
    assert (result["matching"], result["missing"], result["ghost"], result["differing"]) == (3, 0, 0, 0)


def test_a_register_as_a_workbook(tmp_path: Path) -> None:
    (tmp_path / "ours.csv").write_text(
        "employee_id,pay_code,quantity,unit\n00042,1000,178.50,hours\n7,2000,2.00,days\n"
    )
    book = openpyxl.Workbook()
    for line in (["Journal"], ["PersNr", "LA", "Menge"], [42, 1000, timedelta(hours=178, minutes=30)], [7, 2000, 2.0]):
        book.active.append(line)
    book.active["A3"].number_format = "00000"
    book.save(tmp_path / "register.xlsx")
    result = by_operator(
        ours=str(tmp_path / "ours.csv"),
        register=str(tmp_path / "register.xlsx"),
        columns={"PersNr": "employee_id", "LA": "pay_code", "Menge": "quantity"},
        register_options={"header_row": 2, "decimal_sign": ","},
    )
    assert (result["matching"], result["differing"], result["ghost"]) == (2, 0, 0)


def test_rows_of_a_workbook_that_it_does_not_state_are_read(tmp_path: Path) -> None:
    """A program may state a smaller range of cells than it writes, and readers of the stated range stop there."""
    (tmp_path / "ours.csv").write_text("employee_id,pay_code,quantity,unit\n1,1000,8.00,hours\n")
    book = openpyxl.Workbook()
    for line in (["employee_id", "pay_code", "quantity"], [1, 1000, 8.0], [9999, 1000, 500.0]):
        book.active.append(line)
    book.save(tmp_path / "whole.xlsx")
    with_smaller_range(tmp_path / "whole.xlsx", tmp_path / "register.xlsx", "A1:C2")
    for name, value in (("encoding", "utf-8"), ("separator", ";")):
        with pytest.raises(errors.AllHoursParameterError, match=f"has '{name}', and 'register' is an Excel workbook"):
            reconcile(ours=tmp_path / "ours.csv", register=tmp_path / "register.xlsx", register_options={name: value})
    with pytest.raises(errors.AllHoursConflictError, match="0 missing, 1 ghost, 0 differing"):
        reconcile(ours=tmp_path / "ours.csv", register=tmp_path / "register.xlsx")


def with_smaller_range(source: Path, target: Path, stated: str) -> None:
    """Copy a workbook, whose first sheet states another range of cells than it has."""
    with zipfile.ZipFile(source) as whole, zipfile.ZipFile(target, "w") as changed:
        for name in whole.namelist():
            content = whole.read(name)
            if name.endswith("sheet1.xml"):
                content, count = re.subn(rb'<dimension ref="[^"]*"', b'<dimension ref="%s"' % stated.encode(), content)
                assert count == 1
            changed.writestr(name, content)


def test_no_input_is_overwritten(files: dict[str, str]) -> None:
    for name in ("ours", "register"):
        before = Path(files[name]).read_bytes()
        with pytest.raises(errors.AllHoursParameterError, match=f"which is '{name}'; it takes another file"):
            reconcile(**files, path=files[name], on_difference="warn")
        assert Path(files[name]).read_bytes() == before


def test_the_register_comes_back(payroll: Any, tmp_path: Path) -> None:
    payroll.export(payroll.close(), mapping=payroll.hours)
    lines = payroll.lines()
    register = tmp_path / "register.csv"

    def send(rows: list[tuple[str, str, str]]) -> None:
        text = "".join(f"{number};{code};{hours}\n" for number, code, hours in rows)
        register.write_text("Personalnummer;Lohnart;Stunden\n" + text, encoding="windows-1252")

    columns = {"Personalnummer": "employee_id", "Lohnart": "pay_code", "Stunden": "quantity"}
    ours = [(line["employee_id"], line["pay_code"], line["quantity"].replace(".", ",")) for line in lines]
    send(ours)
    options: dict[str, Any] = {"ours": payroll.folder / "pay.csv", "register": register, "columns": columns}
    same = reconcile(**options)
    assert same == {"matching": len(ours), "missing": 0, "ghost": 0, "differing": 0, "path": None}
    number, code, _ = ours[1]
    send([(number, code, "1.234,50"), *ours[2:], ("999", "1000", "160")])
    with pytest.raises(errors.AllHoursConflictError, match="1 missing, 1 ghost, 1 differing; the lines are in"):
        reconcile(**options, path=tmp_path / "result.csv")
    result = reconcile(**options, path=tmp_path / "result.csv", on_difference="warn")
    assert (result["missing"], result["ghost"], result["differing"]) == (1, 1, 1)
    with (tmp_path / "result.csv").open(newline="", encoding="utf-8") as file:
        verdicts = {(line["employee_id"], line["pay_code"]): line for line in csv.DictReader(file)}
    assert verdicts["999", "1000"]["verdict"] == "ghost"
    assert verdicts[number, code]["register"] == "1234.50"
    assert verdicts[ours[0][0], ours[0][1]]["verdict"] == "missing"
    assert reconcile(**options, tolerance="100000", on_difference="warn")["differing"] == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tolerance": "a lot"}, "parameter 'tolerance' is 'a lot'"),
        ({"on_difference": "cry"}, "parameter 'on_difference' is 'cry'"),
        ({"columns": {"a": "b"}}, "parameter 'columns' maps to b"),
        ({"columns": {"a": "quantity"}}, "parameter 'register' lacks the columns a"),
        ({"ours": "/nowhere.csv"}, "parameter 'ours' is /nowhere.csv, where there is no file"),
    ],
)
def test_registers_that_cannot_be_read(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    file = tmp_path / "x.csv"
    file.write_text("employee_id,pay_code,quantity\n1,2,3\n")
    with pytest.raises(errors.AllHoursParameterError, match=message):
        reconcile(**{"ours": file, "register": file, **options})
    file.write_text("employee_id,pay_code,quantity\n1,2,many\n")
    with pytest.raises(errors.AllHoursParameterError, match="the quantity in line 2 is not a number"):
        reconcile(ours=file, register=file)
