"""Quotes shown in their context: the stored bytes around byte ranges, decoded, as source text.

Nothing captured is ever rendered as HTML: what comes out of here are plain strings that the template escapes. Ranges
that stand close together share one excerpt, so that a row of prices reads as a row. In the context, tags and scripts
are told apart from the words of the page and shortened, and white space is collapsed as HTML does; quotes are exact.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

CONTEXT_BYTES = 160
"""Bytes shown on each side of a quote."""

LONGEST_QUOTE = 1_200
"""Bytes of one quote that are shown; a longer one is cut in its middle."""

LONGEST_EXCERPT = 1_000
"""Bytes between the first and the last quote of one excerpt; further quotes begin a new one."""

LONGEST_MARKUP = 48
"""Characters of one tag or script that are shown in the context; a longer one is cut in its middle."""

Range = tuple[int, int]

_OPENING = re.compile(rb"<(?:!--|(script|style)\b|[!/?a-z])", re.IGNORECASE)
_CLOSING = {b"script": re.compile(rb"</script", re.IGNORECASE), b"style": re.compile(rb"</style", re.IGNORECASE)}
_BLANK = re.compile(r"[ \t\r\n\f]+")


class PieceKind(StrEnum):
    """What a run of an excerpt is: the quote itself, words of the page beside it, or tags and scripts."""

    QUOTE = "quote"
    TEXT = "text"
    MARKUP = "markup"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of source text of one kind."""

    text: str
    kind: PieceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """One stretch of a body's source with its quotes told apart. ``start`` and ``end`` span the quotes, in bytes."""

    pieces: tuple[Piece, ...]
    start: int
    end: int
    sha256: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A content-decoded body with the codec that it is read in; ``markup`` is that of :func:`markup_ranges`."""

    sha256: str
    url: str
    content: bytes
    charset: str
    markup: tuple[Range, ...]

    def cut_out(self, ranges: Iterable[Range]) -> tuple[Excerpt, ...]:
        """Excerpts around half-open byte ranges, in their order in the body.

        Ranges that do not lie in the body are left out; overlapping ones are joined.
        """
        joined = _joined(len(self.content), ranges)
        return tuple(self._excerpt(group[0][0], group[-1][1], joined) for group in _grouped(joined))

    def _excerpt(self, start: int, end: int, ranges: Sequence[Range]) -> Excerpt:
        first, last = self._window(start, end)
        pieces = [Piece("…", PieceKind.MARKUP)] if first else []
        at = first
        for quote_start, quote_end in ranges[bisect_left(ranges, (first, first)) :]:
            if quote_end > last:
                break
            pieces += self._context(at, quote_start)
            pieces.append(Piece(_quote(self.content[quote_start:quote_end], self.charset), PieceKind.QUOTE))
            at = quote_end
        pieces += self._context(at, last)
        pieces += [Piece("…", PieceKind.MARKUP)] if last < len(self.content) else []
        return Excerpt(pieces=tuple(pieces), start=start, end=end, sha256=self.sha256, url=self.url)

    def _window(self, start: int, end: int) -> Range:
        """The context's outer ends. A cut through a tag moves to the tag's inner end, so that none is shown in half."""
        first, last = max(0, start - CONTEXT_BYTES), min(len(self.content), end + CONTEXT_BYTES)
        for tag_start, tag_end in self._markup_in(first, first + 1):
            first = tag_end if tag_start < first and tag_end <= start else first
        for tag_start, _ in self._markup_in(last - 1, last):
            last = tag_start if tag_start >= end else last
        return first, last

    def _context(self, first: int, last: int) -> Iterator[Piece]:
        at = first
        for tag_start, tag_end in self._markup_in(first, last):
            yield from self._piece(at, max(at, tag_start), PieceKind.TEXT)
            at = min(last, tag_end)
            yield from self._piece(max(first, tag_start), at, PieceKind.MARKUP)
        yield from self._piece(at, last, PieceKind.TEXT)

    def _piece(self, first: int, last: int, kind: PieceKind) -> Iterator[Piece]:
        text = _decoded(self.content[first:last], self.charset)
        if self.markup:
            text = _BLANK.sub(" ", text)
        if kind is PieceKind.MARKUP and len(text) > LONGEST_MARKUP:
            half = LONGEST_MARKUP // 2
            text = f"{text[:half]}…{text[-half:]}"
        if text:
            yield Piece(text, kind)

    def _markup_in(self, first: int, last: int) -> Iterator[Range]:
        place = max(0, bisect_right(self.markup, (first, len(self.content))) - 1)
        while place < len(self.markup) and self.markup[place][0] < last:
            if self.markup[place][1] > first:
                yield self.markup[place]
            place += 1


def markup_ranges(content: bytes) -> tuple[Range, ...]:
    """Where the tags, comments, scripts and style sheets of an HTML body lie, in its order and without overlaps.

    A rough reading for the eye, in time linear in the body's length; empty for encodings that are not supersets of
    ASCII, such as UTF-16.
    """
    ranges: list[Range] = []
    at = 0
    while (opening := _OPENING.search(content, at)) is not None:
        at = _markup_end(content, opening)
        ranges.append((opening.start(), at))
    return tuple(ranges)


def _markup_end(content: bytes, opening: re.Match[bytes]) -> int:
    start, closing = opening.start(), b">"
    if opening.group() == b"<!--":
        start, closing = opening.end(), b"-->"
    elif opening.group(1):
        element = _CLOSING[opening.group(1).lower()].search(content, opening.end())
        if element is None:
            return len(content)
        start = element.start()
    end = content.find(closing, start)
    return len(content) if end < 0 else end + len(closing)


def _joined(length: int, ranges: Iterable[Range]) -> list[Range]:
    joined: list[Range] = []
    for start, end in sorted(ranges):
        if not 0 <= start < end <= length:
            continue
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _grouped(ranges: Iterable[Range]) -> list[list[Range]]:
    groups: list[list[Range]] = []
    for start, end in ranges:
        last = groups[-1] if groups else None
        if last and start - last[-1][1] <= 2 * CONTEXT_BYTES and end - last[0][0] <= LONGEST_EXCERPT:
            last.append((start, end))
        else:
            groups.append([(start, end)])
    return groups


def _decoded(part: bytes, charset: str) -> str:
    # A cut may fall inside a character: the broken piece at either edge is dropped, the inside is kept.
    return part.decode(charset, "replace").strip("\ufffd")


def _quote(part: bytes, charset: str) -> str:
    if len(part) <= LONGEST_QUOTE:
        return part.decode(charset, "replace")
    half = LONGEST_QUOTE // 2
    return f"{_decoded(part[:half], charset)} […] {_decoded(part[-half:], charset)}"
