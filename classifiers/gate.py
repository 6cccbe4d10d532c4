"""The gate: what a page that arrived really is, and whether it is worth classifying.

Precise rather than eager: a page counts as parked, seized, suspended, a challenge or a placeholder only when it carries
a known mark *and* has as little text as such pages have, so that an article about seizures stays an article.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick, Implementation

from classifiers.gating.kinds import SOURCE_MARKS, Point, decide, points
from classifiers.gating.notices import (
    CHALLENGES,
    DIRECTORY_TITLES,
    PARKING,
    PLACEHOLDERS,
    SEIZURES,
    SUSPENSIONS,
    Notice,
    Seen,
)
from core.records import Exchange, Field, Outcome, Page, PageKind

MAX_SOURCE = 400_000
"""Bytes of source searched for fingerprints; notices and platforms show early."""

MAX_SHOWN = 200_000

_ORDER: tuple[tuple[Outcome, tuple[Notice, ...]], ...] = (
    (Outcome.CHALLENGE, CHALLENGES),
    (Outcome.SEIZED, SEIZURES),
    (Outcome.SUSPENDED, SUSPENSIONS),
    (Outcome.PARKED, PARKING),
    (Outcome.PLACEHOLDER, PLACEHOLDERS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What the gate saw. ``page_kind`` is set for ``content`` only; ``detail`` explains in one phrase.

    ``quotes`` are the texts the outcome or kind rests on, as lower-cased source or visible text.
    """

    outcome: Outcome
    page_kind: PageKind | None = None
    detail: str = ""
    quotes: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()


def gate(exchange: Exchange, page: Page) -> Gate:
    """Refine the transport outcome ``content`` of an exchange whose page was read. Never raises."""
    shown = "\n".join(span.text for span in page.spans)[:MAX_SHOWN].lower()
    words = _words(page)
    header = _challenge_header(exchange)
    if header:
        return Gate(outcome=Outcome.CHALLENGE, detail=header)
    in_source, in_text = _automata()
    source = _source(exchange, page)
    marks = in_source.seen(source)
    seen = Seen(source=marks, shown=in_text.seen(shown), words=words, size=len(source))
    for outcome, notices in _ORDER:
        for notice in notices:
            met = notice.match(seen)
            if met and not _sells(page):
                return Gate(outcome=outcome, detail=notice.name, quotes=met)
    title = page.title.lower()
    if title.startswith(DIRECTORY_TITLES):
        return Gate(outcome=Outcome.PLACEHOLDER, detail="directory index", quotes=(page.title,))
    if _empty(page, words):
        return Gate(outcome=Outcome.EMPTY, detail="no visible text, images, frames or scripts")
    found = list(points(page, marks, shown))
    kind, _ = decide(found)
    chosen = tuple(sorted((point for point in found if point.kind is kind), key=lambda point: -point.weight))
    return Gate(
        outcome=Outcome.CONTENT,
        page_kind=kind,
        detail="; ".join(point.reason for point in chosen),
        quotes=tuple(point.quote for point in chosen if point.quote),
        points=chosen,
    )


class _Marks:
    """Finds which of many lower-case texts a text contains, in one pass."""

    def __init__(self, marks: Iterable[str]) -> None:
        self._marks = tuple(dict.fromkeys(marks))
        self._automaton = AhoCorasick(self._marks, implementation=Implementation.DFA)

    def seen(self, text: str) -> frozenset[str]:
        """The marks that stand in ``text``."""
        found = {index for index, _, _ in self._automaton.find_matches_as_indexes(text, overlapping=True)}
        return frozenset(self._marks[index] for index in found)


@functools.cache
def _automata() -> tuple[_Marks, _Marks]:
    notices = [notice for _, group in _ORDER for notice in group]
    return (
        _Marks([*SOURCE_MARKS, *(mark for notice in notices for marks in notice.markup for mark in marks)]),
        _Marks(mark for notice in notices for marks in notice.text for mark in marks),
    )


def _source(exchange: Exchange, page: Page) -> str:
    body = exchange.decoded or exchange.body
    return body[:MAX_SOURCE].decode(page.charset, "replace").lower()


def _words(page: Page) -> int:
    """Visible words; two characters count as a word where words are not parted by spaces."""
    count = 0
    for span in page.spans:
        if span.field in (Field.BODY, Field.HEADING, Field.LINK):
            text = span.text
            count += text.count(" ") + 1 if text.isascii() else max(text.count(" ") + 1, _wide(text) // 2)
    return count


def _wide(text: str) -> int:
    return sum(1 for character in text if "\u0e00" <= character <= "\u0e7f" or "\u3000" <= character <= "\ud7ff")


def _sells(page: Page) -> bool:
    """A page with goods and prices is a shop, whatever notice it quotes ("new collection coming soon")."""
    return len(page.prices) >= 5 and len(page.links) >= 20


def _empty(page: Page, words: int) -> bool:
    return words == 0 and not (page.images or page.frames or page.scripts or page.forms or page.links)


def _challenge_header(exchange: Exchange) -> str:
    for name, value in _interesting(exchange.headers):
        if name == "cf-mitigated" and value == "challenge":
            return "Cloudflare challenge"
        if name == "x-datadome" and value == "protected" and exchange.status in (403, 405):
            return "DataDome challenge"
        if name == "x-amzn-waf-action" and value in ("challenge", "captcha"):
            return "AWS WAF challenge"
        if name == "x-sucuri-block":
            return "Sucuri block"
    return ""


def _interesting(headers: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        yield name.lower(), value.strip().lower()
