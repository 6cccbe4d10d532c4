"""A visit to a candidate, end to end on loopback."""

from __future__ import annotations

from datetime import UTC, datetime

from core.hosts import parse_target
from core.ids import new_ulid
from core.records import Outcome
from crawler.sources import to_candidate
from crawler.visitor import Visitor, is_bare

AT = datetime(2026, 1, 2, tzinfo=UTC)


async def test_a_visit_carries_its_candidate_and_one_outcome(open_web):
    async with open_web() as web:
        port = await web.servers.start(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>shop")
        target = parse_target(f"shop.test:{port}")
        candidate = to_candidate(target, source="list", reason="test", seen_at=AT)
        visit = await Visitor(web.fetcher).visit(candidate, visit_id=new_ulid(AT), at=AT)
        gone = to_candidate(parse_target("gone.test"), source="list", reason="test", seen_at=AT)
        dead = await Visitor(web.fetcher).visit(gone, visit_id=new_ulid(AT), at=AT)
    assert (visit.candidate, visit.at, visit.outcome) == (candidate, AT, Outcome.CONTENT)
    assert visit.captures[0].exchanges[0].decoded == b"<html>shop"
    assert (dead.outcome, dead.captures[0].exchanges) == (Outcome.NXDOMAIN, ())


def test_only_a_bare_http_host_may_be_retried_over_https():
    assert is_bare("http://shop.test/")
    assert not is_bare("http://shop.test/x")
    assert not is_bare("http://shop.test:8080/")
    assert not is_bare("https://shop.test/")
