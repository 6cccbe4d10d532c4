"""Worker processes: started, watched, restarted with growing waits, and stopped together.

A worker holds the reading end of a pipe whose writing end only the supervisor has: when the supervisor dies, by
``kill -9`` too, the pipe closes and the worker drains by itself.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from app.processes import own_command

log = structlog.get_logger()

STABLE_SECONDS = 60.0
MAX_BACKOFF_SECONDS = 30.0
KILL_GRACE_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervision:
    """How many workers run, with which arguments and environment, and how long they may drain.

    Worker ``n`` is always named ``<prefix>-<n>``; ``before_start`` is told the name each time, so that what a dead
    predecessor still holds can be given back at once.
    """

    count: int
    prefix: str
    before_start: Callable[[str], Awaitable[None]]
    arguments: Sequence[str]
    environment: Mapping[str, str]
    drain_seconds: float


async def supervise(plan: Supervision, stop: asyncio.Event) -> None:
    """Keep ``count`` workers running until ``stop`` is set, then let them drain; returns when all have ended."""
    async with asyncio.TaskGroup() as group:
        for number in range(plan.count):
            group.create_task(_keep_running(number, plan, stop))


async def _keep_running(number: int, plan: Supervision, stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    backoff = 0.5
    while not stop.is_set():
        started = loop.time()
        name = f"{plan.prefix}-{number}"
        await plan.before_start(name)
        code = await _run_one(name, plan, stop)
        if stop.is_set():
            return
        backoff = 0.5 if loop.time() - started > STABLE_SECONDS else min(backoff * 2, MAX_BACKOFF_SECONDS)
        log.error("worker.ended", worker=name, code=code, restart_seconds=backoff)
        try:
            async with asyncio.timeout(backoff):
                await stop.wait()
        except TimeoutError:
            continue


async def _run_one(name: str, plan: Supervision, stop: asyncio.Event) -> int:
    reading, writing = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *own_command(*plan.arguments, "worker", "--name", name, "--supervised"),
            stdin=reading,
            stdout=asyncio.subprocess.DEVNULL,
            env=dict(plan.environment),
            start_new_session=True,
        )
    finally:
        os.close(reading)
    try:
        return await _wait_or_stop(process, plan.drain_seconds, stop)
    finally:
        os.close(writing)
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _wait_or_stop(process: asyncio.subprocess.Process, drain_seconds: float, stop: asyncio.Event) -> int:
    async with asyncio.TaskGroup() as group:
        ended = group.create_task(process.wait())
        stopping = group.create_task(stop.wait())
        await asyncio.wait({ended, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(drain_seconds + KILL_GRACE_SECONDS):
                    await asyncio.shield(ended)
            except TimeoutError:
                log.error("worker.killed", pid=process.pid, drain_seconds=drain_seconds)
                process.kill()
        stopping.cancel()
    return ended.result()


async def closed(descriptor: int) -> None:
    """Wait until the other end of a pipe is closed; what is sent through it is thrown away."""
    loop = asyncio.get_running_loop()
    gone = asyncio.Event()

    def on_readable() -> None:
        if not os.read(descriptor, 4096):
            loop.remove_reader(descriptor)
            gone.set()

    loop.add_reader(descriptor, on_readable)
    try:
        await gone.wait()
    finally:
        loop.remove_reader(descriptor)
