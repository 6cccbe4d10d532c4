"""Rendered WARC records, read back by two independent readers."""

from __future__ import annotations

import gzip
import io
from datetime import UTC, datetime

from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

from core.ids import sha256_hex
from core.records import Exchange, Lookup, Resolution, TlsFacts
from core.warc import render_visit, render_warcinfo

AT = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
PAGE = b"<html>shop</html>"


def records() -> bytes:
    resolution = Resolution(
        host="shop.example", lookup=Lookup.OK, at=AT, addresses=("192.0.2.1", "2001:db8::1"), cnames=("cdn.example",)
    )
    exchanges = [
        Exchange(
            url="https://shop.example/a?b=c",
            request_headers=(("Host", "shop.example"), ("User-Agent", "Watch/1")),
            status=200,
            reason="OK",
            http_version="1.1",
            headers=(("Content-Type", "text/html"), ("X-Twice", "1"), ("X-Twice", "\xfc"), *extra),
            body=body,
            truncated=truncated,
            sha256=sha256_hex(PAGE),
            remote_address="192.0.2.1",
            remote_port=443,
            at=AT,
            elapsed=0.1,
            tls=TlsFacts(version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384", leaf=b"x"),
        )
        for body, extra, truncated in (
            (PAGE, (("Transfer-Encoding", "chunked"),), False),
            (gzip.compress(PAGE, mtime=0), (("Content-Encoding", "gzip"),), True),
            (b"", (), False),
        )
    ]
    first = render_warcinfo(seed="v", at=AT, fields=[("software", "Counterwatch")], filename="x.warc")
    return b"".join(map(bytes, (first, *render_visit([resolution], exchanges, seed="v"))))


def test_warcio_reads_every_record_and_its_digests_hold():
    iterator = ArchiveIterator(io.BytesIO(records()), check_digests="raise")
    seen = []
    for record in iterator:
        content = record.content_stream().read()
        assert record.digest_checker.passed in (True, None)
        seen.append((record.rec_type, record.rec_headers.get_header("WARC-Target-URI"), content))
    assert [kind for kind, _, _ in seen] == ["warcinfo", "resource", *["response", "request"] * 3]
    assert seen[1][1] == "dns:shop.example"
    assert b"shop.example.\t0\tIN\tCNAME\tcdn.example." in seen[1][2]
    assert [content for kind, _, content in seen if kind == "response"] == [PAGE, PAGE, b""]


def test_fastwarc_reads_every_record_and_its_digests_hold():
    kinds = []
    for record in FastIterator(io.BytesIO(records()), parse_http=False):
        assert record.verify_block_digest()
        record.parse_http()
        if record.headers.get("WARC-Payload-Digest"):
            assert record.verify_payload_digest()
        kinds.append(record.headers["WARC-Type"])
    assert kinds == ["warcinfo", "resource", *["response", "request"] * 3]


def test_rendering_is_deterministic():
    assert records() == records()


def test_a_truncated_body_says_so():
    assert records().count(b"WARC-Truncated: length") == 1
