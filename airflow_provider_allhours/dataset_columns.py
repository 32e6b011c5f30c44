# SPDX-License-Identifier: Apache-2.0
"""Published columns of every dataset, in order, each with a sentence for the page of columns."""

from __future__ import annotations

import msgspec

from airflow_provider_allhours.client.decoding import LocalDateTime, LocalDay
from airflow_provider_allhours.client.models import User
from airflow_provider_allhours.columns import Column, Kind

EMPLOYEE_ID = Column(
    "employee_id",
    Kind.TEXT,
    "The company's own employee number (``CustomId``), with leading zeros; empty where somebody has none.",
)
USER_ID = Column("user_id", Kind.TEXT, "Id of the user in All Hours.", is_nullable=False)
FIRST_NAME = Column("first_name", Kind.TEXT, "First name of the user.")
LAST_NAME = Column("last_name", Kind.TEXT, "Last name of the user.")
EMAIL = Column("email", Kind.TEXT, "E-mail address of the user.")
DEFINITION_ID = Column("absence_definition_id", Kind.TEXT, "Id of the kind of absence.")
DEFINITION = Column("absence_definition", Kind.TEXT, "Name of the kind of absence, such as Annual leave.")
INTEGRATION_ID = Column(
    "integration_id", Kind.TEXT, "IntegrationId of the kind of absence: the account's own code for other systems."
)

TIMESHEET_COLUMNS = (
    EMPLOYEE_ID,
    USER_ID,
    FIRST_NAME,
    LAST_NAME,
    EMAIL,
    Column(
        "date",
        Kind.DATE,
        "Day of the company's calendar; a shift over midnight belongs to the day on which All Hours books it.",
        is_nullable=False,
    ),
    Column(
        "planned_minutes",
        Kind.MINUTES,
        "Minutes that the work schedule plans for the day (counter code 1); empty where the day has no such counter.",
    ),
    Column(
        "paid_presence_minutes",
        Kind.MINUTES,
        "Minutes of presence that All Hours calls paid; they contain overtime in the known data.",
    ),
    Column("paid_absence_minutes", Kind.MINUTES, "Minutes of absence that All Hours calls paid, such as annual leave."),
    Column("unpaid_presence_minutes", Kind.MINUTES, "Minutes of presence that All Hours does not call paid."),
    Column("missing_presence_minutes", Kind.MINUTES, "Planned minutes without presence or absence."),
    Column("overtime_minutes", Kind.MINUTES, "Minutes of the day that All Hours calls overtime."),
    Column("lunch_break_minutes", Kind.MINUTES, "Minutes of the break that All Hours took into account."),
    Column("balance_minutes", Kind.MINUTES, "Minutes by which the day is above or, with a minus, below its plan."),
    Column(
        "running_balance_minutes",
        Kind.MINUTES,
        "Balance up to and including this day; it runs on from day to day, so it has no sum in the manifest.",
        is_summed=False,
    ),
    Column(
        "first_clocking",
        Kind.DATETIME,
        "Local time of the earliest clocking of the day, as sent; empty on a day without clockings.",
    ),
    Column(
        "last_clocking",
        Kind.DATETIME,
        "Local time of the latest clocking of the day, as sent; empty on a day without clockings.",
    ),
    Column(
        "absences",
        Kind.TEXT,
        "Names of the day's absences in alphabetical order, joined by a semicolon and a blank; pending "
        "and rejected ones are left out.",
    ),
    Column(
        "missing_events",
        Kind.INTEGER,
        "Number of clockings that All Hours misses on the day, such as a forgotten clock-out; 0 where none is missing.",
        is_nullable=False,
    ),
    Column("is_weekend", Kind.BOOLEAN, "Whether All Hours calls the day a weekend."),
    Column("is_holiday", Kind.BOOLEAN, "Whether All Hours calls the day a public holiday."),
    Column("holiday_name", Kind.TEXT, "Name of the public holiday."),
    Column(
        "is_valid",
        Kind.BOOLEAN,
        "Whether All Hours calls the calculation of the day valid; false means that the minutes can still change.",
    ),
    Column("comment", Kind.TEXT, "Comment on the day, as people typed it."),
)

COUNTER_COLUMNS = (
    EMPLOYEE_ID,
    USER_ID,
    Column("date", Kind.DATE, "Day of the company's calendar to which the counter belongs.", is_nullable=False),
    Column("counter_code", Kind.INTEGER, "Code of the counter in the account, such as 1 for the plan."),
    Column("counter", Kind.TEXT, "Name of the counter in the account."),
    Column("value_type", Kind.INTEGER, "All Hours' code for what the value is; 1 is a time."),
    Column("value", Kind.TEXT, "Value as All Hours sent it, as text."),
    # Plan, presence and running balances of a day are different counters: their sum means nothing.
    Column(
        "minutes",
        Kind.MINUTES,
        "Value in whole minutes where it is a time, else empty; different counters have no sum in the manifest.",
        is_summed=False,
    ),
)

CLOCKING_COLUMNS = (
    EMPLOYEE_ID,
    USER_ID,
    Column("timestamp", Kind.DATETIME, "Local time of the clocking, as sent.", is_nullable=False),
    Column("clocking_definition_id", Kind.TEXT, "Id of the kind of clocking."),
    Column("clocking_definition", Kind.TEXT, "Name of the kind of clocking, such as arrival."),
    Column("status", Kind.TEXT, "Approval state, in the words of the absences' ``status`` (inferred)."),
    Column("origin", Kind.TEXT, "How the clocking was made, in All Hours' own words, else as its number."),
    Column("comment", Kind.TEXT, "Comment on the clocking, as people typed it."),
)

ABSENCE_COLUMNS = (
    EMPLOYEE_ID,
    USER_ID,
    FIRST_NAME,
    LAST_NAME,
    EMAIL,
    Column(
        "date",
        Kind.DATE,
        "Day of the absence in the company's calendar; leave of several days is several rows.",
        is_nullable=False,
    ),
    Column("absence_id", Kind.TEXT, "Id of the record of this one day.", is_nullable=False),
    Column("group_id", Kind.TEXT, "Id that the days of one request have in common."),
    DEFINITION_ID,
    DEFINITION,
    INTEGRATION_ID,
    Column(
        "status",
        Kind.TEXT,
        "``auto-approved``, ``pending``, ``approved``, ``rejected`` or ``auto-approved-notified``; an unknown code is "
        "``status-<n>``, none is ``status-unknown``.",
        is_nullable=False,
    ),
    Column("is_partial", Kind.BOOLEAN, "Whether the absence covers a part of the day only.", is_nullable=False),
    Column("partial_from", Kind.DATETIME, "Local time at which a partial absence begins; empty for whole days."),
    Column("partial_to", Kind.DATETIME, "Local time at which a partial absence ends; empty for whole days."),
    Column("partial_minutes", Kind.MINUTES, "Length of a partial absence in minutes; empty for whole days."),
    Column("comment", Kind.TEXT, "Comment on the absence, as people typed it."),
    Column("inserted_on", Kind.DATETIME, "When the absence was entered, as sent."),
    Column("modified_on", Kind.DATETIME, "When the absence was last changed, as sent."),
)

SPAN_COLUMNS = (
    EMPLOYEE_ID,
    USER_ID,
    FIRST_NAME,
    LAST_NAME,
    DEFINITION_ID,
    DEFINITION,
    INTEGRATION_ID,
    Column("date_from", Kind.DATE, "First day of the leave within the period.", is_nullable=False),
    Column("date_to", Kind.DATE, "Last day of the leave within the period.", is_nullable=False),
    Column("days", Kind.INTEGER, "Calendar days from the first to the last, both included.", is_nullable=False),
    Column(
        "workdays",
        Kind.INTEGER,
        "Days among them on which work is planned: by planned minutes, else neither weekend nor holiday.",
        is_nullable=False,
    ),
    Column(
        "minutes",
        Kind.MINUTES,
        "Minutes of the leave: planned minutes of whole days, length of partial ones; empty where a plan is not known.",
    ),
    Column("status", Kind.TEXT, "Approval state of its days, as in the absences' ``status``.", is_nullable=False),
    Column("continues_before", Kind.BOOLEAN, "Whether the leave began before the period.", is_nullable=False),
    Column("continues_after", Kind.BOOLEAN, "Whether the leave goes on after the period.", is_nullable=False),
)

_KINDS = {bool: Kind.BOOLEAN, LocalDay: Kind.DATE, LocalDateTime: Kind.DATETIME}


def _kind(field: msgspec.structs.FieldInfo) -> Kind:
    arguments = set(getattr(field.type, "__args__", (field.type,)))
    return next((kind for type_, kind in _KINDS.items() if type_ in arguments), Kind.TEXT)


_USER_DOCS = {
    "id": "Id of the user in All Hours; ``user_id`` of the other exports.",
    "first_name": "First name.",
    "last_name": "Last name.",
    "middle_name": "Middle name.",
    "full_name": "Full name, as All Hours writes it.",
    "birth_date": "Day of birth.",
    "address": "Street and number.",
    "city": "City.",
    "state": "State or country.",
    "phone": "Phone number.",
    "mobile": "Mobile phone number.",
    "email": "E-mail address.",
    "gender": "Gender, as All Hours sends it.",
    "picture_uri": "Address of the picture.",
    "custom_id": "The company's own employee number, with leading zeros; ``employee_id`` of the other exports.",
    **{f"custom_field{number}": f"Custom field {number} of the account, as text." for number in range(1, 11)},
    "is_time_attendance_user": "Whether the user's time is calculated; only these are in the other exports.",
    "is_archived": "Whether the user is archived, as leavers are.",
    "has_user_account": "Whether the user can sign in.",
    "user_account_id": "Id of the account with which the user signs in.",
    "user_name": "Name with which the user signs in.",
    "calculation_start_date": "First day that is calculated, itself included; empty where there is no limit.",
    "calculation_stop_date": "Last day that is calculated, itself included; empty where there is no limit.",
    "has_assigned_pin": "Whether the user has a PIN for terminals.",
    "calculation_lock_date": "First day whose calculation can still change (inferred); empty where nothing is locked.",
    "event_lock_date": "First day whose events can still change (inferred); empty where nothing is locked.",
    "created_on": "When the user was created, as sent.",
    "updated_on": "When the user was last changed, as sent.",
}

USER_COLUMNS = tuple(
    Column(field.name, _kind(field), _USER_DOCS[field.name], is_nullable=not field.required)
    for field in msgspec.structs.fields(User)
)
