"""A scan: a list of targets becomes a run, the run's subjects are visited, and each target's result is emitted once."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.compose import give_back_leases, make_sealer, open_worker
from app.rules import install_rules
from config import Config
from core.errors import BadTarget, UsageError
from core.hosts import parse_target
from core.ids import is_ulid, new_ulid
from core.records import Label
from crawler.sources.lists import open_list, read_entries
from storage.records import Run, RunCounts, RunResult, RunTarget
from storage.store import Store

INTAKE = 1000
POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRequest:
    """What a scan was asked to do. ``lists`` are files, or ``-`` for the standard input."""

    targets: tuple[str, ...]
    lists: tuple[str, ...] = ()
    resume: str | None = None
    rate: float | None = None
    concurrency: int | None = None


Emit = Callable[[RunResult], None]
Report = Callable[[RunCounts], None]


class Intake:
    """The targets of a request in order, read as they are needed; the only place that opens lists."""

    def __init__(self, request: ScanRequest) -> None:
        self.request = request
        self._rest: Iterator[RunTarget] = iter(())

    def begin(self) -> None:
        """Read the first target, so that an unusable list is found before a store is made or touched.

        Raises :class:`core.errors.UsageError`. The targets of a resumed run are known to the store.
        """
        if self.request.resume is not None:
            return
        targets = self._numbered(self.request.targets, self.request.lists)
        first = list(itertools.islice(targets, 1))
        if not first:
            raise UsageError("There is nothing to scan: no targets were given.", hint="Name targets, or -l FILE.")
        self._rest = itertools.chain(first, targets)

    def go_on(self, skip: int, targets: tuple[str, ...], lists: tuple[str, ...]) -> None:
        """Take a run's intake up again after its first ``skip`` targets.

        ``targets`` and ``lists`` are the run's own; lists named now replace them (the same list from another place).
        """
        self._rest = itertools.islice(self._numbered(targets, self.request.lists or lists), skip, None)

    def take(self, count: int) -> list[RunTarget]:
        """The next targets, at most ``count``; empty at the end. Blocks while a list is read."""
        return list(itertools.islice(self._rest, count))

    def _numbered(self, texts: tuple[str, ...], lists: tuple[str, ...]) -> Iterator[RunTarget]:
        position = itertools.count()
        for text in texts:
            yield _parsed(next(position), text)
        for name in lists:
            with open_list(name) as stream:
                for entry in read_entries(stream, name="standard input" if name == "-" else name):
                    error = (entry.error.code, entry.error.message) if entry.error else None
                    yield RunTarget(position=next(position), text=entry.text, target=entry.target, error=error)


class Scan:
    """One scan over an open store."""

    def __init__(self, intake: Intake, *, config: Config, store: Store, stop: asyncio.Event) -> None:
        self._intake = intake
        self._request = intake.request
        self._config = config
        self._store = store
        self._stop = stop
        self._finished = asyncio.Event()

    async def prepare(self) -> Run:
        """Make the run, or find the one to resume. Raises :class:`core.errors.UsageError`."""
        if self._request.resume is not None:
            return await self._resumed(self._request.resume)
        now = await self._store.now()
        run_id = new_ulid(now)
        options = {"lists": [_absolute(name) for name in self._request.lists], "targets": list(self._request.targets)}
        return await self._store.runs.create(run_id, [], options, now)

    async def _resumed(self, run_id: str) -> Run:
        if not is_ulid(run_id):
            raise UsageError(f"{run_id!r} is no run id.", hint="A run id is printed when a scan starts.")
        run = await self._store.runs.get(run_id)
        await give_back_leases(self._config, self._store, _worker_name(run))
        if not run.intake_closed:
            lists = tuple(run.options.get("lists", ()))
            if "-" in lists and not self._request.lists:
                raise UsageError(
                    f"Run {run_id} stopped while it was still reading its list from the standard input.",
                    hint=f"Give the same list again: counterwatch scan --resume {run_id} -l FILE",
                )
            taken = (await self._store.runs.counts(run_id)).total
            self._intake.go_on(taken, tuple(run.options.get("targets", ())), lists)
        return run

    async def run(self, run: Run, emit: Emit, report: Report) -> RunCounts:
        """Visit everything; ``emit`` gets each target's result once, ``report`` the counts as they grow.

        Returns the final counts. Ends early, with nothing lost, when ``stop`` is set.
        """
        rules = await install_rules(self._config, self._store, await self._store.now())
        name = _worker_name(run)
        async with (
            open_worker(
                name,
                config=self._config,
                store=self._store,
                rules=lambda: rules,
                stop=self._stop,
                concurrency=self._request.concurrency,
                run_id=run.id,
                finished=self._finished,
                rate=self._request.rate,
            ) as worker,
            asyncio.TaskGroup() as group,
        ):
            sealer = make_sealer(name, config=self._config, store=self._store)
            sealing = group.create_task(sealer.run(self._stop, self._finished.is_set))
            group.create_task(self._take_in(run))
            group.create_task(worker.run())
            await self._watch(run, emit, report, sealing.done)
        return await self._store.runs.counts(run.id)

    async def _take_in(self, run: Run) -> None:
        if run.intake_closed:
            return
        while not self._stop.is_set():
            batch = await asyncio.to_thread(self._intake.take, INTAKE)
            if not batch:
                await self._store.runs.close_intake(run.id)
                return
            await self._store.runs.add_targets(run.id, batch, await self._store.now())

    async def _watch(self, run: Run, emit: Emit, report: Report, sealed: Callable[[], bool]) -> None:
        seen = 0
        waiting: dict[int, RunResult] = {}
        while True:
            stopped = self._stop.is_set()
            while results := await self._store.runs.results(run.id, after_seq=seen, limit=500):
                for result in results:
                    seen = result.seq or seen
                    if _awaits_bundle(result):
                        waiting[result.position] = result
                    else:
                        emit(result)
            await self._emit_bundled(run, waiting, emit)
            counts = await self._store.runs.counts(run.id)
            report(counts)
            complete = counts.done == counts.total and (await self._store.runs.get(run.id)).intake_closed
            if complete:
                self._finished.set()
            if stopped or (complete and (not waiting or sealed())):
                for result in waiting.values():
                    emit(result)
                return
            await self._pause()

    async def _emit_bundled(self, run: Run, waiting: dict[int, RunResult], emit: Emit) -> None:
        for position in sorted(waiting):
            (result,) = await self._store.runs.listing(run.id, after_position=position - 1, limit=1)
            if not _awaits_bundle(result):
                del waiting[position]
                emit(result)

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._stop.wait()
        except TimeoutError:
            return


def _parsed(position: int, text: str) -> RunTarget:
    try:
        return RunTarget(position=position, text=text, target=parse_target(text))
    except BadTarget as exc:
        return RunTarget(position=position, text=text, error=(exc.code, exc.message))


def _awaits_bundle(result: RunResult) -> bool:
    flagged = result.verdict is not None and result.verdict.label is Label.FLAGGED
    return flagged and result.bundle_id is not None and not result.bundle_ready


def _worker_name(run: Run) -> str:
    return f"scan-{run.id}"


def _absolute(name: str) -> str:
    return name if name == "-" else str(Path(name).resolve())
