# SPDX-License-Identifier: Apache-2.0
"""What was sent, and secrets, do not come back in a message."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.echoes import Echoes, basic_credentials, words_of_names
from airflow_provider_allhours.client.errors import AllHoursAuthError, AllHoursError, AllHoursValidationError

ServerOf = Callable[..., Any]
ClientTo = Callable[..., AllHoursClient]


def error_response(reason: str, status: str = "400 Bad Request") -> bytes:
    body = json.dumps({"error": reason}).encode()
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.mark.parametrize(
    ("sent", "said", "shown"),
    [
        ("Sick leave because", "Comment 'Sick leave because' is long", "Comment '***' is long"),
        ("Sick  leave\nbecause", "Comment 'Sick leave because' is long", "Comment '***' is long"),
        ("Sick leave because", "Comment 'Sick \t leave\r\n  because' is long", "Comment '***' is long"),
        ("  Sick leave ", "Sick leave?", "***?"),
        ("Žiga ČERNE", "žiga černe is locked", "*** is locked"),
        ("Z\u030ciga", "\u017diga is locked", "*** is locked"),
        ("a b&c", "a%20b%26c, a+b%26c, a b&amp;c", "***, ***, ***"),
        ('say "no"', 'got say \\"no\\"', "got ***"),
        ("the-s3cret", base64.b64encode(b"the-s3cret").decode(), "***"),
        ("s3cret", base64.b64encode(b"s3cret").decode().rstrip("="), "***"),
        ("Ana", "Ana's day in a Banana week", "***'s day in a Banana week"),
        ("x", "x is no xylophone", "*** is no xylophone"),
        (480, "480 of 4800 or 1480", "*** of 4800 or 1480"),
        (7.5, "7.5 and 17.5", "*** and 17.5"),
        (-12, "was -12 and -123", "was *** and -123"),
        (True, "IsPartial True, not truest", "IsPartial ***, not truest"),
        (False, "false falsehood", "*** falsehood"),
        (None, "None is null", "None is null"),
        ("", "nothing", "nothing"),
        ({"a": [{"b": "deep"}], "c": ("tuple",)}, "deep tuple", "*** ***"),
        ("nothing", "ana.novak+x@example.com, ANA%40EXAMPLE.COM", "*** ***"),
        ("nothing", "a\x1b[31mred\x00\u202e", "a\\x1b[31mred\\x00\\u202e"),
        ("nothing", "one\nline\u2028only\x85", "one line only"),
    ],
)
def test_echoes_are_blanked(sent: object, said: str, shown: str) -> None:
    assert Echoes(sent).blank(said) == shown


def test_the_longest_echo_is_blanked_first() -> None:
    assert Echoes("Ana", "Ana Novak").blank("Ana Novak is locked") == "*** is locked"


def test_further_values_join() -> None:
    assert Echoes("one").plus("two").blank("one two three") == "*** *** three"


@pytest.mark.parametrize(
    "echo",
    [
        "the-client",
        "the-s3cret",
        "THE-S3CRET",
        "t0ken-abc",
        basic_credentials("the-client", "the-s3cret"),
        basic_credentials("the-client", "the-s3cret").rstrip("="),
        "Ana.Novak@example.com",
        "Dr.  Ana\nNovak",
        "Dr. Ana Novak",
        "Dr.%20Ana%20Novak",
        "Dr.+Ana+Novak",
        "4711",
    ],
)
def test_nothing_of_a_request_comes_back_over_http(raw_server: ServerOf, client_to: ClientTo, echo: str) -> None:
    token = json.dumps({"access_token": "t0ken-abc"}).encode()
    server = raw_server(
        error_response(f"The value {echo} is refused."),
        token=f"HTTP/1.1 200 OK\r\nContent-Length: {len(token)}\r\n\r\n".encode() + token,
    )
    client = client_to(f"http://127.0.0.1:{server.port}")
    body = {"Name": "Dr. Ana  Novak", "Email": "ana.novak@example.com", "Number": 4711}
    with pytest.raises(AllHoursValidationError) as caught:
        client.request("POST", "/api/v1/Users", json=body)
    assert caught.value.reason == "The value *** is refused."
    assert str(caught.value) == "POST /api/v1/Users answered 400: The value *** is refused."


def test_a_query_does_not_come_back(raw_server: ServerOf, client_to: ClientTo) -> None:
    server = raw_server(error_response("Nobody is named novak here."))
    with pytest.raises(AllHoursValidationError, match=r"Nobody is named \*\*\* here\."):
        client_to(f"http://127.0.0.1:{server.port}").search_users("Novak")


@pytest.mark.parametrize("echo", ["the-client", "the-s3cret", basic_credentials("the-client", "the-s3cret")])
def test_a_token_server_that_repeats_the_credentials(raw_server: ServerOf, client_to: ClientTo, echo: str) -> None:
    server = raw_server(b"", token=error_response(f"unknown {echo} given", "401 Unauthorized"))
    with pytest.raises(AllHoursAuthError) as caught:
        client_to(f"http://127.0.0.1:{server.port}").users()
    assert "answered 401: unknown *** given; the Client ID or Client Secret" in str(caught.value)


def test_a_reason_with_control_characters_stays_one_printable_line(raw_server: ServerOf, client_to: ClientTo) -> None:
    server = raw_server(error_response("no\r\n2026-01-01 INFO all is well\x1b[2J"))
    with pytest.raises(AllHoursError) as caught:
        client_to(f"http://127.0.0.1:{server.port}").users()
    assert str(caught.value) == "GET /api/v1/Users answered 400: no 2026-01-01 INFO all is well\\x1b[2J"


def test_names_are_blanked_as_whole_words() -> None:
    echoes = Echoes("x", names=words_of_names(["Ana Marija", "Nova\u0301k", None, "", "B"])).plus("y")
    assert echoes.blank("ANA-Marija Nov\u00e1k of B, not Novakova: y") == "***-*** *** of B, not Novakova: ***"


def test_the_name_of_somebody_who_was_read_does_not_come_back(raw_server: ServerOf, client_to: ClientTo) -> None:
    people = json.dumps([{"Id": "u", "FirstName": "Ana", "LastName": "Novak"}]).encode()
    listed = f"HTTP/1.1 200 OK\r\nContent-Length: {len(people)}\r\n\r\n".encode() + people
    answers = iter([listed, error_response("Ana Novak is locked.")])
    server = raw_server(lambda connection: connection.sendall(next(answers)))
    client = client_to(f"http://127.0.0.1:{server.port}")
    client.users()
    with pytest.raises(AllHoursValidationError) as caught:
        client.user("u")
    assert caught.value.reason == "*** *** is locked."
