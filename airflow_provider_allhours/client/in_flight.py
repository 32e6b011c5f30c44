# SPDX-License-Identifier: Apache-2.0
"""One request in flight on the calling thread: until when its sockets may block, and how another thread cuts it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable

_this_thread = threading.local()


class InFlight:
    """Within its ``with`` block the sockets of :mod:`.sockets` on this thread keep its time limit.

    Args:
        seconds: from now until the last byte of the response.
        clock: monotonic seconds.

    Attributes:
        is_cut: whether :meth:`cut` was called.
        is_sent: whether a part of the request may have left.
    """

    def __init__(self, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._deadline = clock() + seconds
        self._socket: socket.socket | None = None
        self.is_cut = False
        self.is_sent = False

    def __enter__(self) -> InFlight:
        _this_thread.request = self
        return self

    def __exit__(self, *_: object) -> None:
        _this_thread.request = None

    def seconds_left(self) -> float:
        """Seconds until the time limit, above 0.

        Raises:
            TimeoutError: it has passed.
        """
        left = self._deadline - self._clock()
        if left <= 0:
            raise TimeoutError("the time limit of the request has passed")
        return left

    def block_on(self, blocking: socket.socket, share: float = 1.0) -> None:
        """Prepare a socket for an operation that blocks.

        Args:
            blocking: the socket.
            share: of the remaining time that this one operation may take.

        Raises:
            TimeoutError: the time limit has passed.
            ConnectionAbortedError: the request was cut.
        """
        # In this order, and without a lock, because a signal handler may cut between any two steps.
        self._socket = blocking
        if self.is_cut:
            raise ConnectionAbortedError("the request was cut")
        blocking.settimeout(self.seconds_left() * share)

    def cut(self) -> None:
        """Shut the socket down, called by any thread or signal handler: what blocks on it returns at once."""
        self.is_cut = True
        blocking = self._socket
        if blocking is not None:
            with contextlib.suppress(OSError):
                # SSLSocket.shutdown would also drop the TLS layer, and what is read after that is ciphertext.
                socket.socket.shutdown(blocking, socket.SHUT_RDWR)


def in_flight() -> InFlight | None:
    """The request that the calling thread is sending."""
    return getattr(_this_thread, "request", None)
