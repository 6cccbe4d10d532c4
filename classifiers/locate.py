"""Finding a quote in the stored bytes again, and showing it in its context.

The parser that reads pages has no source positions, which is what makes it fast; so positions are looked up only for
what is cited. A quote *holds* at ``[start, end)`` of a body when these bytes, decoded with the page's charset, equal it
after white-space folding, either as they are or with their character references unescaped (``html.unescape``).
Addresses and script texts are quoted as written, text and most attributes as read.
"""

from __future__ import annotations

import bisect
import codecs
import functools
import html
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from classifiers.text import fold

_STATEFUL = ("utf-7", "utf-16", "utf-32", "iso2022", "hz")
"""Codecs whose bytes for a piece of text depend on what came before it."""

BLOCK = 2_048
"""Bytes between two remembered positions of the decoder."""

_REFERENCE = r"&(?:#[0-9]{1,10};?|#[xX][0-9a-fA-F]{1,8};?|[A-Za-z][A-Za-z0-9]{1,31};?)"
_GAP = r"\s\x00-\x08\x0e-\x1b\x7f-\x9f"
_IRREGULAR = re.compile(rf"(?! (?![{_GAP}&]))(?:[{_GAP}]|{_REFERENCE})+")
_PART = re.compile(rf"[{_GAP}]+|{_REFERENCE}")
_UNSEEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|noscript|template)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
_TAG = re.compile(r"<[a-zA-Z/][^<>]*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """A quote with what stands around it in the source, all decoded; markup is left as it is."""

    before: str
    quote: str
    after: str


def quote_at(decoded: bytes, charset: str, start: int, end: int) -> str:
    """The quote that stands at a byte range: decoded, character references unescaped, white space folded."""
    return fold(html.unescape(_plain(decoded[start:end], charset)))


def holds(decoded: bytes, charset: str, start: int, end: int, quote: str) -> bool:
    """Whether ``quote`` stands at the byte range, read as text or taken as written (addresses, scripts)."""
    if not 0 <= start < end <= len(decoded):
        return False
    written = _plain(decoded[start:end], charset)
    wanted = fold(quote)
    return bool(wanted) and wanted in (fold(html.unescape(written)), fold(written))


def excerpt(decoded: bytes, charset: str, start: int, end: int, context: int = 200) -> Excerpt:
    """The quote at a byte range with up to ``context`` characters of source on either side."""
    room = context * 4
    codec = _codec(charset)
    before = decoded[max(0, start - room) : start].decode(codec, "replace")
    after = decoded[end : end + room].decode(codec, "replace")
    if start > room:
        before = before.lstrip("\ufffd")
    return Excerpt(
        before=before[-context:] if context else "",
        quote=decoded[start:end].decode(codec, "replace"),
        after=after[:context],
    )


def _plain(content: bytes, charset: str) -> str:
    return content.decode(_codec(charset), "replace")


@functools.lru_cache(maxsize=256)
def _codec(charset: str) -> str:
    """The codec of a charset name; windows-1252 for a name that nothing can decode."""
    try:
        codecs.lookup(charset)
        b"".decode(charset)
    except (LookupError, ValueError):
        return "windows-1252"
    return charset


class Locator:
    """Finds quotes in one body. Nothing is computed before the first question, and each index is built once.

    ``decoded`` is the content-decoded body whose digest a reference names, ``charset`` the page's.
    """

    def __init__(self, decoded: bytes, charset: str) -> None:
        self._decoded = decoded
        self._charset = _codec(charset)

    def find(self, quote: str, near: int = 0) -> tuple[int, int] | None:
        """The byte range of ``quote``, None when it does not occur.

        An occurrence that is shown as text is preferred to one inside a tag, and that to one in a comment, script or
        style; among equals the first at or after byte ``near``, else the first of all.
        """
        best: tuple[tuple[int, int, int], tuple[int, int]] | None = None
        for character, start, end in self._places(quote, 1_000):
            rank = (self._rank(character), 0 if start >= near else 1, start)
            if best is None or rank < best[0]:
                best = (rank, (start, end))
                if rank[:2] == (0, 0):
                    break
        return best[1] if best else None

    def find_all(self, quote: str, limit: int = 1_000) -> tuple[tuple[int, int], ...]:
        """Every byte range at which ``quote`` holds, in order, at most ``limit``."""
        return tuple((start, end) for _, start, end in self._places(quote, limit))

    def _places(self, quote: str, limit: int) -> Iterator[tuple[int, int, int]]:
        wanted = fold(quote)
        if not wanted:
            return
        ranges = set(self._folded.find(wanted, limit))
        if self._written is not self._folded:
            ranges.update(self._written.find(wanted, limit))
        for character, until in sorted(ranges)[:limit]:
            start, end = self._byte(character), self._byte(until)
            if holds(self._decoded, self._charset, start, end, wanted):
                yield character, start, end

    # --- indexes ------------------------------------------------------------------------------------

    @functools.cached_property
    def _text(self) -> str:
        return self._decoded.decode(self._charset, "replace")

    @functools.cached_property
    def _folded(self) -> _Folded:
        return _Folded(self._text, unescape=True)

    @functools.cached_property
    def _written(self) -> _Folded:
        return self._folded if "&" not in self._text else _Folded(self._text, unescape=False)

    @functools.cached_property
    def _unseen(self) -> list[tuple[int, int]]:
        return [match.span() for match in _UNSEEN.finditer(self._text)]

    @functools.cached_property
    def _tags(self) -> list[tuple[int, int]]:
        return [match.span() for match in _TAG.finditer(self._text)]

    @functools.cached_property
    def _prefix(self) -> list[int] | None:
        """Bytes before every :data:`BLOCK`-th character; None unless the text encodes back to the very same bytes."""
        if codecs.lookup(self._charset).name.startswith(_STATEFUL):
            return None
        try:
            pieces = [self._text[at : at + BLOCK].encode(self._charset) for at in range(0, len(self._text), BLOCK)]
        except UnicodeEncodeError:
            return None
        if b"".join(pieces) != self._decoded:
            return None
        return [0, *itertools.accumulate(map(len, pieces))]

    @functools.cached_property
    def _blocks(self) -> tuple[list[int], list[int], list[tuple[bytes, int]]]:
        """Where the decoder stood every :data:`BLOCK` bytes: characters out, bytes in, and its state."""
        decoder = codecs.getincrementaldecoder(self._charset)("replace")
        characters, offsets, states = [0], [0], [decoder.getstate()]
        count = 0
        for at in range(0, len(self._decoded), BLOCK):
            chunk = self._decoded[at : at + BLOCK]
            count += len(decoder.decode(chunk, final=False))
            characters.append(count)
            offsets.append(at + len(chunk))
            states.append(decoder.getstate())
        return characters, offsets, states

    def _rank(self, character: int) -> int:
        if _inside(self._unseen, character):
            return 2
        return 1 if _inside(self._tags, character) else 0

    def _byte(self, character: int) -> int:
        """The byte offset at which a character of the decoded text begins."""
        if self._charset == "windows-1252":
            return character
        prefix = self._prefix
        if prefix is not None:
            block = character // BLOCK
            if block >= len(prefix):
                return len(self._decoded)
            return prefix[block] + len(self._text[block * BLOCK : character].encode(self._charset))
        characters, offsets, states = self._blocks
        block = max(bisect.bisect_left(characters, character) - 1, 0)
        decoder = codecs.getincrementaldecoder(self._charset)("replace")
        decoder.setstate(states[block])
        count, at = characters[block], offsets[block]
        begin = at - len(states[block][0])
        while count < character and at < len(self._decoded):
            got = len(decoder.decode(self._decoded[at : at + 1], final=False))
            at += 1
            if got:
                if count + got > character:
                    return begin
                count += got
                begin = at - len(decoder.getstate()[0])
        return begin if count >= character else len(self._decoded)


def _inside(spans: list[tuple[int, int]], place: int) -> bool:
    index = bisect.bisect_right(spans, place, key=lambda span: span[0]) - 1
    return index >= 0 and place < spans[index][1]


class _Folded:
    """A text folded as :func:`classifiers.text.fold` does, optionally unescaped first, with the way back to its source.

    Three parallel lists describe it piecewise: where a piece begins in the result, where in the source, and how long
    its source is when it was replaced as a whole (0 when it was copied).
    """

    def __init__(self, text: str, *, unescape: bool) -> None:
        self._pieces: list[str] = []
        self._outs: list[int] = [0]
        self._sources: list[int] = [0]
        self._lengths: list[int] = [0]
        self._out = 0
        at = 0
        for match in _IRREGULAR.finditer(text):
            if match[0] == " ":
                continue
            self._copy(text, at, match.start())
            self._rewrite(text, match.start(), match.end(), unescape)
            at = match.end()
        self._copy(text, at, len(text))
        self.text = "".join(self._pieces)

    def find(self, wanted: str, limit: int) -> Iterator[tuple[int, int]]:
        """The source ranges of the occurrences of an already folded text."""
        at = self.text.find(wanted)
        while at >= 0 and limit > 0:
            limit -= 1
            yield self._source(at)[0], self._source(at + len(wanted) - 1)[1]
            at = self.text.find(wanted, at + 1)

    def _source(self, place: int) -> tuple[int, int]:
        """The source range of one character of the result."""
        index = bisect.bisect_right(self._outs, place) - 1
        source, length = self._sources[index], self._lengths[index]
        if length:
            return source, source + length
        source += place - self._outs[index]
        return source, source + 1

    def _copy(self, text: str, start: int, end: int) -> None:
        if end > start:
            self._piece(text[start:end], start, 0)

    def _piece(self, new: str, source: int, length: int) -> None:
        self._pieces.append(new)
        self._outs.append(self._out)
        self._sources.append(source)
        self._lengths.append(length)
        self._out += len(new)

    def _rewrite(self, text: str, start: int, end: int, unescape: bool) -> None:
        """Rewrite one run of white space, control characters and character references."""
        blank = False
        gap = start
        for part in _PART.finditer(text, start, end):
            token = part[0]
            if token[0] != "&":
                blank = blank or any(map(str.isspace, token))
                continue
            new = html.unescape(token) if unescape else token
            if not new or fold(new) == "":
                blank = blank or new.isspace()
                continue
            if blank:
                self._piece(" ", gap, part.start() - gap)
            blank = False
            gap = part.end()
            self._piece(new, part.start(), 0 if new == token else part.end() - part.start())
        if blank:
            self._piece(" ", gap, end - gap)
