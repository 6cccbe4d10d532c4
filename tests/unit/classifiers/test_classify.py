"""Judging whole pages: who is flagged, who must not be, and that every reason can be shown in the bytes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from classifiers.classify import MAX_NOTICE, MAX_REFERENCES, CompiledRules, Judgement, compile_rules, explain, judge
from classifiers.locate import holds
from classifiers.ruleset import Ruleset, read_ruleset
from core.records import Label, Outcome, PageKind, ReferenceType, Signal, Verdict, Visit

AT = datetime(2026, 11, 2, tzinfo=UTC)
Judged = Callable[..., Judgement]
MakeVisit = Callable[..., Visit]

CARDS = "".join(
    f'<div class="product"><a href="/p/{n}">Vandelier No. {n} in gold</a> <del>€{100 * n + 900}.00</del> '
    f"<ins>€{(100 * n + 900) * 0.3:.2f}</ins> <button>Add to cart</button></div>"
    for n in range(1, 9)
)
SHOP = f"""<!doctype html><html lang="en"><head><title>Vandelier replica watches - 1:1 quality</title></head><body>
<nav><a href="/cart">Cart</a> <a href="/account">My account</a> <a href="/checkout">Checkout</a></nav>
<h1>Best replica watches</h1><p>AAA+ quality, Vandelier &amp; Orsova, all <b>-70%</b></p>{CARDS}
<footer>Contact: dealer88@gmail.com © 2026 Shop</footer></body></html>"""

IMPOSTOR = f"""<!doctype html><html lang="en"><head>
<title>Vandelier Outlet - cheap Vandelier handbags</title></head><body>
<nav><a href="/cart">Cart</a> <a href="/account">My account</a> <a href="/checkout">Checkout</a></nav>
<h1>Vandelier sale</h1>{CARDS}<footer>service.orders@gmail.com</footer></body></html>"""

HONEST = """<!doctype html><html lang="en"><head><title>Quillon watches - Miller Jewellers</title></head><body>
<nav><a href="/cart">Cart</a> <a href="/legal">Legal notice</a></nav><h1>Quillon watches</h1>
<div class="product">Quillon Two <span>€1,450.00</span> <button>Add to cart</button></div>
<div class="product">Quillon Four <span>€2,100.00</span> <button>Add to cart</button></div>
<p>Authorised dealer. No replica, only originals.</p>
<footer>Miller Jewellers Ltd, 12 High Street, AB1 2CD. VAT number GB123456789. Call +44 20 7946 0000</footer>
</body></html>"""

ARTICLE = """<!doctype html><html lang="en"><head><title>How to spot a replica Vandelier</title>
<meta property="og:type" content="article"><meta property="article:published_time" content="2026-03-01">
</head><body><article><h1>How to spot a replica Vandelier</h1><p class="byline">By Ann Reporter, 1 March 2026</p>
<p>Dealers advertise replica watches of AAA quality on the web. Customs seized thousands of them last year, and
investigators say the trade in replica watches keeps growing. We fight counterfeits by telling readers what to look
for: the weight of the case, the finish of the crown, the sound of the movement and the printing on the dial. The
buyer who looks closely sees it at once, says the maker, who has published a guide for its customers.</p>
<p>Prices for the originals start at €9,000, while the copies are offered for €150 in many a shop.</p></article>
</body></html>"""

ROGUE = """<!doctype html><html lang="en"><head><title>Pills</title></head><body>
<nav><a href="/cart">Cart</a> <a>Bestsellers</a> <a>Shipping</a> <a>My account</a></nav>
<p>No prescription needed</p><p>Buy pills without restrictions</p><p>Save up to 80% off</p>
<div>Zelofar <b>$0.49</b> <button>Add to cart</button></div>
<div>Brixinol <b>$2.40</b> <button>Add to cart</button></div>
<div>Tamudex <b>$1.10</b> <button>Add to cart</button></div>
<footer>© 1999-2026 All rights reserved</footer></body></html>"""

LICENSED = """<!doctype html><html lang="en"><head><title>Linden Pharmacy</title></head><body>
<nav><a href="/cart">Cart</a> <a>Shipping</a> <a>My account</a></nav>
<p>Ulvaprin tablets: no prescription needed. For Zelofar, Brixinol and Tamudex a prescription is required.</p>
<div>Ulvaprin <b>€4.49</b> <button>Add to cart</button></div>
<p>Superintendent pharmacist: J. Linden.
<a href="https://www.pharmacyregulation.org/registers/pharmacy/1">Register</a></p>
<footer>Linden Pharmacy Ltd, 3 Park Road, AB1 2CD. Company number 01234567</footer></body></html>"""

PIRACY = (
    """<!doctype html><html lang="en"><head><title>Watch movies online free</title></head><body>
<h1>Watch movies online free</h1><p>The.Lost.Harbour.2026.1080p.WEB-DL.x264-GRP</p>
<p>Night.Rain.2025.720p.BluRay.x264</p>
<p>Iron.Valley.S01E02.1080p.WEBRip.x265</p><iframe src="https://streamtape.com/e/abc123"></iframe>"""
    + "".join(f'<a href="https://rapidgator.net/file/{n}">Mirror {n}</a> ' for n in range(4))
    + "</body></html>"
)

OPEN_FILMS = """<!doctype html><html lang="en"><head><title>Open films</title></head><body>
<h1>Watch movies online free, legally</h1><p>All films here are in the public domain or under Creative Commons.</p>
<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>
<a href="magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567">Torrent of Blue Comet</a>
<footer>Open Film Foundation e.V., Beispielstraße 5, 10115 Berlin, USt-IdNr DE123456789</footer></body></html>"""

ALL = {
    "shop": SHOP, "impostor": IMPOSTOR, "honest": HONEST, "article": ARTICLE, "rogue": ROGUE, "licensed": LICENSED,
    "piracy": PIRACY, "open": OPEN_FILMS,
}  # fmt: skip


def verdict_of(judgement: Judgement) -> Verdict:
    assert judgement.verdict is not None
    return judgement.verdict


def all_signals(verdict: Verdict) -> tuple[Signal, ...]:
    return verdict.signals + verdict.contrary


@pytest.mark.parametrize(
    ("name", "sector"),
    [("shop", "luxury"), ("impostor", "luxury"), ("rogue", "pharmaceuticals"), ("piracy", "piracy")],
)
def test_suspects_are_flagged_in_their_sector(judged: Judged, name: str, sector: str) -> None:
    verdict = verdict_of(judged(ALL[name]))
    assert (verdict.label, verdict.sector) == (Label.FLAGGED, sector)
    assert len({signal.family for signal in verdict.signals}) >= 2


@pytest.mark.parametrize("name", ["honest", "article", "licensed", "open"])
def test_the_honest_are_clear(judged: Judged, name: str) -> None:
    verdict = verdict_of(judged(ALL[name]))
    assert verdict.label is Label.CLEAR
    assert verdict.contrary


@pytest.mark.parametrize("text", ["replicate the data", "The Replica theatre", "read replica", "a replica of the ship"])
def test_other_meanings_of_the_word_are_no_reason(judged: Judged, text: str) -> None:
    verdict = verdict_of(judged(f"<title>{text}</title><h1>{text}</h1><p>{text}, and more about it for everybody.</p>"))
    assert verdict.label is Label.CLEAR
    assert verdict.signals == ()


@pytest.mark.parametrize("name", ALL)
def test_the_quote_stands_at_every_byte_reference_of_every_signal(judged: Judged, name: str) -> None:
    body = ALL[name].encode()
    for signal in all_signals(verdict_of(judged(body))):
        assert signal.references, signal.id
        for reference in signal.references:
            assert reference.type in (ReferenceType.BYTES, ReferenceType.ABSENCE, ReferenceType.LOOKUP)
            if reference.type is ReferenceType.BYTES:
                assert holds(body, "utf-8", reference.start, reference.end, signal.quote), signal.id


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("shop", "price.uniform-discount"),
        ("rogue", "price.steep-claim"),
        ("piracy", "piracy.release-names"),
        ("piracy", "piracy.cyberlocker-links"),
    ],
)
def test_the_signals_of_one_finding_share_its_weight(judged: Judged, ruleset: Ruleset, name: str, id_: str) -> None:
    parts = [signal for signal in verdict_of(judged(ALL[name])).signals if signal.id == id_]
    weights = [part.weight for part in parts]
    assert weights
    assert sum(weights) == pytest.approx(dict(ruleset.weights.signals)[id_], abs=1e-9)
    assert max(weights) - min(weights) < 1.5e-4
    assert len({part.quote for part in parts}) == len(parts)


def test_a_finding_cites_only_so_many_places(judged: Judged) -> None:
    many = SHOP.replace(CARDS, CARDS * 40)
    verdict = verdict_of(judged(many))
    places = [len(signal.references) for signal in verdict.signals if signal.id == "price.uniform-discount"]
    assert len(places) > 1
    assert sum(places) == MAX_REFERENCES


def test_the_score_is_the_same_whether_quotes_are_told_apart_or_not(visit: MakeVisit, rules: CompiledRules) -> None:
    for body in ALL.values():
        short, full = (verdict_of(judge(visit(body), rules, at=AT, full=full)) for full in (False, True))
        assert short.scores == full.scores
        for signals, wanted in ((full.signals, 1), (full.contrary, -1)):
            assert all(signal.weight * wanted > 0 for signal in signals)


@pytest.mark.parametrize("charset", ["utf-8", "windows-1251", "utf-16-le"])
def test_quotes_are_found_whatever_the_charset(visit: MakeVisit, rules: CompiledRules, charset: str) -> None:
    text = SHOP.replace("<head>", f'<head><meta charset="{charset}">').replace("©", "(c)").replace("€", "EUR ")
    body = text.encode("utf-16") if charset.startswith("utf-16") else text.encode(charset)
    source = visit(body)
    (capture,) = source.captures
    (answer,) = capture.exchanges
    headers = (("Content-Type", f"text/html; charset={charset}"),)
    source = dataclasses.replace(
        source,
        captures=(dataclasses.replace(capture, exchanges=(dataclasses.replace(answer, headers=headers),)),),
    )
    judgement = judge(source, rules, at=AT)
    verdict = verdict_of(judgement)
    assert judgement.page is not None
    assert verdict.label is Label.FLAGGED
    for signal in verdict.signals:
        for place in signal.references:
            if place.type is ReferenceType.BYTES:
                assert holds(body, judgement.page.charset, place.start, place.end, signal.quote), signal.id


@pytest.mark.parametrize("name", ["shop", "impostor", "rogue", "piracy"])
def test_without_the_cited_evidence_the_flag_falls(judged: Judged, name: str) -> None:
    body = bytearray(ALL[name].encode())
    for signal in verdict_of(judged(bytes(body))).signals:
        for reference in signal.references:
            if reference.type is ReferenceType.BYTES:
                body[reference.start : reference.end] = b" " * (reference.end - reference.start)
    again = judged(bytes(body))
    assert again.verdict is None or again.verdict.label is not Label.FLAGGED


def test_the_places_of_a_flag_name_the_elements_around_them(judged: Judged) -> None:
    first = {(signal.id, signal.references[0].selector) for signal in verdict_of(judged(SHOP)).signals}
    assert ("text.replica-term", "html head title") in first
    assert ("price.uniform-discount", "body div.product del") in first
    assert not any(reference.selector for s in all_signals(verdict_of(judged(HONEST))) for reference in s.references)


def test_a_verdict_is_replayed_from_the_ruleset_bytes(visit: MakeVisit, ruleset: Ruleset) -> None:
    source = visit(SHOP)
    first = judge(source, compile_rules(ruleset), at=AT)
    again = judge(source, compile_rules(read_ruleset(ruleset.to_bytes())), at=AT)
    assert first == again
    assert verdict_of(first).ruleset == ruleset.digest


def test_the_verdict_does_not_depend_on_when_it_is_made(visit: MakeVisit, rules: CompiledRules) -> None:
    now, later = (verdict_of(judge(visit(SHOP), rules, at=at)) for at in (AT, AT + timedelta(days=3000)))
    assert dataclasses.replace(later, at=AT) == now


def test_a_clear_page_lists_its_signals_only_when_asked(visit: MakeVisit, rules: CompiledRules) -> None:
    short = verdict_of(judge(visit(HONEST), rules, at=AT))
    full = verdict_of(judge(visit(HONEST), rules, at=AT, full=True))
    assert short.signals == short.contrary == ()
    assert full.contrary
    assert (short.label, short.scores) == (full.label, full.scores)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://www.vandelier.example/", "official domain of pack vandelier"),
        ("https://fine-watches.example/sale", "authorised reseller in pack vandelier"),
        ("https://trusted.example/", "on the allowlist"),
    ],
)
def test_known_sites_are_not_flagged_and_the_reason_is_kept(judged: Judged, url: str, reason: str) -> None:
    verdict = verdict_of(judged(SHOP, url=url))
    assert verdict.label is Label.CLEAR
    assert reason in verdict.suppressed


def test_a_lookalike_of_an_official_domain_is_not_suppressed(judged: Judged) -> None:
    assert verdict_of(judged(SHOP, url="https://notvandelier.example/")).label is Label.FLAGGED


def test_a_reseller_is_let_off_for_the_packs_sectors_only(judged: Judged) -> None:
    body = ROGUE.replace("Save up to 80% off", "Only today: 80% off. Pay by bitcoin")
    verdict = verdict_of(judged(body, url="https://fine-watches.example/"))
    assert verdict.suppressed == ""
    assert verdict.sector == "pharmaceuticals"


def test_only_content_is_judged(visit: MakeVisit, rules: CompiledRules) -> None:
    dead = dataclasses.replace(visit(SHOP), outcome=Outcome.TIMEOUT)
    assert judge(dead, rules, at=AT) == Judgement(outcome=Outcome.TIMEOUT)
    empty = judge(visit(""), rules, at=AT)
    assert (empty.outcome, empty.verdict) == (Outcome.EMPTY, None)
    shop = judge(visit(SHOP), rules, at=AT)
    assert shop.outcome is Outcome.CONTENT
    assert shop.page is not None
    assert shop.page.kind is PageKind.SHOP


@pytest.mark.parametrize(
    ("status", "arrived", "body", "outcome"),
    [
        (403, Outcome.BLOCKED, "<p>Checking your browser before accessing it</p>", Outcome.CHALLENGE),
        (410, Outcome.HTTP_ERROR, "<h1>This account has been suspended</h1>", Outcome.SUSPENDED),
        (403, Outcome.BLOCKED, SHOP, Outcome.BLOCKED),
        (404, Outcome.HTTP_ERROR, "", Outcome.HTTP_ERROR),
        (302, Outcome.HTTP_ERROR, "<p>This account has been suspended</p>", Outcome.HTTP_ERROR),
        (403, Outcome.BLOCKED, "<p>This account has been suspended</p>" + " " * MAX_NOTICE, Outcome.BLOCKED),
    ],
)
def test_a_refusal_or_an_error_is_refined_by_the_page_that_came_with_it(
    visit: MakeVisit, rules: CompiledRules, status: int, arrived: Outcome, body: str, outcome: Outcome
) -> None:
    source = visit(body)
    (capture,) = source.captures
    (answer,) = capture.exchanges
    capture = dataclasses.replace(capture, outcome=arrived, exchanges=(dataclasses.replace(answer, status=status),))
    judgement = judge(dataclasses.replace(source, outcome=arrived, captures=(capture,)), rules, at=AT)
    assert (judgement.outcome, judgement.verdict) == (outcome, None)
    assert (judgement.page is None) == (outcome is arrived)


def test_the_sum_is_told_term_by_term(judged: Judged, rules: CompiledRules) -> None:
    verdict = verdict_of(judged(SHOP))
    lines = list(explain(verdict, rules))
    assert lines[0].startswith("flagged: luxury +")
    chosen = next(score for score in verdict.scores if score.sector == verdict.sector)
    assert abs(sum(amount for _, amount in chosen.terms) - chosen.score) < 1e-6
    for signal in verdict.signals:
        assert any(signal.id in line and signal.quote in line for line in lines) or signal.sector not in ("", "luxury")


def test_a_page_about_nothing_is_explained_too(judged: Judged, rules: CompiledRules) -> None:
    (line,) = explain(verdict_of(judged("<p>Nothing of interest is written on this page at all.</p>")), rules)
    assert line == "clear: nothing on the page belongs to a sector"


@pytest.mark.parametrize(
    "body", [b"\xff\xfe\x00", b"<" * 5000, b"<title>replica watches", "<p>\u202e\u0000Vandelier".encode()]
)
def test_hostile_bytes_are_judged_like_any_other(judged: Judged, body: bytes) -> None:
    assert judged(body).outcome in Outcome
