"""The crawler's pure decisions: revisits, merging, outcomes, refresh, sniffing, cookies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UsageError
from core.records import Capture, Label, Outcome, PageKind
from crawler.cookies import VisitCookies
from crawler.dnswire import DnsServer, read_answer, system_servers
from crawler.fetcher import https_instead
from crawler.merge import PRECEDENCE, merge_outcomes
from crawler.outcomes import Ended
from crawler.policies import RevisitPolicy
from crawler.refresh import refresh_target
from crawler.revisit import is_gone, next_visit
from crawler.sniff import is_page

NOW = datetime(2026, 1, 1, tzinfo=UTC)
POLICY = RevisitPolicy()
O = Outcome  # noqa: E741


@pytest.mark.parametrize(
    ("outcome", "label", "kind", "previous", "wait"),
    [
        (O.CONTENT, Label.FLAGGED, PageKind.SHOP, (), timedelta(days=1)),
        (O.CONTENT, Label.CLEAR, PageKind.SHOP, (), timedelta(days=14)),
        (O.CONTENT, Label.UNDECIDED, PageKind.OTHER, (), timedelta(days=14)),
        (O.CONTENT, Label.CLEAR, PageKind.ARTICLE, (), timedelta(days=60)),
        (O.BLOCKED, None, None, (), timedelta(days=60)),
        (O.PARKED, None, None, (), timedelta(days=90)),
        (O.PARKED, Label.FLAGGED, None, (), timedelta(days=1)),
        (O.TIMEOUT, None, None, (), timedelta(minutes=5)),
        (O.TIMEOUT, Label.FLAGGED, None, (O.CONNECT_ERROR, O.CONTENT), timedelta(minutes=10)),
        (O.DNS_ERROR, None, None, (O.TIMEOUT,) * 3, timedelta(minutes=40)),
        (O.TIMEOUT, None, None, (O.TIMEOUT,) * 6, timedelta(days=90)),
        (O.TIMEOUT, Label.FLAGGED, None, (O.TIMEOUT,) * 6, timedelta(days=1)),
        (O.NXDOMAIN, None, None, (), timedelta(hours=12)),
        (O.NXDOMAIN, None, None, (O.NXDOMAIN, O.CONTENT), timedelta(hours=12)),
        (O.NXDOMAIN, None, None, (O.NXDOMAIN, O.NXDOMAIN), timedelta(days=90)),
    ],
)
def test_tiers(outcome, label, kind, previous, wait):
    assert next_visit(POLICY, outcome, label, kind, previous, NOW, 0.5) == NOW + wait


def test_nothing_is_gone_on_a_timeout_or_before_answers_agree():
    assert not is_gone(POLICY, O.TIMEOUT, (O.TIMEOUT,) * 9)
    assert not is_gone(POLICY, O.NXDOMAIN, (O.NXDOMAIN, O.TIMEOUT, O.NXDOMAIN))
    assert is_gone(POLICY, O.NXDOMAIN, (O.NXDOMAIN, O.NXDOMAIN))


@given(st.sampled_from(list(Outcome)), st.floats(0, 1, exclude_max=True), st.lists(st.sampled_from(list(Outcome))))
def test_every_outcome_has_a_next_visit_within_the_jitter(outcome, jitter, previous):
    exact = next_visit(POLICY, outcome, None, None, tuple(previous), NOW, 0.5) - NOW
    spread = next_visit(POLICY, outcome, None, None, tuple(previous), NOW, jitter) - NOW
    assert exact * 0.899 <= spread <= exact * 1.101


def test_merging_is_total_and_prefers_what_says_most():
    def capture(outcome):
        return Capture(vantage="v", resolutions=(), exchanges=(), outcome=outcome)

    assert set(PRECEDENCE) == set(Outcome)
    assert merge_outcomes([capture(O.TIMEOUT), capture(O.CONTENT)]) is O.CONTENT
    assert merge_outcomes([capture(O.BLOCKED), capture(O.NXDOMAIN)]) is O.BLOCKED
    assert merge_outcomes([]) is O.GAVE_UP


@pytest.mark.parametrize(
    ("page", "header", "target"),
    [
        ('<meta http-equiv="refresh" content="0; url=/x">', "", "http://a.example/x"),
        ("<META HTTP-EQUIV=Refresh CONTENT='3;URL=\"http://b.example/\"'>", "", "http://b.example/"),
        ("<meta content='0;/y' http-equiv=refresh>", "", "http://a.example/y"),
        ("", "0;url=/z", "http://a.example/z"),
        ('<meta http-equiv="refresh" content="30; url=/x">', "", None),
        ('<meta http-equiv="refresh" content="0">', "", None),
        ('<meta http-equiv="refresh" content="0; url=/">', "", None),
        ('<meta http-equiv="refresh" content="0; url=javascript:x">', "", None),
        ('<noscript><meta http-equiv="refresh" content="0; url=/x"></noscript>', "", None),
        ('<!-- <meta http-equiv="refresh" content="0; url=/x"> -->', "", None),
    ],
)
def test_refresh(page, header, target):
    assert refresh_target(page.encode(), "http://a.example/", header) == target


@given(st.binary(max_size=200), st.text(max_size=40))
@settings(deadline=None)
def test_refresh_never_raises(body, header):
    refresh_target(b"<meta http-equiv=refresh content='" + body, "http://a.example/", header)


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("text/html; charset=x", b"anything", True), ("TEXT/HTML", b"", True), ("", b"\n <!DOCTYPE html>", True),
        ("", b"<?xml version='1.0'?><html>", True), ("application/octet-stream", b"<!-- c --><html>", True),
        ("", b"plain words", False), ("text/plain", b"<html>", False), ("text/html", b"%PDF-1.7", False),
        ("application/xml", b"<rss><channel>", False), ("image/png", b"<html>", False),
        ("", "\ufeff<html>".encode("utf-16-le"), True),
    ],
)  # fmt: skip
def test_is_page(kind, body, expected):
    assert is_page(kind, body) is expected


def test_cookies_stay_in_their_scope():
    jar = VisitCookies("shop.example")
    jar.take("www.shop.example", ["a=1", "b=2; Domain=.shop.example", "c=3; domain=other.example", "d", "e=\x00"])
    assert jar.header("www.shop.example") == "a=1; b=2"
    assert jar.header("m.shop.example") == "b=2"
    assert jar.header("other.example") == ""
    jar.take("www.shop.example", ["a=; Max-Age=0"])
    assert jar.header("www.shop.example") == "b=2"


def test_https_is_tried_only_for_an_unreachable_port_80():
    refused = Ended(outcome=O.CONNECT_ERROR)
    assert https_instead("http://a.example/x", refused) == "https://a.example/x"
    assert https_instead("http://a.example:8080/", refused) is None
    assert https_instead("https://a.example/", refused) is None
    assert https_instead("http://a.example/", Ended(outcome=O.NXDOMAIN)) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("192.0.2.1:5353", "192.0.2.1:5353"),
        ("192.0.2.1", "192.0.2.1:53"),
        ("[::1]:53", "[::1]:53"),
        ("::1", "[::1]:53"),
    ],
)
def test_dns_servers(text, shown):
    assert str(DnsServer.parse(text)) == shown


@pytest.mark.parametrize("text", ["", ":53", "192.0.2.1:0", "192.0.2.1:x", "192.0.2.1:99999"])
def test_what_is_no_dns_server(text):
    with pytest.raises(UsageError):
        DnsServer.parse(text)


def test_system_servers(tmp_path):
    path = tmp_path / "resolv.conf"
    path.write_text("# c\nnameserver 192.0.2.1\noptions x\nnameserver 2001:db8::1\nnameserver\n")
    assert [str(server) for server in system_servers(path)] == ["192.0.2.1:53", "[2001:db8::1]:53"]
    assert system_servers(tmp_path / "none") == ()


@given(st.binary(max_size=200))
def test_reading_an_answer_never_raises(wire):
    read_answer(wire, "shop.example", "A")
