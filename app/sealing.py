"""Evidence jobs: read a flagged visit back, assemble its bundle, and put it into the case's vault."""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from classifiers.page import read_page
from core import __version__
from core.errors import CounterwatchError, EvidenceError, OutOfDisk, StoreError
from core.records import Bundle, Exchange, Visit
from crawler.decode import decode_body
from evidence.bundle import assemble, write_zip
from evidence.inputs import BundleInputs
from storage.records import EvidenceJob, StoredVisit
from storage.store import Store

IDLE_SECONDS = 0.5
MAX_ATTEMPTS = 5

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class SealingPolicy:
    """Who makes the bundles and under which limits."""

    instance: str
    max_decoded_bytes: int
    lease_seconds: float = 300.0
    batch: int = 1


def with_decoded(visit: Visit, cap: int) -> Visit:
    """The visit with every exchange's content-decoded body made again from what was received."""
    return dataclasses.replace(
        visit,
        captures=tuple(
            dataclasses.replace(capture, exchanges=tuple(_decoded(exchange, cap) for exchange in capture.exchanges))
            for capture in visit.captures
        ),
    )


def _decoded(exchange: Exchange, cap: int) -> Exchange:
    if exchange.decoded or not exchange.body:
        return exchange
    return dataclasses.replace(
        exchange, decoded=decode_body(exchange.body, exchange.header("content-encoding"), cap).body
    )


class Sealer:
    """Takes evidence jobs one by one. A job that fails is retried with growing waits, then marked as failed."""

    def __init__(self, name: str, *, store: Store, policy: SealingPolicy, scratch: Path) -> None:
        self.name = name
        self._store = store
        self._policy = policy
        self._scratch = scratch

    async def run(self, stop: asyncio.Event, finished: Callable[[], bool] = lambda: False) -> None:
        """Work until ``stop`` is set, or until ``finished`` says so while nothing is waiting."""
        while not stop.is_set():
            last_round = finished()
            made = await self.work_once()
            if made == 0:
                if last_round:
                    return
                try:
                    async with asyncio.timeout(IDLE_SECONDS):
                        await stop.wait()
                except TimeoutError:
                    continue

    async def work_once(self) -> int:
        """Lease a batch of jobs and do them; the number of jobs taken."""
        now = await self._store.now()
        jobs = await self._store.evidence.lease(
            self.name, self._policy.batch, now, lease_seconds=self._policy.lease_seconds
        )
        for job in jobs:
            await self._do(job)
        return len(jobs)

    async def _do(self, job: EvidenceJob) -> None:
        if job.attempt > MAX_ATTEMPTS:
            # Its workers ended before they could say why; another try would take this one down too.
            await self._put_off(job, EvidenceError(f"given up after {MAX_ATTEMPTS} attempts that never ended"))
            return
        try:
            stored = await self._store.visits.get(job.visit_id)
            bundle, content = await asyncio.to_thread(self._assemble, job, stored)
            blob = await self._store.vault.put(job.case_id, content)
            await self._store.evidence.finish(job, bundle, blob, await self._store.now())
        except OutOfDisk:
            raise
        except (CounterwatchError, OSError, ValueError) as exc:
            await self._put_off(job, exc)
        except Exception as exc:
            # A defect of ours must not stop the worker's other jobs: say so, and let the attempt count decide.
            log.exception("evidence.defect", bundle=job.bundle_id)
            await self._put_off(job, exc)

    async def _put_off(self, job: EvidenceJob, exc: Exception) -> None:
        now = await self._store.now()
        retry_at = now + timedelta(seconds=30 * 2**job.attempt) if job.attempt < MAX_ATTEMPTS else None
        log.error("evidence.failed", bundle=job.bundle_id, case=job.case_id, attempt=job.attempt, reason=str(exc))
        await self._store.evidence.fail(job, str(exc), retry_at)

    def _assemble(self, job: EvidenceJob, stored: StoredVisit) -> tuple[Bundle, bytes]:
        self._scratch.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="bundle-", dir=self._scratch))
        try:
            inputs = self._inputs(job, stored)
            bundle = assemble(inputs, folder)
            archive = folder / f"EB-{bundle.id}.zip"
            write_zip(folder / f"EB-{bundle.id}", archive)
            return bundle, archive.read_bytes()
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _inputs(self, job: EvidenceJob, stored: StoredVisit) -> BundleInputs:
        visit = with_decoded(stored.visit, self._policy.max_decoded_bytes)
        if stored.verdict is None or stored.missing:
            raise StoreError(f"Visit {visit.id} has no verdict or its bodies are gone, so no evidence can be made.")
        last = visit.captures[-1].exchanges[-1]
        return BundleInputs(
            bundle_id=job.bundle_id,
            case_id=job.case_id,
            visit=visit,
            verdict=stored.verdict,
            page=read_page(last, url=last.url),
            organisation=job.organisation,
            instance=self._policy.instance,
            software_version=__version__,
            at=_moment(stored),
        )


def _moment(stored: StoredVisit) -> datetime:
    # Time is an input: a bundle made again after a crash has the same bytes.
    return stored.verdict.at if stored.verdict else stored.visit.at
