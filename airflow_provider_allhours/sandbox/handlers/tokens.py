# SPDX-License-Identifier: Apache-2.0
"""The token endpoint."""

from __future__ import annotations

from urllib.parse import parse_qs

import msgspec

from airflow_provider_allhours.sandbox.account import Account
from airflow_provider_allhours.sandbox.answer import Answer, Call
from airflow_provider_allhours.sandbox.tokens import refusal_of


def grant_token(account: Account, call: Call) -> Answer:
    """An access token for client credentials, sent in the form body or as HTTP Basic."""
    form = {name: values[0] for name, values in parse_qs(call.raw_body.decode("latin-1")).items()}
    refusal = refusal_of(form, call.authorization, is_basic_only=account.switches.credentials_by == "basic")
    if refusal:
        return Answer(400, {"error": refusal})
    account.stats.tokens += 1
    lifetime, literal = account.switches.token_lifetime, account.switches.expires_in
    token = account.tokens.grant(lifetime, suffix=account.switches.token_suffix)
    expires_in = lifetime if literal is None else msgspec.Raw(literal.encode())
    return Answer(200, {"access_token": token, "expires_in": expires_in, "token_type": "Bearer", "scope": "api"})
