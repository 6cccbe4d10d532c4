"""The store as one object, and the one way to open it."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from core.errors import OutOfDisk, StoreError
from core.ports import BlobStore
from core.records import Subject
from storage import finish
from storage.accounts import Accounts
from storage.audit import Audit
from storage.blobs import FolderBlobs
from storage.cases import Cases
from storage.disk import free_bytes, in_thread, make_folder
from storage.engine import Database, database_file, open_database, use_wal
from storage.evidence_jobs import Bundles, Evidence
from storage.frontier import Frontier
from storage.packs import Packs, Rulesets
from storage.policy import StorePolicy
from storage.records import Finished, FinishResult, StoreStatus, TraceStep
from storage.runs import Runs
from storage.schema import prepare
from storage.segments import Segments
from storage.status import read_status
from storage.trace import trace
from storage.vault import Vault
from storage.visits import Visits
from storage.workers import Workers


class Store:
    """Everything that is stored, by part. Made by :func:`open_store`; one per process."""

    def __init__(self, database: Database, policy: StorePolicy) -> None:
        self._database = database
        self._policy = policy
        self.blobs: BlobStore = FolderBlobs(policy.data_dir / "blobs")
        self.segments = Segments(database, policy)
        self.vault = Vault(database, self.blobs, policy)
        self.frontier = Frontier(database)
        self.runs = Runs(database)
        self.visits = Visits(database, self.segments, self.vault)
        self.cases = Cases(database)
        self.evidence = Evidence(database, self.segments, self.vault)
        self.bundles = Bundles(database)
        self.packs = Packs(database)
        self.rulesets = Rulesets(database, self.blobs)
        self.accounts = Accounts(database)
        self.audit = Audit(database)
        self.workers = Workers(database)

    async def now(self) -> datetime:
        """The database's clock, the same for all processes, in UTC."""
        return await self._database.now()

    async def finish(self, batch: Sequence[Finished], now: datetime) -> tuple[FinishResult, ...]:
        """Record visits and all that follows from them, in one transaction; one result for each, in order.

        Exactly once: a visit whose lease is no longer held (taken over, given back, or already finished) has no
        effect. With it go: verdict and signals, body index, the next due time, new candidates, every run's target of
        the subject, at most one case per subject and organisation, and one evidence job per flagged visit.
        """
        if not batch:
            return ()
        async with self._database.write() as connection:
            return await finish.apply(connection, batch, now)

    async def status(self, now: datetime) -> StoreStatus:
        """The store in numbers."""
        return await read_status(self._database, self._policy, now)

    async def trace(self, subject: Subject) -> tuple[TraceStep, ...]:
        """Every stored step of a subject in time order; empty when it is unknown."""
        return await trace(self._database, subject)

    async def check_space(self) -> None:
        """Raise :class:`OutOfDisk` when less than ``min_free_bytes`` are free."""
        folder = self._policy.data_dir
        free = await in_thread(lambda: free_bytes(folder))
        if free < self._policy.min_free_bytes:
            raise OutOfDisk(
                f"Only {free // 1_000_000} MB are free in {folder}; {self._policy.min_free_bytes // 1_000_000} MB "
                "are required.",
                hint="Free some space or lower store.min_free_bytes.",
            )


_HEADER = b"SQLite format 3\0"


@asynccontextmanager
async def open_store(policy: StorePolicy, *, upgrade: bool = False) -> AsyncIterator[Store]:
    """Open the store of a folder, making it when it is missing.

    An older schema is upgraded only with ``upgrade``. Raises :class:`StoreOutdated`, :class:`StoreTooNew`,
    :class:`StoreError` when the folder cannot be used or holds something else, and :class:`OutOfDisk`.
    """
    await in_thread(lambda: _check_folder(policy))
    async with open_database(policy) as database:
        await prepare(database, policy.data_dir, upgrade=upgrade)
        await use_wal(policy)
        yield Store(database, policy)


def _check_folder(policy: StorePolicy) -> None:
    file = database_file(policy)
    for folder in (policy.data_dir, file.parent):
        make_folder(folder)
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            raise StoreError(f"{file} is no file.")
        with file.open("rb") as content:
            head = content.read(len(_HEADER))
    except FileNotFoundError:
        return
    except OSError as exc:
        raise StoreError(f"The database {file} cannot be read: {exc.strerror or exc}.") from exc
    if head and head != _HEADER:
        raise StoreError(f"{file} is no SQLite database.", hint="Move it away or choose another folder.")
