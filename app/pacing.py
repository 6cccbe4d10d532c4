"""A limit on visits per second, kept by the feeder so that waiting costs no worker."""

from __future__ import annotations

import time
from collections.abc import Callable


class Pace:
    """A token bucket of one second's worth. ``rate`` is visits per second; None means no limit."""

    def __init__(self, rate: float | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._tokens = max(rate, 1.0) if rate else 0.0
        self._at = clock()

    def allowance(self) -> int:
        """How many visits may start now."""
        if self._rate is None:
            return 1_000_000
        now = self._clock()
        self._tokens = min(self._tokens + (now - self._at) * self._rate, max(self._rate, 1.0))
        self._at = now
        return int(self._tokens)

    def spend(self, count: int) -> None:
        """Count visits that were started."""
        if self._rate is not None:
            self._tokens -= count
