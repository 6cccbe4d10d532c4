"""Exchanges made of bytes, visits made of exchanges, and a small ruleset with invented brands and medicines."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from classifiers.classify import CompiledRules, Judgement, compile_rules, judge
from classifiers.ruleset import (
    Expression,
    Pack,
    PriceFloor,
    Ruleset,
    SectorRules,
    Term,
    TermKind,
    Weights,
)
from core.records import Candidate, Capture, Exchange, Outcome, Subject, TlsFacts, Visit

MakeExchange = Callable[..., Exchange]


@pytest.fixture
def exchange() -> MakeExchange:
    """A function that makes a 200 answer of a body: ``exchange("<p>…", url=…, content_type=…, headers=…)``."""

    def make(
        body: str | bytes,
        *,
        url: str = "https://shop.example/sale/index.html",
        content_type: str = "text/html",
        status: int = 200,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Exchange:
        content = body.encode() if isinstance(body, str) else body
        return Exchange(
            url=url,
            request_headers=(),
            status=status,
            reason="OK",
            http_version="1.1",
            headers=(("Content-Type", content_type), *headers),
            body=content,
            truncated=False,
            sha256=hashlib.sha256(content).hexdigest(),
            remote_address="192.0.2.1",
            remote_port=443,
            at=datetime(2026, 11, 1, tzinfo=UTC),
            elapsed=0.1,
            decoded=content,
        )

    return make


AT = datetime(2026, 11, 1, tzinfo=UTC)

WEIGHTS = Weights(
    version="1",
    fitted_on="nothing: chosen for the tests",
    signals=(
        ("text.replica-term", 1.0), ("text.no-prescription", 1.0), ("text.claim", 1.0), ("text.obfuscated-term", 1.0),
        ("text.brand-stuffing", 0.5), ("text.factory-brands", 1.0), ("text.pressure", 0.4),
        ("text.template-default", 0.3), ("price.uniform-discount", 1.4), ("price.strike-ratio", 1.0),
        ("price.steep-claim", 0.6), ("price.repeated", 0.5), ("price.below-floor", 1.6),
        ("price.brand-below-floor", 1.6), ("price.brand-bargain", 0.8), ("price.brand-steep-discount", 0.8),
        ("price.currency-switcher", 0.2), ("identity.no-operator", 0.6), ("identity.no-address", 0.4),
        ("identity.free-mail", 0.8), ("identity.unlisted-pharmacy", 1.2), ("identity.unrelated-email", 0.4),
        ("identity.bare-social-links", 0.8), ("identity.stale-copyright", 0.1),
        ("identity.copied-brand-copyright", 1.0), ("payment.logos-without-processor", 0.4),
        ("payment.crypto-or-wire", 0.8), ("payment.chat-only", 0.8), ("platform.zen-cart", 0.4),
        ("platform.oemsaas", 0.6), ("network.tls-fault", 0.3), ("network.wildcard", 0.3),
        ("network.fresh-certificate", 0.1), ("linkage.foreign-images", 0.5), ("cloaking.hidden-links", 1.0),
        ("cloaking.referrer-script", 1.2), ("piracy.watch-free", 1.0), ("piracy.release-names", 1.4),
        ("piracy.title-wall", 1.0), ("piracy.player-embed", 1.4), ("piracy.cyberlocker-links", 1.4),
        ("piracy.magnet-links", 1.2), ("piracy.ad-network", 1.0), ("piracy.mirror-list", 0.8),
        ("contrary.term", -1.0), ("contrary.identified-operator", -1.4), ("contrary.official-domain", -4.0),
        ("contrary.authorised-reseller", -2.0), ("contrary.claims-authorised", -0.4),
        ("contrary.article-context", -1.8), ("contrary.second-hand", -0.8), ("contrary.licensed-pharmacy", -2.0),
        ("contrary.open-licence", -2.0), ("contrary.brand-protection", -1.2), ("contrary.honest-replica", -1.2),
    ),
    family_caps=(
        ("text", 3.0), ("price", 2.0), ("identity", 2.0), ("payment", 1.4), ("platform", 0.6), ("network", 0.4),
        ("linkage", 0.6), ("cloaking", 1.6), ("piracy-content", 3.0), ("piracy-delivery", 2.4), ("contrary", 5.0),
    ),
    flag_threshold=3.2,
    undecided_threshold=1.8,
)  # fmt: skip


def _terms(kind: TermKind, *texts: str, weight: float = 0.0, near_brand: bool = False) -> tuple[Term, ...]:
    return tuple(Term(text=text, kind=kind, weight=weight, near_brand=near_brand) for text in texts)


RULESET = Ruleset(
    sectors=(
        SectorRules(
            id="luxury",
            version="1",
            title="Luxury goods",
            terms=(
                *_terms(TermKind.REPLICA, "replica watches", "Replika-Uhren", "高仿", "레플리카", weight=1.5),
                *_terms(TermKind.REPLICA, "replica", "1:1", weight=1.2, near_brand=True),
                *_terms(TermKind.BRAND, "Vandelier", "Orsova", "Quillon"),
                *_terms(TermKind.PRODUCT, "watches", "handbags", "Uhren"),
                *_terms(TermKind.CONTRARY, "how to spot", "we fight counterfeits", weight=-1.0),
            ),
            expressions=(Expression(pattern=r"AAA\+? (?:quality|grade)", kind=TermKind.REPLICA, weight=1.2),),
        ),
        SectorRules(
            id="pharmaceuticals",
            version="1",
            title="Medicines",
            terms=(
                *_terms(TermKind.CLAIM, "no prescription needed", "pills without restrictions", weight=1.2),
                *_terms(TermKind.BRAND, "Zelofar", "Brixinol", "Tamudex", "Ulvaprin"),
                *_terms(TermKind.PRODUCT, "pills", "tablets"),
                *_terms(TermKind.CONTRARY, "a prescription is required", weight=-1.0),
            ),
        ),
        SectorRules(
            id="piracy",
            version="1",
            title="Piracy",
            terms=_terms(TermKind.PIRACY, "watch movies online free", "full movie free download", weight=1.3),
        ),
    ),
    packs=(
        Pack(
            id="vandelier",
            version="3",
            organisation="vandelier-sa",
            title="Vandelier",
            sectors=("luxury",),
            brands=("Vandelier", "Tourbillon Nocturne"),
            official_domains=("vandelier.example",),
            authorised_resellers=("fine-watches.example",),
            price_floors=(PriceFloor(product="Tourbillon Nocturne", amount=9000.0, currency="EUR"),),
        ),
    ),
    weights=WEIGHTS,
    allowlist=("trusted.example",),
)


@pytest.fixture(scope="session")
def ruleset() -> Ruleset:
    """Three sectors and one pack."""
    return RULESET


@pytest.fixture(scope="session")
def rules() -> CompiledRules:
    """The ruleset, compiled once."""
    return compile_rules(RULESET)


@pytest.fixture
def visit(exchange: MakeExchange) -> Callable[..., Visit]:
    """A function that makes a visit of a body: ``visit("<p>…", url=…, tls=TlsFacts(…))``."""

    def make(body: str | bytes, *, url: str = "https://shop.example/", tls: TlsFacts | None = None) -> Visit:
        received = dataclasses.replace(exchange(body, url=url, content_type="text/html; charset=utf-8"), tls=tls)
        candidate = Candidate(
            subject=Subject(key="shop.example"), url=url, unit="shop.example", source="test", reason="test", seen_at=AT
        )
        capture = Capture(vantage="direct-desktop", resolutions=(), exchanges=(received,), outcome=Outcome.CONTENT)
        return Visit(id="0" * 26, candidate=candidate, captures=(capture,), outcome=Outcome.CONTENT, at=AT)

    return make


@pytest.fixture
def judged(visit: Callable[..., Visit], rules: CompiledRules) -> Callable[..., Judgement]:
    """A function that judges a body with every signal listed."""

    def make(body: str | bytes, **options: object) -> Judgement:
        return judge(visit(body, **options), rules, at=AT, full=True)

    return make
