"""Text: what the page says about its goods, by the terms of sectors and packs, and what its template left behind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import re2

from classifiers.keywords import KeywordHit
from classifiers.ruleset import TermKind
from classifiers.structure.base import Context, Detector, Finding, distinct, phrases, quoted
from classifiers.structure.contrary import PHARMACY
from core.records import Family, Field

FIELD_FACTORS = {
    Field.TITLE: 1.3,
    Field.HEADING: 1.15,
    Field.META: 1.1,
    Field.BODY: 1.0,
    Field.ALT: 0.8,
    Field.LINK: 0.9,
    Field.URL: 0.5,
}
"""How much a term counts by where it stands."""

MASKED_FACTOR = 1.3
"""How much more a hidden word counts than a plain one."""

_MAX_QUOTES = 24
_STUFFED = 12
_FEW_BRANDS = 3

_FACTORY = phrases(
    """factory direct|direct from factory|direct from the factory|china factory|factory price
    |factory supply|factory store|wholesale from china|from china factory|direkt ab fabrik|ab werk china
    |direct d'usine|directo de fábrica|direttamente dalla fabbrica|rechtstreeks uit de fabriek
    |direto da fábrica|prosto z fabryki|přímo z továrny|direkt från fabriken|direkte fra fabrikken
    |direct din fabrică|közvetlenül a gyárból|директно от фабриката|απευθείας από το εργοστάσιο
    |izravno iz tvornice|fabrikadan direkt|прямо с фабрики|напрямую с фабрики|厂家直销|工厂直供|工場直売
    |공장 직영|공장직송|trực tiếp từ nhà máy|مباشرة من المصنع"""
)
_PRESSURE = phrases(
    """offer ends in|sale ends in|hurry up|only today|today only|happy hour|time limited offer
    |limited time offer|time left|people are looking at this|nur heute|angebot endet in
    |nur noch wenige stunden|seulement aujourd'hui|aujourd'hui seulement|l'offre se termine dans|solo hoy
    |la oferta termina en|solo oggi|l'offerta scade tra|alleen vandaag|aanbieding eindigt|somente hoje
    |a oferta termina em|tylko dzisiaj|oferta kończy się za|pouze dnes|akce končí za|endast idag
    |kun i dag|doar astăzi|csak ma|само днес|μόνο σήμερα|samo danas|sadece bugün|до конца акции осталось
    |до конца акции|только сегодня|限时抢购|本日限り|오늘만|chỉ hôm nay|اليوم فقط"""
)

_DEFAULTS = re2.compile(
    r"(?i)lorem ipsum dolor|@(?:yield|section|include)\(|\{\{ ?\w[^}\n]{0,40}\}\}|your store name"
    r"|my store - powered by"
    r"|this is a demo store|the art of e-commerce|telephone: 0123-?456-?789|your address goes here|sample text"
    r"|hello world!"
    r"|just another wordpress site|123 main street|info@example\.com|yourname@|\+?0?123-?456-?7890"
)


def _by_term(context: Context, *kinds: TermKind) -> Iterator[tuple[KeywordHit, float, tuple[str, ...]]]:
    """One row for each term of each owner: its weightiest hit, that hit's weight, all quotes of the term."""
    groups: dict[tuple[str, str, str, bool], list[KeywordHit]] = defaultdict(list)
    for hit in context.of_kind(*kinds):
        groups[hit.term, hit.sector, hit.pack.id if hit.pack else "", hit.masked].append(hit)
    for hits in groups.values():
        best = max(hits, key=lambda hit: hit.weight * FIELD_FACTORS[hit.field])
        beside = (hit.beside for hit in hits)
        quotes = distinct([best.quote, *(hit.quote for hit in hits), *beside], _MAX_QUOTES)
        yield best, best.weight * FIELD_FACTORS[best.field], quotes


def accusing_terms(context: Context) -> Iterator[Finding]:
    """Terms that say the goods are copies, claims honest sellers do not make, and the phrases of piracy sites."""
    for hit, weight, quotes in _by_term(context, TermKind.REPLICA, TermKind.CLAIM, TermKind.PIRACY):
        family = Family.TEXT
        if hit.masked:
            id_, weight = "text.obfuscated-term", weight * MASKED_FACTOR
        elif hit.kind is TermKind.REPLICA:
            id_ = "text.replica-term"
        elif hit.kind is TermKind.CLAIM:
            id_ = "text.no-prescription" if hit.sector == PHARMACY else "text.claim"
        else:
            id_, family = "piracy.watch-free", Family.PIRACY_CONTENT
        yield Finding(id=id_, family=family, quotes=quotes, sector=hit.sector, weight=weight, pack=hit.pack)


def opposing_terms(context: Context) -> Iterator[Finding]:
    """Terms of sectors and packs that speak against suspicion."""
    for hit, weight, quotes in _by_term(context, TermKind.CONTRARY):
        yield Finding(
            id="contrary.term",
            family=Family.CONTRARY,
            quotes=quotes,
            sector=hit.sector,
            weight=-abs(weight),
            pack=hit.pack,
        )


def brand_stuffing(context: Context) -> Iterator[Finding]:
    """A dozen and more brands of one sector on a page that sells."""
    if not context.selling:
        return
    named: dict[str, dict[str, str]] = defaultdict(dict)
    for hit in context.of_kind(TermKind.BRAND):
        named[hit.sector].setdefault(hit.term.casefold(), hit.quote)
    for sector, brands in named.items():
        if len(brands) >= _STUFFED:
            quotes = tuple(brands.values())[:_MAX_QUOTES]
            yield Finding(id="text.brand-stuffing", family=Family.TEXT, quotes=quotes, sector=sector)


def factory_brands(context: Context) -> Iterator[Finding]:
    """Several brands of one sector, all said to come straight from a factory."""
    if not context.selling:
        return
    quotes = quoted(_FACTORY, context.text)
    named: dict[str, dict[str, str]] = defaultdict(dict)
    for hit in context.of_kind(TermKind.BRAND) if quotes else ():
        named[hit.sector].setdefault(hit.term.casefold(), hit.quote)
    for sector, brands in named.items():
        if len(brands) >= _FEW_BRANDS:
            shown = (*quotes, *tuple(brands.values())[:_MAX_QUOTES])
            yield Finding(id="text.factory-brands", family=Family.TEXT, quotes=shown, sector=sector)


def pressure(context: Context) -> Iterator[Finding]:
    """An offer that hurries: a countdown, "only today"."""
    if context.selling:
        quotes = quoted(_PRESSURE, context.text)
        if quotes:
            yield Finding(id="text.pressure", family=Family.TEXT, quotes=quotes)


def template_defaults(context: Context) -> Iterator[Finding]:
    """Placeholders and sample texts of a template that nobody replaced."""
    if not context.offering:
        return
    quotes = quoted(_DEFAULTS, context.text)
    if quotes:
        yield Finding(id="text.template-default", family=Family.TEXT, quotes=quotes)


DETECTORS = (
    Detector(id="accusing-terms", version="1", find=accusing_terms),
    Detector(id="opposing-terms", version="1", find=opposing_terms),
    Detector(id="brand-stuffing", version="1", find=brand_stuffing),
    Detector(id="factory-brands", version="1", find=factory_brands),
    Detector(id="pressure", version="1", find=pressure),
    Detector(id="template-defaults", version="1", find=template_defaults),
)
