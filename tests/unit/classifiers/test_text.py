"""Normalising for matching, with the way back, and word boundaries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.text import at_boundary, fast_normalise, fold, main_script, normalise


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("REPLICA", "replica"),
        ("Ｒｅｐｌｉｃａ", "replica"),
        ("rep\u200blica", "replica"),
        ("rep\u00adlica", "replica"),
        ("straße", "strasse"),
        ("ﬁne", "fine"),
        ("Café", "café"),
        ("Cafe\u0301", "café"),
        ("ｶﾞｯﾁ", "ガッチ"),
    ],
)
def test_normalise(written: str, read: str) -> None:
    assert normalise(written).text == read


def test_the_way_back() -> None:
    written = "buy Ｒep\u200blica, now"
    found = normalise(written)
    start = found.text.index("replica")
    first, last = found.original(start, start + len("replica"))
    assert written[first:last] == "Ｒep\u200blica"


def test_look_alikes_only_inside_mixed_words() -> None:
    assert normalise("rерliса", skeleton=True).text == "replica"
    assert normalise("реплика", skeleton=True).text == "реплика"


@given(st.text(max_size=60))
def test_offsets_are_ordered_and_complete(text: str) -> None:
    found = normalise(text)
    if found.offsets is not None:
        assert len(found.offsets) == len(found.text) + 1
        assert list(found.offsets) == sorted(found.offsets)
        assert found.offsets[-1] == len(text)


@given(st.text(max_size=60))
def test_fold_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="aéßŁИ中ﾊﾞ \u00ad\u200b", max_size=40))
def test_fast_path_agrees(text: str) -> None:
    assert fast_normalise(text) == normalise(text).text


@pytest.mark.parametrize(
    ("text", "word", "whole"),
    [
        ("buy a replica here", "replica", True),
        ("replicate", "replica", False),
        ("replicas", "replica", False),
        ("replica-watch", "replica", True),
        ("超级仿表专卖", "仿表", True),
        ("นาฬิกาก๊อปเกรดเอ", "ก๊อป", True),
        ("копияvip", "копия", False),
        ("3replica", "replica", False),
    ],
)
def test_boundaries(text: str, word: str, whole: bool) -> None:
    start = text.index(word)
    assert at_boundary(text, start, start + len(word)) is whole


@pytest.mark.parametrize(
    ("text", "script"),
    [("Uhren", "latin"), ("часы", "cyrillic"), ("ρολόγια", "greek"), ("手表", "han"), ("시계", "hangul"), ("123", "")],
)
def test_main_script(text: str, script: str) -> None:
    assert main_script(text) == script
