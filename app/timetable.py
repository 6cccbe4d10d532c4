"""When periodic jobs run. A job enqueues or tidies and returns; there is never one job per candidate."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from core.errors import CounterwatchError
from core.records import Candidate, Lane
from crawler.sources.base import to_candidate
from crawler.sources.lists import open_list, read_entries
from storage.store import Store

CHUNK = 1000

log = structlog.get_logger()

Job = Callable[[], Awaitable[None]]


class WatchedLists:
    """Lists that are read again when they have changed. Unusable lines are counted and logged, not fatal."""

    def __init__(self, store: Store, paths: Sequence[str]) -> None:
        self._store = store
        self._paths = tuple(Path(path) for path in paths)
        self._read: dict[Path, tuple[int, int]] = {}

    async def poll(self) -> None:
        """Read every list that is new or has changed, and put its targets into the frontier."""
        for path in self._paths:
            try:
                await self._poll(path)
            except (CounterwatchError, OSError) as exc:
                log.error("source.failed", source=str(path), reason=str(exc))

    async def _poll(self, path: Path) -> None:
        state = await asyncio.to_thread(path.stat)
        mark = (state.st_mtime_ns, state.st_size)
        if self._read.get(path) == mark:
            return
        new = known = 0
        entries = _candidates(path, datetime.now(UTC))
        while chunk := await asyncio.to_thread(lambda: list(itertools.islice(entries, CHUNK))):
            added = await self._store.frontier.add(chunk, await self._store.now())
            new, known = new + added.new, known + added.known
        self._read[path] = mark
        log.info("source.read", source=str(path), new=new, known=known)


def _candidates(path: Path, now: datetime) -> Iterator[Candidate]:
    with open_list(str(path)) as stream:
        for entry in read_entries(stream, name=str(path)):
            if entry.target is None:
                log.warning("source.line", source=str(path), line=entry.line, reason=str(entry.error))
            else:
                yield to_candidate(
                    entry.target, source=f"list:{path.name}", reason=f"line {entry.line}", seen_at=now, lane=Lane.BULK
                )


async def tidy(store: Store) -> None:
    """Delete segments past their time to live, and say early when the disk runs full."""
    expired = await store.segments.expire(await store.now())
    if expired:
        log.info("segments.expired", count=expired)
    await store.check_space()


@asynccontextmanager
async def timetable(jobs: Sequence[tuple[str, timedelta, Job]]) -> AsyncIterator[None]:
    """Run each named job now and then at its interval; a job that is late or overlaps runs once."""
    scheduler = AsyncIOScheduler(timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1})
    for name, every, job in jobs:
        scheduler.add_job(
            _guarded, "interval", args=(name, job), seconds=every.total_seconds(), id=name, next_run_time=_soon()
        )
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)


def _soon() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=0.1)


async def _guarded(name: str, job: Job) -> None:
    try:
        await job()
    except CounterwatchError as exc:
        log.error("job.failed", job=name, reason=str(exc))
