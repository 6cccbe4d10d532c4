"""Identity: who is behind the offer, and what is missing or borrowed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from classifiers.ruleset import TermKind
from classifiers.structure.base import (
    Context,
    Detector,
    Finding,
    distinct,
    links_to,
    phrases,
    quick_host,
    quoted,
    under,
)
from classifiers.structure.contrary import PHARMACY, REGISTERS
from classifiers.structure.operator import COMPANY, IMPRINT_LINK, addresses, registrations
from core.hosts import unit_of
from core.records import Family, PageKind

FREE_MAIL = frozenset(
    {
      "gmail.com", "googlemail.com", "hotmail.com", "outlook.com", "live.com", "yahoo.com", "ymail.com", "aol.com",
      "icloud.com", "mail.com", "gmx.com", "gmx.de", "gmx.net", "web.de", "163.com", "126.com", "qq.com",
      "foxmail.com", "sina.com", "yeah.net", "mail.ru", "yandex.ru", "yandex.com", "rambler.ru", "bk.ru", "inbox.ru",
      "protonmail.com", "proton.me", "tutanota.com", "seznam.cz", "wp.pl", "o2.pl", "onet.pl", "interia.pl",
      "libero.it", "orange.fr", "laposte.net", "naver.com", "hanmail.net", "yahoo.co.jp", "yahoo.co.uk", "yahoo.fr",
      "yahoo.de", "hotmail.fr", "hotmail.co.uk", "zoho.com", "abv.bg",
    }
)  # fmt: skip
"""Providers that give a mailbox to anybody."""

_SOCIAL = frozenset(
    {
      "facebook.com", "twitter.com", "x.com", "instagram.com", "youtube.com", "pinterest.com", "linkedin.com",
      "tiktok.com", "plus.google.com",
    }
)  # fmt: skip
_BARE = re.compile(r"https?://(?:www\.)?[a-z.]+/?(?:[#?].*)?$", re.IGNORECASE)
_COPYRIGHT = re.compile(
    r"(?:©|\(c\)|copyright)[\s\d©()–—,.-]{0,24}(?P<year>(?:19|20)\d\d)\b[^\n]{0,80}|(?:©|\(c\)|copyright)[^\n]{0,60}",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_STALE_YEARS = 2
_MIN_DRUGS = 4
_PHARMACIST = phrases(
    """superintendent pharmacist|responsible pharmacist|pharmacist in charge|pharmacy registration
    |verantwortlicher apotheker|apotheker|pharmacien titulaire|pharmacien responsable
    |farmacéutico titular|direttore tecnico|farmacista responsabile|apotheker in dienst
    |gevestigd apotheker|farmacêutico responsável|diretor técnico|kierownik apteki|vedoucí lékárník
    |farmaceut|farmacist|gyógyszerész|магистър-фармацевт|φαρμακοποιός|odgovorni magistar|eczacı|провизор
    |薬剤師|药师|약사"""
)


def no_operator(context: Context) -> Iterator[Finding]:
    """An offer that names no company, registration or VAT number and links no imprint."""
    if not context.offering or registrations(context.text, 1) or COMPANY.search(context.text):
        return
    if any(identifier.kind in ("vat", "company_register") for page in context.pages for identifier in page.identifiers):
        return
    if any(IMPRINT_LINK.search(link.text) or IMPRINT_LINK.search(link.href) for p in context.pages for link in p.links):
        return
    yield Finding(id="identity.no-operator", family=Family.IDENTITY, absent="operator, company or VAT number, imprint")


def no_address(context: Context) -> Iterator[Finding]:
    """An offer with neither a telephone number nor a postal address."""
    if not context.offering:
        return
    if any(identifier.kind == "phone" for page in context.pages for identifier in page.identifiers):
        return
    if not addresses(context.pages):
        yield Finding(id="identity.no-address", family=Family.IDENTITY, absent="postal address, telephone number")


def _mails(context: Context) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for page in context.pages:
        for identifier in page.identifiers:
            if identifier.kind == "email":
                found.setdefault(identifier.value.lower(), identifier.quote or identifier.value)
    return tuple(found.items())


def mail(context: Context) -> Iterator[Finding]:
    """The contact address of an offer is a free mailbox, or belongs to somebody else's domain."""
    if not context.selling:
        return
    by_unit = [(quote, unit_of(address.rpartition("@")[2])) for address, quote in _mails(context)]
    if not by_unit or any(unit == context.unit for _, unit in by_unit):
        return
    free = distinct((quote for quote, unit in by_unit if unit in FREE_MAIL), 3)
    if free:
        yield Finding(id="identity.free-mail", family=Family.IDENTITY, quotes=free)
    elif context.unit:
        quotes = distinct((quote for quote, _ in by_unit), 3)
        yield Finding(id="identity.unrelated-email", family=Family.IDENTITY, quotes=quotes)


def bare_social_links(context: Context) -> Iterator[Finding]:
    """Icons of social networks that lead to the networks' home pages."""
    if not context.offering:
        return
    bare: list[str] = []
    for page in context.pages:
        for link in page.links:
            if under(quick_host(link.url), _SOCIAL):
                if not _BARE.match(link.url):
                    return
                bare.append(link.href)
    if len({quick_host(href) for href in bare}) >= 2:
        yield Finding(id="identity.bare-social-links", family=Family.IDENTITY, quotes=distinct(bare, 4))


def copyright_line(context: Context) -> Iterator[Finding]:
    """A copyright line that is years old, or that claims to be the brand's."""
    if not context.selling:
        return
    lines = list(_COPYRIGHT.finditer(context.text))
    years = [int(year) for match in lines for year in _YEAR.findall(match.group())]
    if years and max(years) <= context.visit.at.year - _STALE_YEARS:
        quotes = distinct((match.group().strip() for match in lines if str(max(years)) in match.group()), 1)
        yield Finding(id="identity.stale-copyright", family=Family.IDENTITY, quotes=quotes)
    label = context.unit.partition(".")[0].replace("-", "")
    for match in lines:
        line = match.group().casefold()
        for hit in context.of_kind(TermKind.BRAND):
            name = hit.term.casefold()
            holder = re.search(rf"(?:\d{{4}}|©|copyright)[\s,.:-]*(?:by\s+)?{re.escape(name)}(?!\w)", line)
            if len(name) > 2 and holder and re.sub(r"\W", "", name) not in label:
                yield Finding(
                    id="identity.copied-brand-copyright",
                    family=Family.IDENTITY,
                    quotes=(match.group().strip(),),
                    sector=hit.sector,
                    pack=hit.pack,
                )
                return


def unlisted_pharmacy(context: Context) -> Iterator[Finding]:
    """Medicines for sale, and no link to a register of lawful sellers, no pharmacist and no operator named.

    Selling medicines at a distance in the European Union requires the common logo with its link to the national
    register (Directive 2001/83/EC, article 85c).
    """
    own = [hit for hit in context.hits if hit.sector == PHARMACY]
    claims = any(hit.kind is TermKind.CLAIM for hit in own)
    drugs = {hit.term.casefold() for hit in own if hit.kind is TermKind.BRAND}
    named = bool(drugs) or any(hit.kind is TermKind.PRODUCT for hit in own)
    priced = claims and any(page.prices and page.kind is PageKind.OTHER for page in context.pages)
    if not ((claims and named) or len(drugs) >= _MIN_DRUGS) or not (context.selling or priced):
        return
    if any(links_to(context.pages, REGISTERS)) or registrations(context.text, 1) or COMPANY.search(context.text):
        return
    if not quoted(_PHARMACIST, context.text, 1):
        yield Finding(
            id="identity.unlisted-pharmacy",
            family=Family.IDENTITY,
            sector=PHARMACY,
            absent="link to a register of pharmacies, pharmacist in charge, operator",
        )


DETECTORS = (
    Detector(id="no-operator", version="1", find=no_operator),
    Detector(id="no-address", version="1", find=no_address),
    Detector(id="mail", version="1", find=mail),
    Detector(id="bare-social-links", version="1", find=bare_social_links),
    Detector(id="unlisted-pharmacy", version="1", find=unlisted_pharmacy),
    Detector(id="copyright-line", version="1", find=copyright_line),
)
