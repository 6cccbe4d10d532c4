"""A visit to a candidate: its captures, one per vantage, and the one outcome they merge into."""

from __future__ import annotations

from datetime import datetime

from core.hosts import parse_url
from core.records import Candidate, Visit
from crawler.fetcher import Fetcher
from crawler.merge import merge_outcomes


class Visitor:
    """Visits candidates through one fetcher."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    async def visit(
        self, candidate: Candidate, *, visit_id: str, at: datetime, scheme_assumed: bool | None = None
    ) -> Visit:
        """Look at a candidate once and say how it ended; never raises for what a site or the DNS does.

        ``scheme_assumed`` says whether ``http`` in the candidate's URL was only assumed; by default it was for a bare
        ``http://host/`` on port 80, which is what sources that know names only make.
        """
        if scheme_assumed is None:
            scheme_assumed = is_bare(candidate.url)
        capture = await self._fetcher.fetch(
            candidate.url, unit=candidate.unit, referrer=candidate.referrer, scheme_assumed=scheme_assumed
        )
        return Visit(id=visit_id, candidate=candidate, captures=(capture,), outcome=merge_outcomes((capture,)), at=at)


def is_bare(url: str) -> bool:
    """Whether a canonical URL is ``http`` on port 80 with neither path nor query."""
    parts, _, port = parse_url(url)
    return parts.scheme == "http" and port == 80 and parts.path in ("", "/") and not parts.query
