"""Stopping: the first SIGINT or SIGTERM asks for a drain, the second one forces the end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

FORCED = 13
STOPPED = 11


@contextmanager
def stop_on_signals(*, what: str = "Draining", silent: bool = False) -> Iterator[asyncio.Event]:
    """An event that the first signal sets. A second signal ends the process at once with exit code 13.

    ``silent`` is for processes whose supervisor has already told what happens.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_signal() -> None:
        if stop.is_set():
            sys.stderr.write("\nForced to stop; leases will expire and the work will be taken up again.\n")
            sys.stderr.flush()
            os._exit(FORCED)
        if not silent:
            sys.stderr.write(f"\n{what}; a second signal forces the end.\n")
            sys.stderr.flush()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal)
    try:
        yield stop
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
