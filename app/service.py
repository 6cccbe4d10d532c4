"""The long-lived parts: a worker process, and the service that supervises workers and serves the review pages."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from app.accounts import ensure_admin
from app.compose import give_back_leases, make_sealer, open_worker
from app.processes import own_environment
from app.rules import current_rules, install_rules
from app.supervisor import Supervision, closed, supervise
from app.timetable import Job, WatchedLists, tidy, timetable
from config import Config
from core.errors import NotInStore
from evidence.verify import verify_bundle
from review.app import create_app
from review.deps import ReviewDeps
from review.policy import ReviewPolicy
from review.server import bind, serve_review
from storage.store import Store, open_store

BEAT_SECONDS = 5.0
STDIN = 0

log = structlog.get_logger()


async def run_worker(config: Config, name: str, stop: asyncio.Event, *, supervised: bool) -> None:
    """One worker process: visits candidates and seals evidence until ``stop`` is set or the supervisor is gone."""
    async with open_store(config.settings.store) as store:
        try:
            rules = await current_rules(store)
        except NotInStore:
            rules = await install_rules(config, store, await store.now())
        async with open_worker(name, config=config, store=store, rules=lambda: rules, stop=stop) as worker:
            sealer = make_sealer(name, config=config, store=store)
            async with asyncio.TaskGroup() as group:
                beating = group.create_task(_beat(store, name))
                watching = group.create_task(stop_when_alone(stop)) if supervised else None
                async with asyncio.TaskGroup() as work:
                    work.create_task(sealer.run(stop))
                    work.create_task(worker.run())
                beating.cancel()
                if watching is not None:
                    watching.cancel()
        await store.workers.beat(name, os.getpid(), "stopped", await store.now())


async def _beat(store: Store, name: str) -> None:
    while True:
        await store.workers.beat(name, os.getpid(), "running", await store.now())
        await asyncio.sleep(BEAT_SECONDS)


async def stop_when_alone(stop: asyncio.Event) -> None:
    """Set ``stop`` once the process that started this one, and holds the other end of stdin, is gone."""
    await closed(STDIN)
    log.warning("supervisor.gone")
    stop.set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What is told when the service is up: the address, and the first password when one was made."""

    url: str
    admin: str
    password: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePlan:
    """How the service is run: arguments and environment for its workers, and extra periodic jobs."""

    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=own_environment)
    workers: bool = True
    demo: bool = False
    jobs: Sequence[tuple[str, timedelta, Job]] = ()


async def serve(
    config: Config,
    plan: ServicePlan,
    stop: asyncio.Event,
    on_ready: Callable[[Ready, Store], None],
    beside: Callable[[Store], Job] | None = None,
) -> None:
    """Serve the review pages and, unless told otherwise, supervise workers, until ``stop`` is set.

    ``beside`` makes a coroutine that runs along with the service (the demo feeds its practice web there).
    Raises :class:`core.errors.CounterwatchError`: a busy port, a store that cannot be opened.
    """
    settings = config.settings
    with bind(settings.service.host, settings.service.port) as listening:
        async with open_store(settings.store) as store:
            now = await store.now()
            await install_rules(config, store, now)
            admin, password = await ensure_admin(store, settings.service.organisation, now)
            app = create_app(
                ReviewDeps(store=store, policy=_review_policy(config, demo=plan.demo), verify=verify_bundle)
            )
            lists = WatchedLists(store, settings.service.lists)
            jobs: list[tuple[str, timedelta, Job]] = [
                ("tidy", timedelta(minutes=10), lambda: tidy(store)),
                ("lists", timedelta(minutes=settings.service.list_minutes), lists.poll),
                *plan.jobs,
            ]
            async with timetable(jobs), asyncio.TaskGroup() as group:
                group.create_task(serve_review(app, listening, stop))
                if plan.workers:
                    group.create_task(supervise(_supervision(config, plan, store), stop))
                if beside is not None:
                    group.create_task(_run(beside(store)))
                host, port = listening.getsockname()[:2]
                shown = f"[{host}]" if ":" in host else host
                on_ready(Ready(url=f"http://{shown}:{port}", admin=admin, password=password), store)


async def _run(job: Job) -> None:
    await job()


def _supervision(config: Config, plan: ServicePlan, store: Store) -> Supervision:
    service = config.settings.service

    async def give_back(name: str) -> None:
        await give_back_leases(config, store, name)

    return Supervision(
        prefix=f"{service.instance}-worker",
        before_start=give_back,
        count=service.workers or os.cpu_count() or 1,
        arguments=plan.arguments,
        environment=plan.environment,
        drain_seconds=service.drain_seconds,
    )


def _review_policy(config: Config, *, demo: bool) -> ReviewPolicy:
    review = config.settings.review
    return ReviewPolicy(
        session_hours=review.session_hours,
        secure_cookie=review.secure_cookie,
        base_url=review.base_url,
        allowed_hosts=review.allowed_hosts,
        trusted_proxies=review.trusted_proxies,
        instance=config.settings.service.instance,
        demo=demo,
    )
