"""Writing a visit's captures as one compressed WARC 1.1 file, one gzip member per record.

Members carry no time, so the same visit gives the same file with the same zlib. Records are rendered by
:mod:`core.warc` one at a time and compressed in pieces: memory holds one record, never the file.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import BinaryIO

from core import warc
from core.records import Visit

LEVEL = 6
"""zlib's level: bodies mostly arrive compressed, so a higher one costs time and saves nothing."""

PIECE = 1 << 18


class WarcWriter:
    """Appends rendered records to a binary stream as gzip members, digesting what it writes."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._size

    @property
    def sha256(self) -> str:
        """SHA-256 in hex of the bytes written so far."""
        return self._digest.hexdigest()

    def append(self, record: warc.WarcRecord) -> None:
        """Write one record as one member."""
        packer = zlib.compressobj(LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
        self._put(packer.compress(record.head))
        block = memoryview(record.block)
        for start in range(0, len(block), PIECE):
            self._put(packer.compress(block[start : start + PIECE]))
        self._put(packer.compress(b"\r\n\r\n"))
        self._put(packer.flush())

    def _put(self, piece: bytes) -> None:
        if piece:
            self._stream.write(piece)
            self._digest.update(piece)
            self._size += len(piece)


def write_warc(
    visit: Visit,
    stream: BinaryIO,
    *,
    fields: Sequence[tuple[str, str]],
    at: datetime,
    filename: str,
    extra: Iterable[warc.WarcRecord] = (),
) -> WarcWriter:
    """Write ``warcinfo``, then per capture the ``dns:`` records and each exchange's ``response`` and ``request``.

    ``fields`` are the lines of the ``warcinfo`` record; ``at`` is its date; ``extra`` records come last. The writer
    tells size and digest.
    """
    writer = WarcWriter(stream)
    for record in chain(_records(visit, fields, at, filename), extra):
        writer.append(record)
    return writer


def _records(visit: Visit, fields: Sequence[tuple[str, str]], at: datetime, filename: str) -> Iterator[warc.WarcRecord]:
    yield warc.render_warcinfo(seed=visit.id, at=at, fields=fields, filename=filename)
    for number, capture in enumerate(visit.captures):
        yield from warc.render_visit(capture.resolutions, capture.exchanges, seed=_seed(visit.id, number))


def _seed(visit_id: str, capture: int) -> str:
    return f"{visit_id}/{capture}"


def response_id(visit_id: str, capture: int, place: int) -> str:
    """The record identifier of the response at ``place`` among the exchanges of a visit's capture."""
    return warc.record_id(f"{_seed(visit_id, capture)}/{place}/response")


def lookup_id(visit_id: str, capture: int, place: int) -> str:
    """The record identifier of the ``dns:`` record at ``place`` among the resolutions of a visit's capture."""
    return warc.record_id(f"{_seed(visit_id, capture)}/{place}/dns")
