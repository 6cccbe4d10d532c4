"""Inputs made by hand: a shop behind a redirect, with every kind of body, and a name that does not resolve."""

from __future__ import annotations

import gzip
import hashlib
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import brotli
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.records import (
    Candidate,
    Capture,
    Exchange,
    Family,
    Label,
    Lookup,
    Outcome,
    PackReference,
    Page,
    PageKind,
    Reference,
    ReferenceType,
    Resolution,
    SectorScore,
    Signal,
    Soa,
    Subject,
    TlsFacts,
    Verdict,
    Visit,
)
from evidence.bundle import assemble
from evidence.inputs import BundleInputs

START = datetime(2026, 11, 24, 6, 0, 0, 123456, tzinfo=UTC)
VISIT = "01KATJ8Y1B0000000000000001"
BUNDLE = "01KATJ8Y1B0000000000000002"
CASE = "01KATJ8Y1B0000000000000003"
RULESET = b'{"format":1}'
LANDING = (
    b"<!doctype html><html><head><meta charset=utf-8><title>Velora outlet</title></head><body><h1>Velora&nbsp;replica"
    b" <b>watches</b></h1>\n<p>AAA quality, 90&#37; off &mdash; price 39 &euro;</p></body></html>"
)


def make_leaf() -> bytes:
    """A self-signed leaf with fixed dates; its key is new each time, so use it once per test session."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "velora-outlet.example")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(4711)
        .not_valid_before(START - timedelta(days=1))
        .not_valid_after(START + timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("velora-outlet.example")]), critical=False)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )


def make_exchange(
    url: str,
    decoded: bytes,
    *,
    body: bytes | None = None,
    second: float = 0.0,
    status: int = 200,
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html; charset=utf-8"),),
    tls: TlsFacts | None = None,
    truncated: bool = False,
) -> Exchange:
    return Exchange(
        url=url,
        request_headers=(
            ("Host", "velora-outlet.example"),
            ("User-Agent", "Counterwatch/0.1 (+https://agency.example)"),
        ),
        status=status,
        reason="OK" if status == 200 else "Found",
        http_version="1.1",
        headers=headers,
        body=decoded if body is None else body,
        truncated=truncated,
        sha256=hashlib.sha256(decoded).hexdigest(),
        remote_address="192.0.2.10",
        remote_port=443,
        at=START + timedelta(seconds=second),
        elapsed=0.25,
        tls=tls,
        decoded=decoded,
    )


def make_signal(quote: str, *references: Reference, id: str = "text.replica", weight: float = 1.5) -> Signal:
    return Signal(
        id=id,
        sector="luxury",
        family=Family.TEXT,
        weight=weight,
        quote=quote,
        references=references,
        detector="keywords",
        version="1",
        pack=PackReference(id="velora", version="3", organisation="velora"),
    )


def cite(decoded: bytes, text: bytes) -> Reference:
    start = decoded.index(text)
    return Reference(
        type=ReferenceType.BYTES,
        sha256=hashlib.sha256(decoded).hexdigest(),
        start=start,
        end=start + len(text),
    )


def make_visit(leaf: bytes, *, large: int = 0) -> Visit:
    tls = TlsFacts(version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384", leaf=leaf, faults=("self-signed certificate",))
    base = "https://velora-outlet.example"
    text = ("Content-Type", "text/html; charset=utf-8")
    exchanges = [
        make_exchange(
            "http://velora-outlet.example/",
            b"",
            status=302,
            headers=(("Location", f"{base}/"), ("Content-Length", "0")),
        ),
        make_exchange(
            f"{base}/about?b=2&a=1",
            b"<p>About us</p>" * 40,
            second=1,
            headers=(text, ("Transfer-Encoding", "chunked")),
            tls=tls,
        ),
        make_exchange(
            f"{base}/terms",
            b"<p>Terms</p>" * 99,
            body=brotli.compress(b"<p>Terms</p>" * 99),
            second=2,
            headers=(text, ("Content-Encoding", "br")),
            tls=tls,
        ),
    ]
    if large:
        block = random.Random(7).randbytes(large)
        exchanges.append(
            make_exchange(
                f"{base}/catalogue.pdf", block, second=3, headers=(("Content-Type", "application/pdf"),), tls=tls
            )
        )
    exchanges.append(
        make_exchange(
            f"{base}/",
            LANDING,
            body=gzip.compress(LANDING, mtime=0),
            second=4,
            headers=(text, ("Content-Encoding", "gzip"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")),
            tls=tls,
        )
    )
    found = Resolution(
        host="velora-outlet.example",
        lookup=Lookup.OK,
        at=START,
        addresses=("192.0.2.10", "2001:db8::10"),
        cnames=("shops.example",),
        ns=("ns1.example",),
        mx=("mx.example",),
        soa=Soa(mname="ns1.example", rname="hostmaster.example", serial=2026112401),
        ttl=300,
        wire=(("A", b"\x00\x01\x02"),),
        server="192.0.2.53",
    )
    missing = Resolution(host="cdn.velora-outlet.example", lookup=Lookup.NXDOMAIN, at=START + timedelta(seconds=5))
    return Visit(
        id=VISIT,
        candidate=Candidate(
            subject=Subject(key="velora-outlet.example"),
            url="http://velora-outlet.example/",
            unit="velora-outlet.example",
            source="list",
            reason="named in sites.txt, line 3",
            seen_at=START - timedelta(hours=1),
        ),
        captures=(
            Capture(
                vantage="direct-desktop",
                resolutions=(found, missing),
                exchanges=tuple(exchanges),
                outcome=Outcome.CONTENT,
            ),
        ),
        outcome=Outcome.CONTENT,
        at=START,
    )


def make_verdict(visit: Visit) -> Verdict:
    last = visit.captures[0].exchanges[-1]
    return Verdict(
        visit=visit.id,
        label=Label.FLAGGED,
        sector="luxury",
        score=4.25,
        scores=(SectorScore(sector="luxury", score=4.25, threshold=3.0, terms=(("text", 2.5), ("price", 1.75))),),
        signals=(
            make_signal(
                "Velora replica watches",
                replace(cite(last.decoded, b"Velora&nbsp;replica <b>watches"), selector="body h1"),
            ),
            make_signal("90% off — price 39 €", cite(last.decoded, b"90&#37; off &mdash; price 39 &euro;")),
            make_signal(
                "",
                Reference(type=ReferenceType.ABSENCE, pages=(last.sha256,), name="imprint"),
                id="identity.no-operator",
            ),
        ),
        contrary=(make_signal("AAA", cite(last.decoded, b"AAA"), id="contrary.example", weight=-0.5),),
        ruleset=hashlib.sha256(RULESET).hexdigest(),
        at=START + timedelta(seconds=6),
    )


def make_inputs(visit: Visit) -> BundleInputs:
    return BundleInputs(
        bundle_id=BUNDLE,
        at=START + timedelta(seconds=7),
        visit=visit,
        organisation="Agency Example",
        instance="counterwatch-1",
        software_version="0.1.0",
        verdict=make_verdict(visit),
        ruleset=RULESET,
        page=Page(
            url="https://velora-outlet.example/",
            sha256=hashlib.sha256(LANDING).hexdigest(),
            charset="utf-8",
            kind=PageKind.SHOP,
            language="en",
            title="Velora outlet",
        ),
        case_id=CASE,
        rights_holders=("velora",),
    )


@pytest.fixture(scope="session")
def leaf() -> bytes:
    return make_leaf()


@pytest.fixture(scope="session")
def inputs(leaf: bytes) -> BundleInputs:
    return make_inputs(make_visit(leaf))


@pytest.fixture(scope="session")
def large_inputs(leaf: bytes) -> BundleInputs:
    return make_inputs(make_visit(leaf, large=2_000_000))


@pytest.fixture
def bag(inputs: BundleInputs, tmp_path: Path) -> Path:
    assemble(inputs, tmp_path)
    return tmp_path / inputs.name


@pytest.fixture(scope="session")
def change() -> Callable[..., BundleInputs]:
    """The inputs with one exchange of the first capture replaced."""

    def changed(inputs: BundleInputs, place: int, exchange: Exchange) -> BundleInputs:
        capture = inputs.visit.captures[0]
        exchanges = list(capture.exchanges)
        exchanges[place] = exchange
        visit = replace(inputs.visit, captures=(replace(capture, exchanges=tuple(exchanges)),))
        return replace(inputs, visit=visit)

    return changed
