# SPDX-License-Identifier: Apache-2.0
"""The page *All Hours* inside Airflow's own API server application, with registries made by real closes and files."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from airflow.sdk import DAG, BaseHook
from airflow.sdk.io import fs as airflow_filesystems
from airflow.sdk.io import store as airflow_stores
from airflow.utils.session import create_session

from airflow_provider_allhours.client import AllHoursClient, ClientConfig
from airflow_provider_allhours.flows.payroll_export import export_payroll
from airflow_provider_allhours.flows.period_close import close_period
from airflow_provider_allhours.flows.reconciliation import reconcile
from airflow_provider_allhours.flows.release_approval import Approval
from airflow_provider_allhours.flows.release_void import void_release
from airflow_provider_allhours.operators.payroll import (
    AllHoursClosePeriodOperator,
    AllHoursExportPayrollOperator,
    AllHoursPayrollReportOperator,
)
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.plugins import page, reading
from airflow_provider_allhours.plugins.reading import MAX_PERIODS, PathReader
from airflow_provider_allhours.plugins.runs import seen_runs
from airflow_provider_allhours.sandbox.server import Sandbox
from airflow_provider_allhours.sensors.periods import AllHoursPeriodReadySensor
from tests.helpers import PAYROLL_COMPANY
from tests.stores import Bucket

pytestmark = pytest.mark.slow

AUGUST, SEPTEMBER, OCTOBER = (Period.of_month(2026, month) for month in (8, 9, 10))
APPROVER = "<img src=x onerror=alert(1)>"


class Made(NamedTuple):
    """A folder of periods: August void, September confirmed, October paid and corrected since; and whom it is of."""

    folder: Path
    people: list[str]


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return PAYROLL_COMPANY


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("payroll")
    hours = [{"source": "paid_presence_minutes", "pay_code": "1000", "unit": "hours"}]
    mapping = {"lines": hours, "ignore": {"absences": "*", "counters": "*"}}
    with Sandbox(**PAYROLL_COMPANY) as sandbox:
        config = ClientConfig(sandbox.url, sandbox.client_id, sandbox.client_secret, auth_url=sandbox.token_url)
        with AllHoursClient(config) as client:
            files = {}
            for period in (AUGUST, SEPTEMBER, OCTOBER):
                close = close_period(client, period=period, path=folder / "periods", timezone="Europe/Ljubljana")
                files[period] = export_payroll(
                    close=close,
                    profile="generic-csv",
                    mapping=mapping,
                    path=folder / f"{period.name}.csv",
                    approval=Approval(by=APPROVER, at="2026-11-03T09:00:00Z"),
                )
            void_release(release=files[AUGUST]["manifest_path"], reason="Ada Lovelace asked for it")
            reconcile(ours=files[SEPTEMBER]["path"], register=files[SEPTEMBER]["path"])
            user: Any = sandbox.company.user_at(8)
            clockings = [["08:00", "Arrival"], ["20:00", "Departure"]]
            sandbox.control("POST", "days", {"user_id": user.id, "date": "2026-10-14", "clockings": clockings})
            close_period(client, period=OCTOBER, path=folder / "periods", timezone="Europe/Ljubljana")
            people = [
                text
                for one in client.users()
                for text in (one.first_name, one.last_name, one.email)
                if text and len(text) > 2
            ]
    return Made(folder / "periods", people)


@pytest.fixture
def periods(made: Made, tmp_path: Path) -> Path:
    """A copy of the folder, to be damaged."""
    shutil.copytree(made.folder, tmp_path / "periods")
    return tmp_path / "periods"


@pytest.fixture(scope="module")
def airflow_app(airflow_db: None) -> Iterator[Any]:
    """Airflow's own application, which mounts the page by the provider's metadata."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW__API_AUTH__JWT_SECRET", "a-secret-of-this-test-that-is-long-enough-for-hs512-" * 2)
        patch.setenv("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS", "viewer:viewer,nobody:none")
        from airflow.api_fastapi.app import create_app, purge_cached_app

        purge_cached_app()
        yield create_app(apps="core")
        purge_cached_app()


class Browser:
    """Whoever opens the page, and which folders are configured."""

    def __init__(self, app: Any, patch: pytest.MonkeyPatch) -> None:
        from fastapi.testclient import TestClient

        self._client = TestClient(app, raise_server_exceptions=False)
        self._patch = patch

    def sign_in(self, role: str | None) -> str:
        from airflow.api_fastapi.app import get_auth_manager
        from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

        name = "viewer" if role else "nobody"
        token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=name, role=role))
        self._client.cookies.set("_token", token)
        return str(token)

    def configure(self, *paths: object) -> None:
        self._patch.setenv("AIRFLOW__ALLHOURS__PERIODS_PATHS", ",\n".join(map(str, paths)))

    def get(self, path: str = "/allhours/", **options: Any) -> Any:
        return self._client.get(path, **options)

    def page(self) -> str:
        """The page, which is always there."""
        answer = self.get()
        assert answer.status_code == 200, answer.text
        return str(answer.text)


@pytest.fixture
def signed_out(airflow_app: Any, monkeypatch: pytest.MonkeyPatch) -> Browser:
    return Browser(airflow_app, monkeypatch)


@pytest.fixture
def viewer(signed_out: Browser) -> Browser:
    signed_out.sign_in("viewer")
    return signed_out


def text_of(html: str) -> str:
    """What a reader sees, on one line."""
    shown = re.sub(r"(?s)<(style|script).*?</\1>|<[^>]+>", " ", html)
    return " ".join(unescape(shown).split())


def states(html: str) -> list[str]:
    return re.findall(r'<span class="state [a-z-]*">([^<]*)</span>', html)


def test_only_signed_in_users_who_may_read_xcoms_see_the_page(signed_out: Browser, made: Made) -> None:
    signed_out.configure(made.folder)
    answer = signed_out.get()
    assert (answer.status_code, str(made.folder) in answer.text) == (401, False)
    assert "You are not signed in to Airflow." in answer.text
    assert signed_out.get(headers={"Authorization": "Bearer nonsense"}).status_code in (401, 403)
    signed_out.sign_in(None)
    for path in ("/allhours/", "/allhours/?dag_id=allhours_month_end"):
        answer = signed_out.get(path)
        assert (answer.status_code, str(made.folder) in answer.text) == (403, False)
    assert "may not read the XComs" in answer.text
    token = signed_out.sign_in("viewer")
    assert signed_out.get().status_code == 200
    signed_out._client.cookies.clear()
    assert signed_out.get(headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_it_says_what_is_closed_and_paid_without_names(viewer: Browser, made: Made) -> None:
    viewer.configure(made.folder)
    html = viewer.page()
    text = text_of(html)
    assert states(html) == ["paid", "confirmed", "void"], "newest first"
    assert "version 2: corrected day 6" in text
    assert re.search(r"Version 1: closed \d{4}-\d\d-\d\d \d\d:\d\d UTC, 19 employees, everybody", text)
    assert re.search(r"Release \d: released, version 1, whole period, 19 employees, ", text)
    assert f"approved by {APPROVER} 2026-11-03 09:00 UTC" in text
    for period in (AUGUST, SEPTEMBER, OCTOBER):
        assert f"{made.folder.parent}/{period.name}.csv" in html
    assert "warnings of payroll files" not in text, "there are none"
    assert made.people
    assert [name for name in made.people if re.search(rf"\b{re.escape(name)}\b", html)] == []
    assert "Lovelace" not in html, "the reason of a void release is free text"


@pytest.mark.parametrize(
    ("path", "href"),
    [
        ("https://files.example/2026-10.csv", "https://files.example/2026-10.csv"),
        ("http://files.example/2026-10.csv", "http://files.example/2026-10.csv"),
        ("https://me:hidden@files.example/2026-10.csv", None),
        ("https://me@files.example/2026-10.csv", None),
        ("javascript://files.example/%0aalert(1)", None),
        ("s3://bucket/2026-10.csv", None),
        ("/data/2026-10.csv", None),
        ("https://[half/2026-10.csv", None),
    ],
)
def test_files_with_an_address_on_the_web_are_links(path: str, href: str | None) -> None:
    shown = page._file(path)
    assert shown["href"] == href
    assert "hidden" not in str(shown)


def test_every_text_is_escaped_and_the_page_loads_nothing(viewer: Browser, made: Made, tmp_path: Path) -> None:
    folder = tmp_path / "<b>bold</b>" / "periods"
    shutil.copytree(made.folder, folder)
    viewer.configure(folder)
    answer = viewer.get()
    assert "<img" not in answer.text
    assert "<b>" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    (nonce,) = set(re.findall(r'nonce="([^"]+)"', answer.text))
    assert f"script-src 'nonce-{nonce}'" in policy


def test_a_damaged_registry_is_loud_and_claims_nothing(viewer: Browser, periods: Path, made: Made) -> None:
    viewer.configure(periods, made.folder)
    record = periods / "registry" / "000002.json"
    record.write_bytes(record.read_bytes().replace(b"published", b"punlished"))
    html = viewer.page()
    assert "These periods are not known. " in text_of(html)
    assert "000002.json was changed after it was written; restore it from a copy" in text_of(html)
    assert states(html) == ["paid", "confirmed", "void"], "those of the other folder"
    record.unlink()
    assert "000002.json is missing; restore it from a copy" in text_of(viewer.page())
    shutil.rmtree(periods / "registry")
    (periods / "registry").write_text("not a folder")
    assert "Its registry" in text_of(viewer.page()) or "It is a file" in text_of(viewer.page())


def last_release(periods: Path) -> dict[str, Any]:
    records = [json.loads(path.read_bytes()) for path in sorted((periods / "registry").glob("*.json"))]
    return dict([record for record in records if record["kind"] == "release"][-1])


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("version gone", "version 1 is gone, and release 5 paid it"),
        ("version changed", "the manifest of version 1 was changed after release 5 paid it"),
        ("version cut", "the manifest of version 1 cannot be read"),
        ("newest version cut", "the manifest of version 2 cannot be read"),
        ("file's manifest changed", "is gone or was changed; restore it from a copy"),
        ("file's manifest gone", "is gone or was changed; restore it from a copy"),
    ],
)
def test_what_contradicts_the_registry_is_never_called_paid(
    viewer: Browser, periods: Path, damage: str, sentence: str
) -> None:
    version = periods / "2026-10-01_2026-10-31" / ("v0002" if damage.startswith("newest") else "v0001")
    manifest = version / "manifest.json"
    claimed = periods / "registry" / last_release(periods)["file"]["folder"] / "manifest.json"
    if damage == "version gone":
        shutil.rmtree(version)
    elif damage == "version changed":
        manifest.write_bytes(manifest.read_bytes().replace(b'"employees": 19', b'"employees": 18'))
    elif damage.endswith("version cut"):
        manifest.write_bytes(manifest.read_bytes()[:100])
    elif damage.endswith("gone"):
        claimed.unlink()
    else:
        claimed.write_bytes(claimed.read_bytes() + b" ")
    viewer.configure(periods)
    html = viewer.page()
    assert states(html) == ["damaged", "confirmed", "void"]
    assert sentence.lower() in text_of(html).lower()


def test_a_record_that_was_cut_is_named(viewer: Browser, periods: Path) -> None:
    last = max((periods / "registry").glob("*.json"))
    (last.parent / f"{int(last.stem) + 1:06}.json").write_text('{"kind": "vo')
    viewer.configure(periods)
    assert f"Of the registry, record {int(last.stem) + 1} is not whole." in text_of(viewer.page())


def test_a_record_that_nobody_understands_is_one_sentence(viewer: Browser, tmp_path: Path) -> None:
    (tmp_path / "registry").mkdir()
    for content, sentence in (
        ({"kind": "release", "previous": None}, "has a record that says nothing that can be understood"),
        (
            {"kind": "lottery", "previous": None},
            "is of the kind 'lottery', which this version of the provider does not",
        ),
    ):
        (tmp_path / "registry" / "000001.json").write_text(json.dumps(content))
        viewer.configure(tmp_path)
        html = viewer.page()
        assert sentence in text_of(html)
        assert "Traceback" not in html


def test_a_folder_that_cannot_be_read_is_one_sentence_beside_the_others(
    viewer: Browser, made: Made, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.touch()
    viewer.configure(
        tmp_path / "missing", file, "nonsense://bucket/x", "relative/x", "ftp://me:hidden@127.0.0.1:1/x", made.folder
    )
    html = viewer.page()
    text = text_of(html)
    assert text.count("These periods are not known.") == 5
    assert "There is no such folder for the API server" in text
    assert "It is a file." in text
    assert "is a URL of nonsense://, which nothing installed here can reach" in text
    assert "'relative/x'" in text
    assert "hidden" not in html
    assert states(html) == ["paid", "confirmed", "void"]
    assert "Traceback" not in html


@pytest.fixture
def open_copy(made: Made) -> Iterator[Path]:
    """A copy of the folder that another user reaches, too."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o755)
        shutil.copytree(made.folder, Path(name) / "periods")
        for path in Path(name).rglob("*"):
            path.chmod(0o755)
        yield Path(name) / "periods"


@pytest.mark.parametrize("locked", [".", "registry", "2026-10-01_2026-10-31", "2026-10-01_2026-10-31/v0001"])
def test_a_folder_that_may_not_be_read_is_not_an_empty_one(open_copy: Path, locked: str) -> None:
    (open_copy / locked).chmod(0)
    user = os.geteuid()
    if user == 0:
        # Root may read everything.
        os.seteuid(65534)
    try:
        (read,) = PathReader().read([str(open_copy)])
    finally:
        os.seteuid(user)
        (open_copy / locked).chmod(0o755)
    assert (read.overview, read.error[:32]) == (None, "The API server may not read it. ")


def test_a_storage_that_hangs_keeps_neither_the_page_nor_the_others(
    viewer: Browser, made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "registry").mkdir()
    record = tmp_path / "registry" / "000001.json"
    os.mkfifo(record)
    monkeypatch.setattr(reading, "MAX_SECONDS", 0.0)
    reader = PathReader()
    try:
        first, again = (reader.read([str(tmp_path)], seconds=0.2) for _ in range(2))
        assert first == again
        assert "It was not read within" in first[0].error
        (whole,) = reader.read([str(made.folder)], seconds=60)
        assert whole.overview is not None
        viewer.configure(tmp_path)
        assert "It was not read within" in text_of(viewer.page())
    finally:
        # One writer per reader that waits.
        for _ in range(2):
            record.open("w").close()


def test_a_store_is_read_with_the_connection_in_its_url(
    viewer: Browser, made: Made, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def file_system(conn_id: str | None, options: Any) -> Any:
        BaseHook.get_connection(str(conn_id))
        return bucket.file_system

    monkeypatch.setenv("AIRFLOW_CONN_SHOP", "aws://")
    monkeypatch.setitem(airflow_filesystems._register_filesystems(), "s3", file_system)
    monkeypatch.setattr(airflow_stores, "_STORE_CACHE", {})
    bucket.file_system.put(str(made.folder), f"{bucket.name}/periods", recursive=True)
    viewer.configure(f"s3://shop@{bucket.name}/periods", f"s3://nobody@{bucket.name}/periods", "s3://shop@none/periods")
    html = viewer.page()
    assert states(html) == ["paid", "confirmed", "void"]
    assert "`nobody` isn't defined" in text_of(html)
    assert text_of(html).count("There is no such folder for the API server") == 1
    for secret in ("registry/000001.json", "2026-09-01_2026-09-30/v0001/manifest.json"):
        bucket.refuses = lambda method, key, name=secret: "AccessDenied" if key.endswith(name) else None
        viewer.configure(f"s3://shop@{bucket.name}/periods")
        html = viewer.page()
        assert "The API server may not read it." in text_of(html)
        assert states(html) == []


def test_an_empty_folder_and_one_of_many_periods(viewer: Browser, made: Made, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    many = tmp_path / "many"
    content = (made.folder / "2026-10-01_2026-10-31" / "v0001" / "manifest.json").read_text()
    manifest = json.loads(content)
    for number in range(MAX_PERIODS + 3):
        period = Period.of_month(2024 + number // 12, number % 12 + 1)
        version = many / f"{period.date_from}_{period.date_to}" / "v0001"
        version.mkdir(parents=True)
        is_last = number == MAX_PERIODS + 2
        (version / "manifest.json").write_text(
            json.dumps({**manifest, "period": period.to_json(), "provisional": is_last})
        )
    # A close that was killed.
    (many / "2027-01-01_2027-01-31" / "v0001").mkdir(parents=True)
    viewer.configure(tmp_path / "empty", many)
    html = viewer.page()
    assert "The folder has no closed periods." in text_of(html)
    assert states(html) == ["open", "provisional", *["closed"] * (MAX_PERIODS - 2)]
    assert f"4 older periods are not shown; airflow allhours periods {many} lists all." in text_of(html)


def test_a_group_that_nobody_paid_is_not_called_paid(
    client: AllHoursClient, payroll_mapping: dict[str, Any], sandbox: Sandbox, viewer: Browser, tmp_path: Path
) -> None:
    one, other = (str(sandbox.company.user_at(index).custom_id) for index in (8, 9))  # type: ignore[union-attr]  # the company has them

    def close(*employees: str) -> Any:
        return close_period(
            client, period=OCTOBER, path=tmp_path / "periods", timezone="Europe/Ljubljana", employees=list(employees)
        )

    def pay(close: Any, name: str, **options: Any) -> None:
        path = tmp_path / f"{name}.csv"
        export_payroll(close=close, profile="generic-csv", mapping=payroll_mapping, path=path, **options)

    viewer.configure(tmp_path / "periods")
    first = close(one, other)
    assert states(viewer.page()) == ["closed"]
    pay(first, "a", employees=[one])
    assert states(viewer.page()) == ["partly paid"]
    pay(first, "b", employees=[other])
    assert states(viewer.page()) == ["paid"]
    third = str(sandbox.company.user_at(10).custom_id)  # type: ignore[union-attr]  # the company has them
    close(third)
    assert states(viewer.page()) == ["partly paid"]


def month_end(tmp_path: Path, mapping: dict[str, Any]) -> DAG:
    with DAG("month_end_on_the_page", schedule=None) as dag:
        ready = AllHoursPeriodReadySensor(task_id="ready", period="2026-10", checks=["employee-ids"])
        close = AllHoursClosePeriodOperator(task_id="close", period="2026-10", path=f"{tmp_path}/periods")
        pay = AllHoursExportPayrollOperator(
            task_id="pay", close=close.output, profile="generic-csv", mapping=mapping, path=f"{tmp_path}/pay.csv"
        )
        report = AllHoursPayrollReportOperator(
            task_id="report", close=close.output, payroll=pay.output, path=f"{tmp_path}/report.html"
        )
        ready >> close >> pay >> report
    return dag


def test_runs_and_reports_are_linked(
    run_dag: Callable[..., Any],
    allhours_connection: Sandbox,
    payroll_mapping: dict[str, Any],
    viewer: Browser,
    tmp_path: Path,
) -> None:
    run = run_dag(month_end(tmp_path, payroll_mapping))
    assert run.state == "success"
    viewer.configure("")
    html = viewer.page()
    address = f"../dags/month_end_on_the_page/runs/{run.run_id.replace(':', '%3A').replace('+', '%2B')}"
    assert "What is paid is not known here: no folder is configured." in text_of(html)
    assert f"Closed by runs below {tmp_path}/periods" in text_of(html)
    assert "October 2026 is ready" in text_of(html)
    assert html.count(f'href="{address}"') == 2, "of the look and of the close"
    assert states(html) == []
    viewer.configure(f"file://{tmp_path}/periods/")
    html = viewer.page()
    assert html.count(f'href="{address}"') == 4, "of the look, the close, the payroll file and the report"
    assert f"{tmp_path}/report.html" in html
    assert "warning: 1" in text_of(html), "of the report: the mapping pays presence and overtime"
    with create_session() as session:
        assert seen_runs(session, lambda dag_ids: set()).closes == []


def test_the_metadata_registers_the_page_and_its_setting() -> None:
    from airflow.configuration import conf
    from airflow.providers_manager import ProvidersManager

    manager = ProvidersManager()
    (found,) = (plugin for plugin in manager.plugins if plugin.name == "allhours")
    assert found.plugin_class == "airflow_provider_allhours.plugins.plugin.AllHoursPlugin"
    manager.initialize_providers_configuration()
    assert conf.get("allhours", "periods_paths") == ""


def test_a_process_without_fastapi_loads_the_plugin() -> None:
    code = (
        "import sys, airflow.sdk; sys.modules['fastapi'] = None; before = set(sys.modules); "
        "from airflow_provider_allhours.plugins.plugin import AllHoursPlugin; "
        "print(sorted(name for name in set(sys.modules) - before if name.split('.')[0] != 'airflow'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = json.loads(done.stdout.strip().splitlines()[-1].replace("'", '"'))
    assert all(name.startswith("airflow_provider_allhours") for name in loaded), loaded
    assert not [name for name in loaded if name.endswith((".app", ".page", ".runs")) or ".flows" in name]
