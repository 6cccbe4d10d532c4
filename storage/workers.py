"""Workers as they report themselves."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from storage.dialect import upsert
from storage.engine import Database
from storage.records import WorkerState
from storage.tables import workers

ALIVE_SECONDS = 60.0
"""Age of its last report above which a worker does not count as alive."""


class Workers:
    """Heartbeats by worker name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def beat(self, worker: str, pid: int, state: str, now: datetime) -> None:
        """Report that a worker is alive and what it does; a new process id is a new start."""
        async with self._database.write() as connection:
            stored = sa.select(workers.c.pid).where(workers.c.name == worker)
            known = (await connection.execute(stored)).scalar() == pid
            row = {"name": worker, "pid": pid, "state": state, "started_at": now, "seen_at": now}
            changed = ("pid", "state", "seen_at") if known else ("pid", "state", "seen_at", "started_at")
            await connection.execute(upsert(workers, ("name",), changed), [row])

    async def list(self, now: datetime, *, alive_seconds: float = ALIVE_SECONDS) -> tuple[WorkerState, ...]:
        """Every worker that ever reported, by name."""
        since = now - timedelta(seconds=alive_seconds)
        async with self._database.read() as connection:
            rows = await connection.execute(sa.select(workers).order_by(workers.c.name))
            return tuple(
                WorkerState(**row._mapping, alive=row.seen_at >= since and row.state != "stopped") for row in rows
            )
