"""Who has the event loop's processor: one page is judged at a time, and none while a batch is written.

Between two pages sockets are read, so that a burst of pages does not make answers that have arrived look late. A
batch is written in many short steps; were each to wait for a page, its results would be seconds old when they are
recorded.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager


class Turns:
    """Shared by the pipeline and the writer of one worker."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._free = asyncio.Event()
        self._free.set()

    @asynccontextmanager
    async def judging(self) -> AsyncIterator[None]:
        """The turn to judge one page, in the order of asking."""
        async with self._lock:
            await self._free.wait()
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold back judging while a batch is written."""
        self._free.clear()
        try:
            yield
        finally:
            self._free.set()
