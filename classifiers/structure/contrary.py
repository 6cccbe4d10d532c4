"""Contrary: what speaks against suspicion. Always shown to the analyst, never hidden by a high score."""

from __future__ import annotations

import re
from collections.abc import Iterator

from classifiers.ruleset import TermKind
from classifiers.structure.base import Context, Detector, Finding, distinct, links_to, phrases, quoted, trades, under
from classifiers.structure.operator import COMPANY, IMPRINT_LINK, addresses, registrations
from core.records import Family, PackReference, PageKind

_ARTICLE_TYPES = re.compile(
    r'"@type":\s*(?:\[\s*)?"(?:NewsArticle|Article|BlogPosting|ReportageNewsArticle|OpinionNewsArticle|ScholarlyArticle|Report)"'
)
PHARMACY = "pharmaceuticals"
"""The sector that the signals about sellers of medicines belong to."""

REGISTERS = frozenset(
    {
      "versandhandel.dimdi.de", "abgabe.dimdi.de", "versandhandel.bfarm.de", "bfarm.de",
      "medicine-seller-register.mhra.gov.uk", "pharmacyregulation.org", "ordre.pharmacien.fr", "ars.sante.fr",
      "salute.gov.it", "distafarma.aemps.es", "aanbiedersmedicijnen.nl", "farmaonline.be", "fagg-afmps.be",
      "lakemedelsverket.se", "laegemiddelstyrelsen.dk", "fimea.fi", "infarmed.pt", "sukl.cz",
      "rejestrymedyczne.csioz.gov.pl", "ogyei.gov.hu", "anm.ro", "bda.bg", "eof.gr", "halmed.hr", "thepsi.ie",
      "basg.gv.at", "legitscript.com", "safe.pharmacy", "nabp.pharmacy", "napra.ca",
    }
)  # fmt: skip
"""Registers in which a lawful seller of medicines is listed (the EU common logo links to the national one)."""

_LICENCE_PATH = re.compile(r"creativecommons\.org/(?:licenses|publicdomain)/", re.IGNORECASE)
_OPEN_TEXT = phrases(
    """public domain|creative commons|cc by|cc-by|cc0|open licence|open license|openly licensed|gemeinfrei
    |domaine public|dominio público|dominio publico|pubblico dominio|publiek domein|domínio público
    |domena publiczna|volné dílo|общественное достояние|パブリックドメイン"""
)
_SECOND_HAND = phrases(
    """pre-owned|preowned|pre-loved|preloved|second hand|second-hand|secondhand|gently used|resale
    |consignment|used condition|vintage condition|gebraucht|aus zweiter hand|occasion|seconde main
    |d'occasion|segunda mano|usato|seconda mano|tweedehands|segunda mão|usado|z drugiej ręki|używane
    |z druhé ruky|bazar|begagnad|brugt|folosit|használt|втора употреба|μεταχειρισμένα|rabljeno|ikinci el
    |б/у|подержанные|二手|中古|중고|đồ cũ|مستعمل"""
)
_PROTECTION = phrases(
    """brand protection|anti-counterfeiting|anti-counterfeit|fight against counterfeiting
    |combat counterfeiting|report a counterfeit|report counterfeit|report counterfeits|report a fake
    |how to spot a fake|how to spot fakes|how to spot fake|how to identify fake|spot the fake
    |beware of counterfeits|beware of fakes|markenschutz|produktpiraterie|fälschungen erkennen
    |lutte contre la contrefaçon|contra la falsificación|lotta alla contraffazione|namaak herkennen
    |combate à contrafação|authenticity guarantee|authentication service|authenticity check
    |authenticated by experts|echtheitsgarantie"""
)
_MODELS = phrases(
    """die-cast|diecast|die cast|scale model|scale models|model car|model cars|1:18 scale|1:43 scale
    |1/18 scale|scale 1:18|scale 1:43|museum replica|museum replicas|museum shop|replica sword
    |replica swords|replica weapons|airsoft|theatre|theater|film prop|prop replica|movie prop
    |replica fossil|replica skull|plaster cast|modellauto|modellautos|miniature|miniatures|modelauto
    |modellino|cosplay|reenactment"""
)
_RESELLER = phrases(
    """authorised dealer|authorized dealer|authorised retailer|authorized retailer|authorised reseller
    |authorized reseller|official retailer|official dealer|autorisierter händler|offizieller händler
    |fachhändler|revendeur agréé|distributeur officiel|distribuidor oficial|distribuidor autorizado
    |rivenditore autorizzato|concessionario ufficiale|officieel dealer|revendedor autorizado
    |autoryzowany sprzedawca|autorizovaný prodejce|auktoriserad återförsäljare|autoriseret forhandler
    |официальный дилер|正規取扱店|正規販売店|授权经销商|공식 대리점|yetkili satıcı"""
)


_OFFICIAL = frozenset({"vat", "company_register"})


def identified_operator(context: Context) -> Iterator[Finding]:
    """The operator names itself: a register or tax number, a company with an address, or at least an imprint."""
    register = registrations(context.text)
    vat = distinct((i.quote or i.value for page in context.pages for i in page.identifiers if i.kind in _OFFICIAL), 2)
    company = quoted(COMPANY, context.text, 2)
    streets = addresses(context.pages)
    imprint = distinct(
        (link.href for p in context.pages for link in p.links if IMPRINT_LINK.search(link.text + " " + link.href)), 1
    )
    if register or vat:
        quotes, factor = distinct([*register, *vat, *company], 4), 1.0
    elif company and streets:
        quotes, factor = distinct([*company, *streets], 3), 0.7
    elif imprint:
        quotes, factor = imprint, 0.5
    else:
        return
    yield Finding(id="contrary.identified-operator", family=Family.CONTRARY, quotes=quotes, factor=factor)


def official_domain(context: Context) -> Iterator[Finding]:
    """The host is one that a pack names as the rights holder's own."""
    yield from _named(context, "contrary.official-domain", official=True)


def authorised_reseller(context: Context) -> Iterator[Finding]:
    """The host is one that a pack names as a reseller's, or the page says that it is an authorised dealer."""
    yield from _named(context, "contrary.authorised-reseller", official=False)
    quotes = quoted(_RESELLER, context.text, 3)
    if quotes:
        yield Finding(id="contrary.claims-authorised", family=Family.CONTRARY, quotes=quotes)


def _named(context: Context, id_: str, *, official: bool) -> Iterator[Finding]:
    for pack in context.rules.packs:
        domain = under(context.host, pack.official_domains if official else pack.authorised_resellers)
        if domain:
            reference = PackReference(id=pack.id, version=pack.version, organisation=pack.organisation)
            lookup = (f"pack:{pack.id}@{pack.version}", context.digest)
            yield Finding(id=id_, family=Family.CONTRARY, lookup=lookup, shown=domain, pack=reference)


def article_context(context: Context) -> Iterator[Finding]:
    """A news item, a blog post or another article."""
    for page in context.pages:
        marks: list[str] = []
        for name, value in page.meta:
            lowered = name.lower()
            if (lowered == "og:type" and value.lower() == "article") or lowered == "article:published_time":
                marks.append(value)
        if any(_ARTICLE_TYPES.search(item) for item in page.structured):
            marks.append("Article")
        if page.kind is PageKind.ARTICLE and not trades(page):
            quotes = distinct([*marks, page.title], 2)
            yield Finding(id="contrary.article-context", family=Family.CONTRARY, quotes=quotes)
        elif marks and page.kind is PageKind.OTHER:
            yield Finding(id="contrary.article-context", family=Family.CONTRARY, quotes=distinct(marks, 2), factor=0.6)


def second_hand(context: Context) -> Iterator[Finding]:
    """Goods that have had an owner: resale prices are low for honest reasons."""
    quotes = quoted(_SECOND_HAND, context.text)
    if quotes:
        factor = 1.0 if len(quotes) > 1 else 0.6
        yield Finding(id="contrary.second-hand", family=Family.CONTRARY, quotes=quotes, factor=factor)


def licensed_pharmacy(context: Context) -> Iterator[Finding]:
    """A link to the register in which lawful sellers of medicines are listed."""
    quotes = distinct((href for href, _ in links_to(context.pages, REGISTERS)), 3)
    if quotes:
        yield Finding(id="contrary.licensed-pharmacy", family=Family.CONTRARY, quotes=quotes, sector=PHARMACY)


def open_licence(context: Context) -> Iterator[Finding]:
    """Works that anybody may share: public domain or an open licence."""
    links = distinct((link.href for page in context.pages for link in page.links if _LICENCE_PATH.search(link.url)), 2)
    texts = quoted(_OPEN_TEXT, context.text, 3)
    if links or texts:
        factor = 1.0 if links or len(texts) > 1 else 0.6
        yield Finding(
            id="contrary.open-licence",
            family=Family.CONTRARY,
            quotes=distinct([*links, *texts], 4),
            sector="piracy",
            factor=factor,
        )


def brand_protection(context: Context) -> Iterator[Finding]:
    """The page is about protecting against counterfeits."""
    quotes = quoted(_PROTECTION, context.text)
    if quotes:
        yield Finding(id="contrary.brand-protection", family=Family.CONTRARY, quotes=quotes)


def other_replicas(context: Context) -> Iterator[Finding]:
    """Scale models, museum copies, props: replicas that deceive nobody. Counts only where such a word was found."""
    if not any(context.of_kind(TermKind.REPLICA)):
        return
    quotes = quoted(_MODELS, context.text)
    if quotes:
        yield Finding(id="contrary.honest-replica", family=Family.CONTRARY, quotes=quotes)


DETECTORS = (
    Detector(id="identified-operator", version="1", find=identified_operator),
    Detector(id="official-domain", version="1", find=official_domain),
    Detector(id="authorised-reseller", version="1", find=authorised_reseller),
    Detector(id="article-context", version="1", find=article_context),
    Detector(id="second-hand", version="1", find=second_hand),
    Detector(id="licensed-pharmacy", version="1", find=licensed_pharmacy),
    Detector(id="open-licence", version="1", find=open_licence),
    Detector(id="brand-protection", version="1", find=brand_protection),
    Detector(id="other-replicas", version="1", find=other_replicas),
)
