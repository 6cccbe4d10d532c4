"""A real store with flagged sites, their bundles and people of several organisations."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from classifiers.locate import Locator
from core.hosts import parse_target
from core.ids import new_ulid, sha256_hex
from core.records import (
    Candidate,
    Capture,
    Exchange,
    Family,
    Label,
    Lookup,
    Outcome,
    PackReference,
    PageKind,
    Reference,
    ReferenceType,
    Resolution,
    SectorScore,
    Signal,
    Verdict,
    Visit,
)
from evidence.bundle import assemble, write_zip
from evidence.inputs import BundleInputs
from review.app import create_app
from review.auth import hash_password
from review.deps import ReviewDeps
from review.policy import ReviewPolicy
from storage.policy import StorePolicy
from storage.records import CaseOpening, Finished, Role
from storage.store import Store, open_store

PASSWORD = "correct-horse-battery"
HOSTILE = "\"'><script>alert(1)</script>\u202ereversed\x00"

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Norvane replica watches outlet</title>
<script>alert("captured")</script></head><body><h1>Norvane replica watches, AAA quality 1:1</h1>
<a href="javascript:alert(2)">Free shipping</a>
<ul><li>Regent <del>$1,299.00</del> <b>$129.00</b></li><li>Marine <del>$2,190.00</del> <b>$219.00</b></li></ul>
<p>Visa MasterCard. Contact: norvane.sale@mail.example</p></body></html>"""


@dataclass(frozen=True)
class Office:
    """A store of one test's own, its cases by host, and what the test needs to sign in."""

    store: Store
    cases: dict[str, str]
    password: str = PASSWORD


def _signals(body: bytes, sha256: str) -> tuple[tuple[Signal, ...], tuple[Signal, ...]]:
    locator = Locator(body, "utf-8")

    def at(*quotes: str) -> tuple[Reference, ...]:
        places = [locator.find(quote) for quote in quotes]
        return tuple(
            Reference(type=ReferenceType.BYTES, sha256=sha256, start=place[0], end=place[1])
            for place in places
            if place
        )

    def signal(
        id_: str, family: Family, weight: float, quote: str, references: tuple[Reference, ...], **more: object
    ) -> Signal:
        fields = {"sector": "", "detector": "lab", "version": "1", **more}
        return Signal(id=id_, family=family, weight=weight, quote=quote, references=references, **fields)  # type: ignore[arg-type]

    absence = (Reference(type=ReferenceType.ABSENCE, pages=(sha256,), name="operator, company or VAT number"),)
    named = (Reference(type=ReferenceType.ABSENCE, pages=(sha256,), name=HOSTILE),)
    pack = PackReference(id="norvane", version="1", organisation="norvane")
    other = PackReference(id="secret", version="1", organisation="rival")
    return (
        (
            signal("price.uniform-discount", Family.PRICE, 0.8, "$1,299.00", at("$1,299.00")),
            signal("price.uniform-discount", Family.PRICE, 0.8, "$129.00", at("$129.00")),
            signal(
                "text.replica-term",
                Family.TEXT,
                2.1,
                "replica watches",
                at("replica watches"),
                sector="luxury",
                pack=pack,
            ),
            signal("identity.no-operator", Family.IDENTITY, 1.1, "", absence),
            signal("payment.logos-without-processor", Family.PAYMENT, 0.7, "Visa MasterCard", at("Visa MasterCard")),
            signal("text.claim", Family.TEXT, 0.2, "AAA quality", at("AAA quality"), sector="luxury", pack=other),
            signal("visual.brand-new-detector", Family.VISUAL, 0.1, HOSTILE, named, sector="luxury"),
        ),
        (signal("contrary.second-hand", Family.CONTRARY, -0.4, "Free shipping", at("Free shipping")),),
    )


async def _flag(store: Store, url: str, organisation: str, folder: Path, *, title: str) -> str:
    now = await store.now()
    target = parse_target(url)
    candidate = Candidate(
        subject=target.subject, url=target.url, unit=target.unit, source="list", reason="test list", seen_at=now
    )
    await store.frontier.add([candidate], now, due_now=True)
    (lease,) = await store.frontier.lease("w1", 1, now, lease_seconds=60)
    body = _PAGE.encode()
    sha256 = sha256_hex(body)
    exchange = Exchange(
        url=target.url, request_headers=(("Host", target.host),), status=200, reason="OK", http_version="1.1",
        headers=(("Content-Type", "text/html; charset=utf-8"), ("X-Odd", "<script>alert(3)</script>")), body=body,
        truncated=False, sha256=sha256, remote_address="192.0.2.10", remote_port=443, at=now, elapsed=0.084,
        decoded=body,
    )  # fmt: skip
    resolution = Resolution(host=target.host, lookup=Lookup.OK, at=now, addresses=("192.0.2.10",), ttl=300)
    capture = Capture(
        vantage="direct-desktop", resolutions=(resolution,), exchanges=(exchange,), outcome=Outcome.CONTENT
    )
    visit = Visit(id=new_ulid(now), candidate=candidate, captures=(capture,), outcome=Outcome.CONTENT, at=now)
    signals, contrary = _signals(body, sha256)
    terms = (("price", 1.6), ("text", 2.3), ("identity", 1.1), ("payment", 0.7), ("visual", 0.1), ("contrary", -0.4))
    score = SectorScore(sector="luxury", score=5.4, threshold=3.0, terms=terms)
    verdict = Verdict(
        visit=visit.id, label=Label.FLAGGED, sector="luxury", score=5.4, scores=(score,), signals=signals,
        contrary=contrary, ruleset="0" * 64, at=now,
    )  # fmt: skip
    async with store.segments.open_writer("w1") as writer:
        places = await writer.append(visit)
        await writer.sync()
    opening = CaseOpening(organisation=organisation, rights_holders=("norvane",), jurisdictions=(("DE", "language"),))
    finished = Finished(
        lease=lease, visit=visit, bodies=places, page_kind=PageKind.SHOP, language="en", title=title, verdict=verdict,
        due_at=now + timedelta(days=1), case=opening, elapsed_ms=120,
    )  # fmt: skip
    (result,) = await store.finish([finished], now)
    assert result.accepted
    assert result.case_id
    await _seal(store, visit, verdict, folder, now)
    return result.case_id


async def _seal(store: Store, visit: Visit, verdict: Verdict, folder: Path, now: datetime) -> None:
    (job,) = await store.evidence.lease("e1", 1, now, lease_seconds=60)
    inputs = BundleInputs(
        bundle_id=job.bundle_id, case_id=job.case_id, at=now, visit=visit, verdict=verdict, organisation="agency-a",
        instance="test", software_version="0",
    )  # fmt: skip
    bundle = assemble(inputs, folder)
    file = folder / f"{job.bundle_id}.zip"
    write_zip(folder / f"EB-{job.bundle_id}", file)
    blob = await store.vault.put(job.case_id, file.read_bytes())
    assert await store.evidence.finish(job, bundle, blob, now)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The folder of a closed store with its cases by host; tests work on copies, for bundles take long to make."""
    root = tmp_path_factory.mktemp("office")
    (root / "bags").mkdir()
    async with open_store(StorePolicy(data_dir=root / "store")) as store:
        now = await store.now()
        hashed = hash_password(PASSWORD)
        for name in ("agency-a", "agency-b", "norvane", "rival"):
            await store.accounts.add_organisation(name, name.title(), "agency")
        for name, role, organisation in (
            ("admin", Role.OPERATOR, "agency-a"),
            ("ana", Role.ANALYST, "agency-a"),
            ("ben", Role.ANALYST, "agency-b"),
            ("nora", Role.RIGHTS_HOLDER, "norvane"),
            ("rita", Role.RIGHTS_HOLDER, "rival"),
        ):
            await store.accounts.add_user(name, role, organisation, hashed, now)
        cases = {}
        for url, organisation, title in (
            ("https://norvane-outlet.test/", "agency-a", "Norvane outlet"),
            ("https://xn--nrvane-bya.test/", "agency-a", HOSTILE),
            ("https://norvane-b.test/", "agency-b", "Other agency"),
        ):
            cases[parse_target(url).host] = await _flag(store, url, organisation, root / "bags", title=title)
    return root / "store", cases


@pytest.fixture
async def office(filled: tuple[Path, dict[str, str]], tmp_path: Path) -> AsyncIterator[Office]:
    folder, cases = filled
    shutil.copytree(folder, tmp_path / "store")
    async with open_store(StorePolicy(data_dir=tmp_path / "store")) as store:
        yield Office(store=store, cases=cases)


Desk = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def visit_as(office: Office) -> Desk:
    """``async with visit_as("ana") as client``: a client of one app, signed in unless the name is empty."""
    app = create_app(ReviewDeps(store=office.store, policy=ReviewPolicy(page_size=2)))

    @contextlib.asynccontextmanager
    async def client(name: str = "") -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(app=app, client=("192.0.2.77", 4000))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as browser:
            if name:
                answer = await sign_in(browser, name, PASSWORD)
                assert answer.status_code == 303
            yield browser

    return client


async def sign_in(browser: httpx.AsyncClient, name: str, password: str) -> httpx.Response:
    page = await browser.get("/login")
    return await browser.post("/login", data={"name": name, "password": password, "csrf": token_of(page)})


def token_of(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found
    return found[1]
