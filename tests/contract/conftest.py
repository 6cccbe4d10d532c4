"""Fixtures of the contract suites: a store of every engine, and records to put into it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.hosts import parse_target
from core.ids import new_ulid, sha256_hex
from core.records import (
    Artifact,
    Bundle,
    Candidate,
    Capture,
    Exchange,
    Family,
    Label,
    Lane,
    Lookup,
    Outcome,
    PackReference,
    PageKind,
    Reference,
    ReferenceType,
    Resolution,
    SealState,
    SectorScore,
    Signal,
    TlsFacts,
    Verdict,
    Visit,
)
from storage.policy import StorePolicy
from storage.records import BodyPlace, CaseOpening, Finished, Lease, RunTarget
from storage.store import Store, open_store

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


class Make:
    """Records with sensible content; every visit gets a fresh id."""

    now = NOW

    def __init__(self) -> None:
        self._count = 0

    def candidate(self, host: str, *, lane: Lane = Lane.NORMAL, **changes: Any) -> Candidate:
        target = parse_target(host)
        fields = {
            "subject": target.subject,
            "url": target.url,
            "unit": target.unit,
            "source": "list",
            "reason": "line 1",
            "seen_at": NOW,
            "lane": lane,
        }
        return Candidate(**{**fields, **changes})

    def target(self, position: int, text: str) -> RunTarget:
        return RunTarget(position=position, text=text, target=parse_target(text))

    def exchange(self, url: str, body: bytes = b"<html>shop</html>") -> Exchange:
        return Exchange(
            url=url,
            request_headers=(("User-Agent", "test"),),
            status=200,
            reason="OK",
            http_version="1.1",
            headers=(("Content-Type", "text/html"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=\xe9")),
            body=body,
            truncated=False,
            sha256=sha256_hex(body),
            remote_address="192.0.2.7",
            remote_port=443,
            at=NOW,
            elapsed=0.25,
            tls=TlsFacts(version="TLSv1.3", cipher="TLS_AES_128_GCM_SHA256", leaf=b"\x30\x82\x00\xff"),
        )

    def visit(self, candidate: Candidate, outcome: Outcome = Outcome.CONTENT, bodies: tuple[bytes, ...] = ()) -> Visit:
        self._count += 1
        resolution = Resolution(host="shop.test", lookup=Lookup.OK, at=NOW, addresses=("192.0.2.7",), ttl=60)
        capture = Capture(
            vantage="direct-desktop",
            resolutions=(resolution,),
            exchanges=tuple(self.exchange(candidate.url, body) for body in bodies),
            outcome=outcome,
            detail="" if outcome is Outcome.CONTENT else "as planned",
        )
        return Visit(
            id=new_ulid(NOW, self._count.to_bytes(10, "big")),
            candidate=candidate,
            captures=(capture,),
            outcome=outcome,
            at=NOW,
        )

    def verdict(self, visit: Visit, *, score: float = 3.5, sector: str = "luxury", quote: str = "replica") -> Verdict:
        reference = Reference(type=ReferenceType.BYTES, sha256="0" * 64, start=6, end=10)
        signal = Signal(
            id="text.replica",
            sector=sector,
            family=Family.TEXT,
            weight=1.5,
            quote=quote,
            references=(reference,),
            detector="keywords",
            version="1",
            pack=PackReference(id="aurelia", version="2", organisation="aurelia"),
        )
        return Verdict(
            visit=visit.id,
            label=Label.FLAGGED,
            sector=sector,
            score=score,
            scores=(SectorScore(sector=sector, score=score, threshold=3.0, terms=(("text", 1.5),)),),
            signals=(signal,),
            contrary=(),
            ruleset="f" * 64,
            at=NOW,
        )

    def finished(
        self, lease: Lease, *, outcome: Outcome = Outcome.CONTENT, organisation: str = "", **changes: Any
    ) -> Finished:
        """A finished lease; with an ``organisation`` it is flagged and opens a case."""
        visit = changes.pop("visit", None) or self.visit(lease.candidate, outcome)
        score = changes.pop("score", 3.5)
        sector = changes.pop("sector", "luxury")
        fields: dict[str, Any] = {
            "lease": lease,
            "visit": visit,
            "page_kind": PageKind.SHOP if outcome is Outcome.CONTENT else None,
            "language": "en",
            "title": "Watches",
            "due_at": NOW + timedelta(days=7),
            "elapsed_ms": 250,
        }
        if organisation:
            fields["verdict"] = self.verdict(visit, score=score, sector=sector)
            fields["case"] = CaseOpening(
                organisation=organisation,
                rights_holders=("aurelia", "borealis"),
                jurisdictions=(("NL", "hosted there"),),
            )
        return Finished(**{**fields, **changes})

    def bundle(self, bundle_id: str, visit_id: str) -> Bundle:
        artifact = Artifact(name="bundle.json", media_type="application/json", sha256="1" * 64, size=10)
        return Bundle(
            id=bundle_id,
            visit=visit_id,
            artifacts=(artifact,),
            content_id="2" * 64,
            state=SealState.ASSEMBLED,
            at=NOW,
        )

    async def lease(self, store: Store, *hosts: str, worker: str = "w1", now: datetime = NOW) -> tuple[Lease, ...]:
        """Add subjects and lease everything that is due."""
        await store.frontier.add([self.candidate(host) for host in hosts], now)
        return await store.frontier.lease(worker, 1000, now, lease_seconds=60)

    async def stored(self, store: Store, lease: Lease, *bodies: bytes, **changes: Any) -> Finished:
        """A finished lease whose bodies are durable in a segment."""
        visit = self.visit(lease.candidate, bodies=bodies)
        places: tuple[BodyPlace, ...]
        async with store.segments.open_writer(lease.worker) as writer:
            places = await writer.append(visit)
            await writer.sync()
        return self.finished(lease, visit=visit, bodies=places, **changes)


@pytest.fixture
def make() -> Make:
    return Make()


@pytest.fixture
def policy(tmp_path: Path) -> StorePolicy:
    return StorePolicy(data_dir=tmp_path / "store")


@pytest.fixture(params=["sqlite"])
async def store(request: pytest.FixtureRequest, policy: StorePolicy) -> AsyncIterator[Store]:
    assert request.param == "sqlite"
    async with open_store(policy) as opened:
        yield opened
