"""Wiring: a configuration and a store become a pipeline and workers. No globals; everything closes in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from app.pacing import Pace
from app.pipeline import Pipeline
from app.sealing import Sealer, SealingPolicy
from app.suspect import open_suspect, read_suspects
from app.turns import Turns
from app.worker import Worker, WorkerPolicy
from classifiers.classify import CompiledRules
from config import Config
from crawler.fetcher import open_fetcher
from crawler.resolver import open_resolver
from crawler.visitor import Visitor
from storage.store import Store


@asynccontextmanager
async def open_pipeline(name: str, config: Config, rules: Callable[[], CompiledRules]) -> AsyncIterator[Pipeline]:
    """Resolver, fetcher and visitor for one worker, closed at the end."""
    settings = config.settings
    async with AsyncExitStack() as stack:
        suspect = stack.enter_context(open_suspect(Path(settings.store.data_dir), name))
        resolver = await stack.enter_async_context(open_resolver(settings.resolve))
        fetcher = await stack.enter_async_context(open_fetcher(settings.fetch, settings.vetting, resolver))
        yield Pipeline(
            visitor=Visitor(fetcher),
            rules=rules,
            revisit=settings.revisit,
            organisation=settings.service.organisation,
            max_attempts=settings.service.max_attempts,
            turns=Turns(),
            suspect=suspect,
        )


def worker_policy(config: Config, concurrency: int | None = None) -> WorkerPolicy:
    """The worker's policy from the settings; a network lab's own networks are not paced unless the settings say so."""
    settings = config.settings
    lab = bool(settings.vetting.allow_nets) and str(config.origins["politeness.unit_delay_seconds"]) == "default"
    return WorkerPolicy(
        concurrency=concurrency or settings.service.concurrency,
        batch=settings.service.batch,
        lease_seconds=settings.service.lease_seconds,
        drain_seconds=settings.service.drain_seconds,
        unit_delay_seconds=0.0 if lab else settings.politeness.unit_delay_seconds,
    )


@asynccontextmanager
async def open_worker(
    name: str,
    *,
    config: Config,
    store: Store,
    rules: Callable[[], CompiledRules],
    stop: asyncio.Event,
    concurrency: int | None = None,
    run_id: str | None = None,
    finished: asyncio.Event | None = None,
    rate: float | None = None,
) -> AsyncIterator[Worker]:
    """A worker with its own segment writer and pipeline."""
    async with AsyncExitStack() as stack:
        segments = await stack.enter_async_context(store.segments.open_writer(name))
        pipeline = await stack.enter_async_context(open_pipeline(name, config, rules))
        yield Worker(
            name,
            store=store,
            segments=segments,
            pipeline=pipeline,
            policy=worker_policy(config, concurrency),
            stop=stop,
            run_id=run_id,
            finished=finished,
            pace=Pace(rate),
        )


def make_sealer(name: str, *, config: Config, store: Store) -> Sealer:
    """A sealer that keeps its scratch files beside the store, on the same disk."""
    settings = config.settings
    return Sealer(
        name,
        store=store,
        policy=SealingPolicy(instance=settings.service.instance, max_decoded_bytes=settings.fetch.max_decoded_bytes),
        scratch=Path(settings.store.data_dir) / "scratch",
    )


async def give_back_leases(config: Config, store: Store, name: str) -> None:
    """Make due at once what a worker of this name held when its process ended; only what it was judging is blamed."""
    now = await store.now()
    suspects = read_suspects(Path(config.settings.store.data_dir), name)
    await store.frontier.release_worker(name, now, suspects=suspects)
    await store.evidence.release_worker(name, now)
