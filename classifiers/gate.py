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

SUCURI_BLOCK = "Sucuri block"

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


def gate(exchange: Exchange, page: Page, *, arrived: Outcome = Outcome.CONTENT) -> Gate:
    """Refine the transport outcome of an exchange whose page was read. Never raises.

    ``arrived`` is that outcome. ``content`` may become anything. ``blocked`` and ``http_error`` become what the page
    that came with the status says for certain (a challenge, a seizure, a suspension, parking), else they stay.
    """
    if arrived is not Outcome.CONTENT:
        return _refused(exchange, page, arrived)
    shown = _shown(page)
    words = _words(page)
    header = _challenge_header(exchange)
    if header:
        return Gate(outcome=Outcome.CHALLENGE, detail=header)
    seen = _seen(exchange, page, shown, words)
    for outcome, notice, met in _noticed(page, seen):
        return Gate(outcome=outcome, detail=notice.name, quotes=met)
    title = page.title.lower()
    if title.startswith(DIRECTORY_TITLES):
        return Gate(outcome=Outcome.PLACEHOLDER, detail="directory index", quotes=(page.title,))
    if _empty(page, words):
        return Gate(outcome=Outcome.EMPTY, detail="no visible text, images, frames or scripts")
    found = list(points(page, seen.source, shown))
    kind, _ = decide(found)
    chosen = tuple(sorted((point for point in found if point.kind is kind), key=lambda point: -point.weight))
    return Gate(
        outcome=Outcome.CONTENT,
        page_kind=kind,
        detail="; ".join(point.reason for point in chosen),
        quotes=tuple(point.quote for point in chosen if point.quote),
        points=chosen,
    )


def _refused(exchange: Exchange, page: Page, arrived: Outcome) -> Gate:
    """What a page that came with a refusal or an error is. A page that is merely missing never is a challenge."""
    asks = arrived is Outcome.BLOCKED or exchange.status >= 500 or exchange.status in _CHALLENGING
    header = _challenge_header(exchange)
    if header and asks and header != SUCURI_BLOCK:
        return Gate(outcome=Outcome.CHALLENGE, detail=header)
    for outcome, notice, met in _noticed(page, _seen(exchange, page, _shown(page), _words(page))):
        if outcome in _LASTING or (outcome is Outcome.CHALLENGE and asks and not notice.final):
            return Gate(outcome=outcome, detail=notice.name, quotes=met)
    return Gate(outcome=arrived)


_LASTING = frozenset({Outcome.SEIZED, Outcome.SUSPENDED, Outcome.PARKED})
_CHALLENGING = frozenset({400, 405, 406, 409})
"""Client errors, besides the refusals, that protection vendors send challenges with."""


def _shown(page: Page) -> str:
    return "\n".join(span.text for span in page.spans)[:MAX_SHOWN].lower()


def _seen(exchange: Exchange, page: Page, shown: str, words: int) -> Seen:
    in_source, in_text = _automata()
    source = _source(exchange, page)
    return Seen(source=in_source.seen(source), shown=in_text.seen(shown), words=words, size=len(source))


def _noticed(page: Page, seen: Seen) -> Iterator[tuple[Outcome, Notice, tuple[str, ...]]]:
    """The notices that a page is, with the marks met, the weightiest outcome first."""
    if _sells(page):
        return
    for outcome, notices in _ORDER:
        for notice in notices:
            met = notice.match(seen)
            if met:
                yield outcome, notice, met


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
            return SUCURI_BLOCK
    return ""


def _interesting(headers: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        yield name.lower(), value.strip().lower()
