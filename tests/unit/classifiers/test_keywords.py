"""Keywords: one pass, whole words, as written, with their surroundings."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import keywords
from classifiers.folding import fold, original, unmasked
from classifiers.keywords import MAX_HITS, KeywordHit
from classifiers.ruleset import Expression, Ruleset, SectorRules, Term, TermKind, Weights
from core.records import Field, Page, PageKind, TextSpan

WEIGHTS = Weights(
    version="1", fitted_on="nothing", signals=(), family_caps=(), flag_threshold=3.0, undecided_threshold=2.0
)


def page(*texts: str, language: str = "en", field: Field = Field.BODY) -> Page:
    return Page(
        url="https://shop.example/",
        sha256="0" * 64,
        charset="utf-8",
        kind=PageKind.OTHER,
        language=language,
        title="",
        spans=tuple(TextSpan(field=field, text=text) for text in texts),
    )


def ruleset(*terms: Term, expressions: tuple[Expression, ...] = ()) -> Ruleset:
    sector = SectorRules(id="luxury", version="1", title="Luxury", terms=terms, expressions=expressions)
    return Ruleset(sectors=(sector,), packs=(), weights=WEIGHTS)


def replica(text: str, **options: object) -> Term:
    return Term(**{"text": text, "kind": TermKind.REPLICA, "weight": 1.0, **options})  # type: ignore[arg-type]


def found(terms: tuple[Term, ...], *texts: str, **options: object) -> list[KeywordHit]:
    hits = keywords.match(page(*texts, **options), keywords.compile(ruleset(*terms)))  # type: ignore[arg-type]
    return [hit for hit in hits if hit.kind is TermKind.REPLICA]


BRAND = Term(text="Vandelier", kind=TermKind.BRAND)
BAGS = Term(text="handbags", kind=TermKind.PRODUCT)
SPOT = Term(text="how to spot", kind=TermKind.CONTRARY, weight=-1.0)


@pytest.mark.parametrize(
    ("term", "text", "quote"),
    [
        ("replica", "Our Replica, best", "Replica"),
        ("replica", "replicate the replicas", None),
        ("réplique", "une RÉPLIQUE parfaite", "RÉPLIQUE"),
        ("réplique", "une RE\u0301PLIQUE parfaite", "RE\u0301PLIQUE"),
        ("Replika-Uhren", "Replika\u2011Uhren günstig", "Replika\u2011Uhren"),
        ("高仿", "最好的高仿包包", "高仿"),
        ("스페셜", "명품스페셜을", "스페셜"),
        ("replica", "高仿replica包", "replica"),
        ("реплика", "Реплика часов", "Реплика"),
        ("реплика", "репликация базы", None),
        ("replica", "ＲＥＰＬＩＣＡ goods", "ＲＥＰＬＩＣＡ"),
        ("replica", "re\u00adplica goods", "re\u00adplica"),
        ("1:1", "quality 1:1!", "1:1"),
        ("1:1", "ratio 11:12", None),
    ],
)
def test_whole_words_in_any_script_are_quoted_as_written(term: str, text: str, quote: str | None) -> None:
    hits = found((replica(term),), text)
    assert [hit.quote for hit in hits] == ([quote] if quote else [])


@pytest.mark.parametrize(
    "text",
    [
        "r3plica watches",
        "rерlica wаtches",
        "repl\u200bica watches",
        "r e p l i c a",
        "R.E.P.L.I.C.A",
        "rep1ica",
        "replic@",
    ],
)
def test_hidden_words_are_found_and_marked(text: str) -> None:
    (hit,) = found((replica("replica"),), "first", f"the {text} here", "last")
    assert hit.masked
    assert hit.quote in text


@pytest.mark.parametrize("text", ["model r3000 plica", "a b c d e f", "h1n1 mp3 4k", "реплика", "Σειρά"])
def test_innocent_texts_hide_nothing(text: str) -> None:
    assert found((replica("replica"),), text) == []


def test_a_language_limits_short_ambiguous_words_only() -> None:
    short, phrase = replica("fake", languages=("en",)), replica("fake bags", languages=("en",))
    assert found((short,), "fake", language="nl") == []
    assert len(found((short,), "fake", language="")) == 1
    assert len(found((short,), "fake", language="en-GB")) == 1
    assert len(found((phrase,), "fake bags", language="nl")) == 1


def test_fields_limit_where_a_term_counts() -> None:
    term = replica("replica", fields=(Field.TITLE,))
    assert found((term,), "replica") == []
    assert len(found((term,), "replica", field=Field.TITLE)) == 1


def test_a_provisional_term_weighs_half() -> None:
    (hit,) = found((replica("replica", provisional=True),), "replica")
    assert hit.weight == 0.5


def test_the_longest_term_of_a_kind_wins() -> None:
    hits = found((replica("replica"), replica("replica watches"), replica("watches replica")), "buy replica watches")
    assert [hit.term for hit in hits] == ["replica watches"]


def test_a_near_brand_term_needs_a_brand_close_by() -> None:
    term = replica("replica", near_brand=True)
    assert found((term, BRAND), "a replica of the ship") == []
    assert found((term, BRAND), "Vandelier", "x " * 80, "replica") == []
    (hit,) = found((term, BRAND), "Vandelier Nocturne", "replica")
    assert hit.beside == "Vandelier"
    assert hit.weight == 1.0


def test_a_product_in_a_title_stands_in_for_the_brand_at_half_weight() -> None:
    term = replica("replica", near_brand=True)
    assert found((term, BAGS), "replica handbags") == []
    (hit,) = found((term, BAGS), "replica handbags", field=Field.TITLE)
    assert (hit.beside, hit.weight) == ("handbags", 0.5)


@pytest.mark.parametrize(
    "text",
    [
        "How to spot a replica in ten steps",
        "We sell no replica goods",
        "Beware of replica goods",
        "Wir verkaufen keine replica",
        "不是replica",
        "Replica is not what we sell",
    ],
)
def test_a_context_that_says_the_opposite_cancels(text: str) -> None:
    assert found((replica("replica"), SPOT), text) == []


def test_a_context_in_another_sentence_cancels_nothing() -> None:
    assert len(found((replica("replica"), SPOT), "How to spot quality. Buy our replica today")) == 1
    assert len(found((replica("no prescription needed"),), "No prescription needed")) == 1
    assert len(found((replica("replica"),), "No. 1 replica shop")) == 1


def test_hits_of_one_term_are_capped() -> None:
    assert len(found((replica("replica"),), *["replica"] * 100)) == MAX_HITS


def test_expressions_are_re2_and_quote_one_span() -> None:
    expression = Expression(pattern=r"aaa\+?\s(quality|grade)", kind=TermKind.REPLICA, weight=1.0)
    compiled = keywords.compile(ruleset(expressions=(expression,)))
    assert [hit.quote for hit in keywords.match(page("AAA+ Quality, AAA", "grade"), compiled)] == ["AAA+ Quality"]


def test_a_bad_expression_is_named() -> None:
    expression = Expression(pattern="(?<=a)b", kind=TermKind.REPLICA, weight=1.0)
    with pytest.raises(ValueError, match="expression of sector luxury is not RE2 syntax"):
        keywords.compile(ruleset(expressions=(expression,)))


def test_a_term_without_letters_is_refused() -> None:
    with pytest.raises(ValueError, match="sector luxury has no letters"):
        keywords.compile(ruleset(replica("\u200b ")))


def test_no_terms_and_no_text_are_fine() -> None:
    empty = keywords.compile(ruleset())
    assert keywords.match(page("text"), empty) == ()
    assert keywords.match(page(), empty) == ()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=60), max_size=6))
def test_any_text_gives_hits_that_quote_their_span(texts: list[str]) -> None:
    spans = [" ".join(text.split()) for text in texts]
    spans.append("ﬁne replica\u200b ＷＡＴＣＨＥＳ 高仿")
    compiled = keywords.compile(ruleset(replica("replica watches"), replica("高仿"), replica("a"), BRAND))
    hits = keywords.match(page(*spans), compiled)
    assert {"replica watches", "高仿"} <= {hit.term for hit in hits}
    for hit in hits:
        assert hit.quote
        assert hit.quote in spans[hit.span]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_folding_leads_back(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    for start in range(min(len(folded), 5)):
        assert original(text, start, len(folded)) in text
    for reading in unmasked(folded):
        assert len(reading.starts) == len(reading.text) + 1
