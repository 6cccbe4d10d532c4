"""The gate: what a page that arrived really is, and whether it is worth classifying.

Precise rather than eager: a page counts as parked, seized, suspended, a challenge or a placeholder only when it carries
a known mark *and* has as little text as such pages have, so that an article about seizures stays an article.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from classifiers.charset import decode
from classifiers.gating.kinds import Point, decide, points
from classifiers.gating.notices import (
    CHALLENGES,
    DIRECTORY_TITLES,
    PARKING,
    PLACEHOLDERS,
    SEIZURES,
    SUSPENSIONS,
    Notice,
)
from core.records import Exchange, Field, Outcome, Page, PageKind

MAX_SOURCE = 400_000
"""Characters of source searched for fingerprints; notices and platforms show early."""

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
    source = _source(exchange)
    for outcome, notices in _ORDER:
        for notice in notices:
            marks = notice.match(source, shown, words)
            if marks and not _sells(page):
                return Gate(outcome=outcome, detail=notice.name, quotes=marks)
    title = page.title.lower()
    if title.startswith(DIRECTORY_TITLES):
        return Gate(outcome=Outcome.PLACEHOLDER, detail="directory index", quotes=(page.title,))
    if _empty(page, words):
        return Gate(outcome=Outcome.EMPTY, detail="no visible text, images, frames or scripts")
    found = list(points(page, source, shown))
    kind, _ = decide(found)
    chosen = tuple(sorted((point for point in found if point.kind is kind), key=lambda point: -point.weight))
    return Gate(
        outcome=Outcome.CONTENT,
        page_kind=kind,
        detail="; ".join(point.reason for point in chosen),
        quotes=tuple(point.quote for point in chosen if point.quote),
        points=chosen,
    )


def _source(exchange: Exchange) -> str:
    body = exchange.decoded or exchange.body
    return decode(body[: MAX_SOURCE * 2], exchange.header("content-type")).text[:MAX_SOURCE].lower()


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
