"""Reading a compressed WARC strictly, with every digest recomputed, in bounded memory.

The form is the one :mod:`evidence.warc` writes and WARC 1.1 recommends: one record per gzip member, nothing between
or after the members. Anything else raises :class:`ValueError` with one phrase; a missing digest is a fault too.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

MAX_HEAD = 1 << 20
PIECE = 1 << 18

_VERSION = "WARC/1.1"
_NEEDED = ("warc-type", "warc-record-id", "warc-date", "content-length")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRecord:
    """A record whose digests were recomputed and agreed.

    ``fields`` are its headers with lower-case names; a repeated name keeps its values in order. ``status`` and
    ``http_headers`` are those of a response; ``payload_offset`` is where its body starts in the block.
    """

    type: str
    record_id: str
    target: str
    date: str
    offset: int
    length: int
    block_length: int
    fields: tuple[tuple[str, str], ...]
    block_digest: str
    payload_digest: str = ""
    status: int = 0
    http_headers: tuple[tuple[str, str], ...] = ()
    payload_offset: int = 0

    def field(self, name: str) -> str:
        """The first value of a header, or ``""``."""
        return next((value for key, value in self.fields if key == name), "")

    def http_header(self, name: str) -> str:
        """The first value of a response header, or ``""``."""
        return next((value for key, value in self.http_headers if key == name), "")


class MemberReader:
    """One gzip member of a stream, inflated in pieces. ``cap`` bounds what may come out."""

    def __init__(self, stream: BinaryIO, offset: int, cap: int) -> None:
        stream.seek(offset)
        self._stream = stream
        self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._pending = b""
        self._taken = 0
        self._out = 0
        self._cap = cap

    @property
    def compressed(self) -> int:
        """Length of the member so far; its whole length once :meth:`read` has returned ``b""``."""
        unread = len(self._inflate.unused_data) if self._inflate.eof else len(self._pending)
        return self._taken - unread

    def read(self) -> bytes:
        """The next piece, ``b""`` after the member's end. Raises :class:`ValueError` when it is cut or damaged."""
        while not self._inflate.eof:
            if not self._pending:
                self._pending = self._stream.read(PIECE)
                self._taken += len(self._pending)
                if not self._pending:
                    raise ValueError("the file ends inside a record")
            try:
                out = self._inflate.decompress(self._pending, PIECE)
            except zlib.error as exc:
                raise ValueError(f"a record is not valid gzip ({exc})") from exc
            self._pending = self._inflate.unconsumed_tail
            if out:
                self._out += len(out)
                if self._out > self._cap:
                    raise ValueError(f"a record holds more than {self._cap} bytes")
                return out
        return b""


def read_records(stream: BinaryIO, *, cap: int) -> Iterator[ReadRecord]:
    """Every record in file order; ``cap`` bounds the inflated size of the whole file in bytes."""
    size = stream.seek(0, 2)
    offset = 0
    while offset < size:
        member = MemberReader(stream, offset, cap)
        record = _read_record(member, offset)
        yield record
        offset += record.length
        cap -= record.block_length


def payload_pieces(stream: BinaryIO, record: ReadRecord) -> Iterator[bytes]:
    """The HTTP body of a response that was already read, as recorded (content-coded), in pieces."""
    member = MemberReader(stream, record.offset, record.block_length + MAX_HEAD)
    _, rest = _split_head(member, b"\r\n\r\n")
    skip, left = record.payload_offset, record.block_length
    while left > 0:
        piece = rest[:left]
        left -= len(piece)
        if skip:
            skipped = min(skip, len(piece))
            skip -= skipped
            piece = piece[skipped:]
        if piece:
            yield piece
        if left:
            rest = member.read()
            if not rest:
                raise ValueError("a record is shorter than it says")


def parse_digest(text: str) -> bytes:
    """The 32 bytes of a ``sha256:`` digest in base 32 or hex. Raises :class:`ValueError`."""
    name, _, value = text.partition(":")
    if name.lower().replace("-", "") != "sha256":
        raise ValueError(f"a digest is made with {name[:20] or 'nothing'!r}, not with sha256")
    try:
        raw = bytes.fromhex(value) if len(value) == 64 else base64.b32decode(value + "=" * (-len(value) % 8))
    except ValueError as exc:
        raise ValueError("a digest is not readable") from exc
    if len(raw) != 32:
        raise ValueError("a digest has the wrong length")
    return raw


def _read_record(member: MemberReader, offset: int) -> ReadRecord:
    head, rest = _split_head(member, b"\r\n\r\n")
    fields = _parse_head(head)
    names = dict(reversed(fields))
    for name in (*_NEEDED, "warc-block-digest"):
        if name not in names:
            raise ValueError(f"a record has no {name}")
    if not names["content-length"].isascii() or not names["content-length"].isdecimal():
        raise ValueError("a record has no usable content-length")
    length = int(names["content-length"])
    response = names["warc-type"] == "response"
    if response != ("warc-payload-digest" in names):
        raise ValueError("a response has no payload digest" if response else "a payload digest outside a response")
    block = _Block(http=response)
    left = length
    while left > 0:
        if not rest:
            rest = member.read()
            if not rest:
                raise ValueError("a record is shorter than it says")
        block.update(rest[:left])
        rest, left = rest[left:] if left < len(rest) else b"", left - min(left, len(rest))
    _expect_end(member, rest)
    block.check(names)
    return ReadRecord(
        type=names["warc-type"],
        record_id=names["warc-record-id"].strip("<>"),
        target=names.get("warc-target-uri", ""),
        date=names["warc-date"],
        offset=offset,
        length=member.compressed,
        block_length=length,
        fields=tuple(fields),
        block_digest=names["warc-block-digest"],
        payload_digest=names.get("warc-payload-digest", ""),
        status=block.status,
        http_headers=block.headers,
        payload_offset=block.payload_offset,
    )


def _split_head(member: MemberReader, mark: bytes) -> tuple[bytes, bytes]:
    held = b""
    while (end := held.find(mark)) < 0:
        if len(held) > MAX_HEAD:
            raise ValueError("a record's head is too long")
        piece = member.read()
        if not piece:
            raise ValueError("a record has no complete head")
        held += piece
    return held[:end], held[end + len(mark) :]


def _parse_head(head: bytes) -> list[tuple[str, str]]:
    try:
        lines = head.decode("utf-8").split("\r\n")
    except UnicodeDecodeError as exc:
        raise ValueError("a record's head is not UTF-8") from exc
    if lines[0] != _VERSION:
        raise ValueError(f"a record does not start with {_VERSION}")
    fields = []
    for line in lines[1:]:
        name, found, value = line.partition(":")
        if not found or not name or name != name.strip():
            raise ValueError("a record's head has a line that is no header")
        fields.append((name.lower(), value.strip()))
    return fields


def _expect_end(member: MemberReader, rest: bytes) -> None:
    while len(rest) <= 4:
        piece = member.read()
        if not piece:
            break
        rest += piece
    if rest != b"\r\n\r\n":
        raise ValueError("a record does not end where it says")


class _Block:
    """Digests over a block while it goes by, and over the HTTP payload inside it."""

    def __init__(self, *, http: bool) -> None:
        self._whole = hashlib.sha256()
        self._payload = hashlib.sha256() if http else None
        self._head: bytes | None = b"" if http else None
        self._seen = 0
        self.status = 0
        self.headers: tuple[tuple[str, str], ...] = ()
        self.payload_offset = 0

    def update(self, piece: bytes) -> None:
        self._whole.update(piece)
        if self._payload is None:
            return
        if self._head is None:
            self._payload.update(piece)
            return
        self._head += piece
        end = self._head.find(b"\r\n\r\n")
        if end >= 0:
            self.payload_offset = end + 4
            self._payload.update(self._head[end + 4 :])
            self._parse(self._head[:end])
            self._head = None
        elif len(self._head) > MAX_HEAD:
            raise ValueError("a response's HTTP head is too long")

    def check(self, names: dict[str, str]) -> None:
        if parse_digest(names["warc-block-digest"]) != self._whole.digest():
            raise ValueError("a block digest does not match the record")
        if self._payload is None:
            return
        if self._head is not None:
            raise ValueError("a response has no complete HTTP head")
        if parse_digest(names["warc-payload-digest"]) != self._payload.digest():
            raise ValueError("a payload digest does not match the response")

    def _parse(self, head: bytes) -> None:
        first, *lines = head.decode("latin-1").split("\r\n")
        parts = first.split(" ", 2)
        if len(parts) < 2 or not parts[0].startswith("HTTP/") or not (parts[1].isascii() and parts[1].isdecimal()):
            raise ValueError("a response has no HTTP status line")
        self.status = int(parts[1])
        split = (line.partition(":") for line in lines)
        self.headers = tuple((name.strip().lower(), value.strip()) for name, _, value in split)
