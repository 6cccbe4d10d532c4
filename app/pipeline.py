"""One candidate's way through the stages: fetch, read, classify, and what follows from it. No stage calls back."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.suspect import Suspect
from app.turns import Turns
from classifiers.classify import CompiledRules, Judgement, judge
from core.errors import BadTarget
from core.hosts import parse_url, site_subject, unit_of
from core.ids import new_ulid
from core.records import Candidate, Capture, Label, Lane, Outcome, Verdict, Visit
from crawler.policies import RevisitPolicy
from crawler.revisit import next_visit
from crawler.visitor import Visitor
from storage.records import BodyPlace, CaseOpening, Finished, Lease, VisitSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A finished look at one leased candidate. Decoded bodies are gone; only what is stored remains."""

    lease: Lease
    visit: Visit
    judgement: Judgement | None
    elapsed_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """The stages with their policies. ``organisation`` is the agency in whose name cases are opened.

    ``turns`` lets one page be judged at a time; ``suspect`` notes which subject that is.
    """

    visitor: Visitor
    rules: Callable[[], CompiledRules]
    revisit: RevisitPolicy
    organisation: str
    max_attempts: int
    turns: Turns
    suspect: Suspect

    async def look(self, lease: Lease, now: datetime) -> Looked:
        """Visit and judge one candidate. Never raises for a bad site; one that keeps failing is given up."""
        started = time.monotonic()
        if lease.attempt > self.max_attempts:
            return Looked(lease=lease, visit=_given_up(lease, now), judgement=None, elapsed_ms=0)
        visit = await self.visitor.visit(lease.candidate, visit_id=new_ulid(now), at=now)
        async with self.turns.judging():
            with self.suspect.judging(lease.subject_id):
                judgement = judge(visit, self.rules(), at=now)
        return Looked(
            lease=lease,
            visit=refined(_without_decoded(visit), judgement),
            judgement=judgement,
            elapsed_ms=round((time.monotonic() - started) * 1000),
        )

    def conclude(
        self,
        looked: Looked,
        bodies: tuple[BodyPlace, ...],
        history: Sequence[VisitSummary],
        now: datetime,
        jitter: float,
    ) -> Finished:
        """What the store records of a look: the effect and the acknowledgement in one value.

        ``history`` are the subject's earlier visits, newest first; they decide when to look again at a site that did
        not answer with content.
        """
        judgement, visit = looked.judgement, looked.visit
        verdict = judgement.verdict if judgement else None
        page = judgement.page if judgement else None
        due_at = next_visit(
            self.revisit,
            visit.outcome,
            verdict.label if verdict else next((seen.label for seen in history if seen.label), None),
            page.kind if page else None,
            tuple(seen.outcome for seen in history),
            now,
            jitter,
        )
        given_up = visit.outcome is Outcome.GAVE_UP
        return Finished(
            lease=looked.lease,
            visit=visit,
            bodies=bodies,
            page_kind=page.kind if page else None,
            language=page.language if page else "",
            title=page.title[:500] if page else "",
            verdict=verdict,
            discovered=discovered(visit),
            due_at=None if given_up else due_at,
            dead_reason=f"given up after {self.max_attempts} failed attempts" if given_up else "",
            case=opening(verdict, visit.candidate, self.organisation),
            elapsed_ms=looked.elapsed_ms,
        )


def discovered(visit: Visit) -> tuple[Candidate, ...]:
    """New candidates that a visit led to: the other side of each redirect to another registrable domain."""
    found: dict[str, Candidate] = {}
    for capture in visit.captures:
        if capture.outcome is Outcome.REDIRECTED_AWAY and capture.redirect_to:
            candidate = _redirected(visit, capture, capture.redirect_to)
            if candidate is not None:
                found.setdefault(candidate.subject.key, candidate)
    return tuple(found.values())


def _redirected(visit: Visit, capture: Capture, url: str) -> Candidate | None:
    try:
        subject = site_subject(url)
        _, host, _ = parse_url(url)
    except BadTarget:
        return None
    return Candidate(
        subject=subject,
        url=url,
        unit=unit_of(host),
        source="redirect",
        reason=f"redirected from {visit.candidate.subject}",
        seen_at=visit.at,
        lane=Lane.NORMAL,
        parent_visit=visit.id,
        referrer=capture.exchanges[-1].url if capture.exchanges else visit.candidate.url,
        organisation=visit.candidate.organisation,
    )


def opening(verdict: Verdict | None, candidate: Candidate, organisation: str) -> CaseOpening | None:
    """The case that a flagged verdict opens; rights holders are the owners of the packs whose terms it cites."""
    if verdict is None or verdict.label is not Label.FLAGGED:
        return None
    holders = dict.fromkeys(signal.pack.organisation for signal in verdict.signals if signal.pack is not None)
    return CaseOpening(
        organisation=candidate.organisation or organisation, rights_holders=tuple(holders), jurisdictions=()
    )


def _given_up(lease: Lease, now: datetime) -> Visit:
    return Visit(id=new_ulid(now), candidate=lease.candidate, captures=(), outcome=Outcome.GAVE_UP, at=now)


def refined(visit: Visit, judgement: Judgement) -> Visit:
    """The visit with the outcome that reading its page gave, told on its last capture too."""
    *before, last = visit.captures
    detail = judgement.detail or last.detail or _shortcoming(last)
    told = dataclasses.replace(last, outcome=judgement.outcome, detail=detail)
    return dataclasses.replace(visit, captures=(*before, told), outcome=judgement.outcome)


def _shortcoming(capture: Capture) -> str:
    """What was not as it should be with the page that was judged, so that nobody takes it for the whole."""
    page = capture.exchanges[-1] if capture.exchanges else None
    if page is None:
        return ""
    return "; ".join((*page.faults, *(("only a part was read",) if page.truncated else ())))


def _without_decoded(visit: Visit) -> Visit:
    return dataclasses.replace(
        visit,
        captures=tuple(
            dataclasses.replace(
                capture,
                exchanges=tuple(dataclasses.replace(exchange, decoded=b"") for exchange in capture.exchanges),
            )
            for capture in visit.captures
        ),
    )
