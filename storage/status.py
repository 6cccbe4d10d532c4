"""The store in numbers."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from storage import cases, evidence_jobs, frontier
from storage.disk import folder_bytes, free_bytes, in_thread
from storage.engine import Database, database_file
from storage.policy import StorePolicy
from storage.records import StoreStatus
from storage.tables import case_blobs, visits
from storage.tables import workers as workers_table
from storage.workers import ALIVE_SECONDS


async def read_status(database: Database, policy: StorePolicy, now: datetime) -> StoreStatus:
    """Count everything that ``status`` and the metrics show; one read transaction."""
    file = database_file(policy)

    def sizes() -> tuple[int, int, int]:
        stored = sum(part.stat().st_size for part in file.parent.glob(f"{file.name}*") if part.is_file())
        return stored, folder_bytes(policy.data_dir / "segments"), free_bytes(policy.data_dir)

    database_bytes, segment_bytes, free = await in_thread(sizes)
    recent = (
        sa.select(visits.c.outcome, sa.func.count())
        .where(visits.c.finished_at > now - timedelta(days=1))
        .group_by(visits.c.outcome)
    )
    alive = sa.select(sa.func.count()).where(
        workers_table.c.seen_at >= now - timedelta(seconds=ALIVE_SECONDS), workers_table.c.state != "stopped"
    )
    async with database.read() as connection:
        return StoreStatus(
            at=now,
            frontier=await frontier.depth(connection, now),
            outcomes={row[0]: row[1] for row in await connection.execute(recent)},
            cases=await cases.counts(connection),
            evidence=await evidence_jobs.counts(connection, now),
            workers_alive=(await connection.execute(alive)).scalar_one(),
            last_finished_at=(await connection.execute(sa.select(sa.func.max(visits.c.finished_at)))).scalar(),
            database_bytes=database_bytes,
            segment_bytes=segment_bytes,
            blob_bytes=(
                await connection.execute(sa.select(sa.func.coalesce(sa.func.sum(case_blobs.c.size), 0)))
            ).scalar_one(),
            free_bytes=free,
        )
