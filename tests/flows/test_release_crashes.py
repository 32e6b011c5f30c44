# SPDX-License-Identifier: Apache-2.0
"""A release, void or purge that was killed anywhere: the next run completes or refuses, and nobody is paid twice."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client import errors
from airflow_provider_allhours.flows.period_purge import purge_periods
from airflow_provider_allhours.flows.release_replay import replay_release
from airflow_provider_allhours.flows.release_void import void_release
from airflow_provider_allhours.periods import Period
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.flows.crashes import die_at, moments_of

pytestmark = pytest.mark.slow

SEPTEMBER = Period.of_month(2026, 9)
STAGED = "payroll"


@pytest.fixture
def allhours_sandbox_options() -> dict[str, Any]:
    return {"employees": 10, "months": 2, "clean_ids": True}


class Scene:
    """A folder that is set back to how it was before each crash."""

    def __init__(self, payroll: Any) -> None:
        self.payroll = payroll
        self._kept = payroll.folder.with_name(f"{payroll.folder.name}-kept")
        shutil.copytree(payroll.folder, self._kept)

    def reset(self) -> None:
        shutil.rmtree(self.payroll.folder)
        shutil.copytree(self._kept, self.payroll.folder)

    def undisturbed(self, action: Callable[[], Any]) -> tuple[Any, list[str]]:
        """The result of the action and the moments of it; the folder is as before."""
        moments = moments_of(action, self.payroll.folder)
        self.reset()
        result = action()
        return result, moments

    def paid_files(self) -> dict[str, str]:
        """Payroll files with a manifest that says that they are released -> checksum in the manifest."""
        paid = {}
        for path in self.payroll.folder.glob("*.manifest.json"):
            manifest = json.loads(path.read_text())
            if not manifest["preview"]:
                paid[path.name.removesuffix(".manifest.json")] = manifest["sha256"]
        return paid

    def left_behind(self) -> list[str]:
        """Files of killed runs that may have data of people.

        Parts of records, which have none, go with the next record.
        """
        return [
            path.name
            for path in self.payroll.folder.rglob("*")
            if (path.name.startswith(".allhours") and path.parent.name != "registry") or path.name == STAGED
        ]


def crash_everywhere(
    scene: Scene, release: Callable[[str], Any], name: str, other: str, *, before: dict[str, str]
) -> None:
    """Kill a release at every change of the disk; then run it again, for the same and for another path."""
    result, moments = scene.undisturbed(lambda: release(name))
    content = (scene.payroll.folder / name).read_bytes()
    assert len(moments) > 30
    for at, moment in enumerate(moments, start=1):
        scene.reset()
        die_at(at, lambda: release(name), scene.payroll.folder)
        assert release(name) == result, moment
        assert (scene.payroll.folder / name).read_bytes() == content, moment
        with pytest.raises(errors.AllHoursConflictError, match="nothing is released twice"):
            release(other)
        assert scene.paid_files() == {**before, name: result["sha256"]}, moment
        assert scene.left_behind() == [], moment

        scene.reset()
        die_at(at, lambda: release(name), scene.payroll.folder)
        try:
            release(other)
        except errors.AllHoursConflictError:
            # The killed run had claimed the file, and it is complete now.
            assert scene.paid_files() == {**before, name: result["sha256"]}, moment
            assert (scene.payroll.folder / name).read_bytes() == content, moment
            assert replay_release(manifest=result["manifest_path"])["problems"] == [], moment
        else:
            assert scene.paid_files() == {**before, other: result["sha256"]}, moment
            with pytest.raises(errors.AllHoursConflictError, match="nothing is released twice"):
                release(name)
            assert replay_release(manifest=scene.payroll.folder / f"{other}.manifest.json")["problems"] == [], moment


def test_a_month(payroll: Any) -> None:
    close = payroll.close()
    scene = Scene(payroll)
    crash_everywhere(scene, lambda name: payroll.export(close, name), "pay.csv", "other.csv", before={})


def test_a_month_with_a_correction(payroll: Any, sandbox: Sandbox) -> None:
    september = payroll.export(payroll.close(SEPTEMBER), "september.csv")
    payroll.correct(sandbox, 8, "2026-09-16", "20:00")
    again, october = payroll.close(SEPTEMBER), payroll.close()
    scene = Scene(payroll)
    crash_everywhere(
        scene,
        lambda name: payroll.export(october, name, corrections=[again]),
        "october.csv",
        "other.csv",
        before={"september.csv": september["sha256"]},
    )


def test_a_preview_beside_an_unfinished_claim_changes_nothing(payroll: Any) -> None:
    """A release finishes what a killed run had claimed; a preview records nothing and only says who pays."""
    close = payroll.close()
    scene = Scene(payroll)
    _, moments = scene.undisturbed(lambda: payroll.export(close))
    scene.reset()
    at = next(n for n, moment in enumerate(moments, start=1) if moment == "after link 000001.json")
    die_at(at, lambda: payroll.export(close), payroll.folder)
    before = payroll.state()
    options = {"employees": [payroll_id(payroll, close)], "release": False}
    with pytest.raises(errors.AllHoursConflictError, match="nothing is released twice"):
        payroll.export(close, "preview.csv", **options)
    assert payroll.state() == before
    with pytest.raises(errors.AllHoursConflictError, match="nothing is released twice"):
        payroll.export(close, "other.csv", employees=options["employees"])
    assert list(scene.paid_files()) == ["pay.csv"]


def payroll_id(payroll: Any, close: Any) -> str:
    """The employee id of somebody in a version."""
    people = Path(close["manifest_path"]).with_name("people.jsonl").read_text().splitlines()
    return str(json.loads(people[0])["employee_id"])


def test_a_copy_in_another_layout(payroll: Any) -> None:
    close = payroll.close()
    paid = payroll.export(close)
    scene = Scene(payroll)
    layout = {"base": "generic-csv", "separator": ";"}

    def copy(name: str = "copy.csv") -> Any:
        return payroll.export(close, name, profile=layout)

    result, moments = scene.undisturbed(copy)
    for at, moment in enumerate(moments, start=1):
        scene.reset()
        die_at(at, copy, payroll.folder)
        assert copy() == result, moment
        assert scene.paid_files() == {"pay.csv": paid["sha256"], "copy.csv": result["sha256"]}, moment
        assert scene.left_behind() == [], moment
        assert payroll.export(close) == paid, moment


def test_a_void_release(payroll: Any) -> None:
    close = payroll.close()
    paid = payroll.export(close)
    scene = Scene(payroll)

    def void() -> Any:
        return void_release(release=paid["manifest_path"], reason="never imported", on_file="remove")

    result, moments = scene.undisturbed(void)
    assert result["removed"] == [paid["path"]]
    for at, moment in enumerate(moments, start=1):
        scene.reset()
        die_at(at, void, payroll.folder)
        if Path(paid["manifest_path"]).exists():
            void()
        assert scene.paid_files() == {}, moment
        assert not Path(paid["path"]).exists(), moment
        assert [record["kind"] for record in payroll.records()] == ["release", "published", "void"], moment
        assert payroll.export(close, "again.csv")["sha256"] == paid["sha256"], moment


def test_a_purge(payroll: Any) -> None:
    payroll.export(payroll.close(SEPTEMBER), "september.csv")
    october = payroll.export(payroll.close(), "october.csv")
    scene = Scene(payroll)

    def purge() -> Any:
        return purge_periods(path=payroll.folder / "periods", before="2026-10-01")

    _, moments = scene.undisturbed(purge)
    for at, moment in enumerate(moments, start=1):
        scene.reset()
        die_at(at, purge, payroll.folder)
        purge()
        assert not (payroll.folder / "periods/2026-09-01_2026-09-30").exists(), moment
        people = [path.parent.name for path in payroll.folder.rglob("people-*.jsonl")]
        assert len(people) == 1, moment
        again = payroll.close(SEPTEMBER)
        assert again["version"] == 2, moment
        with pytest.raises(errors.AllHoursConflictError, match="purged"):
            payroll.export(again, "again.csv")
        assert replay_release(manifest=october["manifest_path"])["problems"] == [], moment


def test_a_purge_beside_an_unfinished_claim(payroll: Any) -> None:
    """A claimed file that is not in its place yet holds its own period, and no other."""
    payroll.export(payroll.close(SEPTEMBER), "september.csv")
    october = payroll.close()
    scene = Scene(payroll)
    _, moments = scene.undisturbed(lambda: payroll.export(october))
    scene.reset()
    claimed = next(n for n, moment in enumerate(moments, start=1) if moment == "after link 000003.json")
    die_at(claimed, lambda: payroll.export(october), payroll.folder)
    before = payroll.state()
    with pytest.raises(errors.AllHoursConflictError, match=r"pay\.csv was claimed and is not in its place; run its"):
        purge_periods(path=payroll.folder / "periods", before="2026-11-01")
    assert payroll.state() == before
    purge_periods(path=payroll.folder / "periods", before="2026-10-01")
    assert not (payroll.folder / "periods/2026-09-01_2026-09-30").exists()
    payroll.export(october)
    assert replay_release(manifest=payroll.folder / "pay.csv.manifest.json")["problems"] == []


def test_records_that_were_cut_after_a_release_never_pay_again(payroll: Any) -> None:
    """A disk that lost a file, or half of it: refused, or complete; never paid twice."""
    close = payroll.close()
    paid = payroll.export(close)
    scene = Scene(payroll)
    files = [path for path in (payroll.folder / "periods/registry").rglob("*") if path.is_file()]
    assert {path.name for path in files} == {"000001.json", "000002.json", "people-1.jsonl", "manifest.json"}
    for file in files:
        for keep in (None, 0, file.stat().st_size // 2):
            for name in ("pay.csv", "other.csv"):
                scene.reset()
                if keep is None:
                    file.unlink()
                else:
                    file.write_bytes(file.read_bytes()[:keep])
                try:
                    payroll.export(close, name)
                except errors.AllHoursConflictError:
                    pass
                else:
                    assert name == "pay.csv", (file.name, keep)
                assert scene.paid_files() == {"pay.csv": paid["sha256"]}, (file.name, keep, name)
