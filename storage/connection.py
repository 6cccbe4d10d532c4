"""A connection whose statements always run to their end, because the driver's thread cannot be stopped half-way.

A cancelled caller waits for the statement under way, then sees its cancellation; so a transaction is always rolled
back or committed in order, and no lock outlives it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

T = TypeVar("T")


async def patiently(work: Coroutine[Any, Any, T]) -> T:
    """Await ``work`` to its end even when the caller is cancelled meanwhile, then let the cancellation pass."""
    running = asyncio.ensure_future(work)  # noqa: TID251  awaited right here, whatever happens
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        while not running.done():
            try:
                await asyncio.wait([running])
            except asyncio.CancelledError:
                continue  # the first one is raised below
        if not running.cancelled():
            running.exception()
        raise


class Connection:
    """What the store's parts need of a database connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def execute(
        self,
        statement: sa.Executable,
        parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    ) -> sa.CursorResult[*tuple[Any, ...]]:
        """Run a statement, once for each set of parameters, and fetch its rows."""
        return await patiently(self._connection.execute(statement, parameters))

    async def run_sync(self, work: Callable[..., T], *arguments: Any) -> T:
        """Run a function that takes a synchronous connection, such as a migration."""
        return await patiently(self._connection.run_sync(work, *arguments))


@asynccontextmanager
async def connected(engine: AsyncEngine) -> AsyncIterator[tuple[Connection, AsyncConnection]]:
    """A connection from the pool; what was not committed at the end is rolled back."""
    opening = engine.connect()
    try:
        await patiently(_start(opening))
        yield Connection(opening), opening
    finally:
        if opening.sync_connection is not None:
            await patiently(opening.close())


async def _start(opening: AsyncConnection) -> None:
    await opening


async def begin(connection: AsyncConnection) -> None:
    """Begin the transaction now, not with its first statement."""
    await connection.begin()
