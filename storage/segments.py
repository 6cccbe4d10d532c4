"""Bodies of visits, as received, in append-only WARC segments: one writer per worker, one fsync per batch.

A place (segment, offset, length, digest) enters the database only after its bytes are durable. What a killed writer
leaves at a segment's end has no place that names it and is skipped; a new writer begins a new segment.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from core import __version__
from core.errors import NotInStore, StoreError
from core.ids import new_ulid, sha256_hex
from core.records import Visit
from core.warc import WarcRecord, render_visit, render_warcinfo
from storage.disk import disk_errors, in_thread, make_folder, sync_folder, write_all
from storage.engine import Database
from storage.policy import StorePolicy
from storage.records import BodyPlace
from storage.tables import bodies, evidence_jobs, segments

SEGMENT_AGE = timedelta(days=1)
"""Age at which a segment is closed even when it is small, so that it can expire as a whole."""

BUFFER_BYTES = 8_388_608
"""Bytes that are held back at most until they are handed to the file."""

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_SEGMENT = re.compile(r"[A-Za-z0-9._-]+\Z")


class Segments:
    """The folder of segments."""

    def __init__(self, database: Database, policy: StorePolicy) -> None:
        self._database = database
        self._folder = policy.data_dir / "segments"
        self._limit = policy.segment_bytes
        self._time_to_live = timedelta(days=policy.body_days)

    @asynccontextmanager
    async def open_writer(self, worker: str) -> AsyncIterator[SegmentWriter]:
        """A writer for one worker; its file is made with the first visit."""
        writer = SegmentWriter(self._database, self._folder, worker, self._limit)
        try:
            yield writer
        finally:
            await writer.close()

    def path(self, segment: str) -> Path:
        """The file of a segment. Raises :class:`NotInStore` for what cannot be a segment's name."""
        if not _SEGMENT.match(segment) or segment.startswith("."):
            raise NotInStore(f"{segment[:80]!r} is no segment.")
        return self._folder / f"{segment}.warc"

    async def read(self, place: BodyPlace) -> bytes:
        """One body as received, checked against its digest.

        Raises :class:`NotInStore` when its segment has expired and :class:`StoreError` when it is damaged.
        """
        path = self.path(place.segment)

        def work() -> bytes:
            try:
                with path.open("rb", buffering=0) as file:
                    return os.pread(file.fileno(), place.length, place.offset)
            except FileNotFoundError as exc:
                raise NotInStore(f"The segment {place.segment} is no longer kept.") from exc
            except OSError as exc:
                raise StoreError(f"The segment {place.segment} cannot be read: {exc.strerror or exc}.") from exc

        content = await in_thread(work)
        if sha256_hex(content) != place.sha256:
            raise StoreError(f"The segment {place.segment} is damaged at {place.offset}.")
        return content

    async def expire(self, now: datetime) -> int:
        """Delete segments past their time to live, except those that an open evidence job still needs.

        Returns how many were deleted.
        """
        old = sa.select(segments.c.id).where(segments.c.opened_at <= now - self._time_to_live - SEGMENT_AGE)
        needed = (
            sa.select(bodies.c.segment_id)
            .join(evidence_jobs, evidence_jobs.c.visit_id == bodies.c.visit_id)
            .where(evidence_jobs.c.state.in_(("pending", "leased")))
        )
        async with self._database.read() as connection:
            names = list((await connection.execute(old.where(segments.c.id.not_in(needed)))).scalars())
        for name in names:
            path = self.path(name)

            def work(path: Path = path) -> None:
                with disk_errors(f"the folder {self._folder}"):
                    path.unlink(missing_ok=True)

            await in_thread(work)
            async with self._database.write() as connection:
                await connection.execute(sa.delete(segments).where(segments.c.id == name))
        return len(names)


class SegmentWriter:
    """Appends visits to the current segment. Not for several tasks at once."""

    def __init__(self, database: Database, folder: Path, worker: str, limit: int) -> None:
        self._database = database
        self._folder = folder
        self._worker = worker
        self._limit = limit
        self._segment = ""
        self._opened_at: datetime | None = None
        self._descriptor: int | None = None
        self._durable = 0
        self._written = 0
        self._buffer: list[bytes] = []
        self._buffered = 0

    async def append(self, visit: Visit) -> tuple[BodyPlace, ...]:
        """Append all records of a visit; one place per exchange, over all captures in order.

        The places are durable after the next :meth:`sync`. Raises :class:`OutOfDisk`; then nothing since the last
        :meth:`sync` is stored, and no place given out since may be used.
        """
        records = [
            (record, record.body_offset)
            for ordinal, capture in enumerate(visit.captures)
            for record in render_visit(capture.resolutions, capture.exchanges, seed=f"{visit.id}/{ordinal}")
        ]
        exchanges = [exchange for capture in visit.captures for exchange in capture.exchanges]
        await self._make_room(sum(record.size for record, _ in records), visit.at)
        places: list[BodyPlace] = []
        for record, body_offset in records:
            start = self._written + self._buffered
            if body_offset:
                body = exchanges[len(places)].body
                places.append(
                    BodyPlace(
                        segment=self._segment,
                        offset=start + len(record.head) + body_offset,
                        length=len(body),
                        sha256=sha256_hex(body),
                    )
                )
            self._hold(record)
        if self._buffered > BUFFER_BYTES:
            await self._flush(sync=False)
        return tuple(places)

    async def sync(self) -> None:
        """Make everything appended durable; called once per batch, before the places enter the database."""
        if self._descriptor is not None and self._written + self._buffered > self._durable:
            await self._flush(sync=True)

    async def close(self) -> None:
        """Close the file; what was appended after the last :meth:`sync` is dropped."""
        self._buffer.clear()
        self._buffered = 0
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            await in_thread(lambda: os.close(descriptor))

    def _hold(self, record: WarcRecord) -> None:
        self._buffer += (record.head, record.block, b"\r\n\r\n")
        self._buffered += record.size

    async def _make_room(self, size: int, at: datetime) -> None:
        if self._descriptor is not None and self._opened_at is not None:
            full = self._written + self._buffered + size > self._limit
            if not full and at - self._opened_at < SEGMENT_AGE:
                return
            await self.sync()
            await self.close()
        await self._open()

    async def _open(self) -> None:
        opened_at = await self._database.now()
        segment = f"{_UNSAFE.sub('_', self._worker).strip('.')[:60] or 'worker'}-{new_ulid(opened_at)}"
        async with self._database.write() as connection:
            row = {"id": segment, "worker": self._worker, "opened_at": opened_at}
            await connection.execute(sa.insert(segments), [row])
        path = self._folder / f"{segment}.warc"

        def work() -> int:
            make_folder(self._folder)
            with disk_errors(f"the segment {path}"):
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
                sync_folder(self._folder)
            return descriptor

        self._descriptor = await in_thread(work)
        self._segment, self._opened_at = segment, opened_at
        self._durable = self._written = 0
        self._hold(
            render_warcinfo(
                seed=segment,
                at=opened_at,
                fields=(("software", f"Counterwatch/{__version__}"), ("format", "WARC File Format 1.1")),
                filename=path.name,
            )
        )

    async def _flush(self, *, sync: bool) -> None:
        descriptor = self._descriptor
        if descriptor is None:
            return
        parts, size, durable = self._buffer, self._buffered, self._durable
        self._buffer, self._buffered = [], 0

        def work() -> None:
            with disk_errors(f"the segment {self._segment}"):
                try:
                    write_all(descriptor, b"".join(parts))
                    if sync:
                        os.fdatasync(descriptor)
                except OSError:
                    os.ftruncate(descriptor, durable)
                    raise

        try:
            await in_thread(work)
        except BaseException:
            # The places given out since the last sync are void, so this segment ends at its durable part.
            await self.close()
            raise
        self._written += size
        if sync:
            self._durable = self._written
