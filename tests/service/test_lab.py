"""The practice web on real sockets: names, pages, certificates, hostile behaviour, and a clean stop."""

import asyncio
import contextlib
import gzip
import socket
import ssl
import time
from collections.abc import AsyncIterator

import aiohttp
import dns.asyncquery
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.plan import plan_sites
from lab.run import Lab, run_lab
from lab.server import read_request
from lab.sites import SUSPECT, Behaviour, DnsBehaviour, Door, Kind, LabSite, TlsBehaviour
from lab.zone import Zone

SITES = plan_sites(500)


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with run_lab(SITES) as running:
        yield running


async def ask(lab: Lab, name: str, rdtype: str = "A", *, tcp: bool = False) -> dns.message.Message:
    host, _, port = lab.dns.partition(":")
    query = dns.message.make_query(name, rdtype)
    if tcp:
        return await dns.asyncquery.tcp(query, host, timeout=3, port=int(port))
    return await dns.asyncquery.udp(query, host, timeout=1, port=int(port), ignore_unexpected=True)


def site_with(**wanted: object) -> LabSite:
    return next(site for site in SITES if all(getattr(site, name) == value for name, value in wanted.items()))


class Everywhere(aiohttp.abc.AbstractResolver):
    """Sends every name to loopback, as the practice web's own name server does."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[aiohttp.abc.ResolveResult]:
        return [
            aiohttp.abc.ResolveResult(
                hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0
            )
        ]

    async def close(self) -> None:
        return None


def client(lab: Lab) -> aiohttp.ClientSession:
    trusting = ssl.create_default_context(cadata=lab.ca_pem.decode())
    connector = aiohttp.TCPConnector(resolver=Everywhere(), ssl=trusting, limit=250)
    return aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=15))


async def raw(lab: Lab, site: LabSite, *, path: str = "/", wait: float = 3.0, most: int = 2_000_000) -> bytes:
    """What the site sends within a time and size, without any HTTP library in between."""
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.http_port)
    received = bytearray()
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {site.host}\r\n\r\n".encode())
        async with asyncio.timeout(wait):
            while len(received) < most and (chunk := await reader.read(65536)):
                received += chunk
    except TimeoutError:
        pass
    finally:
        writer.transport.abort()
    return bytes(received)


async def test_it_starts_and_stops_quickly_with_connections_open() -> None:
    begin = time.perf_counter()
    async with run_lab(SITES) as lab:
        assert time.perf_counter() - begin < 2
        slow = site_with(behaviour=Behaviour.SLOW_HEADERS)
        _, writer = await asyncio.open_connection("127.0.0.1", lab.http_port)
        writer.write(f"GET / HTTP/1.1\r\nHost: {slow.host}\r\n\r\n".encode())
        await writer.drain()
        begin = time.perf_counter()
    assert time.perf_counter() - begin < 2
    writer.transport.abort()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", lab.http_port)


async def test_a_busy_port_is_an_error_and_leaves_nothing_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        with pytest.raises(OSError, match="in use"):
            async with run_lab(SITES[:5], http_port=holder.getsockname()[1]):
                pass
        with pytest.raises(OSError, match="in use"):
            async with run_lab(SITES[:5], dns_port=holder.getsockname()[1]):
                pass


async def test_names_resolve_as_planned(lab: Lab) -> None:
    plain = site_with(kind=Kind.HONEST_SHOP, dns=DnsBehaviour.NORMAL)
    answer = await ask(lab, plain.host)
    assert answer.flags & dns.flags.AA
    assert [record.address for record in answer.answer[0]] == ["127.0.0.1"]
    assert (await ask(lab, f"www.{plain.host}")).answer
    empty = await ask(lab, plain.host, "AAAA")
    assert empty.rcode() == dns.rcode.NOERROR
    assert empty.authority[0].rdtype == dns.rdatatype.SOA
    for rdtype in ("NS", "SOA", "MX"):
        assert (await ask(lab, plain.host, rdtype)).answer, rdtype
    assert (await ask(lab, plain.host, tcp=True)).answer
    unknown = await ask(lab, "nobody-planned-this.test")
    assert unknown.rcode() == dns.rcode.NXDOMAIN
    assert unknown.authority[0].rdtype == dns.rdatatype.SOA


async def test_broken_names_are_broken_in_their_way(lab: Lab) -> None:
    codes = {
        DnsBehaviour.NXDOMAIN: dns.rcode.NXDOMAIN, DnsBehaviour.SERVFAIL: dns.rcode.SERVFAIL,
        DnsBehaviour.REFUSED: dns.rcode.REFUSED, DnsBehaviour.CNAME_DANGLING: dns.rcode.NXDOMAIN,
        DnsBehaviour.NO_ANSWER: dns.rcode.NOERROR,
    }  # fmt: skip
    for behaviour, code in codes.items():
        answer = await ask(lab, site_with(dns=behaviour).host)
        assert answer.rcode() == code, behaviour
    assert not (await ask(lab, site_with(dns=DnsBehaviour.NO_ANSWER).host)).answer
    loop = await ask(lab, site_with(dns=DnsBehaviour.CNAME_LOOP).host)
    assert {entry.rdtype for entry in loop.answer} == {dns.rdatatype.CNAME}
    chain = await ask(lab, site_with(dns=DnsBehaviour.CNAME_CHAIN).host)
    assert len(chain.answer) == 7
    assert chain.answer[-1].rdtype == dns.rdatatype.A
    private = await ask(lab, site_with(dns=DnsBehaviour.PRIVATE).host)
    assert private.answer[0][0].address == "10.13.37.1"
    cut = site_with(dns=DnsBehaviour.TRUNCATED).host
    assert (await ask(lab, cut)).flags & dns.flags.TC
    assert (await ask(lab, cut, tcp=True)).answer
    wild = site_with(dns=DnsBehaviour.WILDCARD, path="/")
    assert (await ask(lab, f"anything.{'.'.join(wild.host.split('.')[-2:])}")).answer
    with pytest.raises(dns.exception.Timeout):
        await ask(lab, site_with(dns=DnsBehaviour.SILENT).host)
    with pytest.raises(dns.exception.DNSException):
        await ask(lab, site_with(dns=DnsBehaviour.MALFORMED).host)


ZONE = Zone(SITES[:50], "127.0.0.1")


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=600), st.booleans())
def test_no_packet_breaks_the_name_server(packet: bytes, tcp: bool) -> None:
    for wire in ZONE.reply(packet, tcp=tcp):
        assert wire[:2] == packet[:2]


@settings(max_examples=300)
@given(st.integers(0, 120), st.integers(0, 255))
def test_no_changed_byte_of_a_query_breaks_the_name_server(place: int, value: int) -> None:
    query = bytearray(dns.message.make_query(SITES[0].host, "A").to_wire())
    query[place % len(query)] = value
    for wire in ZONE.reply(bytes(query)):
        assert len(wire) >= 12


@given(st.binary(max_size=300))
def test_no_request_head_breaks_the_site_server(head: bytes) -> None:
    read_request(head)


async def test_pages_are_served_whole_compressed_and_conditionally(lab: Lab) -> None:
    shop = next(site for site in SITES if site.kind is Kind.HONEST_SHOP and not site.https and not site.www)
    async with client(lab) as session:
        async with session.get(lab.target(shop)) as response:
            body, etag = await response.read(), response.headers["ETag"]
            assert response.headers["Content-Encoding"] == "gzip"
            assert response.status == 200
            assert len(body) > 15_000
        async with session.get(lab.target(shop), headers={"Accept-Encoding": "identity"}) as response:
            assert await response.read() == body
        async with session.get(lab.target(shop), headers={"If-None-Match": etag}) as response:
            assert response.status == 304
        async with session.get(lab.target(shop) + "favicon.ico") as response:
            assert (await response.read()).startswith(b"\x89PNG")
        async with session.get(lab.target(shop) + "no/such/page") as response:
            assert response.status == 404
        async with session.get(f"http://unplanned.test:{lab.http_port}/") as response:
            assert response.status == 404


async def test_two_hundred_sites_are_served_at_once_over_http_and_https(lab: Lab) -> None:
    ordinary = [
        site for site in SITES
        if site.behaviour is Behaviour.PAGE and site.door is Door.OPEN and site.tls is TlsBehaviour.TRUSTED
    ][:220]  # fmt: skip
    assert any(site.https for site in ordinary)

    async def visit(session: aiohttp.ClientSession, site: LabSite) -> None:
        async with session.get(lab.target(site)) as response:
            assert response.status == 200, site.host
            text = await response.text()
            if site.kind in SUSPECT:
                assert f'lang="{site.language}"' in text

    async with client(lab) as session, asyncio.TaskGroup() as group:
        for site in ordinary:
            group.create_task(visit(session, site))


async def test_redirects_lead_where_the_plan_says(lab: Lab) -> None:
    async with client(lab) as session:
        for kind in (Kind.DOORWAY, Kind.REDIRECT_WITHIN):
            site = site_with(kind=kind)
            async with session.get(lab.target(site), allow_redirects=False) as response:
                assert response.status in (301, 302)
                assert response.headers["Location"].startswith(f"http://{site.leads_to}:{lab.http_port}/")
        www = next(site for site in SITES if site.www and not site.https and site.door is Door.OPEN)
        async with session.get(f"http://{www.host}:{lab.http_port}/") as response:
            assert response.url.raw_host == f"www.{www.host}"


async def test_each_certificate_fault_shows(lab: Lab) -> None:
    reasons = {
        TlsBehaviour.EXPIRED: "expired", TlsBehaviour.SELF_SIGNED: "self-signed",
        TlsBehaviour.WRONG_NAME: "not valid for",
    }  # fmt: skip
    async with client(lab) as session:
        for behaviour, reason in reasons.items():
            with pytest.raises(aiohttp.ClientConnectorCertificateError, match=reason):
                await session.get(lab.target(site_with(tls=behaviour)))
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(lab.target(site_with(tls=TlsBehaviour.REFUSES)))


async def test_doors_that_lead_nowhere(lab: Lab) -> None:
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", lab.ports.closed)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await asyncio.open_connection("127.0.0.1", lab.ports.black_hole)
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.ports.silent)
    writer.write(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await reader.read(1)
    writer.transport.abort()


async def test_hostile_sites_misbehave_as_planned(lab: Lab) -> None:
    async def of(behaviour: Behaviour, **how: float) -> bytes:
        most = int(how.get("most", 2_000_000))
        return await raw(lab, site_with(behaviour=behaviour), wait=how.get("wait", 3.0), most=most)

    bomb = await of(Behaviour.GZIP_BOMB)
    assert len(bomb) < 300_000
    assert b"Content-Encoding: gzip" in bomb
    assert len(await of(Behaviour.ENDLESS_BODY, most=5_000_000)) >= 5_000_000
    endless = await of(Behaviour.ENDLESS_HEADERS, most=1_000_000)
    assert len(endless) >= 1_000_000
    assert b"\r\n\r\n" not in endless
    assert b"\r\n" not in (await of(Behaviour.ENDLESS_HEADER_LINE, most=500_000))[20:]
    assert (await of(Behaviour.HEADER_STORM)).count(b"\r\nX-Trace-") == 5000
    assert await of(Behaviour.SLOW_HEADERS, wait=0.5) == b""
    assert 0 < len((await of(Behaviour.DRIBBLE, wait=1.5)).partition(b"\r\n\r\n")[2]) < 5
    assert not (await of(Behaviour.HTTP_09)).startswith(b"HTTP/")
    assert b"\x00" in await of(Behaviour.NULL_BYTES)
    assert (await of(Behaviour.MANY_LINKS, most=9_000_000)).count(b"<a ") == 100_000
    assert (await of(Behaviour.DEEP_NESTING)).count(b"<div>") == 50_000
    assert b"Location: http://169.254.169.254/" in await of(Behaviour.REDIRECT_METADATA)
    assert (await of(Behaviour.DOUBLE_LENGTH)).lower().count(b"content-length") == 2
    assert await of(Behaviour.EARLY_CLOSE) == b""
    with pytest.raises(ConnectionResetError):
        await of(Behaviour.RESET)
    cut = (await of(Behaviour.TRUNCATED_GZIP)).partition(b"\r\n\r\n")[2]
    with pytest.raises(EOFError):
        gzip.decompress(cut)


async def test_garbage_and_oversized_requests_are_turned_away(lab: Lab) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.http_port)
    writer.write(b"\x16\x03\x01 what is this\r\n\r\n")
    assert b"400" in await reader.read(100)
    writer.transport.abort()
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.http_port)
    writer.write(b"GET / HTTP/1.1\r\nHost: a.test\r\nX: " + b"x" * 200_000)
    async with asyncio.timeout(3):
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
    writer.transport.abort()


async def test_an_endless_body_read_at_full_speed_does_not_hold_up_the_others(lab: Lab) -> None:
    """The greedy reader is a thread of its own, so that it never waits for the server's event loop."""
    endless, quick = site_with(behaviour=Behaviour.ENDLESS_BODY), site_with(kind=Kind.PARKED)

    def devour() -> int:
        with socket.create_connection(("127.0.0.1", lab.http_port), timeout=5) as greedy:
            greedy.sendall(f"GET / HTTP/1.1\r\nHost: {endless.host}\r\n\r\n".encode())
            received, stop = 0, time.monotonic() + 1.0
            while time.monotonic() < stop:
                received += len(greedy.recv(1 << 20))
            return received

    async with asyncio.TaskGroup() as group:
        devouring = group.create_task(asyncio.to_thread(devour))
        await asyncio.sleep(0.2)
        begin = time.perf_counter()
        assert quick.host.encode() in await raw(lab, quick, wait=2, most=400)
        assert time.perf_counter() - begin < 1
    assert devouring.result() > 1_000_000
