"""Connections: one writer per process, pooled readers, and foreign errors translated at this edge.

Every write transaction begins with ``BEGIN IMMEDIATE``, so it waits for other processes at its start and can never
be refused half-way; readers see a snapshot and wait for nobody.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from core.errors import Conflict, CounterwatchError, StoreBusy, StoreError
from storage.connection import Connection, begin, connected, patiently
from storage.dialect import CLOCK, pragmas
from storage.disk import has_room, in_thread, out_of_disk
from storage.policy import StorePolicy
from storage.types import from_micros

READERS = 4
"""Read connections per process."""

FILE_NAME = "counterwatch.sqlite3"

_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_MAYBE_FULL = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN})


class Database:
    """The database of one store in one process. Made by :func:`open_database`."""

    def __init__(self, writer: AsyncEngine, readers: AsyncEngine, folder: Path) -> None:
        self._writer = writer
        self._readers = readers
        self._folder = folder
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        """A connection that sees one snapshot and cannot write."""
        with store_errors(self._folder):
            async with connected(self._readers) as (connection, _):
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Connection]:
        """One short write transaction: committed at the end, rolled back on any error or cancellation.

        Raises :class:`StoreBusy` when other processes hold the store for longer than the busy time-out, and
        :class:`OutOfDisk` when the disk or the size limit is reached.
        """
        async with self._turn:
            with store_errors(self._folder):
                async with connected(self._writer) as (connection, transaction):
                    await patiently(begin(transaction))
                    yield connection
                    await patiently(transaction.commit())

    async def now(self) -> datetime:
        """The database's clock."""
        async with self.read() as connection:
            return await clock(connection)

    async def checkpoint(self) -> None:
        """Move the write-ahead log into the database file and empty it, so that nothing erased remains in it."""
        async with self._turn:
            with store_errors(self._folder):
                async with connected(self._writer) as (_, connection):
                    driver = (await connection.get_raw_connection()).driver_connection
                    if driver is not None:
                        await patiently(_checkpoint(driver))


async def _checkpoint(driver: Any) -> None:
    async with driver.execute("PRAGMA wal_checkpoint(TRUNCATE)"):
        pass


async def clock(connection: Connection) -> datetime:
    """The database's clock, read on ``connection``."""
    micros: int = (await connection.execute(CLOCK)).scalar_one()
    return from_micros(micros)


@contextmanager
def store_errors(folder: Path) -> Iterator[None]:
    """Translate errors of SQLAlchemy and the driver into the project's tree; ``folder`` is the store's."""
    try:
        yield
    except CounterwatchError:
        raise
    except sa.exc.DBAPIError as exc:
        raise translate(exc.orig if exc.orig is not None else exc, folder) from exc
    except sqlite3.Error as exc:
        raise translate(exc, folder) from exc
    except sa.exc.TimeoutError as exc:
        raise StoreBusy("Every read connection of the store is in use.") from exc


def translate(error: BaseException, folder: Path) -> CounterwatchError:
    """The error of the project's tree for a driver's error."""
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if isinstance(code, int) else None
    if primary in _BUSY:
        return StoreBusy("The store stayed locked by another process for too long.", hint="Try again.")
    if primary == sqlite3.SQLITE_FULL:
        return out_of_disk("to the database")
    if primary in _MAYBE_FULL and not has_room(folder):
        return out_of_disk("to the database")
    if primary == sqlite3.SQLITE_READONLY:
        return StoreError(f"The store in {folder} cannot be written.", hint="Check who owns the folder.")
    if primary == sqlite3.SQLITE_CANTOPEN:
        return StoreError(f"The database in {folder} cannot be opened.", hint="Check who owns the folder.")
    if primary in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return StoreError(f"The database in {folder} is damaged or no Counterwatch database: {error}.")
    if primary == sqlite3.SQLITE_CONSTRAINT:
        return Conflict(f"The store refused a change: {error}.")
    return StoreError(f"The store failed: {error}.")


def database_file(policy: StorePolicy) -> Path:
    """The SQLite file of a policy. Raises :class:`StoreError` for a URL of another engine."""
    if not policy.url:
        return policy.data_dir / FILE_NAME
    try:
        url = sa.make_url(policy.url)
    except sa.exc.ArgumentError as exc:
        raise StoreError("The store's URL is no database URL.") from exc
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        raise StoreError("The store's URL names no SQLite file; other engines are not supported yet.")
    return Path(url.database)


async def use_wal(policy: StorePolicy) -> None:
    """Put the database into write-ahead-log mode for good, once its schema is known to be ours."""
    await in_thread(lambda: _use_wal(database_file(policy), policy))


def _use_wal(file: Path, policy: StorePolicy) -> None:
    deadline = time.monotonic() + policy.busy_seconds
    with store_errors(policy.data_dir), closing(sqlite3.connect(file, timeout=policy.busy_seconds)) as connection:
        while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as exc:
                # The engine does not wait by itself while another process opens or switches the same file.
                if exc.sqlite_errorcode & 0xFF not in _BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)


@asynccontextmanager
async def open_database(policy: StorePolicy) -> AsyncIterator[Database]:
    """Open the connections; the file is made when it is missing, the schema is not looked at."""
    file = database_file(policy)
    writer = _engine(file, policy, writer=True)
    readers = _engine(file, policy, writer=False)
    try:
        yield Database(writer, readers, policy.data_dir)
    finally:
        await readers.dispose()
        await writer.dispose()


def _engine(file: Path, policy: StorePolicy, *, writer: bool) -> AsyncEngine:
    engine = create_async_engine(
        sa.URL.create("sqlite+aiosqlite", database=str(file)),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=1 if writer else READERS,
        max_overflow=0,
        pool_timeout=policy.busy_seconds,
        connect_args={"timeout": policy.busy_seconds},
    )
    limit = policy.max_database_bytes if writer else None
    commands = pragmas(busy_seconds=policy.busy_seconds, writer=writer, max_bytes=limit)
    sa.event.listen(engine.sync_engine, "connect", _set_up(commands))
    sa.event.listen(engine.sync_engine, "begin", _begin("BEGIN IMMEDIATE" if writer else "BEGIN"))
    return engine


def _set_up(commands: tuple[str, ...]) -> Callable[[Any, Any], None]:
    def on_connect(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        cursor = connection.cursor()
        for command in commands:
            cursor.execute(command)
        cursor.close()

    return on_connect


def _begin(command: str) -> Callable[[sa.Connection], None]:
    def on_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(command)

    return on_begin
