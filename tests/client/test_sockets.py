# SPDX-License-Identifier: Apache-2.0
"""Connecting to a host of several addresses within one time limit."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from airflow_provider_allhours.client.in_flight import InFlight
from airflow_provider_allhours.client.sockets import TimedSocket, open_socket


def test_each_address_has_its_share_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{number}", 9)) for number in (2, 3, 4)]
    limits: list[Any] = []

    def refuse(connecting: socket.socket, address: Any) -> None:
        limits.append((address[0], connecting.gettimeout()))
        raise ConnectionRefusedError(address[0])

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: addresses)
    monkeypatch.setattr(TimedSocket, "connect", refuse)
    with InFlight(12, clock=lambda: 0.0), pytest.raises(ConnectionRefusedError, match=r"127\.0\.0\.4"):
        open_socket("allhours.test", 9, [])
    assert limits == [("127.0.0.2", 4.0), ("127.0.0.3", 6.0), ("127.0.0.4", 12.0)]
