"""The scorecard: per sector, an additive sum of log-odds with a cap for each family.

A sector's score is the intercept, plus for every family the sum of its signals' weights up to the family's cap, plus
the (negative) contrary weights down to theirs. Signals without a sector count for each sector of which the page shows
something of its own. A signal that is missing adds nothing, and one more suspicious signal never lowers a score.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from classifiers.ruleset import Ruleset, Weights
from core.records import SUPPORTING_FAMILIES, Family, Label, SectorScore, Signal

MIN_FAMILIES = 2
"""Families that a flag needs; one of them must be able to carry it."""

CONTRARY_CAP = 4.0
"""How far contrary signals can lower a score when the weights file says nothing."""


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The weights of a ruleset in the form that scoring needs. ``thresholds`` holds the sectors' own."""

    signals: Mapping[str, float]
    caps: Mapping[str, float]
    intercept: float
    flag: float
    undecided: float
    thresholds: Mapping[str, float]

    def weight(self, id_: str) -> float:
        """The weight of a signal, 0 when the weights file does not know it."""
        return self.signals.get(id_, 0.0)

    def threshold(self, sector: str) -> float:
        """What a flag needs in ``sector``."""
        return self.thresholds.get(sector, self.flag)


def scorecard(ruleset: Ruleset) -> Scorecard:
    """The scorecard of a ruleset. Raises :class:`ValueError` when its thresholds or caps make no sense."""
    weights = ruleset.weights
    _check(weights)
    return Scorecard(
        signals=dict(weights.signals),
        caps=dict(weights.family_caps),
        intercept=weights.intercept,
        flag=weights.flag_threshold,
        undecided=weights.undecided_threshold,
        thresholds={sector.id: sector.threshold for sector in ruleset.sectors if sector.threshold is not None},
    )


def _check(weights: Weights) -> None:
    known = {family.value for family in Family}
    for family, cap in weights.family_caps:
        if family not in known:
            raise ValueError(f"a cap names the family {family!r}, which does not exist")
        if cap < 0:
            raise ValueError(f"the cap of {family} is negative")
    if weights.undecided_threshold > weights.flag_threshold:
        raise ValueError("the undecided threshold is above the flag threshold")
    for id_, weight in weights.signals:
        if (weight > 0) if id_.startswith("contrary.") else (weight < 0):
            raise ValueError(f"the weight of {id_} has the wrong sign")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """The outcome of the sum: scores from the highest down, the label, and the sector that decided it.

    ``carried`` says whether the deciding sector has two families, one of which can carry a flag.
    """

    scores: tuple[SectorScore, ...]
    label: Label
    sector: str
    score: float
    carried: bool


def weigh(card: Scorecard, signals: Sequence[Signal], *, grounds: Iterable[str]) -> Scored:
    """Add up ``signals``. ``grounds`` names sectors whose brands or goods the page shows without accusing itself.

    A sector is scored when it is among the grounds or one of the suspicious signals is its own.
    """
    sectors = set(grounds) | {signal.sector for signal in signals if signal.sector and signal.weight > 0}
    scored = [_sum(card, sector, signals) for sector in sectors]
    scored.sort(key=lambda pair: (-_margin(pair[0]), -pair[0].score, pair[0].sector))
    if not scored:
        return Scored(scores=(), label=Label.CLEAR, sector="", score=0.0, carried=False)
    flagged = [pair for pair in scored if pair[1] and pair[0].score >= pair[0].threshold]
    open_ = [pair for pair in scored if pair[0].score >= min(card.undecided, pair[0].threshold)]
    label = Label.FLAGGED if flagged else Label.UNDECIDED if open_ else Label.CLEAR
    top, carried = (flagged or open_ or scored)[0]
    scores = tuple(pair[0] for pair in scored)
    return Scored(scores=scores, label=label, sector=top.sector, score=top.score, carried=carried)


def _margin(score: SectorScore) -> float:
    return score.score - score.threshold


def _sum(card: Scorecard, sector: str, signals: Sequence[Signal]) -> tuple[SectorScore, bool]:
    """One sector's score, and whether its families can carry a flag."""
    sums: dict[Family, float] = defaultdict(float)
    for signal in signals:
        if signal.sector in ("", sector):
            sums[signal.family] += signal.weight
    terms: list[tuple[str, float]] = []
    for family in Family:
        if family in sums:
            terms.append((family.value, round(_capped(card, family, sums[family]), 4)))
    families = {name for name, amount in terms if amount > 0}
    carried = len(families) >= MIN_FAMILIES and bool(families - {family.value for family in SUPPORTING_FAMILIES})
    total = round(card.intercept + sum(amount for _, amount in terms), 4)
    return SectorScore(sector=sector, score=total, threshold=card.threshold(sector), terms=tuple(terms)), carried


def _capped(card: Scorecard, family: Family, amount: float) -> float:
    if family is Family.CONTRARY:
        return max(amount, -card.caps.get(family.value, CONTRARY_CAP))
    return min(amount, card.caps.get(family.value, amount))
