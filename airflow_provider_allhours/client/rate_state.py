# SPDX-License-Identifier: Apache-2.0
"""When an account may be sent the next request: the slots of a budget, a pause, and the share of the budget in use."""

from __future__ import annotations

from dataclasses import dataclass

MIN_SHARE = 1 / 16
"""Of the budget, however many 429 come. Slower, a task would creep on for hours; instead its tries fail."""

STEP = 1 / 16
"""Of the budget, by which its share grows again."""

SUCCESSES_PER_STEP = 16
"""Responses in a row without a 429 until the share grows by one step."""

MAX_PAUSE = 3600.0
"""Seconds of a pause at most. A file that tells of a longer one is wrong, and is not waited for."""


@dataclass(frozen=True)
class Turn:
    """The answer to who wants to send one request.

    Attributes:
        at: monotonic seconds of the answer.
        delay: seconds until it is worth asking again; 0 where the request may be sent.
        share: part of the budget that was in use.
    """

    at: float
    delay: float = 0.0
    share: float = 1.0


@dataclass
class RateState:
    """What the senders of an account have in common; all times are monotonic seconds.

    Attributes:
        next_slot: when the next request of the budget may be sent.
        resume_at: end of the pause that the server asked for.
        share: part of the budget that is in use, from :data:`MIN_SHARE` to 1.
        slowed_at: when the share was halved last.
        successes: responses since the share changed.
    """

    next_slot: float = 0.0
    resume_at: float = 0.0
    share: float = 1.0
    slowed_at: float = 0.0
    successes: float = 0.0

    def paused_for(self, now: float) -> float:
        """Seconds that the server still wants everybody to wait."""
        left = self.resume_at - now
        return left if 0 < left <= MAX_PAUSE else 0.0

    def pause(self, now: float, seconds: float) -> None:
        """Delay every request by so many seconds from now."""
        self.resume_at = now + min(max(seconds, self.paused_for(now)), MAX_PAUSE)

    def claim(self, now: float, requests_per_second: float) -> Turn:
        """Take the next slot of the budget, if its time has come.

        A slot that lies farther ahead than any slot of this budget is an error, such as a clock that was set back, and
        is not waited for.
        """
        delay = self.next_slot - now
        if delay > 1 / (requests_per_second * MIN_SHARE):
            delay = 0.0
        delay = max(delay, self.paused_for(now))
        if delay > 0:
            return Turn(now, delay, self.share)
        self.next_slot = now + 1 / (requests_per_second * self.share)
        return Turn(now, 0.0, self.share)

    def slow_down(self, now: float, sent_at: float) -> None:
        """Halve the share after a 429; of requests that were in flight together only the first one does it.

        Args:
            now: the time.
            sent_at: when the refused request had its turn.
        """
        if sent_at <= self.slowed_at <= now:
            return
        self.share = max(self.share / 2, MIN_SHARE)
        self.slowed_at, self.successes = now, 0.0

    def succeeded(self, sent_at: float) -> None:
        """Count a response of a request that was sent at the slower rate; each so many raise the share by a step."""
        if self.share >= 1 or sent_at <= self.slowed_at:
            return
        self.successes += 1
        if self.successes >= SUCCESSES_PER_STEP:
            self.share, self.successes = min(self.share + STEP, 1.0), 0.0
