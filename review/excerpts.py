"""Quotes shown in their context: the stored bytes around byte ranges, decoded, as source text.

Nothing captured is ever rendered as HTML: what comes out of here are plain strings that the template escapes. Ranges
that stand close together share one excerpt, so that a row of prices reads as a row.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

CONTEXT_BYTES = 160
"""Bytes shown on each side of a quote."""

LONGEST_QUOTE = 1_200
"""Bytes of one quote that are shown; a longer one is cut in its middle."""

LONGEST_EXCERPT = 2_000
"""Bytes between the first and the last quote of one excerpt; further quotes begin a new one."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of source text, marked when it is a quote."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """One stretch of a body's source with its quotes marked. ``start`` and ``end`` span the quotes, in bytes."""

    pieces: tuple[Piece, ...]
    start: int
    end: int
    sha256: str
    url: str


def cut_out(
    body: bytes, ranges: Iterable[tuple[int, int]], charset: str, *, sha256: str, url: str
) -> tuple[Excerpt, ...]:
    """Excerpts of ``body`` around half-open byte ranges, in their order in the body.

    ``charset`` is a codec name. Ranges that do not lie in the body are left out; overlapping ones are joined.
    """
    excerpts: list[Excerpt] = []
    for group in _grouped(_joined(body, ranges)):
        start, end = group[0][0], group[-1][1]
        first, last = max(0, start - CONTEXT_BYTES), min(len(body), end + CONTEXT_BYTES)
        pieces: list[Piece] = []
        at = first
        for quote_start, quote_end in group:
            pieces.append(Piece(_context(body[at:quote_start], charset), False))
            pieces.append(Piece(_quote(body[quote_start:quote_end], charset), True))
            at = quote_end
        pieces.append(Piece(_context(body[at:last], charset), False))
        head = [Piece("…", False)] if first else []
        tail = [Piece("…", False)] if last < len(body) else []
        excerpts.append(Excerpt(pieces=(*head, *pieces, *tail), start=start, end=end, sha256=sha256, url=url))
    return tuple(excerpts)


def _joined(body: bytes, ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if not 0 <= start < end <= len(body):
            continue
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _grouped(ranges: Iterable[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    groups: list[list[tuple[int, int]]] = []
    for start, end in ranges:
        last = groups[-1] if groups else None
        if last and start - last[-1][1] <= 2 * CONTEXT_BYTES and end - last[0][0] <= LONGEST_EXCERPT:
            last.append((start, end))
        else:
            groups.append([(start, end)])
    return groups


def _context(part: bytes, charset: str) -> str:
    # A cut may fall inside a character: the broken piece at either edge is dropped, the inside is kept.
    return part.decode(charset, "replace").strip("\ufffd")


def _quote(part: bytes, charset: str) -> str:
    if len(part) <= LONGEST_QUOTE:
        return part.decode(charset, "replace")
    half = LONGEST_QUOTE // 2
    return f"{_context(part[:half], charset)} […] {_context(part[-half:], charset)}"
