"""Records survive being stored."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.records import Capture, Exchange, Lookup, Outcome, Resolution, Soa, TlsFacts
from storage.codec import clean_text, dump_capture, read_capture, with_bodies
from storage.types import from_micros, to_micros

NOW = datetime(2026, 11, 1, 12, 0, 0, 123456, tzinfo=UTC)
TEXT = st.text(max_size=20)


@given(TEXT, st.binary(max_size=40), st.floats(0, 1e6), st.lists(st.tuples(TEXT, TEXT), max_size=3))
@settings(max_examples=60)
def test_a_capture_comes_back_without_its_bodies(text, raw, number, headers):
    exchange = Exchange(
        url=text,
        request_headers=tuple(headers),
        status=200,
        reason=text,
        http_version="1.1",
        headers=tuple(headers),
        body=b"",
        truncated=True,
        sha256="0" * 64,
        remote_address="192.0.2.1",
        remote_port=443,
        at=NOW,
        elapsed=number,
        tls=TlsFacts(version="TLSv1.3", cipher=text, leaf=raw, faults=(text,)),
    )
    resolution = Resolution(
        host="shop.test", lookup=Lookup.OK, at=NOW, soa=Soa(mname="a", rname="b", serial=1), wire=(("A", raw),)
    )
    capture = Capture(
        vantage="v", resolutions=(resolution,), exchanges=(exchange, exchange), outcome=Outcome.CONTENT, detail=text
    )
    (full,) = with_bodies((capture,), (raw, b"second"))
    assert full.exchanges[1].body == b"second"
    assert read_capture(dump_capture(full)) == capture


def test_lone_surrogates_do_not_stop_a_capture():
    capture = Capture(vantage="v", resolutions=(), exchanges=(), outcome=Outcome.TIMEOUT, detail="a\ud800b")
    assert read_capture(dump_capture(capture)).detail == "a?b"


@given(st.text(st.characters()))
def test_cleaned_text_can_always_be_stored(text):
    cleaned = clean_text(text)
    assert "\0" not in cleaned
    assert clean_text(cleaned) == cleaned
    cleaned.encode()


@given(st.datetimes(timezones=st.just(UTC)))
def test_times_are_exact_and_sort(at):
    assert from_micros(to_micros(at)) == at
    assert to_micros(at.astimezone(timezone(timedelta(hours=0)))) == to_micros(at)


def test_a_naive_time_is_refused():
    with pytest.raises(ValueError, match="naive"):
        to_micros(datetime(2026, 1, 1))  # noqa: DTZ001
