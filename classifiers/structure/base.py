"""What detectors see and say."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import re2

from classifiers.folding import fold
from classifiers.gating.kinds import BUY_WORDS, MENU_WORDS
from classifiers.keywords import KeywordHit
from classifiers.ruleset import Ruleset, TermKind
from core.errors import BadTarget
from core.hosts import parse_url, unit_of
from core.records import Exchange, Family, Field, PackReference, Page, PageKind, Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing a detector saw, before it is weighed and referenced.

    ``quotes`` are texts of the page that show it, each found in the stored bytes; the first stands for the finding.
    A finding without quotes names what is ``absent`` from the pages read, or the ``lookup`` (name and SHA-256) that
    shows it, with ``shown`` as its text. ``factor`` scales the signal's weight; ``weight`` replaces it.
    """

    id: str
    family: Family
    quotes: tuple[str, ...] = ()
    sector: str = ""
    factor: float = 1.0
    weight: float | None = None
    absent: str = ""
    lookup: tuple[str, str] = ("", "")
    shown: str = ""
    pack: PackReference | None = None


@dataclass(frozen=True, kw_only=True)
class Context:
    """All that detectors may look at: one visit's pages and exchanges, keyword hits, the ruleset, its digest.

    ``pages`` and ``exchanges`` run in parallel; the first page is the one that was asked for. Ages are measured from
    the visit, so that they are the same whenever the verdict is replayed.
    """

    visit: Visit
    pages: tuple[Page, ...]
    exchanges: tuple[Exchange, ...]
    hits: tuple[KeywordHit, ...]
    rules: Ruleset
    digest: str

    @property
    def page(self) -> Page:
        """The page that was asked for."""
        return self.pages[0]

    @functools.cached_property
    def host(self) -> str:
        """The host that served the page, ``""`` when the URL has none."""
        return host_of(self.page.url)

    @functools.cached_property
    def unit(self) -> str:
        """The registrable domain that served the page."""
        return unit_of(self.host) if self.host else ""

    @functools.cached_property
    def text(self) -> str:
        """The visible text of all pages, one span a line."""
        return "\n".join(span.text for page in self.pages for span in page.spans if span.field is not Field.URL)

    @functools.cached_property
    def folded(self) -> str:
        """The visible text as keywords are compared."""
        return fold(self.text)

    @functools.cached_property
    def source(self) -> str:
        """The decoded bytes of the first page as Latin-1: for patterns of ASCII markup only."""
        exchange = self.exchanges[0]
        return (exchange.decoded or exchange.body).decode("latin-1")

    @functools.cached_property
    def selling(self) -> bool:
        """Whether the page offers goods: a shop, a listing, or a page of no other kind with a shop's menus."""
        return any(page.kind in (PageKind.SHOP, PageKind.LISTING) or trades(page) for page in self.pages)

    @functools.cached_property
    def offering(self) -> bool:
        """Whether the page offers goods or films."""
        return self.selling or any(page.kind is PageKind.PIRACY for page in self.pages)

    def of_kind(self, *kinds: TermKind) -> Iterator[KeywordHit]:
        """The keyword hits of some kinds, in document order."""
        return (hit for hit in self.hits if hit.kind in kinds)


_MIN_MENU = {PageKind.OTHER: 4, PageKind.ARTICLE: 5}
_CART_LABELS = frozenset(BUY_WORDS) | frozenset(
    {"cart", "checkout", "basket", "panier", "carrello", "cesta", "carrito", "warenkorb", "winkelwagen", "carrinho"}
)
_MORE_LABELS = frozenset(
    {"best seller", "bestseller", "prodotti più venduti", "más vendidos", "los más vendidos", "mais vendidos",
     "meistverkaufte produkte", "bestverkochte producten", "najlepiej sprzedające się", "nejprodávanější",
     "bästsäljare",
     "refunds", "returns", "remboursement", "rimborso", "reembolso", "geld-zurück", "rückgabe", "retouren", "zwroty",
     "vrácení peněz", "återbetalning", "returnering", "retururi", "visszaküldés", "iade", "возврат",
     "退货", "返品", "환불"}
)  # fmt: skip
ARTICLE_META = frozenset({"article:published_time", "article:author", "article:section"})
"""Open Graph properties that only articles carry."""


def trades(page: Page) -> bool:
    """Whether a page the gate took for an article or for nothing in particular has a shop's menus around its text.

    A shop's help and contact pages are such. An article that says it is one never counts.
    """
    least = _MIN_MENU.get(page.kind)
    if least is None or any(name.lower() in ARTICLE_META for name, _ in page.meta):
        return False
    shorts = {span.text.lower() for span in page.spans if len(span.text) <= 30}
    bought = shorts & _CART_LABELS
    return bool(bought or page.prices) and len(bought) + len(shorts & (MENU_WORDS | _MORE_LABELS)) >= least


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """A named, versioned pure function from a context to findings."""

    id: str
    version: str
    find: Callable[[Context], Iterable[Finding]]


def host_of(url: str) -> str:
    """The host of an absolute URL, ``""`` for anything else."""
    try:
        return parse_url(url)[1]
    except BadTarget:
        return ""


def under(host: str, domains: Collection[str]) -> str:
    """The one of ``domains`` that is ``host`` or the nearest parent of it, ``""`` when none is."""
    parent = host
    while parent:
        if parent in domains:
            return parent
        parent = parent.partition(".")[2]
    return ""


def phrases(listed: str, *, followed: str = "", cased: bool = False) -> Any:
    """A linear-time pattern for whole phrases (``
    |`` or a line end between them), in any case unless ``cased``.
    |The match is the one group that took part. ``followed`` is RE2 syntax that must come right behind the phrase and
    |belongs to the match. Scripts without spaces need no word boundary."""
    parts = sorted({part.strip() for part in re.split(r"[\n|]", listed) if part.strip()})
    closed = [part for part in parts if _LETTER.match(part[-1])]
    rest = [part for part in parts if not _LETTER.match(part[-1])]
    options: list[str] = []
    for group, end in ((closed, r"(?:[^\pL\pN_]|$)"), (rest, "")):
        for start in (r"(?:^|[^\pL\pN_])", ""):
            chosen = [part for part in group if bool(_LETTER.match(part[0])) == bool(start)]
            if chosen:
                inner = "|".join(re2.escape(part).replace("\\ ", r"[ \t]+") for part in chosen)
                options.append(f"{start}((?:{inner}){followed}){'' if followed else end}")
    return re2.compile(f"(?m{'' if cased else 'i'}){'|'.join(options)}")


_LETTER = re.compile(r"[^\W_\u0e00-\u0eff\u1000-\u11ff\u2e80-\ud7ff\uf900-\ufaff]")


def quoted(pattern: Any, text: str, limit: int = 5) -> tuple[str, ...]:
    """The first distinct matches of a pattern that lie within one span of ``text``: its first group that took part."""
    found: dict[str, None] = {}
    for match in pattern.finditer(text):
        quote = next((group for group in match.groups() if group), match.group()).strip()
        if quote and "\n" not in quote:
            found[quote] = None
        if len(found) >= limit:
            break
    return tuple(found)


def distinct(values: Iterable[str], limit: int) -> tuple[str, ...]:
    """The first distinct values, in order."""
    return tuple(dict.fromkeys(value for value in values if value))[:limit]


def links_to(pages: Sequence[Page], domains: Collection[str]) -> Iterator[tuple[str, str]]:
    """Pairs of (raw href, domain) for links that lead to one of ``domains``."""
    for page in pages:
        for link in page.links:
            domain = under(quick_host(link.url), domains)
            if domain:
                yield link.href, domain


_HOST = re.compile(r"https?://(?:[^/?#@]*@)?([^/?#:]+)", re.IGNORECASE)


def quick_host(url: str) -> str:
    """The host of an http(s) URL without validation, lower case; for comparing many links."""
    match = _HOST.match(url)
    return match[1].lower().rstrip(".") if match else ""
