"""Content decoding with bounded memory: what ``Content-Encoding`` says, in pieces, up to a cap.

Digests and byte offsets of references refer to the content-decoded body (RFC 9110, section 8.4), so a verifier has to
decode what the WARC holds. A body that breaks off or is damaged yields what could be decoded before the fault.
"""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Iterable, Iterator
from typing import IO, cast

import brotli
import zstandard

PIECE = 1 << 18
"""Largest piece handed on, in bytes."""

_WINDOW = 1 << 27
_CODINGS = ("gzip", "x-gzip", "deflate", "br", "zstd")


def codings(content_encoding: str) -> tuple[str, ...]:
    """The codings to undo, in the order in which to undo them (last applied first); ``identity`` is left out."""
    named = (name.strip().lower() for name in content_encoding.split(","))
    return tuple(reversed([name for name in named if name and name != "identity"]))


def decoded_pieces(pieces: Iterable[bytes], content_encoding: str, cap: int) -> Iterator[bytes]:
    """Decode a body given in pieces; at most ``cap`` bytes come out.

    An unknown coding leaves the body as it is. Never raises for what the body holds.
    """
    stream: Iterator[bytes] = iter(pieces)
    names = codings(content_encoding)
    if len(names) <= 4 and all(name in _CODINGS for name in names):
        for name in names:
            stream = _undo(name, stream)
    left = cap
    for piece in stream:
        if left <= 0:
            return
        yield piece[:left]
        left -= len(piece)


def decode(body: bytes, content_encoding: str, cap: int) -> bytes:
    """The decoded body in one piece, at most ``cap`` bytes."""
    return b"".join(decoded_pieces((body,), content_encoding, cap))


def decoded_digest(pieces: Iterable[bytes], content_encoding: str, cap: int) -> tuple[str, int]:
    """SHA-256 in hex and length of the decoded body, at most ``cap`` bytes of it."""
    digest, size = hashlib.sha256(), 0
    for piece in decoded_pieces(pieces, content_encoding, cap):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def _undo(name: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
    if name == "br":
        return _brotli(pieces)
    if name == "zstd":
        return _zstd(pieces)
    return _zlib(pieces, raw_allowed=name == "deflate")


def _zlib(pieces: Iterator[bytes], *, raw_allowed: bool) -> Iterator[bytes]:
    """gzip (one or more members) or deflate, the latter with or without its zlib header as browsers accept it."""
    windows = zlib.MAX_WBITS if raw_allowed else 16 + zlib.MAX_WBITS
    decoder = zlib.decompressobj(windows)
    fresh = True
    for piece in pieces:
        pending = piece
        while pending:
            try:
                out = decoder.decompress(pending, PIECE)
            except zlib.error:
                if not (raw_allowed and fresh):
                    return
                decoder, windows, fresh = zlib.decompressobj(-zlib.MAX_WBITS), -zlib.MAX_WBITS, False
                continue
            fresh = False
            if out:
                yield out
            pending = decoder.unconsumed_tail
            if decoder.eof:
                pending = decoder.unused_data
                decoder = zlib.decompressobj(windows)
                if raw_allowed:
                    return
    rest = decoder.flush()
    if rest:
        yield rest


def _brotli(pieces: Iterator[bytes]) -> Iterator[bytes]:
    decoder = brotli.Decompressor()
    for piece in pieces:
        given = piece
        while True:
            try:
                out = decoder.process(given, output_buffer_limit=PIECE)
            except brotli.error:
                return
            if out:
                yield out
            given = b""
            if decoder.is_finished():
                return
            if decoder.can_accept_more_data():
                break


def _zstd(pieces: Iterator[bytes]) -> Iterator[bytes]:
    source = cast("IO[bytes]", _Pieces(pieces))
    reader = zstandard.ZstdDecompressor(max_window_size=_WINDOW).stream_reader(source, read_across_frames=True)
    while True:
        try:
            out = reader.read(PIECE)
        except zstandard.ZstdError:
            return
        if not out:
            return
        yield out


class _Pieces(io.RawIOBase):
    """A readable stream over an iterator of pieces."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._left = memoryview(piece)
        if size < 0:
            size = len(self._left)
        taken, self._left = self._left[:size], self._left[size:]
        return bytes(taken)
