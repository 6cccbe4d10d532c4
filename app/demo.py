"""The demo: the practice web, with the whole service against it, in a folder of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from app.processes import own_command, own_environment
from app.timetable import Job
from core.errors import Fatal
from core.hosts import parse_target
from core.records import Subject
from crawler.sources.base import to_candidate
from lab.plan import LabSite, plan_sites, score_expectation
from storage.store import Store

PORTION = 20
PORTION_SECONDS = 0.5
WATCH_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeWeb:
    """A practice web that runs in a process of its own. ``urls`` go with ``sites`` one to one."""

    dns: str
    sites: tuple[LabSite, ...]
    urls: tuple[str, ...]
    ca_file: Path


@asynccontextmanager
async def practice_web(sites: int, seed: int, folder: Path) -> AsyncIterator[PracticeWeb]:
    """Start a practice web beside this process, so that neither slows the other; it ends with the context.

    Raises :class:`core.errors.Fatal` when it does not start.
    """
    targets, ca_file = folder / "practice-web.txt", folder / "practice-web-ca.pem"
    process = await asyncio.create_subprocess_exec(
        *own_command("--quiet", "lab", "--json", "--supervised", "--sites", str(sites), "--seed", str(seed)),
        *("--targets", str(targets), "--ca-file", str(ca_file)),
        env=own_environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = await process.stdout.readline()
        if not line:
            raise Fatal("The practice web did not start; see its message above.")
        yield PracticeWeb(
            dns=json.loads(line)["dns"],
            sites=plan_sites(sites, seed),
            urls=tuple((await asyncio.to_thread(targets.read_text)).split()),
            ca_file=ca_file,
        )
    finally:
        process.stdin.close()
        await process.wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How far the demo is: sites in all, visited, flagged, bundles made."""

    sites: int
    visited: int
    flagged: int
    bundles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """How the service did on the practice web: sites as expected, and a line for each that was not."""

    sites: int
    as_expected: int
    surprises: tuple[str, ...]


class Feeder:
    """Puts the practice web's addresses into the frontier a few at a time, as sources do, and watches the results."""

    def __init__(
        self,
        web: PracticeWeb,
        stop: asyncio.Event,
        *,
        tell: Callable[[Tally], None],
        done: Callable[[Rehearsal], None],
    ) -> None:
        self._web = web
        self._stop = stop
        self._tell = tell
        self._done = done

    def job(self, store: Store) -> Job:
        """The coroutine that runs beside the service."""

        async def feed() -> None:
            await self._feed(store)
            await self._watch(store)

        return feed

    async def _feed(self, store: Store) -> None:
        urls = self._web.urls
        for start in range(0, len(urls), PORTION):
            if self._stop.is_set():
                return
            now = await store.now()
            await store.frontier.add(
                [
                    to_candidate(parse_target(url), source="practice web", reason="demo", seen_at=now)
                    for url in urls[start : start + PORTION]
                ],
                now,
            )
            await self._pause(PORTION_SECONDS)

    async def _watch(self, store: Store) -> None:
        sites = len(self._web.sites)
        finished = False
        while not self._stop.is_set():
            status = await store.status(await store.now())
            visited = await visited_sites(store, self._web)
            flagged = sum(status.cases.values())
            self._tell(Tally(sites=sites, visited=len(visited), flagged=flagged, bundles=status.evidence.done))
            if len(visited) == sites and not status.evidence.pending + status.evidence.leased and not finished:
                finished = True
                self._done(await rehearse(store, self._web))
                await self._stop.wait()
            await self._pause(WATCH_SECONDS)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            return


async def visited_sites(store: Store, web: PracticeWeb) -> Sequence[Subject]:
    """The practice web's subjects that have an outcome."""
    subjects = [parse_target(url).subject for url in web.urls]
    return [subject for subject in subjects if await store.visits.latest(subject) is not None]


async def rehearse(store: Store, web: PracticeWeb) -> Rehearsal:
    """Hold every outcome and label against what the practice web expects."""
    surprises: list[str] = []
    for site, url in zip(web.sites, web.urls, strict=True):
        subject = parse_target(url).subject
        surprise = await _surprise(store, site, subject)
        if surprise:
            surprises.append(f"{subject}: {surprise}")
    return Rehearsal(sites=len(web.sites), as_expected=len(web.sites) - len(surprises), surprises=tuple(surprises))


async def _surprise(store: Store, site: LabSite, subject: Subject) -> str:
    latest = await store.visits.latest(subject)
    if latest is None:
        return "no outcome"
    score = score_expectation(site, latest.outcome, latest.label)
    return "" if score.ok else score.why
