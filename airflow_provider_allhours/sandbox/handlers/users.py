# SPDX-License-Identifier: Apache-2.0
"""Users: list, search, read, create, change."""

from __future__ import annotations

from airflow_provider_allhours.sandbox.account import Account
from airflow_provider_allhours.sandbox.answer import Answer, Call, bad_request, not_found
from airflow_provider_allhours.sandbox.handlers.requests import fields_of
from airflow_provider_allhours.sandbox.people import Employee
from airflow_provider_allhours.sandbox.records.users import user_record
from airflow_provider_allhours.sandbox.staff import RequestRefused


def list_users(account: Account, call: Call) -> Answer:
    """Every listed user, as a bare array."""
    return Answer(200, [user_record(account, user) for user in _listed_users(account, call)])


def search_users(account: Account, call: Call) -> Answer:
    """Users whose first and last name contain the term."""
    term = call.query.get("searchterm", "").lower()
    matching = [user for user in _listed_users(account, call) if term in f"{user.first_name} {user.last_name}".lower()]
    return Answer(200, [user_record(account, user) for user in matching])


def read_user(account: Account, call: Call) -> Answer:
    """One user, archived or not."""
    user = account.company.user(call.identifier)
    return not_found("User") if user is None else Answer(200, user_record(account, user))


def create_user(account: Account, call: Call) -> Answer:
    """A new user."""
    administrator = next(account.company.users())
    fields = fields_of(call.body, "User", user_record(account, administrator), account)
    try:
        created = account.company.create_user(fields)
    except (RequestRefused, ValueError) as reason:
        return bad_request(reason)
    return Answer(201, user_record(account, created))


def update_user(account: Account, call: Call) -> Answer:
    """Set the fields that the body has."""
    user = account.company.user(call.identifier)
    if user is None:
        return not_found("User")
    fields = fields_of(call.body, "User", user_record(account, user), account)
    fields.pop("Id", None)
    try:
        account.company.set_user_fields(user.id, fields)
    except RequestRefused as reason:
        return bad_request(reason)
    return Answer(200, user_record(account, user))


def _listed_users(account: Account, call: Call) -> list[Employee]:
    company, flag = account.company, account.switches.archived_parameter
    is_asked_for = flag is None or call.query.get(flag.lower(), "").lower() == "true"
    if account.switches.archived_listed and is_asked_for:
        return list(company.users())
    return [user for user in company.users() if not company.shown(user)["IsArchived"]]
