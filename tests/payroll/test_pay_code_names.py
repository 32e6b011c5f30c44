# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from airflow_provider_allhours.payroll.pay_code_names import words_of_codes


def test_a_pay_code_is_what_its_lines_pay() -> None:
    lines = [
        {"source": "paid_presence_minutes", "minus": ["overtime_minutes"], "pay_code": "1000", "unit": "hours"},
        {"source": "overtime_minutes", "pay_code": "1100"},
        {"source": "paid_presence_minutes", "when": "holiday", "also": True, "pay_code": "1200", "unit": "hh:mm"},
        {"absence": "Annual leave", "pay_code": "2000", "unit": "days"},
        {"absence": "Sick leave", "pay_code": "2000", "unit": "days"},
        {"counter": 4, "pay_code": "3000", "unit": "count"},
    ]
    assert words_of_codes({"lines": lines}) == {
        "1000": "Paid presence without overtime (hours)",
        "1100": "Overtime (hours)",
        "1200": "Paid presence on holidays (hh:mm)",
        "2000": "Annual leave, Sick leave (days)",
        "3000": "Counter 4 (count)",
    }
