"""The scorecard: additive, capped, monotone, and never a flag from one family."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.ruleset import Ruleset, Weights
from classifiers.score import Scorecard, scorecard, weigh
from core.records import SUPPORTING_FAMILIES, Family, Label, Signal

CARD = Scorecard(
    signals={},
    caps={"text": 3.0, "price": 2.0, "identity": 2.0, "contrary": 4.0},
    intercept=0.0,
    flag=3.0,
    undecided=1.5,
    thresholds={"piracy": 2.0},
)
LABELS = [Label.CLEAR, Label.UNDECIDED, Label.FLAGGED]


def signal(family: Family, weight: float, sector: str = "luxury") -> Signal:
    return Signal(
        id=f"{family}.test",
        sector=sector,
        family=family,
        weight=weight,
        quote="q",
        references=(),
        detector="test",
        version="1",
    )


SIGNALS = st.builds(
    signal,
    st.sampled_from([family for family in Family if family is not Family.CONTRARY]),
    st.floats(0.05, 3.0).map(lambda value: round(value, 3)),
    st.sampled_from(["", "luxury", "piracy"]),
)
CONTRARY = st.builds(signal, st.just(Family.CONTRARY), st.floats(-2.0, -0.1), st.sampled_from(["", "luxury"]))


def test_two_families_over_the_threshold_flag() -> None:
    scored = weigh(CARD, [signal(Family.TEXT, 2.0), signal(Family.IDENTITY, 1.2, "")], grounds=())
    assert (scored.label, scored.sector, scored.score) == (Label.FLAGGED, "luxury", 3.2)
    assert scored.scores[0].terms == (("identity", 1.2), ("text", 2.0))


def test_one_family_is_capped_and_never_flags() -> None:
    scored = weigh(CARD, [signal(Family.TEXT, 2.0)] * 9, grounds=())
    assert (scored.label, scored.score) == (Label.UNDECIDED, 3.0)


def test_supporting_families_alone_never_flag() -> None:
    scored = weigh(CARD, [signal(family, 5.0) for family in SUPPORTING_FAMILIES], grounds=())
    assert scored.label is Label.UNDECIDED


def test_neutral_signals_need_a_sector_to_count_for() -> None:
    neutral = [signal(Family.IDENTITY, 2.0, ""), signal(Family.PRICE, 2.0, "")]
    assert weigh(CARD, neutral, grounds=()).label is Label.CLEAR
    assert weigh(CARD, neutral, grounds=()).scores == ()
    assert weigh(CARD, neutral, grounds=("luxury",)).label is Label.FLAGGED


def test_contrary_signals_lower_a_score_down_to_their_cap() -> None:
    against = [signal(Family.CONTRARY, -3.0, ""), signal(Family.CONTRARY, -3.0)]
    scored = weigh(CARD, [signal(Family.TEXT, 3.0), signal(Family.PRICE, 2.0), *against], grounds=())
    assert (scored.label, scored.score) == (Label.CLEAR, 1.0)


def test_a_sector_of_its_own_threshold() -> None:
    pair = [signal(Family.PIRACY_CONTENT, 1.2, "piracy"), signal(Family.IDENTITY, 0.9, "")]
    scored = weigh(CARD, pair, grounds=("luxury",))
    assert (scored.label, scored.sector) == (Label.FLAGGED, "piracy")


@settings(max_examples=150, deadline=None)
@given(st.lists(SIGNALS, max_size=8), st.lists(CONTRARY, max_size=3), SIGNALS)
def test_one_more_suspicious_signal_never_lowers_anything(
    signals: list[Signal], against: list[Signal], extra: Signal
) -> None:
    before = weigh(CARD, [*signals, *against], grounds=("luxury",))
    after = weigh(CARD, [*signals, extra, *against], grounds=("luxury",))
    assert LABELS.index(after.label) >= LABELS.index(before.label)
    scores = {score.sector: score.score for score in after.scores}
    assert all(scores[score.sector] >= score.score - 1e-3 for score in before.scores)


@settings(max_examples=150, deadline=None)
@given(st.lists(SIGNALS, max_size=10), st.sampled_from(list(Family)))
def test_one_family_alone_never_flags(signals: list[Signal], family: Family) -> None:
    own = [dataclasses.replace(item, family=family) for item in signals]
    assert weigh(CARD, own, grounds=("luxury",)).label is not Label.FLAGGED


def rules_with(**changes: object) -> Ruleset:
    weights = Weights(
        version="1",
        fitted_on="nothing",
        signals=(("text.claim", 1.0), ("contrary.term", -1.0)),
        family_caps=(("text", 2.0),),
        flag_threshold=3.0,
        undecided_threshold=2.0,
    )
    return Ruleset(sectors=(), packs=(), weights=dataclasses.replace(weights, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"family_caps": (("txt", 1.0),)}, "'txt', which does not exist"),
        ({"family_caps": (("text", -1.0),)}, "cap of text is negative"),
        ({"undecided_threshold": 4.0}, "above the flag threshold"),
        ({"signals": (("text.claim", -1.0),)}, "text.claim has the wrong sign"),
        ({"signals": (("contrary.term", 1.0),)}, "contrary.term has the wrong sign"),
    ],
)
def test_senseless_weights_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        scorecard(rules_with(**changes))


def test_a_signal_that_the_file_does_not_know_weighs_nothing() -> None:
    card = scorecard(rules_with())
    assert card.weight("text.claim") == 1.0
    assert card.weight("text.unheard-of") == 0.0
