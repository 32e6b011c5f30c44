# SPDX-License-Identifier: Apache-2.0
"""A request that is committed after its time limit leaves no second absence that nobody knows of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.flows import lost_answers
from airflow_provider_allhours.sandbox.server import Sandbox
from tests.flows.late_commits import LateCommit

ZERO = {"create": 0, "update": 0, "delete": 0, "unchanged": 0, "conflict": 0, "unknown": 0}


@pytest.fixture
def late(sandbox: Sandbox, late_commit: Callable[..., Any]) -> Any:
    """The first write is committed after it was sent again, which is two time limits after its own."""
    return late_commit(sandbox, 2 * LateCommit.time_limit + 1)


@pytest.fixture
def hasty(sandbox: Sandbox, client_of: Callable[..., AllHoursClient], desk_of: Any, late: LateCommit) -> Any:
    """A sync whose first write is late."""
    return desk_of(client_of(sandbox, timeout=late.time_limit), "hasty")


def standing(desk: Any, sandbox: Sandbox) -> Counter[tuple[str, str]]:
    return Counter(
        (record["UserId"], record["Timestamp"][:10])
        for record in desk.absences(sandbox).values()
        if record["Timestamp"] >= "2027-02"
    )


@pytest.mark.slow
def test_an_apply_removes_its_own_twin(sandbox: Sandbox, hasty: Any) -> None:
    hasty.plan(hasty.week)
    result = hasty.apply()
    assert (result["created"], result["twins"], result["rejected"]) == (3, 1, 0)
    assert set(standing(hasty, sandbox).values()) == {1}
    assert len(hasty.ledger.owned) == 3
    assert set(hasty.ledger.owned.values()) <= hasty.absences(sandbox).keys()
    assert hasty.counts(hasty.plan(hasty.week)) == {**ZERO, "unchanged": 3}


@pytest.mark.slow
def test_a_twin_beyond_max_deletes_is_rejected_and_the_next_plan_deletes_it(sandbox: Sandbox, hasty: Any) -> None:
    rejects = Path(hasty.folder) / "rejects.csv"
    hasty.plan(hasty.week)
    result = hasty.apply(max_deletes=0, on_partial="warn", reject_path=rejects)
    assert (result["created"], result["twins"], result["rejected"]) == (3, 1, 1)
    assert "a second record of this absence stands" in rejects.read_text()
    assert max(standing(hasty, sandbox).values()) == 2
    owned = dict(hasty.ledger.owned)
    assert hasty.counts(hasty.plan(hasty.week)) == {**ZERO, "unchanged": 3, "delete": 1}
    assert hasty.apply()["deleted"] == 1
    assert set(standing(hasty, sandbox).values()) == {1}
    assert hasty.ledger.owned == owned
    assert set(owned.values()) <= hasty.absences(sandbox).keys()


@pytest.mark.slow
def test_a_twin_that_appears_after_the_task_is_deleted_by_the_next_plan(
    sandbox: Sandbox, hasty: Any, late: LateCommit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lost_answers, "LATE_COMMIT", 0.0)
    hasty.plan(hasty.morning)
    assert hasty.apply()["twins"] == 0
    late.commit()
    assert max(standing(hasty, sandbox).values()) == 2
    assert hasty.counts(hasty.plan()) == {**ZERO, "delete": 2}
    hasty.apply()
    assert not standing(hasty, sandbox)


def test_an_equal_record_of_somebody_else_is_no_twin(sandbox: Sandbox, desk: Any) -> None:
    """Nothing was sent twice, so that the second record cannot be this provider's."""
    desk.sync(desk.row(external_id="A"))
    user = sandbox.company.user_at(8).id
    sandbox.control("POST", "absences", {"action": "add", "user_id": user, "date": "2027-02-04"})
    assert max(standing(desk, sandbox).values()) == 2
    assert desk.counts(desk.plan(desk.row(external_id="A"))) == {**ZERO, "unchanged": 1}


def test_a_record_whose_answer_was_lost_for_good_is_adopted_by_the_next_plan(sandbox: Sandbox, desk: Any) -> None:
    """The task died with the intent only; the next plan, for another source, deleted nothing: an orphan."""
    desk.plan(desk.row(external_id="A"))
    sandbox.fault("cut_after", route="absences", method="POST", times=1)
    sandbox.fault("status", status=401, route="absences", method="GET", match="2027-02-04")
    with pytest.raises(Exception, match="401"):
        desk.apply()
    sandbox.clear_faults()
    assert sum(standing(desk, sandbox).values()) == 1
    assert desk.counts(desk.plan(desk.row(external_id="A"))) == {**ZERO, "unchanged": 1}
    assert desk.counts(desk.plan(desk.row(external_id="A", comment="new"))) == {**ZERO, "update": 1}
    assert desk.apply()["updated"] == 1
    assert desk.counts(desk.plan()) == {**ZERO, "delete": 1}
    assert desk.apply()["deleted"] == 1
    assert not standing(desk, sandbox)
