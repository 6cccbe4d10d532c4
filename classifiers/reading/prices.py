"""Prices in the visible text: amounts beside a currency, as shops write them in Europe, America and Asia.

A number is a price when a currency symbol, ISO 4217 code or customary abbreviation stands directly before or after
it, in the same text node or in the neighbouring one (``<span>€</span><span>19,90</span>``). A sign between two
numbers belongs to the one it stands closer to. Amounts are read by price-parser, which knows thousands and decimal
separators.
"""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from price_parser.parser import parse_number

from classifiers.reading.gathered import REGULAR, STRUCK, Mark
from core.records import Price

MAX_PRICES = 1_000
"""Most prices kept for a page."""

_NUMBER = re.compile(r"[0-9]+(?:[.,'’][0-9]+| [0-9]{3}(?![0-9]))*")
_SYMBOLS = {
    "€": "EUR", "$": "$", "£": "GBP", "¥": "¥", "￥": "¥", "₽": "RUB", "₴": "UAH", "₺": "TRY", "₹": "INR", "₩": "KRW",
    "฿": "THB", "₫": "VND", "đ": "VND", "₪": "ILS", "₱": "PHP", "₦": "NGN", "₵": "GHS", "₡": "CRC", "₲": "PYG",
    "₸": "KZT", "₾": "GEL", "₼": "AZN", "元": "CNY", "円": "JPY", "원": "KRW", "₿": "BTC",
}  # fmt: skip
_CODES = frozenset(
    {"EUR", "USD", "GBP", "JPY", "CNY", "RMB", "RUB", "UAH", "TRY", "INR", "KRW", "THB", "VND", "ILS", "PHP", "CHF",
     "SEK", "NOK", "DKK", "ISK", "PLN", "CZK", "HUF", "RON", "BGN", "HRK", "RSD", "BAM", "MKD", "AUD", "CAD", "NZD",
     "HKD", "SGD", "TWD", "MYR", "IDR", "BRL", "MXN", "ARS", "CLP", "COP", "PEN", "ZAR", "AED", "SAR", "QAR", "KWD",
     "BHD", "OMR", "EGP", "MAD", "TND", "KZT", "GEL", "NGN", "KES", "PKR", "BDT", "LKR", "BTC", "USDT"}
)  # fmt: skip
_AS_CODE = {"RMB": "CNY"}
_WORDS = {
    "kč": "CZK", "zł": "PLN", "zl": "PLN", "ft": "HUF", "lei": "RON", "ron": "RON", "лв": "BGN", "лв.": "BGN",
    "kr": "kr",
    "kr.": "kr", "kn": "HRK", "руб": "RUB", "руб.": "RUB", "р.": "RUB", "р": "RUB", "рублей": "RUB", "грн": "UAH",
    "грн.": "UAH",
    "tl": "TRY", "₺": "TRY", "euro": "EUR", "euros": "EUR", "vnđ": "VND", "vnd": "VND", "rs": "INR", "rs.": "INR",
    "r$": "BRL", "us$": "USD", "u$s": "USD", "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD", "nz$": "NZD",
    "hk$": "HKD", "s$": "SGD", "nt$": "TWD", "mx$": "MXN", "rm": "MYR", "rp": "IDR", "fr.": "CHF", "sfr.": "CHF",
    "дин": "RSD", "din": "RSD", "din.": "RSD", "ден": "MKD", "د.إ": "AED", "ر.س": "SAR", "درهم": "AED", "ريال": "SAR",
    "dollars": "USD", "usd": "USD", "원": "KRW", "円": "JPY", "บาท": "THB", "so'm": "UZS", "₽": "RUB", "ευρώ": "EUR",
}  # fmt: skip
_BEFORE = re.compile(r"([^\s\d:;,()\[\]|/+–—-]{1,5})\s?\Z")
_AFTER = re.compile(r"(?:,-|,–|,—|\.-|:-)?\s?([^\s\d:;,()\[\]|/+–—-]{1,6})")
_DOLLARS = frozenset({"USD", "AUD", "CAD", "NZD", "HKD", "SGD", "TWD", "MXN", "ARS", "CLP", "COP"})
_CROWNS = {"da": "DKK", "no": "NOK", "is": "ISK", "sv": "SEK"}


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    number: int
    end: int
    sign: str
    amount: float


@functools.lru_cache(maxsize=8_192)
def _currency_before(text: str) -> tuple[str, int]:
    """The currency that ends ``text`` and its length with the space after it; ``("", 0)`` when there is none."""
    match = _BEFORE.search(text)
    if match is None:
        return "", 0
    word = match[1]
    length = len(text) - match.start()
    lower = word.lower()
    for size in range(min(len(lower), 4), 0, -1):
        tail = lower[-size:]
        if tail in _WORDS and (size == len(lower) or tail.endswith("$")):
            return _WORDS[tail], length - (len(word) - size)
    if word[-1] in _SYMBOLS:
        return _SYMBOLS[word[-1]], length - (len(word) - 1)
    code = word[-3:].upper()
    if code in _CODES and (len(word) == 3 or not word[-4].isalpha()):
        return _AS_CODE.get(code, code), length - (len(word) - 3)
    return "", 0


@functools.lru_cache(maxsize=8_192)
def _currency_after(text: str) -> tuple[str, int]:
    """The currency that ``text`` begins with and the length up to its end; ``("", 0)`` when there is none."""
    match = _AFTER.match(text)
    if match is None:
        return "", 0
    word = match[1]
    begin = match.start(1)
    if word[0] in _SYMBOLS and word[:2].lower() != "đi":
        return _SYMBOLS[word[0]], begin + 1
    lower = word.lower()
    if lower in _WORDS:
        return _WORDS[lower], begin + len(word)
    bare = lower.rstrip(".!*")
    if bare in _WORDS:
        return _WORDS[bare], begin + len(bare)
    code = word[:3].upper()
    if code in _CODES and not word[3:4].isalpha():
        return _AS_CODE.get(code, code), begin + 3
    return "", 0


@functools.lru_cache(maxsize=16_384)
def _amount(text: str) -> float:
    try:
        number = parse_number(text.replace("'", "").replace("’", ""))
    except (ValueError, ArithmeticError):
        return 0.0
    return float(number) if number is not None and number < 1e12 else 0.0


def find_prices(
    joined: str, starts: Sequence[int], marks: Sequence[Mark], *, hint: str = "", language: str = ""
) -> tuple[Price, ...]:
    """The prices of a page in document order.

    ``joined`` is the visible text with one node a line, ``starts`` where each line starts and ``marks`` how each is
    priced. ``hint`` is the ISO 4217 code that the page's metadata give; it and ``language`` settle ``$``, ``kr``
    and ``¥``.
    """
    found: list[_Found] = []
    taken = 0
    for match in _NUMBER.finditer(joined):
        start, end = match.span()
        if end - start > 20:
            continue
        sign, length = _currency_before(joined[max(taken, start - 6) : start])
        begin = start - length
        if not sign:
            follow = joined[end : end + 8]
            if follow[:1] == "%" or follow[:2] == " %":
                continue
            sign, length = _currency_after(follow)
            if not sign or _is_the_next_ones(joined, start, end, end + length):
                continue
            begin, end = start, end + length
        amount = _amount(match[0])
        if amount <= 0:
            continue
        taken = end
        found.append(_Found(begin, start, end, sign, amount))
        if len(found) >= MAX_PRICES:
            break
    prices: list[tuple[Price, Mark]] = []
    for item in found:
        quote, begin = joined[item.start : item.end], item.start
        if "\n" in quote:
            begin = item.number
            quote = next(line for line in quote.split("\n") if _NUMBER.search(line))
        mark = marks[bisect.bisect_right(starts, begin) - 1]
        currency = _settle(item.sign, hint, language)
        prices.append((Price(amount=item.amount, currency=currency, quote=quote.strip(), struck=mark is STRUCK), mark))
    return tuple(_struck_by_neighbour(prices))


def _is_the_next_ones(joined: str, start: int, end: int, sign_end: int) -> bool:
    """Whether the currency behind the number ``joined[start:end]`` is rather that of the number behind the currency.

    ``Model 1`` before ``€100`` is no price, nor is the number in front of a sign that has a text node of its own and
    an amount in the next; but ``99,00 € 2 years`` and ``99,00`` ``€`` ``49,00`` ``€`` name their amounts first.
    """
    behind = joined[sign_end : sign_end + 1]
    following = _NUMBER.match(joined, sign_end + behind.isspace())
    if following is None or not _currency_before(joined[end : following.start()])[0]:
        return False
    before, after = _gap(joined[end:sign_end]), _gap(behind)
    if after == 0:
        return before > 0
    if before < after or after == before < _NODE:
        return False
    if _CENTS.search(joined, start, end) and not _CENTS.search(following[0]):
        return False
    if after < _NODE:
        return True
    last = following.end()
    return joined[last : last + 1] in ("", "\n") and not _currency_after(joined[last : last + 8])[0]


_NODE = 2
_CENTS = re.compile(r"[.,][0-9]{2}\Z")


def _gap(between: str) -> int:
    """How far two things stand apart: not at all, by a space, or in two text nodes."""
    return _NODE if "\n" in between else int(any(map(str.isspace, between)))


def _settle(sign: str, hint: str, language: str) -> str:
    if sign == "$":
        return hint if hint in _DOLLARS else "USD"
    if sign == "¥":
        return hint if hint in ("JPY", "CNY") else "CNY" if language == "zh" else "JPY"
    if sign == "kr":
        return hint if hint in ("SEK", "NOK", "DKK", "ISK") else _CROWNS.get(language, "SEK")
    return sign


def _struck_by_neighbour(prices: list[tuple[Price, Mark]]) -> list[Price]:
    """Themes call the former price "regular", but also the only price: it is former when a lower one stands beside."""
    result: list[Price] = []
    for index, (price, mark) in enumerate(prices):
        if mark is REGULAR:
            beside = prices[max(index - 1, 0) : index] + prices[index + 1 : index + 2]
            if any(
                other.amount < price.amount and kind is not REGULAR and other.currency == price.currency
                for other, kind in beside
            ):
                price = replace(price, struck=True)
        result.append(price)
    return result
