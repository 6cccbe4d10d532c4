"""Price: discounts that are too alike, too steep or too far below what the genuine goods cost."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence

import re2

from classifiers.folding import fold
from classifiers.ruleset import PriceFloor, TermKind
from classifiers.structure.base import Context, Detector, Finding, distinct, phrases, quoted
from core.records import Family, Field, PackReference, Page, Price

_UNIFORM_SPREAD = 0.03
_UNIFORM_LEAST = 0.4
_STEEP = 0.6
_MOST_DISCOUNT = 0.95
"""Above it the two numbers do not belong together."""

_MIN_PAIRS = 4
_MIN_REPEATED = 10

_PERCENT = re2.compile(
    r"(?i)(?:^|[^\pL\pN.,])([-–−] ?\d\d ?%)|(?:^|[^\pL])((?:up to|save|save up to|bis zu|jusqu'à|hasta"
    r"|fino al|tot|até|až|do|upp till"
    r"|op til|ile|до|έως|giảm|скидка|скидки|rabatt|spara|bespaar|économisez|ahorra|risparmia|sleva|rabat|reducere)"
    r" (?:до |bis zu |hasta |jusqu'à |fino al )?\d\d ?%)"
    r"|(\d\d ?% ?(?:off|rabatt|reduziert|de descuento|di sconto|de réduction|korting"
    r"|zniżki|sleva|скидк|割引|オフ|할인|折))"
)
_CODES = re.compile(
    r"\b(?:USD|EUR|GBP|CAD|AUD|CHF|JPY|SEK|NOK|DKK|PLN|CZK|NZD|SGD|HKD|MXN|BRL|RUB|KRW|CNY|ZAR|AED|INR)\b"
)
_SWITCHER_CODES = 5
_LEAST_CLAIM, _MOST_CLAIM = 60, 95
_NUMBER = re.compile(r"\d\d")


def _pairs(page: Page) -> list[tuple[Price, Price]]:
    """Former and present price of the same item: neighbours, one struck, the other lower and of one currency."""
    found: list[tuple[Price, Price]] = []
    prices = page.prices
    place = 0
    while place + 1 < len(prices):
        one, two = prices[place], prices[place + 1]
        former, present = (one, two) if one.struck else (two, one)
        believable = former.amount * (1 - _MOST_DISCOUNT) <= present.amount < former.amount
        if one.struck != two.struck and present.amount > 0 and believable and one.currency == two.currency:
            found.append((former, present))
            place += 2
        else:
            place += 1
    return found


def _discount(pair: tuple[Price, Price]) -> float:
    return 1 - pair[1].amount / pair[0].amount


def _shown(pairs: Sequence[tuple[Price, Price]], limit: int = 3) -> tuple[str, ...]:
    return distinct((price.quote for pair in pairs[:limit] for price in pair), 2 * limit)


def discounts(context: Context) -> Iterator[Finding]:
    """Crossed-out prices: the same high discount on everything, or discounts no trader can afford."""
    if not context.offering:
        return
    pairs = [pair for page in context.pages for pair in _pairs(page)]
    if not pairs:
        return
    sizes = [_discount(pair) for pair in pairs]
    if len({pair[0].amount for pair in pairs}) >= _MIN_PAIRS:
        middle = statistics.median(sizes)
        alike = [pair for pair in pairs if abs(_discount(pair) - middle) <= _UNIFORM_SPREAD]
        if middle >= _UNIFORM_LEAST and len(alike) >= 0.8 * len(pairs):
            yield Finding(id="price.uniform-discount", family=Family.PRICE, quotes=_shown(alike, 12))
    steep = [pair for pair in pairs if _discount(pair) >= _STEEP]
    if steep and len(steep) >= 0.5 * len(pairs):
        factor = 1.0 if len(steep) >= _MIN_PAIRS else 0.7
        yield Finding(id="price.strike-ratio", family=Family.PRICE, quotes=_shown(steep, 12), factor=factor)


def claimed_discount(context: Context) -> Iterator[Finding]:
    """A discount of 60 % or more in words or on labels."""
    if not context.offering:
        return
    claims = quoted(_PERCENT, context.text, 40)
    steep = [claim for claim in claims if _LEAST_CLAIM <= int(_NUMBER.findall(claim)[-1]) <= _MOST_CLAIM]
    if steep:
        yield Finding(id="price.steep-claim", family=Family.PRICE, quotes=distinct(steep, 12))


def brand_discount(context: Context) -> Iterator[Finding]:
    """Goods of a brand named in a title or heading, at 60 % and more below their crossed-out price."""
    if not context.selling:
        return
    steep = [pair for page in context.pages for pair in _pairs(page) if _discount(pair) >= _STEEP]
    if not steep:
        return
    done: set[str] = set()
    for hit in context.of_kind(TermKind.BRAND):
        if hit.field in (Field.TITLE, Field.HEADING) and hit.sector not in done:
            done.add(hit.sector)
            quotes = (*_shown(steep, 12), hit.quote)
            yield Finding(
                id="price.brand-steep-discount", family=Family.PRICE, quotes=quotes, sector=hit.sector, pack=hit.pack
            )


def repeated(context: Context) -> Iterator[Finding]:
    """Many goods at one and the same price."""
    if not context.selling:
        return
    present = [price for page in context.pages for price in page.prices if not price.struck and price.amount > 5]
    if len(present) < _MIN_REPEATED:
        return
    (amount, count), *_ = Counter(price.amount for price in present).most_common(1)
    if count >= 0.6 * len(present):
        quotes = distinct((price.quote for price in present if price.amount == amount), 3)
        yield Finding(id="price.repeated", family=Family.PRICE, quotes=quotes)


def currency_switcher(context: Context) -> Iterator[Finding]:
    """A switch between many currencies, as mass templates carry whatever the size of the shop."""
    if not context.selling:
        return
    codes: dict[str, None] = {}
    for page in context.pages:
        for span in page.spans:
            if len(span.text) <= 40:
                codes.update(dict.fromkeys(_CODES.findall(span.text)))
    if len(codes) >= _SWITCHER_CODES:
        yield Finding(id="price.currency-switcher", family=Family.PRICE, quotes=tuple(codes)[:8])


def below_floor(context: Context) -> Iterator[Finding]:
    """A pack's product offered for less than half of its floor price."""
    if not any(page.prices for page in context.pages):
        return
    for pack in context.rules.packs:
        brands = {fold(brand) for brand in pack.brands}
        reference = PackReference(id=pack.id, version=pack.version, organisation=pack.organisation)
        for floor in pack.price_floors:
            name = fold(floor.product)
            if name not in context.folded:
                continue
            for page in context.pages:
                found = _cheaper(page, name, floor)
                if found is None:
                    continue
                own = name in brands
                for sector in pack.sectors:
                    yield Finding(
                        id="price.brand-below-floor" if own else "price.below-floor",
                        family=Family.PRICE,
                        quotes=found,
                        sector=sector,
                        pack=reference,
                    )
                break


def _cheaper(page: Page, name: str, floor: PriceFloor) -> tuple[str, str] | None:
    """The product's name and the price right behind it, when that is under the floor."""
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    spans = page.spans
    for place, span in enumerate(spans):
        match = word.search(fold(span.text))
        if match is None:
            continue
        nearby = " ".join(other.text for other in spans[place : place + 4])
        for price in page.prices:
            if (
                not price.struck
                and price.currency == floor.currency
                and 0 < price.amount < floor.amount / 2
                and price.quote in nearby
            ):
                quote = span.text if len(span.text) <= 120 else span.text[match.start() : match.end()]
                return quote, price.quote
    return None


_BARGAIN = phrases(
    """outlet|cheap|discount|clearance|wholesale|factory direct|on sale|for sale|sale|low price|best price
    |günstig|billig|rabatt|ausverkauf|schlussverkauf|pas cher|soldes|solde|déstockage|barato|baratos
    |baratas|rebajas|descuento|economico|scontati|sconto|saldi|prezzi bassi|goedkoop|goedkope|korting
    |uitverkoop|desconto|promoção|wyprzedaż|tanio|tanie|výprodej|levné|sleva|rea|billiga|rabat|udsalg
    |tilbud|reduceri|ieftin|olcsó|akció|kiárusítás|евтини|намаление|φθηνά|προσφορές|εκπτώσεις|jeftino
    |rasprodaja|ucuz|indirim|купить|скидка|распродажа|недорого|дешево|дешёво|giá rẻ|giảm giá|激安|格安
    |特价|折扣|할인|특가|تخفيضات|رخيص"""
)


def brand_bargain(context: Context) -> Iterator[Finding]:
    """A title or main heading that offers a brand at bargain prices."""
    if not context.selling:
        return
    done: set[str] = set()
    for hit in context.of_kind(TermKind.BRAND):
        if hit.field not in (Field.TITLE, Field.HEADING) or hit.sector in done:
            continue
        text = context.page.spans[hit.span].text
        if len(text) <= 200 and _BARGAIN.search(text):
            done.add(hit.sector)
            yield Finding(
                id="price.brand-bargain", family=Family.PRICE, quotes=(text,), sector=hit.sector, pack=hit.pack
            )


DETECTORS = (
    Detector(id="discounts", version="1", find=discounts),
    Detector(id="claimed-discount", version="1", find=claimed_discount),
    Detector(id="brand-discount", version="1", find=brand_discount),
    Detector(id="repeated-price", version="1", find=repeated),
    Detector(id="currency-switcher", version="1", find=currency_switcher),
    Detector(id="below-floor", version="1", find=below_floor),
    Detector(id="brand-bargain", version="1", find=brand_bargain),
)
