"""Reading a page: from the bytes of an exchange to a :class:`core.records.Page`, in one pass over the markup."""

from __future__ import annotations

import json
import re
from itertools import accumulate

from classifiers.charset import decode
from classifiers.reading.gathered import Gathered
from classifiers.reading.identifiers import find_identifiers
from classifiers.reading.language import page_language
from classifiers.reading.markup import gather
from classifiers.reading.prices import find_prices
from classifiers.reading.shingles import shingle
from classifiers.reading.structured import MAX_OBJECTS, read_json_ld
from core.records import Exchange, Field, Page, PageKind

MAX_CHARACTERS = 6_000_000
"""Longest text read, in characters; the rest of a longer page is left out and ``truncated`` says so."""

_CURRENCY_META = ("product:price:currency", "og:price:currency", "twitter:data1:currency")
_CURRENCY = re.compile(r'"(?:priceCurrency|currency)":"([A-Z]{3})"')


def read_page(exchange: Exchange, *, url: str | None = None) -> Page:
    """Read the page that an exchange received. Never raises: whatever the bytes are, they make some page.

    ``url`` is what relative references resolve against; the exchange's own when not given. ``kind`` is ``other``
    until :func:`classifiers.gate.gate` has looked. Every span, alternative text, ``href`` and script text is found
    again in the decoded body by :class:`classifiers.locate.Locator` under the page's ``charset``.
    """
    address = url or exchange.url
    body = exchange.decoded or (exchange.body if not exchange.header("content-encoding") else b"")
    text = decode(body, exchange.header("content-type"))
    content = text.text
    gathered = gather(content[:MAX_CHARACTERS] if len(content) > MAX_CHARACTERS else content, address)
    return _page(exchange, address, text.charset, gathered, cut=len(content) > MAX_CHARACTERS)


def _page(exchange: Exchange, address: str, charset: str, gathered: Gathered, *, cut: bool) -> Page:
    joined = "\n".join(gathered.texts)
    starts = [0, *accumulate(len(text) + 1 for text in gathered.texts)]
    language = page_language(_declared(exchange, gathered), _prose(gathered))
    structured = _structured(gathered)
    return Page(
        url=address,
        sha256=exchange.sha256,
        charset=charset,
        kind=PageKind.OTHER,
        language=language,
        title=gathered.title,
        spans=gathered.spans(),
        links=tuple(gathered.links),
        forms=tuple(gathered.forms),
        images=tuple(gathered.images),
        scripts=tuple(gathered.scripts),
        prices=find_prices(joined, starts, gathered.marks, hint=_currency(gathered, structured), language=language),
        meta=tuple(gathered.meta),
        structured=structured,
        identifiers=find_identifiers(gathered, joined),
        shingles=shingle(gathered.tokens),
        frames=tuple(gathered.frames),
        truncated=gathered.truncated or cut or exchange.truncated,
    )


def _declared(exchange: Exchange, gathered: Gathered) -> tuple[str, ...]:
    values = [gathered.declared, gathered.content_language, exchange.header("content-language")]
    values.extend(value for name, value in gathered.meta if name == "og:locale")
    return tuple(value for value in values if value)


def _prose(gathered: Gathered) -> list[str]:
    """Texts that tell a language, the long ones first: menus are full of names."""
    body = [text for text, where in zip(gathered.texts, gathered.fields, strict=True) if where is not Field.ALT]
    return [text for text in body if len(text) > 40] + [text for text in body if len(text) <= 40]


def _structured(gathered: Gathered) -> tuple[str, ...]:
    found = [item for text in gathered.json_ld for item in read_json_ld(text)]
    found.extend(gathered.microdata)
    return tuple(found[:MAX_OBJECTS])


def _currency(gathered: Gathered, structured: tuple[str, ...]) -> str:
    for name, value in gathered.meta:
        if name in _CURRENCY_META and len(value) == 3:
            return value.upper()
    for item in structured:
        match = _CURRENCY.search(item)
        if match:
            return match[1]
    return ""


def structured_objects(page: Page) -> list[dict[str, object]]:
    """The page's structured statements parsed back, objects only."""
    return [value for item in page.structured if isinstance(value := json.loads(item), dict)]
