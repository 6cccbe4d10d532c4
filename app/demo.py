"""The demo: the practice web, with the whole service against it, in a folder of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.timetable import Job
from core.hosts import parse_target
from core.records import Subject
from crawler.sources.base import to_candidate
from lab.plan import LabSite, score_expectation
from lab.run import Lab
from storage.store import Store

PORTION = 20
PORTION_SECONDS = 0.5
WATCH_SECONDS = 1.0


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
        lab: Lab,
        stop: asyncio.Event,
        *,
        tell: Callable[[Tally], None],
        done: Callable[[Rehearsal], None],
    ) -> None:
        self._lab = lab
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
        urls = self._lab.targets()
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
        sites = len(self._lab.sites)
        finished = False
        while not self._stop.is_set():
            status = await store.status(await store.now())
            visited = await visited_sites(store, self._lab)
            flagged = sum(status.cases.values())
            self._tell(Tally(sites=sites, visited=len(visited), flagged=flagged, bundles=status.evidence.done))
            if len(visited) == sites and not status.evidence.pending + status.evidence.leased and not finished:
                finished = True
                self._done(await rehearse(store, self._lab))
                await self._stop.wait()
            await self._pause(WATCH_SECONDS)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            return


async def visited_sites(store: Store, lab: Lab) -> Sequence[Subject]:
    """The practice web's subjects that have an outcome."""
    subjects = [parse_target(url).subject for url in lab.targets()]
    return [subject for subject in subjects if await store.visits.latest(subject) is not None]


async def rehearse(store: Store, lab: Lab) -> Rehearsal:
    """Hold every outcome and label against what the practice web expects."""
    surprises: list[str] = []
    for site, url in zip(lab.sites, lab.targets(), strict=True):
        subject = parse_target(url).subject
        surprise = await _surprise(store, site, subject)
        if surprise:
            surprises.append(f"{subject}: {surprise}")
    return Rehearsal(sites=len(lab.sites), as_expected=len(lab.sites) - len(surprises), surprises=tuple(surprises))


async def _surprise(store: Store, site: LabSite, subject: Subject) -> str:
    latest = await store.visits.latest(subject)
    if latest is None:
        return "no outcome"
    score = score_expectation(site, latest.outcome, latest.label)
    return "" if score.ok else score.why
