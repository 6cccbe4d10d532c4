"""The fetcher against real servers on loopback, honest and hostile."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import struct
import time
import tracemalloc
import warnings

import brotli
import pytest
import trustme
import zstandard

from core.ids import sha256_hex
from core.records import Outcome
from crawler.policies import VettingPolicy

PAGE = b"<!doctype html><html><title>Shop</title><p>hello</html>"
HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def page(body: bytes = PAGE, *headers: bytes, status: bytes = b"200 OK", kind: bytes = b"text/html") -> bytes:
    lines = [b"HTTP/1.1 " + status, b"Content-Type: " + kind, b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def redirect(location: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


def by_path(**replies: bytes):
    """A reply that depends on the path: ``_a`` is ``/a``, ``_`` is ``/``."""

    async def reply(reader, writer, request: bytes) -> None:
        path = request.split(b" ")[1].decode().partition("?")[0]
        writer.write(replies.get(path.replace("/", "_"), page(b"no", status=b"404 Not Found")))
        await writer.drain()

    return reply


def endless(head: bytes, piece: bytes, pause: float | None = None):
    async def reply(reader, writer, request: bytes) -> None:
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()
            if pause is not None:
                await asyncio.sleep(pause)

    return reply


# --- the ordinary case --------------------------------------------------------------------------


async def test_records_a_page_as_it_was_received(open_web):
    async with open_web(contact="abuse@watch.example") as web:
        body = gzip.compress(PAGE)
        capture = await web.fetch(page(body, b"Content-Encoding: gzip", b"X-Double: 1", b"x-double: 2", b"Via: \xfc"))
    assert (capture.outcome, capture.vantage, capture.detail) == (Outcome.CONTENT, "direct-desktop", "")
    (exchange,) = capture.exchanges
    assert exchange.body == body
    assert exchange.decoded == PAGE
    assert exchange.sha256 == sha256_hex(PAGE)
    assert not exchange.truncated
    assert exchange.faults == ()
    assert exchange.tls is None
    assert exchange.remote_address == "127.0.0.1"
    assert exchange.url.endswith(f":{exchange.remote_port}/")
    assert exchange.elapsed > 0
    assert [name for name, _ in exchange.headers] == [
        "Content-Type", "Content-Length", "Content-Encoding", "X-Double", "x-double", "Via",
    ]  # fmt: skip
    assert exchange.headers[-1] == ("Via", "ü")
    assert [resolution.addresses for resolution in capture.resolutions] == [("127.0.0.1",)]


async def test_request_headers_are_what_was_sent(open_web):
    async with open_web(contact="abuse@watch.example", user_agent="Watch/1") as web:
        port = await web.servers.start(page())
        url = f"http://shop.test:{port}/a%20b?q=1"
        capture = await web.fetcher.fetch(url, unit="shop.test", referrer="https://search.example/")
    head = web.servers.requests[0].decode().split("\r\n")
    assert head[0] == "GET /a%20b?q=1 HTTP/1.1"
    assert head[1] == f"Host: shop.test:{port}"
    assert [tuple(line.split(": ", 1)) for line in head[1:-2]] == list(capture.exchanges[0].request_headers)
    assert "User-Agent: Watch/1 (+abuse@watch.example)" in head
    assert "From: abuse@watch.example" in head
    assert "Referer: https://search.example/" in head


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (page(b""), Outcome.EMPTY),
        (page(b" \r\n\t"), Outcome.EMPTY),
        (b"HTTP/1.1 204 No Content\r\n\r\n", Outcome.EMPTY),
        (page(b"{}", kind=b"application/json"), Outcome.NOT_HTML),
        (page(b"\x89PNG\r\n\x1a\n", kind=b"text/html"), Outcome.NOT_HTML),
        (page(kind=b"application/octet-stream"), Outcome.CONTENT),
        (b"HTTP/1.1 200 OK\r\n\r\n" + PAGE, Outcome.CONTENT),
        (b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE, Outcome.CONTENT),
        (b"HTTP/1.1 200\nContent-Type: text/html\n\n" + PAGE, Outcome.CONTENT),
        (page(status=b"403 Forbidden"), Outcome.BLOCKED),
        (page(status=b"429 Slow down"), Outcome.BLOCKED),
        (page(status=b"451 Unavailable"), Outcome.BLOCKED),
        (page(status=b"404 Not Found"), Outcome.HTTP_ERROR),
        (page(status=b"503 Unavailable"), Outcome.HTTP_ERROR),
        (page(status=b"999 Denied"), Outcome.HTTP_ERROR),
        (page(status=b"302 Found"), Outcome.HTTP_ERROR),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", Outcome.HTTP_ERROR),
        (HTML + b"Content-Length: 200000000\r\n\r\n" + PAGE, Outcome.TOO_LARGE),
    ],
)
async def test_status_and_type_decide_the_outcome(open_web, reply, outcome):
    async with open_web() as web:
        capture = await web.fetch(reply)
    assert capture.outcome is outcome
    assert len(capture.exchanges) == 1


async def test_an_error_page_keeps_its_body(open_web):
    async with open_web() as web:
        capture = await web.fetch(page(PAGE, status=b"403 Forbidden"))
    assert capture.exchanges[0].decoded == PAGE


# --- redirects ----------------------------------------------------------------------------------


async def test_follows_redirects_inside_the_unit_and_records_each_hop(open_web):
    async with open_web() as web:
        port = await web.servers.start(page(PAGE))
        first = await web.servers.start(redirect(f"//www.shop.test:{port}/land%C3%A9#frag", 301))
        capture = await web.fetcher.fetch(f"http://shop.test:{first}/", unit="shop.test")
    assert capture.outcome is Outcome.CONTENT
    assert [exchange.status for exchange in capture.exchanges] == [301, 200]
    assert capture.exchanges[1].url == f"http://www.shop.test:{port}/land%C3%A9"
    assert [resolution.host for resolution in capture.resolutions] == ["shop.test", "www.shop.test"]
    assert ("Referer", f"http://shop.test:{first}/") in capture.exchanges[1].request_headers


async def test_a_redirect_to_another_unit_ends_the_visit_unfetched(open_web):
    async with open_web() as web:
        capture = await web.fetch(redirect("http://away.test/deal?x=1"))
    assert capture.outcome is Outcome.REDIRECTED_AWAY
    assert capture.redirect_to == "http://away.test/deal?x=1"
    assert len(capture.exchanges) == 1
    assert not any(name == "away.test" for name, _, _ in web.nameserver.asked)


@pytest.mark.parametrize(
    "location",
    [
        "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/", "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://127.1/",
        "http://[64:ff9b::7f00:1]/", "http://192.168.0.1:8080/", "file:///etc/passwd", "javascript:alert(1)",
        "ftp://shop.test/", "data:text/html,hi", "gopher://127.0.0.1:6379/_x", "http://inside.shop.test/",
        "http://shop.test:22/", "http://localhost/", "https://①②⑦.⓪.⓪.①/",
    ],
)  # fmt: skip
async def test_redirects_to_refused_places_are_not_followed(open_web, location):
    async with open_web(vetting=VettingPolicy(allow_nets=("127.0.0.2/32",))) as web:
        web.nameserver.zone["shop.test", "A"] = ["127.0.0.2"]
        server = await asyncio.start_server(_constant(redirect(location)), "127.0.0.2", 0)
        port = server.sockets[0].getsockname()[1]
        capture = await web.fetcher.fetch(f"http://shop.test:{port}/", unit="shop.test")
        server.close()
    if location == "http://localhost/":
        assert capture.outcome is Outcome.REDIRECTED_AWAY  # a name of another unit; its own visit refuses it
    else:
        assert capture.outcome is Outcome.REFUSED_BY_POLICY, capture.detail
    assert len(capture.exchanges) == 1


def _constant(reply: bytes):
    async def serve(reader, writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply)
        await writer.drain()
        writer.close()

    return serve


@pytest.mark.parametrize(
    "location", ["http://", "http://[", "http://exa mple.test/", "http://a..test/", "/" + "x" * 9000]
)
async def test_unusable_redirects_are_http_errors(open_web, location):
    async with open_web() as web:
        capture = await web.fetch(redirect(location))
    assert capture.outcome is Outcome.HTTP_ERROR


async def test_redirect_loops_and_chains_end(open_web):
    async with open_web(max_redirects=4) as web:
        loop = await web.fetch(by_path(_=redirect("/a"), _a=redirect("/")))

        async def chain(reader, writer, request: bytes) -> None:
            number = int(request.split(b" ")[1].strip(b"/") or 0)
            writer.write(redirect(f"/{number + 1}"))
            await writer.drain()

        long = await web.fetch(chain)
    assert (loop.outcome, loop.detail, len(loop.exchanges)) == (Outcome.HTTP_ERROR, "the redirects form a loop", 2)
    assert (long.outcome, long.detail, len(long.exchanges)) == (Outcome.HTTP_ERROR, "more than 4 redirects", 5)


async def test_cookies_are_carried_within_a_visit_only(open_web):
    async def gate(reader, writer, request: bytes) -> None:
        seen = b"Cookie: seen=1" in request
        writer.write(page() if seen else redirect("/").replace(b"\r\n\r\n", b"\r\nSet-Cookie: seen=1; Path=/\r\n\r\n"))
        await writer.drain()

    async with open_web() as web:
        first = await web.fetch(gate)
        url = first.exchanges[0].url
        second = await web.fetcher.fetch(url, unit="shop.test")
    assert [first.outcome, second.outcome] == [Outcome.CONTENT, Outcome.CONTENT]
    assert [len(first.exchanges), len(second.exchanges)] == [2, 2]


async def test_follows_one_refresh(open_web):
    refresh = page(b'<html><meta http-equiv="refresh" content="0; url=/shop"><p>wait')
    away = page(b"<html><meta http-equiv=refresh content='1;URL=http://away.test/x'>")
    async with open_web() as web:
        inside = await web.fetch(by_path(_=refresh, _shop=page(PAGE)))
        outside = await web.fetch(away)
        endless_refresh = await web.fetch(
            by_path(_=refresh, _shop=page(b'<html><meta http-equiv=refresh content="0;/b">'))
        )
    assert (inside.outcome, len(inside.exchanges)) == (Outcome.CONTENT, 2)
    assert (outside.outcome, outside.redirect_to) == (Outcome.REDIRECTED_AWAY, "http://away.test/x")
    assert len(endless_refresh.exchanges) == 2


# --- hostile bodies and heads -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "outcome", "detail"),
    [
        (HTML + b"Content-Length: -5\r\n\r\n" + PAGE, Outcome.HTTP_ERROR, "Content-Length"),
        (HTML + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + PAGE, Outcome.HTTP_ERROR, "Content-Length"),
        (
            HTML + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + PAGE,
            Outcome.HTTP_ERROR,
            "Content-Length",
        ),
        (HTML + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n<html>\r\n", Outcome.HTTP_ERROR, "chunk"),
        (b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n" + PAGE, Outcome.HTTP_ERROR, "no valid HTTP response"),
        (b"HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n" + PAGE, Outcome.HTTP_ERROR, "no valid HTTP response"),
        (PAGE, Outcome.HTTP_ERROR, "status line"),
        (b"\0\0\x12\4\0\0\0\0\0" + bytes(18), Outcome.HTTP_ERROR, "status line"),
        (b"SSH-2.0-OpenSSH_9\r\n", Outcome.HTTP_ERROR, "status line"),
        (b"", Outcome.CONNECT_ERROR, "without an answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Ty", Outcome.CONNECT_ERROR, "without an answer"),
        (HTML + b"X: " + b"x" * 70_000 + b"\r\n\r\n", Outcome.HTTP_ERROR, "no valid HTTP response"),
        (HTML + b"A: b\r\n" * 2_000 + b"\r\n", Outcome.HTTP_ERROR, "no valid HTTP response"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 50 + page(), Outcome.HTTP_ERROR, "interim"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 3 + page(), Outcome.CONTENT, ""),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\nxx", Outcome.HTTP_ERROR, "status 101"),
    ],
)
async def test_protocol_nonsense(open_web, reply, outcome, detail):
    async with open_web(total_seconds=3) as web:
        started = time.monotonic()
        capture = await web.fetch(reply)
    assert capture.outcome is outcome, capture.detail
    assert detail in capture.detail
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    "reply",
    [
        endless(b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"x" * 500 + b"\r\n"),
        endless(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 1000),
        endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 50),
        endless(b"", b"x" * 1000),
    ],
)
async def test_endless_heads_end_at_the_cap(open_web, reply):
    async with open_web() as web:
        started = time.monotonic()
        capture = await web.fetch(reply)
    assert capture.outcome is Outcome.HTTP_ERROR
    assert capture.exchanges == ()
    assert time.monotonic() - started < 2


async def test_a_head_in_drops_and_a_body_in_drops_end_at_the_deadline(open_web):
    async with open_web(total_seconds=0.5) as web:
        head = await web.fetch(endless(b"HTTP/1.1 200 OK\r\n", b"x", 0.05))
        body = await web.fetch(endless(HTML + b"\r\n<html>", b"x", 0.05))
        silent = await web.fetch(endless(b"", b"", 0.05))
    assert [capture.outcome for capture in (head, body, silent)] == [Outcome.TIMEOUT] * 3
    assert head.exchanges == ()
    (exchange,) = body.exchanges
    assert exchange.truncated
    assert exchange.body.startswith(b"<html>x")
    assert body.detail == "no complete answer within 0.5 s"


async def test_a_silent_server_ends_at_the_idle_limit(open_web):
    async with open_web(idle_seconds=0.2) as web:
        nothing = await web.fetch(endless(b"", b"", 0.05))
        stopped = await web.fetch(endless(HTML + b"Content-Length: 500\r\n\r\n" + PAGE, b"", 0.05))
    assert (nothing.outcome, nothing.detail) == (Outcome.TIMEOUT, "the server fell silent")
    assert stopped.outcome is Outcome.CONTENT
    assert stopped.exchanges[0].truncated


async def test_an_endless_body_is_cut_at_the_cap(open_web):
    async with open_web(max_body_bytes=100_000) as web:
        plain = await web.fetch(endless(HTML + b"\r\n<html>", b"x" * 50_000))
        chunks = await web.fetch(
            endless(HTML + b"Transfer-Encoding: chunked\r\n\r\n6\r\n<html>\r\n", b"1\r\nx\r\n" * 5_000)
        )
        picture = await web.fetch(endless(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n", b"x" * 50_000))
    for capture in (plain, chunks):
        assert capture.outcome is Outcome.CONTENT
        assert capture.exchanges[0].truncated
        assert len(capture.exchanges[0].body) <= 100_000
    assert picture.outcome is Outcome.NOT_HTML
    assert len(picture.exchanges[0].body) == 65_536


async def test_framing_that_outweighs_the_body_is_cut(open_web):
    extension = b"1;" + b"e" * 4_000 + b"\r\nx\r\n"
    async with open_web(max_body_bytes=50_000) as web:
        capture = await web.fetch(endless(HTML + b"Transfer-Encoding: chunked\r\n\r\n6\r\n<html>\r\n", extension))
    assert capture.outcome is Outcome.CONTENT
    assert capture.exchanges[0].faults == ("the framing outweighs the body",)


async def test_a_body_cut_short_keeps_what_came(open_web):
    async def reset(reader, writer, request: bytes) -> None:
        writer.write(HTML + b"Content-Length: 1000\r\n\r\n" + PAGE)
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async with open_web() as web:
        captures = [
            await web.fetch(reset),
            await web.fetch(HTML + b"Content-Length: 1000\r\n\r\n" + PAGE),
            await web.fetch(HTML + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % 1000 + PAGE),
        ]
        nothing = await web.fetch(HTML + b"Content-Length: 1000\r\n\r\n")
    for capture in captures:
        assert capture.outcome is Outcome.CONTENT
        assert capture.exchanges[0].body == PAGE
        assert capture.exchanges[0].truncated
        assert capture.exchanges[0].faults == ("the body ends early",)
    assert nothing.outcome is Outcome.HTTP_ERROR


async def test_broken_chunks_keep_what_came_before(open_web):
    async def nonsense(reader, writer, request: bytes) -> None:
        writer.write(HTML + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(PAGE) + PAGE + b"\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(b"nonsense\r\n")
        await writer.drain()
        await asyncio.sleep(1)

    async with open_web() as web:
        capture = await web.fetch(nonsense)
    assert capture.outcome is Outcome.HTTP_ERROR
    assert capture.detail.startswith("broken framing")
    assert capture.exchanges[0].body == PAGE


@pytest.mark.parametrize(
    ("coding", "bomb"),
    [
        (b"gzip", gzip.compress(bytes(50_000_000), 1)),
        (b"br", brotli.compress(bytes(50_000_000), quality=1)),
        (b"zstd", zstandard.compress(bytes(50_000_000))),
        (b"gzip, gzip", gzip.compress(gzip.compress(bytes(50_000_000), 9), 9)),
    ],
    ids=["gzip", "br", "zstd", "nested"],
)
async def test_bombs_are_inflated_to_the_cap_only(open_web, coding, bomb):
    async with open_web(max_decoded_bytes=1_000_000) as web:
        tracemalloc.start()
        try:
            capture = await web.fetch(page(bomb, b"Content-Encoding: " + coding))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    (exchange,) = capture.exchanges
    assert len(exchange.decoded) <= 1_000_000
    assert exchange.truncated
    assert peak < 12_000_000


async def test_lying_and_damaged_codings(open_web):
    packed = gzip.compress(PAGE * 50)
    async with open_web() as web:
        plain = await web.fetch(page(PAGE, b"Content-Encoding: gzip"))
        short = await web.fetch(page(packed[:-12], b"Content-Encoding: gzip"))
        unknown = await web.fetch(page(PAGE, b"Content-Encoding: rot13"))
    assert plain.outcome is Outcome.CONTENT
    assert plain.exchanges[0].decoded == PAGE
    assert plain.exchanges[0].faults == ("declared gzip, but is not",)
    assert short.outcome is Outcome.CONTENT
    assert short.exchanges[0].faults == ("gzip stream ends early",)
    assert short.exchanges[0].truncated
    assert unknown.exchanges[0].faults == ("unknown content coding 'rot13'",)


async def test_cookie_bombs_are_bounded(open_web):
    async def bomb(reader, writer, request: bytes) -> None:
        cookies = [b"Set-Cookie: c%d=%s" % (number, b"x" * 900) for number in range(60)]
        writer.write(page() if b"Cookie:" in request else b"\r\n".join([redirect("/")[:-4], *cookies]) + b"\r\n\r\n")
        await writer.drain()

    async with open_web() as web:
        capture = await web.fetch(bomb)
    assert capture.outcome is Outcome.CONTENT
    assert len(dict(capture.exchanges[1].request_headers)["Cookie"]) <= 8_192


# --- addresses ----------------------------------------------------------------------------------


async def test_private_addresses_are_refused_without_a_connection(open_web):
    async with open_web(vetting=VettingPolicy()) as web:
        by_name = await web.fetch(page())
        literal = await web.fetcher.fetch("http://127.0.0.1:8080/", unit="127.0.0.1")
        local = await web.fetcher.fetch("http://localhost:8080/", unit="localhost")
    assert [capture.outcome for capture in (by_name, literal, local)] == [Outcome.REFUSED_BY_POLICY] * 3
    assert by_name.detail == "shop.test: 127.0.0.1 is loopback"
    assert web.servers.requests == []


async def test_rebinding_gains_nothing(open_web):
    """The name answers with an allowed address once and a refused one ever after; one question is asked per hop."""
    async with open_web(vetting=VettingPolicy(allow_nets=("127.0.0.1/32",))) as web:
        port = await web.servers.start(by_path(_=redirect("/next"), _next=page()))
        web.nameserver.zone["rebind.test", "A"] = ["127.0.0.1"]
        web.nameserver.zone["rebind.test", "AAAA"] = ["::ffff:127.0.0.1", "::1"]
        captured = await web.fetcher.fetch(f"http://rebind.test:{port}/", unit="rebind.test")
        asked = [question for question in web.nameserver.asked if question[0] == "rebind.test"]
        web.nameserver.zone["rebind.test", "A"] = ["127.0.0.9"]
        web.nameserver.zone["flip.test", "A"] = ["127.0.0.9"]
        flipped = await web.fetcher.fetch(f"http://flip.test:{port}/", unit="flip.test")
    assert captured.outcome is Outcome.CONTENT
    assert {exchange.remote_address for exchange in captured.exchanges} == {"127.0.0.1"}
    assert len(asked) == 2  # A and AAAA once; the second hop came from the vetted cache and was vetted again
    assert flipped.outcome is Outcome.REFUSED_BY_POLICY


async def test_the_next_address_is_tried(open_web):
    async with open_web() as web:
        port = await web.servers.start(page())
        web.nameserver.zone["two.test", "A"] = ["127.0.0.77", "127.0.0.1"]
        capture = await web.fetcher.fetch(f"http://two.test:{port}/", unit="two.test")
    assert capture.outcome is Outcome.CONTENT
    assert capture.exchanges[0].remote_address == "127.0.0.1"


async def test_dead_names_and_closed_ports(open_web):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        async with open_web() as web:
            web.nameserver.add("mail.test", "MX", "10 mx.test.")
            gone = await web.fetcher.fetch("http://gone.test/", unit="gone.test")
            bare = await web.fetcher.fetch("http://mail.test/", unit="mail.test")
            closed = await web.fetcher.fetch(f"http://shop.test:{port}/", unit="shop.test")
    assert (gone.outcome, gone.detail) == (Outcome.NXDOMAIN, "gone.test does not exist")
    assert (bare.outcome, bare.detail) == (Outcome.DNS_ERROR, "mail.test has no address")
    assert (closed.outcome, closed.detail) == (Outcome.CONNECT_ERROR, "connection refused")


async def test_https_is_tried_when_http_was_only_assumed(open_web):
    async with open_web() as web:
        web.nameserver.zone["idle.test", "A"] = ["127.0.0.88"]
        capture = await web.fetcher.fetch("http://idle.test/", unit="idle.test", scheme_assumed=True)
    assert (capture.outcome, capture.detail) == (Outcome.CONNECT_ERROR, "connection refused")
    assert [resolution.host for resolution in capture.resolutions] == ["idle.test", "idle.test"]


# --- TLS ----------------------------------------------------------------------------------------


async def test_a_valid_certificate_is_recorded_without_faults(open_web, ca_file, server_tls):
    async with open_web(ca_file=ca_file) as web:
        capture = await web.fetch(page(), tls=server_tls("shop.test"))
    assert capture.outcome is Outcome.CONTENT
    tls = capture.exchanges[0].tls
    assert tls is not None
    assert tls.version == "TLSv1.3"
    assert tls.cipher
    assert tls.leaf[:1] == b"\x30"
    assert tls.faults == ()


async def test_certificate_faults_are_recorded_and_the_page_is_read(open_web, ca_file, server_tls):
    async with open_web(ca_file=ca_file) as web:
        expired = await web.fetch(page(), tls=server_tls("shop.test", expired=True))
        named = await web.fetch(page(), tls=server_tls("other.test", expired=True))
        wrong = await web.fetch(page(), tls=server_tls("other.test"))
        unknown = await web.fetch(page(), tls=server_tls("shop.test", ca=trustme.CA()))
        wild = await web.fetch(page(), host="www.shop.test", tls=server_tls("*.shop.test"))
    assert all(capture.outcome is Outcome.CONTENT for capture in (expired, named, wrong, unknown, wild))
    assert expired.exchanges[0].tls.faults == ("expired on 2024-01-02",)
    assert named.exchanges[0].tls.faults == ("expired on 2024-01-02", "name does not match")
    assert wrong.exchanges[0].tls.faults == ("name does not match",)
    assert unknown.exchanges[0].tls.faults == ("signed by an unknown authority, or the chain is incomplete",)
    assert wild.exchanges[0].tls.faults == ()


async def test_a_self_signed_certificate(open_web, tmp_path):
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with authority.private_key_pem.tempfile() as key, authority.cert_pem.tempfile() as certificate:
        context.load_cert_chain(certificate, key)
    async with open_web() as web:
        capture = await web.fetch(page(), tls=context)
    assert capture.outcome is Outcome.CONTENT
    assert capture.exchanges[0].tls.faults == ("name does not match", "self-signed certificate")


async def test_an_obsolete_version_is_recorded(open_web, ca_file, server_tls):
    context = server_tls("shop.test")
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with warnings.catch_warnings(action="ignore"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with open_web(ca_file=ca_file) as web:
        capture = await web.fetch(page(), tls=context)
    assert capture.outcome is Outcome.CONTENT, capture.detail
    faults = capture.exchanges[0].tls.faults
    assert "obsolete protocol TLSv1.1" in faults
    assert faults[0].startswith("refused by current TLS settings")


async def test_no_handshake_is_a_tls_error(open_web):
    async def speak_plainly(reader, writer) -> None:
        await reader.read(5)
        writer.write(page(status=b"400 Bad Request"))
        await writer.drain()
        writer.close()

    async def hang_up(reader, writer) -> None:
        await reader.read(5)
        writer.transport.abort()

    async def stall(reader, writer) -> None:
        await reader.read()
        writer.close()

    async with open_web(connect_seconds=0.5) as web:
        plain = await asyncio.start_server(speak_plainly, "127.0.0.1", 0)
        gone = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        stalled = await asyncio.start_server(stall, "127.0.0.1", 0)
        captures = []
        for server in (plain, gone, stalled):
            port = server.sockets[0].getsockname()[1]
            captures.append(await web.fetcher.fetch(f"https://shop.test:{port}/", unit="shop.test"))
            server.close()
    assert [capture.outcome for capture in captures] == [Outcome.TLS_ERROR, Outcome.TLS_ERROR, Outcome.TIMEOUT]
    assert all(capture.detail for capture in captures)


# --- the fetcher itself -------------------------------------------------------------------------


async def test_many_at_once_with_some_hostile(open_web):
    async with open_web(total_seconds=1.5, max_in_flight=40, max_body_bytes=200_000) as web:
        good = await web.servers.start(page())
        slow = await web.servers.start(endless(HTML + b"\r\n<html>", b"x", 0.05))
        flood = await web.servers.start(endless(HTML + b"\r\n<html>", b"x" * 50_000))
        ports = [slow if place % 10 == 0 else flood if place % 10 == 5 else good for place in range(100)]
        async with asyncio.TaskGroup() as group:
            visits = [
                group.create_task(web.fetcher.fetch(f"http://shop.test:{port}/", unit="shop.test")) for port in ports
            ]
    outcomes = [visit.result().outcome for visit in visits]
    assert outcomes.count(Outcome.TIMEOUT) == 10
    assert outcomes.count(Outcome.CONTENT) == 90


async def test_cancelling_leaves_nothing_open(open_web):
    async with open_web() as web:
        port = await web.servers.start(endless(HTML + b"\r\n<html>", b"x", 0.01))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await web.fetcher.fetch(f"http://shop.test:{port}/", unit="shop.test")
        again = await web.fetch(page())
    assert again.outcome is Outcome.CONTENT


@pytest.mark.parametrize("coding", [b"gzip", b"br", b"zstd", b"aes128gcm"])
async def test_a_body_that_cannot_be_decoded_is_no_page(open_web, coding):
    async with open_web() as web:
        capture = await web.fetch(page(bytes(range(128, 256)) * 40, b"Content-Encoding: " + coding))
    assert capture.outcome is Outcome.HTTP_ERROR
    assert capture.detail.startswith("no readable body")
    assert capture.exchanges[-1].body
