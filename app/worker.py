"""A worker: leases candidates in batches, looks at many at once, and records them in batches.

Every queue is bounded; a slow store slows the fetching. A drain stops leasing, lets the looks under way end until the
deadline, gives the rest back, and writes what is finished.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from app.pacing import Pace
from app.pipeline import Looked, Pipeline
from core.errors import CounterwatchError
from core.records import Outcome
from storage.records import FinishResult, Lease, VisitSummary
from storage.segments import SegmentWriter
from storage.store import Store

IDLE_SECONDS = 0.25
LINGER_SECONDS = 0.02
HISTORY = 8

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerPolicy:
    """Sizes and times of one worker: looks at once, rows per lease and write, seconds of lease and drain."""

    concurrency: int = 100
    batch: int = 100
    lease_seconds: float = 120.0
    drain_seconds: float = 20.0
    unit_delay_seconds: float = 1.0
    retry_seconds: float = 2.0


@dataclass(slots=True)
class Progress:
    """Counts of one worker since its start."""

    leased: int = 0
    finished: int = 0
    stale: int = 0
    faults: int = 0
    in_flight: set[int] = field(default_factory=set)


class Worker:
    """One asyncio worker over a store. ``run_id`` limits it to one scan's subjects."""

    def __init__(
        self,
        name: str,
        *,
        store: Store,
        segments: SegmentWriter,
        pipeline: Pipeline,
        policy: WorkerPolicy,
        stop: asyncio.Event,
        run_id: str | None = None,
        finished: asyncio.Event | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.name = name
        self.progress = Progress()
        self._store = store
        self._segments = segments
        self._pipeline = pipeline
        self._policy = policy
        self._stop = stop
        self._run_id = run_id
        self._finished = finished or asyncio.Event()
        self._pace = pace or Pace(None)
        self._inbox: asyncio.Queue[Lease | None] = asyncio.Queue(maxsize=policy.concurrency)
        self._outbox: asyncio.Queue[Looked | None] = asyncio.Queue(maxsize=policy.batch * 2)
        self._held: dict[int, Lease] = {}

    async def run(self) -> None:
        """Work until ``finished`` is set, or until ``stop`` is set and the drain has ended."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._write_all())
            await self._look_at_all()
            await self._outbox.put(None)
        if self._held:
            await self._store.frontier.release(tuple(self._held.values()), await self._store.now())
            self._held.clear()

    async def _look_at_all(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._policy.concurrency):
                    group.create_task(self._look_on())
                await self._feed()
                for _ in range(self._policy.concurrency):
                    self._inbox.put_nowait(None)
                if self._stop.is_set():
                    await self._drain()
        except* _DeadlineReached:
            log.warning("drain.deadline", worker=self.name, given_back=len(self.progress.in_flight))

    async def _drain(self) -> None:
        deadline = asyncio.get_running_loop().time() + self._policy.drain_seconds
        while self.progress.in_flight:
            if asyncio.get_running_loop().time() >= deadline:
                raise _DeadlineReached
            await asyncio.sleep(LINGER_SECONDS)

    async def _feed(self) -> None:
        while not (self._stop.is_set() or self._finished.is_set()):
            room = min(self._policy.batch, self._policy.concurrency - self._inbox.qsize(), self._pace.allowance())
            leases = await self._lease(room) if room > 0 else ()
            for lease in leases:
                self._held[lease.subject_id] = lease
                self._inbox.put_nowait(lease)
            self.progress.leased += len(leases)
            self._pace.spend(len(leases))
            if not leases:
                await self._wait(IDLE_SECONDS if room > 0 else LINGER_SECONDS)
        while not self._inbox.empty():
            self._inbox.get_nowait()

    async def _lease(self, room: int) -> tuple[Lease, ...]:
        return await self._store.frontier.lease(
            self.name,
            room,
            await self._store.now(),
            lease_seconds=self._policy.lease_seconds,
            unit_delay_seconds=self._policy.unit_delay_seconds,
            run=self._run_id,
        )

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            return

    async def _look_on(self) -> None:
        while (lease := await self._inbox.get()) is not None:
            self.progress.in_flight.add(lease.subject_id)
            try:
                await self._outbox.put(await self._pipeline.look(lease, await self._store.now()))
            except CounterwatchError:
                raise
            except Exception:
                # A raise here is a defect of ours, not of the site: say so, and let the attempt count decide.
                log.exception("look.failed", subject=str(lease.candidate.subject), attempt=lease.attempt)
                self.progress.faults += 1
                await self._put_off(lease)
            finally:
                self.progress.in_flight.discard(lease.subject_id)

    async def _put_off(self, lease: Lease) -> None:
        now = await self._store.now()
        retry_at = now + timedelta(seconds=self._policy.retry_seconds)
        await self._store.frontier.redate(lease, retry_at, counted=True)
        self._held.pop(lease.subject_id, None)

    async def _write_all(self) -> None:
        while (first := await self._outbox.get()) is not None:
            batch = [first]
            await asyncio.sleep(LINGER_SECONDS)
            ended = False
            while len(batch) < self._policy.batch and not self._outbox.empty():
                looked = self._outbox.get_nowait()
                if looked is None:
                    ended = True
                    break
                batch.append(looked)
            await self._write(batch)
            if ended:
                return

    async def _write(self, batch: Sequence[Looked]) -> None:
        with self._pipeline.turns.writing():
            results = await self._record(batch)
        for looked, result in zip(batch, results, strict=True):
            self._held.pop(looked.lease.subject_id, None)
            self.progress.finished += result.accepted
            self.progress.stale += not result.accepted

    async def _record(self, batch: Sequence[Looked]) -> Sequence[FinishResult]:
        places = [await self._segments.append(looked.visit) for looked in batch]
        await self._segments.sync()
        histories = [await self._history(looked) for looked in batch]
        now = await self._store.now()
        return await self._store.finish(
            [
                self._pipeline.conclude(looked, bodies, history, now, random.random())  # noqa: S311 — spreads revisits
                for looked, bodies, history in zip(batch, places, histories, strict=True)
            ],
            now,
        )

    async def _history(self, looked: Looked) -> Sequence[VisitSummary]:
        if looked.visit.outcome is Outcome.CONTENT:
            return ()
        return await self._store.visits.list(looked.lease.candidate.subject, limit=HISTORY)


class _DeadlineReached(Exception):
    """The drain took longer than it may."""
