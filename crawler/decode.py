"""Undoing content codings (RFC 9110, 8.4) with a hard cap on what is inflated. Never raises for a bad body.

A bomb costs no more than the cap: every decompressor is asked for a bounded amount of output, and codings applied
one over the other are undone one at a time, each under the same cap.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import brotli
import zstandard
from isal import isal_zlib

MAX_CODINGS = 4
"""Codings applied one over the other that are undone; browsers see one, rarely two."""

_CHUNK = 65_536
_MAX_MEMBERS = 64  # every further gzip member costs a copy of the rest
_MAX_STEPS = 10_000
_ISAL_ERROR = cast("type[Exception]", isal_zlib.error)  # its stub calls it an instance
_ZSTD_WINDOW = 8 * 1024 * 1024  # RFC 9659: the largest window of the zstd content coding
_IDENTITY = frozenset({"", "identity", "none", "utf-8", "binary"})  # the last three are common mistakes


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A body after its content coding was undone.

    ``truncated`` is true when the cap cut the output or the coded stream ended early; ``fault`` says in one phrase
    what was wrong with the coding (``""`` when nothing was). A body whose coding is not what its header says is
    given as it is, with a fault.
    """

    body: bytes
    truncated: bool = False
    fault: str = ""


def decode_body(body: bytes, content_encoding: str, cap: int) -> Decoded:
    """Undo ``content_encoding`` (a header's value, codings in the order applied), keeping at most ``cap`` bytes."""
    codings = [coding.strip().lower() for coding in content_encoding[:256].split(",")]
    codings = [coding for coding in codings if coding not in _IDENTITY]
    truncated = False
    faults: list[str] = []
    if len(codings) > MAX_CODINGS:
        faults.append(f"{len(codings)} content codings")
        codings = []
    for coding in reversed(codings):
        decoder = _DECODERS.get(coding)
        if decoder is None:
            faults.append(f"unknown content coding {coding[:40]!r}")
            break
        if not body:
            break
        decoded = decoder(body, cap)
        body = decoded.body
        truncated = truncated or decoded.truncated
        if decoded.fault:
            faults.append(decoded.fault)
    if len(body) > cap:
        body, truncated = body[:cap], True
    return Decoded(body=body, truncated=truncated, fault="; ".join(faults))


def _gzip(body: bytes, cap: int) -> Decoded:
    if body[:2] != b"\x1f\x8b":
        return Decoded(body=body, fault="declared gzip, but is not")
    kept = bytearray()
    rest = body
    # RFC 1952 lets members follow each other; anything else after a member is padding.
    for _ in range(_MAX_MEMBERS):
        if rest[:2] != b"\x1f\x8b":
            return Decoded(body=bytes(kept))
        member = _inflate(rest, 31, cap - len(kept))
        kept += member.output
        if member.error or member.more or not member.finished:
            return _inflated(bytes(kept), member, "gzip", body)
        rest = member.rest
    return Decoded(body=bytes(kept), truncated=True, fault=f"more than {_MAX_MEMBERS} gzip members")


def _deflate(body: bytes, cap: int) -> Decoded:
    wrapped = len(body) > 1 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
    first = _inflate(body, 15 if wrapped else -15, cap)
    if wrapped and first.error and not first.output:
        raw = _inflate(body, -15, cap)
        if not raw.error:
            first = raw
    return _inflated(first.output, first, "deflate", body)


@dataclass(frozen=True, slots=True)
class _Inflated:
    output: bytes
    finished: bool
    more: bool
    error: bool
    rest: bytes


def _inflate(body: bytes, wbits: int, cap: int) -> _Inflated:
    decompressor = isal_zlib.decompressobj(wbits=wbits)
    kept = bytearray()
    pending = body
    error = False
    while not decompressor.eof and len(kept) <= cap:
        try:
            piece = decompressor.decompress(pending, min(_CHUNK, cap - len(kept) + 1))
        except _ISAL_ERROR:
            error = True
            break
        pending = decompressor.unconsumed_tail
        kept += piece
        if not piece and not pending:
            break
    more = len(kept) > cap
    del kept[cap:]
    return _Inflated(bytes(kept), decompressor.eof, more, error, decompressor.unused_data)


def _inflated(output: bytes, last: _Inflated, name: str, body: bytes) -> Decoded:
    if last.more:
        return Decoded(body=output, truncated=True)
    if last.error and not output:
        return Decoded(body=body, fault=f"declared {name}, but is not")
    if last.error:
        return Decoded(body=output, truncated=True, fault=f"{name} stream is damaged")
    if not last.finished:
        return Decoded(body=output, truncated=True, fault=f"{name} stream ends early")
    return Decoded(body=output)


def _brotli(body: bytes, cap: int) -> Decoded:
    decompressor = brotli.Decompressor()
    kept = bytearray()
    pending = body
    try:
        while not decompressor.is_finished() and len(kept) <= cap:
            piece = decompressor.process(pending, output_buffer_limit=min(_CHUNK, cap - len(kept) + 1))
            pending = b""
            kept += piece
            if not piece and decompressor.can_accept_more_data():
                break
    except brotli.error:
        if not kept:
            return Decoded(body=body, fault="declared br, but is not")
        return Decoded(body=bytes(kept[:cap]), truncated=True, fault="br stream is damaged")
    if len(kept) > cap:
        return Decoded(body=bytes(kept[:cap]), truncated=True)
    if not decompressor.is_finished():
        if not kept:
            return Decoded(body=body, fault="declared br, but is not")
        return Decoded(body=bytes(kept), truncated=True, fault="br stream ends early")
    return Decoded(body=bytes(kept))


def _zstd(body: bytes, cap: int) -> Decoded:
    if body[:4] != b"\x28\xb5\x2f\xfd" and (body[:1] < b"\x50" or body[:1] > b"\x5f" or body[1:4] != b"\x2a\x4d\x18"):
        return Decoded(body=body, fault="declared zstd, but is not")
    kept = bytearray()
    reader = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).stream_reader(
        io.BytesIO(body), read_across_frames=True
    )
    try:
        while len(kept) <= cap:
            piece = reader.read(min(_CHUNK, cap - len(kept) + 1))
            if not piece:
                break
            kept += piece
    except zstandard.ZstdError:
        return Decoded(body=bytes(kept[:cap]), truncated=True, fault="zstd stream is damaged")
    if len(kept) > cap:
        return Decoded(body=bytes(kept[:cap]), truncated=True)
    if not zstd_complete(body):
        return Decoded(body=bytes(kept), truncated=True, fault="zstd stream ends early")
    return Decoded(body=bytes(kept))


def zstd_complete(body: bytes) -> bool:
    """Whether ``body`` holds whole zstd frames only (RFC 8878, 3.1), which the library's reader does not tell.

    A body of absurdly many frames or blocks counts as incomplete, so that looking is cheap.
    """
    place = 0
    steps = 0
    while place < len(body):
        steps += 1
        if steps > _MAX_STEPS:
            return False
        if body[place + 1 : place + 4] == b"\x2a\x4d\x18" and body[place] >> 4 == 5:
            place += 8 + int.from_bytes(body[place + 4 : place + 8], "little")
            continue
        try:
            frame = zstandard.get_frame_parameters(body[place : place + 18])
            place += zstandard.frame_header_size(body[place : place + 18])
        except zstandard.ZstdError:
            return False
        last = False
        while not last:
            steps += 1
            if place + 3 > len(body) or steps > _MAX_STEPS:
                return False
            block = int.from_bytes(body[place : place + 3], "little")
            last = bool(block & 1)
            place += 3 + (1 if block >> 1 & 3 == 1 else block >> 3)
        place += 4 * frame.has_checksum
    return place == len(body)


_DECODERS: dict[str, Callable[[bytes, int], Decoded]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
