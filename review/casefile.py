"""Everything that one case page shows, put together from what the store holds. Pure but for :func:`load`."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from classifiers.charset import decode
from classifiers.ruleset import Ruleset, read_ruleset
from core.errors import NotInStore
from core.records import Case, CaseEvent, Exchange, Family, PackReference, Reference, ReferenceType, Signal, Verdict
from crawler.decode import decode_body
from review.access import Viewer
from review.deps import Desk
from review.excerpts import Body, Excerpt, markup_ranges
from review.reasons import Reason, reason_for
from storage.records import Role, StoredBundle, StoredVisit, VisitSummary

MAX_DECODED = 6_000_000
"""Cap on a decoded body when quotes are shown, in bytes; the fetcher's own cap is the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalGroup:
    """All signals of one id, sector and pack, with the words for it and the summed weight.

    ``excerpts`` show the quotes in their context and ``sources`` (URL, SHA-256) the bodies that those are cut from;
    ``quotes`` are those whose bytes are not at hand (``gone``) or that stand in no body. ``searched`` names the pages
    on which ``searched_for`` was looked for and not found; ``elsewhere`` says in words what references of other kinds
    point at. ``percent`` compares the weights of a page.
    """

    id: str
    reason: Reason
    family: Family
    sector: str
    weight: float
    excerpts: tuple[Excerpt, ...]
    sources: tuple[tuple[str, str], ...]
    quotes: tuple[str, ...]
    gone: bool
    searched: tuple[str, ...]
    searched_for: tuple[str, ...]
    elsewhere: tuple[str, ...]
    pack: str
    detectors: tuple[str, ...]
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRow:
    """One family's part in the sum: what its signals add up to, its cap if it has one, what was counted."""

    family: str
    raw: float
    cap: float | None
    counted: float

    @property
    def capped(self) -> bool:
        """Whether the cap took something away."""
        return self.cap is not None and abs(self.raw - self.counted) > 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """What a case page shows of one visit of the case.

    ``other_sectors`` hold signals that did not count in the verdict's sector; ``withheld`` counts signals of other
    rights holders' packs that a rights holder is not shown.
    """

    case: Case
    visit: StoredVisit | None
    visits: tuple[VisitSummary, ...]
    bundles: tuple[StoredBundle, ...]
    reasons: tuple[SignalGroup, ...]
    contrary: tuple[SignalGroup, ...]
    other_sectors: tuple[SignalGroup, ...]
    score_rows: tuple[ScoreRow, ...]
    intercept: float | None
    threshold: float | None
    withheld: int
    history: tuple[CaseEvent, ...]

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """All exchanges of the visit, in order."""
        if self.visit is None:
            return ()
        return tuple(exchange for capture in self.visit.visit.captures for exchange in capture.exchanges)


async def load(desk: Desk, viewer: Viewer, case: Case, visit_id: str | None = None) -> CaseFile:
    """Read a case's visit, verdict and bundles. ``visit_id`` chooses among the case's visits; the latest by default.

    Raises :class:`core.errors.NotInStore` when that visit is not one of the case's.
    """
    if visit_id is not None and visit_id not in case.visits:
        raise NotInStore("This case has no such visit.")
    chosen = visit_id or (case.visits[-1] if case.visits else None)
    stored = await desk.store.visits.get(chosen) if chosen else None
    bundles = await desk.store.bundles.by_case(case.id)
    summaries = await desk.store.visits.list(case.subject)
    ruleset = await load_ruleset(desk, stored.verdict.ruleset) if stored and stored.verdict else None
    return await asyncio.to_thread(assemble, viewer, case, stored, tuple(summaries), tuple(bundles), ruleset)


async def load_ruleset(desk: Desk, digest: str) -> Ruleset | None:
    """The ruleset that a verdict names, or None when it is not stored (then caps are not shown)."""
    try:
        return read_ruleset(await desk.store.rulesets.get(digest))
    except (NotInStore, ValueError, KeyError, TypeError):
        return None


def assemble(
    viewer: Viewer,
    case: Case,
    stored: StoredVisit | None,
    summaries: tuple[VisitSummary, ...],
    bundles: tuple[StoredBundle, ...],
    ruleset: Ruleset | None,
) -> CaseFile:
    """The page's contents. Rights holders get no signals of other rights holders' packs and no names of people."""
    verdict = stored.verdict if stored else None
    bodies = decoded_bodies(stored) if stored else {}
    shown = shown_to(viewer, verdict.signals) if verdict else []
    against = shown_to(viewer, verdict.contrary) if verdict else []
    counted = ("", verdict.sector if verdict else "")
    rows, intercept, threshold = _score(verdict, ruleset) if verdict else ((), None, None)
    return CaseFile(
        case=case,
        visit=stored,
        visits=summaries,
        bundles=bundles,
        reasons=group_signals((signal for signal in shown if signal.sector in counted), bodies),
        contrary=group_signals((signal for signal in against if signal.sector in counted), bodies),
        other_sectors=group_signals((signal for signal in (*shown, *against) if signal.sector not in counted), bodies),
        score_rows=rows,
        intercept=intercept,
        threshold=threshold,
        withheld=(len(verdict.signals) + len(verdict.contrary) - len(shown) - len(against)) if verdict else 0,
        history=history_for(viewer, case),
    )


def shown_to(viewer: Viewer, signals: Iterable[Signal]) -> list[Signal]:
    """The signals that a viewer may see: a rights holder sees none of another rights holder's pack."""
    return [
        signal
        for signal in signals
        if viewer.role is not Role.RIGHTS_HOLDER
        or signal.pack is None
        or signal.pack.organisation == viewer.organisation
    ]


def history_for(viewer: Viewer, case: Case) -> tuple[CaseEvent, ...]:
    """A case's history; rights holders see what happened, not who did it, why, or the notes."""
    if viewer.sees_people:
        return case.history
    return tuple(dataclasses.replace(event, actor="", detail="") for event in case.history if event.action != "note")


async def load_verdict(desk: Desk, case: Case, visit_id: str | None) -> Verdict | None:
    """The verdict of one of the case's visits, the latest by default. Raises :class:`core.errors.NotInStore`."""
    if visit_id is not None and visit_id not in case.visits:
        raise NotInStore("This case has no such visit.")
    chosen = visit_id or (case.visits[-1] if case.visits else None)
    return (await desk.store.visits.get(chosen, bodies=False)).verdict if chosen else None


Bodies = Mapping[str, Body]


def decoded_bodies(stored: StoredVisit) -> dict[str, Body]:
    """The visit's bodies by the digest that references cite."""
    bodies: dict[str, Body] = {}
    for capture in stored.visit.captures:
        for exchange in capture.exchanges:
            if exchange.body and exchange.sha256 not in bodies:
                content = (
                    exchange.decoded
                    or decode_body(exchange.body, exchange.header("content-encoding"), MAX_DECODED).body
                )
                bodies[exchange.sha256] = Body(
                    sha256=exchange.sha256,
                    url=exchange.url,
                    content=content,
                    charset=decode(content, exchange.header("content-type")).charset,
                    markup=markup_ranges(content),
                )
    return bodies


def group_signals(signals: Iterable[Signal], bodies: Bodies) -> tuple[SignalGroup, ...]:
    """Signals grouped by id, sector and pack, the heaviest group first; each quote of a finding is a signal."""
    by_key: dict[tuple[str, str, PackReference | None], list[Signal]] = {}
    for signal in signals:
        by_key.setdefault((signal.id, signal.sector, signal.pack), []).append(signal)
    sums = {key: sum(signal.weight for signal in group) for key, group in by_key.items()}
    heaviest = max((abs(amount) for amount in sums.values()), default=0.0) or 1.0
    groups = [
        _group(group, sums[key], max(2, round(100 * abs(sums[key]) / heaviest)), bodies)
        for key, group in by_key.items()
    ]
    return tuple(sorted(groups, key=lambda group: -round(abs(group.weight), 6)))


def _group(group: Sequence[Signal], weight: float, percent: int, bodies: Bodies) -> SignalGroup:
    first = group[0]
    references = [(signal, reference) for signal in group for reference in signal.references]
    ranges: dict[str, list[tuple[int, int]]] = {}
    loose: list[str] = []
    gone = False
    for signal, reference in references:
        if reference.type is not ReferenceType.BYTES:
            continue
        if reference.sha256 in bodies:
            ranges.setdefault(reference.sha256, []).append((reference.start, reference.end))
        else:
            loose.append(signal.quote)
            gone = True
    loose += [signal.quote for signal in group if not any(_tells(reference) for reference in signal.references)]
    absences = [reference for _, reference in references if reference.type is ReferenceType.ABSENCE]
    excerpts = tuple(excerpt for sha256, wanted in ranges.items() for excerpt in bodies[sha256].cut_out(wanted))
    pages = (page for reference in absences for page in reference.pages)
    return SignalGroup(
        id=first.id,
        reason=reason_for(first.id, first.family),
        family=first.family,
        sector=first.sector,
        weight=weight,
        excerpts=excerpts,
        sources=tuple(dict.fromkeys((excerpt.url, excerpt.sha256) for excerpt in excerpts)),
        quotes=_unique(quote for quote in loose if quote),
        gone=gone,
        searched=_unique(bodies[page].url if page in bodies else page for page in pages),
        searched_for=_unique(reference.name for reference in absences if reference.name),
        elsewhere=_unique(_in_words(reference) for _, reference in references),
        pack=f"{first.pack.id} {first.pack.version} ({first.pack.organisation})" if first.pack else "",
        detectors=_unique(f"{signal.detector} (version {signal.version})" for signal in group),
        percent=percent,
    )


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(text for text in dict.fromkeys(texts) if text)


def _tells(reference: Reference) -> bool:
    """Whether a reference shows by itself what its signal's quote would say."""
    return reference.type is ReferenceType.BYTES or (reference.type is ReferenceType.ABSENCE and bool(reference.name))


def _in_words(reference: Reference) -> str:
    match reference.type:
        case ReferenceType.LOOKUP:
            return f"From the lookup {reference.name}"
        case ReferenceType.DOM:
            return f"In the element {reference.selector} of the rendered page"
        case ReferenceType.REGION:
            return f"In the region {reference.region} of an image"
        case ReferenceType.DIFFERENCE:
            return "In the difference between two captures"
        case _:
            return ""


def _score(verdict: Verdict, ruleset: Ruleset | None) -> tuple[tuple[ScoreRow, ...], float | None, float | None]:
    """The sum of the verdict's sector by family, the intercept and the threshold."""
    score = next((entry for entry in verdict.scores if entry.sector == verdict.sector), None)
    if score is None:
        return (), None, None
    caps = dict(ruleset.weights.family_caps) if ruleset else {}
    families = {family.value for family in Family}
    rows: list[ScoreRow] = []
    for family, counted in score.terms:
        if family in families:
            source = verdict.contrary if family == Family.CONTRARY else verdict.signals
            raw = sum(s.weight for s in source if s.family == family and s.sector in ("", verdict.sector))
            rows.append(ScoreRow(family=family, raw=raw, cap=caps.get(family), counted=counted))
    rest = score.score - sum(row.counted for row in rows)
    intercept = rest if abs(rest) > 0.005 else None
    return tuple(sorted(rows, key=lambda row: -row.counted)), intercept, score.threshold
