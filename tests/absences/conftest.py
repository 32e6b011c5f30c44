# SPDX-License-Identifier: Apache-2.0
"""Records as All Hours sends them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_allhours.client.decoding import decode
from airflow_provider_allhours.client.models import Absence


@pytest.fixture
def absence() -> Callable[..., Absence]:
    """Makes approved absences of user ``u`` on a day of February 2027."""

    def make(absence_id: str = "a", day: int = 4, hours: tuple[int, int] | None = None, **fields: Any) -> Absence:
        moment = f"2027-02-{day:02}T"
        record = {"Id": absence_id, "UserId": "u", "AbsenceDefinitionId": "d", "Status": 2, "IsPartial": False}
        if hours is not None:
            times = [f"{moment}{hour:02}:00:00+01:00" for hour in hours]
            record |= {"IsPartial": True, "PartialTimeFrom": times[0], "PartialTimeTo": times[1]}
        text = json.dumps({**record, "Timestamp": f"{moment}00:00:00", **fields})
        return decode(text.encode(), Absence, request="GET /test")

    return make
