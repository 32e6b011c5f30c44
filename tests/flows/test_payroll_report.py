# SPDX-License-Identifier: Apache-2.0
"""The month-end report: its numbers are those of the payroll file, taken from the HTML and the workbook themselves."""

from __future__ import annotations

import json
import re
import sqlite3
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from airflow_provider_allhours.client.errors import AllHoursConflictError, AllHoursParameterError
from airflow_provider_allhours.flows.payroll_report import report_payroll
from airflow_provider_allhours.flows.payroll_summary import summarize_payroll
from airflow_provider_allhours.flows.release_void import void_release
from airflow_provider_allhours.flows.report_content import ReportContent
from airflow_provider_allhours.flows.report_exceptions import WARNING
from airflow_provider_allhours.flows.report_lines import Beside, LineKey
from airflow_provider_allhours.flows.versions import open_close
from airflow_provider_allhours.operators.payroll import AllHoursPayrollReportOperator
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.helpers import PAYROLL_COMPANY

SEPTEMBER, OCTOBER = Period.of_month(2026, 9), Period.of_month(2026, 10)


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return PAYROLL_COMPANY


class Tables(HTMLParser):
    """The rows of each table by its id; ``tags`` are the names of all elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.tags: list[str] = []
        self._rows: list[list[str]] = []
        self._in_cell = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "table":
            self._rows = self.tables.setdefault(str(dict(attrs)["id"]), [])
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._in_cell = True
            self._rows[-1].append("")
        elif tag == "span" and self._in_cell and self._rows[-1][-1]:
            self._rows[-1][-1] += "\n"

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell and data.strip():
            self._rows[-1][-1] += data


def read_html(path: Path) -> dict[str, list[list[str]]]:
    return Tables(path.read_text("utf-8")).tables


def minutes_of(text: str) -> int:
    hours, _, minutes = text.lstrip("-").partition(":")
    return (int(hours) * 60 + int(minutes)) * (-1 if text.startswith("-") else 1)


def lines_in(people: list[list[str]]) -> dict[tuple[str, str, str], Decimal]:
    """Employee, pay code and unit -> quantity of this file."""
    found = {}
    for row in people[1:-1]:
        for line in filter(None, row[7].split("\n")):
            code, _, rest = line.partition(": ")
            quantity, unit = rest.split()[:2]
            if Decimal(quantity):
                found[row[0], code, unit] = Decimal(quantity)
    return found


def sheets_of(path: Path) -> dict[str, list[list[Any]]]:
    book = openpyxl.load_workbook(path)
    return {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book.worksheets}


@pytest.fixture
def months(payroll: Any, sandbox: Sandbox) -> dict[str, Any]:
    """September, released and then corrected for one person; October, previewed with the correction."""
    payroll.export(payroll.close(SEPTEMBER), "september.csv")
    corrected = payroll.correct(sandbox, day="2026-09-08")
    again = payroll.close(SEPTEMBER)
    october = payroll.close(OCTOBER)
    pay = payroll.export(october, corrections=[again], release=False)
    return {"close": october, "pay": pay, "corrected": corrected, "september": again}


def test_the_html_has_the_numbers_of_the_file(payroll: Any, months: dict[str, Any]) -> None:
    path = payroll.folder / "report.html"
    result = report_payroll(close=months["close"], path=path, payroll=months["pay"])
    tables = read_html(path)
    own = [line for line in payroll.lines() if line["period_from"] == "2026-10-01"]
    expected = {(one["employee_id"], one["pay_code"], one["unit"]): Decimal(one["quantity"]) for one in own}
    assert lines_in(tables["people"]) == expected
    assert result["lines"] == len(expected)
    totals: dict[tuple[str, str], Decimal] = {}
    for (_, code, unit), quantity in expected.items():
        totals[code, unit] = totals.get((code, unit), Decimal(0)) + quantity
    assert {(row[0], row[1]): Decimal(row[2]) for row in tables["totals"][1:] if Decimal(row[2])} == totals
    whole: dict[str, Decimal] = {}
    for one in payroll.lines():
        whole[one["pay_code"]] = whole.get(one["pay_code"], Decimal(0)) + Decimal(one["quantity"])
    assert tables["totals"][0][-2:] == ["Corrections", "This file"]
    assert {row[0]: Decimal(row[-1]) for row in tables["totals"][1:] if Decimal(row[-1])} == whole
    assert all(Decimal(row[-1]) == Decimal(row[2]) + Decimal(row[-2]) for row in tables["totals"][1:])
    assert any(Decimal(row[-2]) for row in tables["totals"][1:]), "nothing was corrected"
    described = json.loads(Path(months["pay"]["manifest_path"]).read_text())
    assert {code: float(total) for code, total in whole.items() if total} == described["totals"]
    corrections = [line for line in payroll.lines() if line["period_from"] == "2026-09-01"]
    assert {line["employee_id"] for line in corrections} == {months["corrected"]}
    assert [(row[0], row[2], row[3], row[4]) for row in tables["corrections"][1:]] == [
        (one["employee_id"], "2026-09-01/2026-09-30", one["pay_code"], one["quantity"]) for one in corrections
    ]
    assert {row[6] for row in tables["corrections"][1:]} == {"2026-09-08 corrected day"}
    assert result["corrections"] == len(corrections) > 0


def test_plan_is_paid_and_ignored_and_missing(payroll: Any, months: dict[str, Any]) -> None:
    path = payroll.folder / "report.html"
    report_payroll(close=months["close"], path=path, payroll=months["pay"])
    header, *people, total = read_html(path)["people"]
    assert header[:7] == ["Employee", "Name", "Plan", "Paid", "Ignored", "Missing", "Balance"]
    frozen = {one.person.employee_id: one for one in open_close(months["close"]["manifest_path"]).people()}
    assert [row[0] for row in people] == sorted({*frozen, *(row[0] for row in people)})
    # Somebody of the last file who is not in this period has no plan and no pay.
    assert all(row[2:7] == ["0:00"] * 5 for row in people if row[0] not in frozen)
    people = [row for row in people if row[0] in frozen]
    assert len(people) == len(frozen)
    sums = [0] * 5
    for row in people:
        bridge = [minutes_of(text) for text in row[2:7]]
        plan, paid, ignored, missing, balance = bridge
        days = frozen[row[0]].days
        assert plan == paid + ignored + missing
        assert plan == sum(day.planned_minutes or 0 for day in days)
        assert balance == sum(day.balance_minutes or 0 for day in days)
        sums = [one + other for one, other in zip(sums, bridge, strict=True)]
    assert [minutes_of(text) for text in total[1:6]] == sums
    assert any(minutes_of(row[4]) for row in people), "nobody has leave that is ignored"
    assert "Paid is what the mapping pays of presence and leave" in path.read_text()
    missing = [minutes_of(row[5]) for row in people]
    cards = dict(
        re.findall(r'<div class="card"><b>([^<]*)</b><span>(missing|above plan), (?:\d+) pe', path.read_text())
    )
    found = {label: minutes_of(hours) for hours, label in cards.items()}
    assert found == {
        "missing": sum(one for one in missing if one > 0),
        "above plan": -sum(one for one in missing if one < 0),
    }
    assert min(found.values()) > 0, "nobody is below, or nobody above the plan"


@pytest.mark.parametrize(
    ("now", "then", "shown"), [(105, 100, "+0.05"), (100, 105, "-0.05"), (100, 100, "0.00"), (100, None, "")]
)
def test_a_difference_has_its_sign(now: int, then: int | None, shown: str) -> None:
    assert Beside(LineKey("1000", "hours", ""), now, then).difference_text == shown


@pytest.mark.parametrize("payroll_file", [5, {}, {"manifest_path": 5}, ""])
def test_what_is_no_payroll_file(payroll: Any, payroll_file: Any) -> None:
    target = payroll.folder / "report.html"
    with pytest.raises(AllHoursParameterError, match=r"'payroll' takes the return value of .* or the path of its man"):
        report_payroll(close=payroll.close(), path=target, payroll=payroll_file)
    assert not target.exists()


def test_the_last_period_stands_beside_it(payroll: Any, months: dict[str, Any]) -> None:
    path = payroll.folder / "report.html"
    report_payroll(close=months["close"], path=path, payroll=months["pay"])
    header, *totals = read_html(path)["totals"]
    assert header == ["Pay code", "Unit", "2026-10", "2026-09", "Difference", "Corrections", "This file"]
    september: dict[str, Decimal] = {}
    for line in payroll.lines("september.csv"):
        september[line["pay_code"]] = september.get(line["pay_code"], Decimal(0)) + Decimal(line["quantity"])
    assert {row[0]: Decimal(row[3]) for row in totals} == september
    assert all(Decimal(row[4]) == Decimal(row[2]) - Decimal(row[3]) for row in totals)
    given = payroll.folder / "given.html"
    report_payroll(
        close=months["close"],
        path=given,
        payroll=months["pay"],
        previous=str(payroll.folder / "september.csv.manifest.json"),
    )
    assert given.read_bytes() == path.read_bytes()


def test_the_workbook_has_the_same(payroll: Any, months: dict[str, Any]) -> None:
    html, book = payroll.folder / "report.html", payroll.folder / "report.xlsx"
    first = report_payroll(close=months["close"], path=html, payroll=months["pay"])
    second = report_payroll(close=months["close"], path=book, payroll=months["pay"])
    same = set(first) - {"path", "bytes", "sha256"}
    assert {key: first[key] for key in same} == {key: second[key] for key in same}  # type: ignore[literal-required]  # the keys are computed
    sheets, tables = sheets_of(book), read_html(html)
    found = {(row[0], row[2], row[3]): Decimal(str(row[5])) for row in sheets["Lines"][1:] if row[5]}
    assert found == lines_in(tables["people"])
    for row, shown in zip(sheets["People"][1:-1], tables["people"][1:-1], strict=True):
        assert row[:2] == shown[:2]
        assert [round(hours * 60) for hours in row[2:7]] == [minutes_of(text) for text in shown[2:7]]
    for row, shown in zip(sheets["Totals"][1:], tables["totals"][1:], strict=True):
        assert row[:2] == shown[:2]
        # The workbook has the period, its corrections and the file first.
        written = [shown[2], *shown[5:], *shown[3:5]]
        assert [Decimal(str(cell)).quantize(Decimal("0.01")) for cell in row[2:]] == [Decimal(text) for text in written]
    assert [row[:2] for row in sheets["Corrections"][1:]] == [row[:2] for row in tables["corrections"][1:]]
    assert len(sheets["Exceptions"]) == len(tables["exceptions"])


def test_names_are_texts_whatever_they_are(payroll: Any, sandbox: Sandbox) -> None:
    user: Any = sandbox.company.user_at(8)
    names = {"FirstName": "<script>alert(1)</script>", "LastName": "=1+1 & Söhne"}
    sandbox.control("POST", "users", {"user_id": user.id, "fields": names})
    other: Any = sandbox.company.user_at(9)
    sandbox.control("POST", "users", {"user_id": other.id, "fields": {"FirstName": "=1+1", "LastName": ""}})
    close = payroll.close()
    page, book = payroll.folder / "report.html", payroll.folder / "report.xlsx"
    report_payroll(close=close, path=page)
    report_payroll(close=close, path=book)
    parsed = Tables(page.read_text("utf-8"))
    assert "script" not in parsed.tags
    wanted = "<script>alert(1)</script> =1+1 & Söhne"
    assert wanted in [row[1] for row in parsed.tables["people"]]
    cells = [cell for row in openpyxl.load_workbook(book)["People"].iter_rows() for cell in row]
    assert [cell.data_type for cell in cells if cell.value in (wanted, "=1+1")] == ["s", "s"]


def test_it_needs_nothing_from_elsewhere(payroll: Any, months: dict[str, Any]) -> None:
    page = payroll.folder / "report.html"
    report_payroll(close=months["close"], path=page, payroll=months["pay"])
    text = page.read_text("utf-8")
    assert not {"script", "link", "img", "iframe"} & set(Tables(text).tags)
    assert "http" not in text.replace(f"Read from {payroll.client.host}", "")
    assert page.stat().st_mode & 0o777 == 0o600


def test_the_same_data_is_the_same_report_and_the_result_has_no_names(payroll: Any, months: dict[str, Any]) -> None:
    result = AllHoursPayrollReportOperator(
        task_id="report",
        close=months["close"],
        path=str(payroll.folder / "a.html"),
        payroll=months["pay"]["manifest_path"],
    ).execute({})
    again = report_payroll(close=months["close"], path=payroll.folder / "b.html", payroll=months["pay"])
    assert result["sha256"] == again["sha256"]
    people = open_close(months["close"]["manifest_path"]).people()
    assert not any(one.person.last_name in json.dumps(result) for one in people if one.person.last_name)
    assert set(result["exceptions"]) <= {
        "missing events",
        "day not valid",
        "absence pending",
        "not in the last file",
        "only in the last file",
        "warning",
    }


def test_somebody_who_is_left_out_is_unpaid_with_the_reason(payroll: Any) -> None:
    close = payroll.close()
    number = str(open_close(close["manifest_path"]).people().__next__().person.employee_id)
    pay = payroll.export(close, release=False, exclude={number: "paid by hand"})
    report_payroll(close=close, path=payroll.folder / "report.html", payroll=pay)
    tables = read_html(payroll.folder / "report.html")
    (row,) = [row for row in tables["people"] if row[0] == number]
    assert (row[3], row[7]) == ("0:00", "")
    assert minutes_of(row[5]) == minutes_of(row[2]) - minutes_of(row[4])
    assert [number, "paid by hand"] in [[one[1], one[3]] for one in tables["exceptions"] if one[0] == "not paid"]


@pytest.mark.parametrize(
    "lines",
    [
        [{"source": "paid_presence_minutes"}, {"source": "paid_absence_minutes"}],
        [{"source": "planned_minutes"}],
    ],
)
def test_leave_that_a_column_pays_is_not_ignored_as_well(payroll: Any, lines: list[dict[str, str]]) -> None:
    mapping = {
        "lines": [{**line, "pay_code": str(number), "unit": "hours"} for number, line in enumerate(lines)],
        "ignore": {"absences": "*", "counters": "*"},
    }
    close = payroll.close()
    report_payroll(close=close, path=payroll.folder / "report.html", mapping=mapping)
    frozen = {one.person.employee_id: one for one in open_close(close["manifest_path"]).people()}
    paid_leave = {number: sum(day.paid_absence_minutes or 0 for day in one.days) for number, one in frozen.items()}
    assert any(paid_leave.values())
    for row in read_html(payroll.folder / "report.html")["people"][1:-1]:
        plan, paid, ignored, missing = (minutes_of(text) for text in row[2:6])
        assert plan == paid + ignored + missing
        if paid_leave[row[0]]:
            assert ignored == 0


def test_without_a_file_the_mapping_is_tried_and_its_problems_are_exceptions(payroll: Any) -> None:
    close = payroll.close()
    result = report_payroll(
        close=close, path=payroll.folder / "a.html", mapping={"lines": payroll.mapping["lines"][:1]}
    )
    assert result["exceptions"]["problem"] > 0
    assert result["lines"] > 0
    bare = report_payroll(close=close, path=payroll.folder / "b.html")
    assert bare["lines"] == 0
    assert "problem" not in bare["exceptions"]
    assert bare["employees"] == close["employees"]


def test_a_release_is_reported_like_its_preview(payroll: Any) -> None:
    close = payroll.close()
    preview = payroll.export(close, "preview.csv", release=False)
    report_payroll(close=close, path=payroll.folder / "a.xlsx", payroll=preview)
    released = payroll.export(close)
    report_payroll(close=close, path=payroll.folder / "b.xlsx", payroll=released)
    one, other = (sheets_of(payroll.folder / name) for name in ("a.xlsx", "b.xlsx"))
    assert one["Lines"] == other["Lines"]
    assert one["People"] == other["People"]


def test_a_preview_is_reported_before_and_after_its_release(payroll: Any, months: dict[str, Any]) -> None:
    """A month end that is run again makes its preview and report anew, behind the release of the same file."""
    first = report_payroll(close=months["close"], path=payroll.folder / "a.html", payroll=months["pay"])
    payroll.export(months["close"], "released.csv", corrections=[months["september"]])
    again = payroll.export(months["close"], "again.csv", corrections=[months["september"]], release=False)
    for preview in (months["pay"], again):
        second = report_payroll(close=months["close"], path=payroll.folder / "b.html", payroll=preview)
        assert (second["lines"], second["corrections"]) == (first["lines"], first["corrections"])


def test_a_file_of_differences_stands_beside_no_whole_period(payroll: Any, months: dict[str, Any]) -> None:
    """Beside the whole month before, everybody would have lost a month's hours."""
    target = payroll.folder / "report.html"
    pay = payroll.export(months["september"], "delta.csv", delta=True, release=False)
    result = report_payroll(close=months["september"], path=target, payroll=pay)
    assert result["lines"] == len(payroll.lines("delta.csv")) > 0
    assert not {"not in the last file", "only in the last file"} & set(result["exceptions"])
    assert "Its lines are differences since version 1." in target.read_text("utf-8")
    with pytest.raises(AllHoursParameterError, match="'previous' is given, and 'payroll' pays differences"):
        report_payroll(close=months["september"], path=target, payroll=pay, previous=months["pay"])
    assert "differences" in summarize_payroll(manifest=Path(pay["manifest_path"])).partition("\n")[0]


def test_the_state_of_the_file_is_that_of_the_registry(payroll: Any) -> None:
    close = payroll.close()
    target = payroll.folder / "report.html"

    def state(paid: Any) -> str:
        report_payroll(close=close, path=target, payroll=paid)
        return re.findall(r"Payroll file: ([a-z ]+)[.,]", target.read_text("utf-8"))[0]

    assert state(payroll.export(close, "preview.csv", release=False)) == "preview"
    released = payroll.export(close)
    assert state(released) == "released"
    void_release(release=released["manifest_path"], reason="wrong mapping", approved_by="Ada")
    assert state(released) == "void"


def test_only_an_earlier_file_that_counts_stands_beside_it(payroll: Any, months: dict[str, Any]) -> None:
    target = payroll.folder / "report.html"
    for given in (months["pay"], months["pay"]["manifest_path"]):
        with pytest.raises(AllHoursParameterError, match="'previous' pays 2026-10-01/2026-10-31, and the report is of"):
            report_payroll(close=months["close"], path=target, payroll=months["pay"], previous=given)
    with pytest.raises(AllHoursParameterError, match="'previous' pays 2026-10-01/2026-10-31, and the report is of"):
        report_payroll(close=months["september"], path=target, previous=months["pay"])
    september = payroll.folder / "september.csv.manifest.json"
    void_release(release=str(september), reason="wrong mapping", approved_by="Ada")
    with pytest.raises(AllHoursParameterError, match="september.csv, which is void; it takes a whole file that counts"):
        report_payroll(close=months["close"], path=target, previous=str(september))
    assert not target.exists()


def test_a_file_that_was_changed_where_it_lies_is_refused(payroll: Any, months: dict[str, Any]) -> None:
    file = Path(months["pay"]["path"])
    file.write_bytes(file.read_bytes().replace(b"1000", b"1001", 1))
    with pytest.raises(AllHoursConflictError, match="pay.csv was changed after it was written"):
        report_payroll(close=months["close"], path=payroll.folder / "report.html", payroll=months["pay"])
    file.unlink()  # delivered and removed
    assert report_payroll(close=months["close"], path=payroll.folder / "report.html", payroll=months["pay"])["lines"]


def test_a_period_of_more_days_than_a_month_has_a_bar_for_each(payroll: Any) -> None:
    close = payroll.close(Period(date(2026, 9, 1), date(2026, 10, 17)))
    report_payroll(close=close, path=payroll.folder / "report.html")
    assert (payroll.folder / "report.html").read_text("utf-8").count('<rect class="bar"') == 47


@pytest.mark.parametrize("name", ["pay.xlsx", "pay.csv.gz", "pay.HTML", "pay.parquet"])
def test_a_payroll_file_is_not_named_like_what_it_is_not(payroll: Any, name: str) -> None:
    with pytest.raises(AllHoursParameterError, match="every payroll layout is text, which a file named"):
        payroll.export(payroll.close(), name)
    assert payroll.records() == []
    assert not (payroll.folder / name).exists()


def test_what_is_not_the_file_is_refused(payroll: Any, months: dict[str, Any]) -> None:
    target = payroll.folder / "report.html"
    manifest = Path(months["pay"]["manifest_path"])
    described = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**described, "sha256": "0" * 64}))
    with pytest.raises(AllHoursConflictError, match="made again, is another one; make the preview again"):
        report_payroll(close=months["close"], path=target, payroll=months["pay"])
    manifest.write_text(json.dumps(described))
    with pytest.raises(AllHoursConflictError, match="'payroll' pays version 1 of .*2026-10-01.*'close' is version 2"):
        report_payroll(close=months["september"], path=target, payroll=months["pay"])
    with pytest.raises(AllHoursParameterError, match="'mapping' is given beside 'payroll'"):
        report_payroll(close=months["close"], path=target, payroll=months["pay"], mapping=payroll.mapping)
    with pytest.raises(AllHoursParameterError, match=r"'path' is .*report.pdf; a report is .html or .xlsx"):
        report_payroll(close=months["close"], path=payroll.folder / "report.pdf")
    with pytest.raises(AllHoursParameterError, match="'payroll' takes the return value of AllHoursExportPayroll"):
        report_payroll(close=months["close"], path=target, payroll={"path": "x"})
    with pytest.raises(AllHoursParameterError, match="'previous' is .*, which is not the manifest of a payroll file"):
        report_payroll(close=months["close"], path=target, previous="/nowhere.json")
    days = next((payroll.folder / "periods/2026-10-01_2026-10-31/v0001").glob("timesheets*"))
    days.chmod(0o600)
    days.write_bytes(days.read_bytes().replace(b'"paid_presence_minutes": 4', b'"paid_presence_minutes": 5', 1))
    with pytest.raises(AllHoursConflictError, match="was changed after it was frozen"):
        report_payroll(close=months["close"], path=target)
    assert not target.exists()


@pytest.mark.parametrize("suffix", [".html", ".xlsx"])
def test_it_says_whether_a_mapping_or_all_hours_decides_what_is_paid(payroll: Any, suffix: str) -> None:
    def said(**options: Any) -> str:
        path = payroll.folder / f"report{suffix}"
        report_payroll(close=close, path=path, **options)
        return path.read_text() if suffix == ".html" else str(sheets_of(path)["Summary"])

    close = payroll.close()
    assert "Paid is what the mapping pays of presence and leave" in said(mapping=payroll.mapping)
    assert "there is no mapping, so nothing is ignored" in said()


def test_what_a_report_keeps_on_the_disk_is_gone_at_its_end(payroll: Any) -> None:
    with ReportContent(open_close(payroll.close()["manifest_path"])) as content:
        content.exceptions.add(WARNING, "", "", "x")
        assert [one.detail for one in content.exceptions] == ["x"]
    for rows in (content.exceptions, content.people, content.corrections):
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            next(iter(rows))
