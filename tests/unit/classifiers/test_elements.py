"""Selectors of the elements around a place: of tidy markup, of torn markup, and of markup made to take long."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.elements import ROOM, selector_at


def selector_of(source: str, quote: str = "QQ", charset: str = "utf-8") -> str:
    before, _, _ = source.partition(quote)
    start = len(before.encode(charset))
    return selector_at(source.encode(charset), charset, start, start + len(quote.encode(charset)))


@pytest.mark.parametrize(
    ("source", "selector"),
    [
        ("<html><body><div class='product big'><p>a<p>was <del>QQ</del> now", "div.product p del"),
        ("<title>QQ</title>", "title"),
        ("<div id=main><footer>x</footer>QQ</div>", "div#main"),
        ("<div><br><img src=x.jpg alt='QQ'> text", "div img"),
        ("<p><a class=buy href='https://QQ/'>here</a>", "p a.buy"),
        ("<meta name=description content='QQ'>", "meta"),
        ("<script>if (a<b) x = 'QQ'</script>", "script"),
        ("<ul><li>a<li>b<li><b>QQ</b></ul>", "ul li b"),
        ("</b></i><table><td>1<td>QQ", "table td"),
        ("<p>a < b QQ", "p"),
        ("<?xml version='1.0'?><html><body>QQ", "html body"),
        ("<i id='1 2' class='a:b c'>QQ", "i.c"),
        ("no markup QQ", ""),
        ("<p>\ue000</p><b>QQ</b>", "b"),
    ],
)
def test_the_elements_around_a_place(source: str, selector: str) -> None:
    assert selector_of(source) == selector


def test_the_charset_is_that_of_the_page() -> None:
    assert selector_of("<p>été <b>QQ</b>", charset="utf-16-le") == "p b"
    assert selector_of("<p>été <b>QQ</b>", charset="windows-1252") == "p b"


def test_only_what_stands_near_is_read() -> None:
    assert selector_of("<main>" + "<p>text</p>" * ROOM + "<b>QQ") == "b"


@pytest.mark.parametrize("piece", ["<!--", "<a b=", "<a ", "<div>", "<![CDATA[", "</", "<a a a a ", "<x y='\"", "&#"])
def test_hostile_markup_takes_no_longer(piece: str) -> None:
    body = (piece * 500_000)[:500_000].encode()
    began = time.perf_counter()
    selector_at(body, "utf-8", 400_000, 400_010)
    assert time.perf_counter() - began < 1


@settings(max_examples=100, deadline=None)
@given(st.text("<>/!?-&#;='\" ab\n[]", max_size=120))
def test_any_markup_gives_some_selector(source: str) -> None:
    assert isinstance(selector_of(source + "QQ"), str)
