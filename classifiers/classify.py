"""From a visit to a verdict: read, gate, match, detect, weigh, cite. Pure: the same bytes and ruleset decide alike."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from classifiers import keywords
from classifiers.elements import selector_at
from classifiers.gate import gate
from classifiers.keywords import CompiledKeywords
from classifiers.locate import Locator
from classifiers.page import read_page
from classifiers.ruleset import Ruleset, TermKind
from classifiers.score import Scorecard, Scored, scorecard, weigh
from classifiers.structure import DETECTORS, Context, Finding
from classifiers.structure.base import under
from classifiers.text import fold
from core.records import (
    Exchange,
    Family,
    Label,
    Outcome,
    Page,
    PageKind,
    Reference,
    ReferenceType,
    Signal,
    Verdict,
    Visit,
)

MAX_REFERENCES = 400
"""Most places cited for one finding."""

MAX_PLACED = 30
"""Most signals of a flagged page whose first place is described by the elements around it."""

MAX_QUOTE = 400
"""Longest quote shown for a signal, in characters."""


@dataclass(frozen=True, slots=True)
class CompiledRules:
    """A ruleset ready for judging. Immutable, so one value serves every worker of a process."""

    ruleset: Ruleset
    digest: str
    keywords: CompiledKeywords
    card: Scorecard


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What became of a visit: the refined outcome, the page when one was read, the verdict for ``content`` only.

    ``detail`` explains a refined outcome in one phrase.
    """

    outcome: Outcome
    page: Page | None = None
    verdict: Verdict | None = None
    detail: str = ""


def compile_rules(ruleset: Ruleset) -> CompiledRules:
    """Make a ruleset ready. Raises :class:`ValueError` when an expression, term, cap or threshold is unusable."""
    return CompiledRules(ruleset, ruleset.digest, keywords.compile(ruleset), scorecard(ruleset))


def judge(visit: Visit, rules: CompiledRules, *, at: datetime, full: bool = False) -> Judgement:
    """Judge one visit. Never raises for what a site sent.

    Signals are listed with their references when the page is flagged or undecided, and always when ``full``; a clear
    page otherwise carries its scores only. ``at`` is stamped on the verdict; ages are measured from the visit.
    """
    exchange = _answer(visit)
    if exchange is None:
        return Judgement(outcome=visit.outcome)
    page = read_page(exchange, url=exchange.url)
    seen = gate(exchange, page, arrived=visit.outcome)
    if seen.outcome in _REFUSED:
        return Judgement(outcome=seen.outcome)
    if seen.outcome is not Outcome.CONTENT or seen.page_kind is None:
        return Judgement(outcome=seen.outcome, page=page, detail=seen.detail)
    page = dataclasses.replace(page, kind=seen.page_kind)
    hits = keywords.match(page, rules.keywords)
    context = Context(
        visit=visit, pages=(page,), exchanges=(exchange,), hits=hits, rules=rules.ruleset, digest=rules.digest
    )
    verdict = _verdict(context, rules, at=at, full=full)
    return Judgement(outcome=Outcome.CONTENT, page=page, verdict=verdict, detail=seen.detail)


MAX_NOTICE = 400_000
"""Longest body of a refusal or an error that is read, in bytes: notices are short, most such answers say nothing."""

_REFUSED = frozenset({Outcome.BLOCKED, Outcome.HTTP_ERROR})


def _answer(visit: Visit) -> Exchange | None:
    """The last exchange of the first capture that ended as the visit did, if its body can refine that outcome."""
    if visit.outcome is not Outcome.CONTENT and visit.outcome not in _REFUSED:
        return None
    for capture in visit.captures:
        if capture.outcome is visit.outcome and capture.exchanges:
            answer = capture.exchanges[-1]
            if visit.outcome is Outcome.CONTENT:
                return answer
            size = len(answer.decoded or answer.body)
            return answer if answer.status >= 400 and size <= MAX_NOTICE else None
    return None


def _verdict(context: Context, rules: CompiledRules, *, at: datetime, full: bool) -> Verdict:
    found = tuple(_found(context, rules.card))
    grounds = _grounds(context)
    signals = tuple(signal for signal, _ in found)
    scored = weigh(rules.card, signals, grounds=grounds)
    unlisted = weigh(rules.card, _unlisted(signals), grounds=grounds)
    if unlisted.label is Label.CLEAR and not full:
        signals = ()
    else:
        signals = tuple(_cited(context, found))
        scored = weigh(rules.card, signals, grounds=grounds)
        unlisted = weigh(rules.card, _unlisted(signals), grounds=grounds)
    suppressed, label = _suppression(context, signals, scored, unlisted, rules)
    if label is Label.FLAGGED:
        signals = tuple(_placed(context, signals))
    return Verdict(
        visit=context.visit.id,
        label=label,
        sector=scored.sector,
        score=scored.score,
        scores=scored.scores,
        signals=tuple(signal for signal in signals if signal.weight >= 0),
        contrary=tuple(signal for signal in signals if signal.weight < 0),
        ruleset=rules.digest,
        at=at,
        suppressed=suppressed,
    )


def _grounds(context: Context) -> frozenset[str]:
    """Sectors that the page is about: a brand is named, or two kinds of goods."""
    named = {(hit.sector, hit.kind, hit.term.casefold()) for hit in context.of_kind(TermKind.BRAND, TermKind.PRODUCT)}
    weights: Counter[str] = Counter()
    for sector, kind, _ in named:
        weights[sector] += 2 if kind is TermKind.BRAND else 1
    return frozenset(sector for sector, weight in weights.items() if weight >= _GROUNDS)


_GROUNDS = 2


def _found(context: Context, card: Scorecard) -> Iterator[tuple[Signal, Finding]]:
    """What the detectors found, weighed; signals without a weight are left out."""
    for detector in DETECTORS:
        for finding in detector.find(context):
            weight = _weight(finding, card)
            if weight:
                yield _signal(finding, weight, detector.id, detector.version), finding


def _weight(finding: Finding, card: Scorecard) -> float:
    listed = card.weight(finding.id)
    weight = listed * finding.factor if finding.weight is None else abs(listed) * finding.weight
    return round(weight, 4)


def _signal(finding: Finding, weight: float, detector: str, version: str) -> Signal:
    if finding.quotes:
        shown = finding.quotes[0]
    elif finding.absent:
        shown = f"not found: {finding.absent}"
    else:
        shown = finding.shown
    return Signal(
        id=finding.id,
        sector=finding.sector,
        family=finding.family,
        weight=weight,
        quote=shown[:MAX_QUOTE],
        references=(),
        detector=detector,
        version=version,
        pack=finding.pack,
    )


def _cited(context: Context, found: Iterable[tuple[Signal, Finding]]) -> Iterator[Signal]:
    """The signals with references. A signal that quotes the page and is not found in its bytes is left out.

    A finding that rests on several quotes becomes a signal for each, so that a quote stands at every place its signal
    cites; they share the finding's weight equally, and their sum is the finding's.
    """
    citer = _Citer(context.pages, context.exchanges)
    absence = tuple(page.sha256 for page in context.pages)
    for signal, finding in found:
        if finding.absent:
            reference = Reference(type=ReferenceType.ABSENCE, name=finding.absent, pages=absence)
            yield dataclasses.replace(signal, references=(reference,))
        elif finding.lookup[0]:
            name, digest = finding.lookup
            reference = Reference(type=ReferenceType.LOOKUP, name=name, sha256=digest)
            yield dataclasses.replace(signal, references=(reference,))
        else:
            cited = citer.cite([quote[:MAX_QUOTE] for quote in finding.quotes])
            for (quote, references), share in zip(cited, _shares(signal.weight, len(cited)), strict=False):
                yield dataclasses.replace(signal, quote=quote, weight=share, references=references)


def _shares(weight: float, count: int) -> list[float]:
    """``weight`` in at most ``count`` parts, equal to the fourth decimal, none of them zero and in sum exactly it."""
    units = round(abs(weight) * 10_000)
    count = min(count, units)
    least, over = divmod(units, count) if count else (0, 0)
    sign = -1 if weight < 0 else 1
    return [sign * (least + (place < over)) / 10_000 for place in range(count)]


class _Citer:
    """Looks up quotes in the bytes of a visit's pages, each once."""

    def __init__(self, pages: Sequence[Page], exchanges: Sequence[Exchange]) -> None:
        self._bodies = [
            (page.sha256, Locator(exchange.decoded or exchange.body, page.charset))
            for page, exchange in zip(pages, exchanges, strict=True)
        ]
        self._places: dict[str, tuple[Reference, ...]] = {}

    def cite(self, quotes: Iterable[str]) -> list[tuple[str, tuple[Reference, ...]]]:
        """The distinct quotes that are found, each with its places, where it is shown as text first.

        All together cite at most :data:`MAX_REFERENCES` places: each quote one, then each quote's others in turn.
        """
        distinct = {fold(quote): quote for quote in reversed(list(quotes))}
        kept = [quote for quote in reversed(distinct.values()) if self._all(quote)][:MAX_REFERENCES]
        room = MAX_REFERENCES - len(kept)
        cited: list[tuple[str, tuple[Reference, ...]]] = []
        for quote in kept:
            places = tuple(dict.fromkeys([self._shown(quote), *self._all(quote)]))[: room + 1]
            room -= len(places) - 1
            cited.append((quote, places))
        return cited

    def _all(self, quote: str) -> tuple[Reference, ...]:
        if quote not in self._places:
            self._places[quote] = tuple(
                _bytes(digest, place)
                for digest, locator in self._bodies
                for place in locator.find_all(quote, MAX_REFERENCES)
            )
        return self._places[quote]

    def _shown(self, quote: str) -> Reference:
        places = self._all(quote)
        if len(places) > 1:
            for digest, locator in self._bodies:
                place = locator.find(quote)
                if place is not None:
                    return _bytes(digest, place)
        return places[0]


def _bytes(sha256: str, place: tuple[int, int]) -> Reference:
    return Reference(type=ReferenceType.BYTES, sha256=sha256, start=place[0], end=place[1])


def _placed(context: Context, signals: Iterable[Signal]) -> Iterator[Signal]:
    """The signals of a flagged page, the first ones with the element that their first place stands in."""
    bodies = {
        page.sha256: (exchange.decoded or exchange.body, page.charset)
        for page, exchange in zip(context.pages, context.exchanges, strict=True)
    }
    room = MAX_PLACED
    for signal in signals:
        first, *others = signal.references
        if room > 0 and first.type is ReferenceType.BYTES:
            room -= 1
            selector = selector_at(*bodies[first.sha256], first.start, first.end)
            signal = dataclasses.replace(signal, references=(dataclasses.replace(first, selector=selector), *others))
        yield signal


# --- suppression --------------------------------------------------------------------------------


_LISTED = frozenset({"contrary.official-domain", "contrary.authorised-reseller"})


def _unlisted(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    """The signals without those that say a pack lists the host: what would be thought of the page otherwise."""
    return tuple(signal for signal in signals if signal.id not in _LISTED)


def _suppression(
    context: Context, signals: Sequence[Signal], scored: Scored, unlisted: Scored, rules: CompiledRules
) -> tuple[str, Label]:
    """Why a page that would be flagged or undecided is not, and the label that remains."""
    if unlisted.label is Label.CLEAR:
        return "", Label.CLEAR
    listed = under(context.host, rules.ruleset.allowlist)
    if listed:
        return f"{listed} is on the allowlist", Label.CLEAR
    for pack in rules.ruleset.packs:
        official = under(context.host, pack.official_domains)
        if official:
            return f"{official} is an official domain of pack {pack.id}", Label.CLEAR
        reseller = under(context.host, pack.authorised_resellers)
        if reseller and unlisted.sector in pack.sectors:
            return f"{reseller} is an authorised reseller in pack {pack.id}", Label.CLEAR
    if scored.label is Label.FLAGGED and context.page.kind is PageKind.ARTICLE:
        article = next((signal for signal in signals if signal.id == "contrary.article-context"), None)
        if article is not None:
            return f"the page is an article ({article.quote[:80]})", Label.UNDECIDED
    return "", scored.label


# --- explaining ---------------------------------------------------------------------------------


def explain(verdict: Verdict, rules: CompiledRules) -> Iterator[str]:
    """The sum behind a verdict, line by line: each family's capped part, each reason's weight, the threshold.

    The signals of one id share a line: their sum, and the quotes they rest on.
    """
    if not verdict.scores:
        yield f"{verdict.label}: nothing on the page belongs to a sector"
        return
    chosen = next(score for score in verdict.scores if score.sector == verdict.sector)
    yield f"{verdict.label}: {chosen.sector} {chosen.score:+.2f}, a flag needs {chosen.threshold:+.2f}"
    if verdict.suppressed:
        yield f"  not flagged because {verdict.suppressed}"
    yield f"  {rules.card.intercept:+.2f}  intercept"
    for name, amount in chosen.terms:
        family = Family(name)
        own = [
            s for s in (*verdict.signals, *verdict.contrary) if s.family is family and s.sector in ("", chosen.sector)
        ]
        raw = sum(signal.weight for signal in own)
        capped = f" (capped from {raw:+.2f})" if own and abs(raw - amount) > 1e-3 else ""
        yield f"  {amount:+.2f}  {name}{capped}"
        by_id: dict[str, list[Signal]] = {}
        for signal in own:
            by_id.setdefault(signal.id, []).append(signal)
        for id_, group in by_id.items():
            quotes = "; ".join(dict.fromkeys(signal.quote for signal in group))
            yield f"      {sum(signal.weight for signal in group):+.2f}  {id_}: {quotes}"
    others = ", ".join(f"{score.sector} {score.score:+.2f}" for score in verdict.scores if score is not chosen)
    if others:
        yield f"  other sectors: {others}"
