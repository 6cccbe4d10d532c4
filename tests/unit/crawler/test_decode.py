"""Content codings: honest, damaged, lying and explosive."""

from __future__ import annotations

import gzip
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.decode import decode_body, zstd_complete


def raw_deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


CODERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}


@pytest.mark.parametrize("coding", CODERS)
@given(content=st.binary(max_size=3_000), cap=st.integers(0, 4_000), cut=st.integers(0, 30))
@settings(max_examples=60, deadline=None)
def test_round_trip_cap_and_cut(coding, content, cap, cut):
    packed = CODERS[coding](content)
    whole = decode_body(packed, coding.upper(), cap)
    assert whole.body == content[:cap]
    assert whole.truncated == (len(content) > cap)
    part = decode_body(packed[: len(packed) - cut], coding, 4_000)
    assert content.startswith(part.body) or part.body == packed[: len(packed) - cut]
    if cut:
        assert part.fault or part.body == content or not packed[:-cut]


@given(st.binary(max_size=500), st.sampled_from([*CODERS, "gzip, br", "zstd,deflate,gzip", "x,y", ",", "gzip;q=1"]))
@settings(max_examples=300, deadline=None)
def test_never_raises_and_never_exceeds_the_cap(body, coding):
    assert len(decode_body(body, coding, 100).body) <= 100


@given(st.sampled_from(list(CODERS)), st.binary(min_size=1, max_size=300), st.integers(0, 400), st.integers(1, 255))
@settings(max_examples=200, deadline=None)
def test_damaged_streams_never_raise(coding, content, place, flip):
    packed = bytearray(CODERS[coding](content * 3))
    packed[place % len(packed)] ^= flip
    assert len(decode_body(bytes(packed), coding, 1_000).body) <= 1_000


def test_raw_deflate_members_and_nesting():
    assert decode_body(raw_deflate(b"hello"), "deflate", 99).body == b"hello"
    assert decode_body(gzip.compress(b"a") + gzip.compress(b"b") + bytes(7), "gzip", 99).body == b"ab"
    assert decode_body(gzip.compress(brotli.compress(b"hello")), "br, gzip", 99).body == b"hello"
    assert decode_body(b"hello", "identity", 3).truncated


def test_lying_headers_give_the_body_as_it_is():
    for coding in CODERS:
        found = decode_body(b"<html>plain</html>", coding, 99)
        assert found.body == b"<html>plain</html>"
        assert found.fault.startswith("declared")


def test_too_many_members_or_codings_are_cheap():
    assert "gzip members" in decode_body(gzip.compress(b"") * 100_000, "gzip", 99).fault
    assert decode_body(b"x", ",".join(["gzip"] * 40), 99).fault == "40 content codings"


def test_zstd_completeness():
    packed = zstandard.ZstdCompressor(write_checksum=True, write_content_size=False).compress(b"x" * 999)
    assert zstd_complete(packed + packed)
    assert zstd_complete(packed + b"\x50\x2a\x4d\x18\x02\0\0\0ab")
    assert not any(zstd_complete(packed[:-cut]) for cut in range(1, len(packed)))
    assert not zstd_complete((b"\x50\x2a\x4d\x18" + bytes(4)) * 20_000)
