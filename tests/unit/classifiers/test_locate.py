"""Quotes are found again in the bytes, whatever the charset, the entities and the white space."""

from __future__ import annotations

import html
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.locate import Locator, excerpt, holds, quote_at
from classifiers.text import fold

CHARSETS = ("utf-8", "cp932", "gb18030", "windows-1251", "cp949", "windows-1252", "utf-16-le", "euc-jp")


def test_plain() -> None:
    body = b"<p>Buy cheap replica watches</p>"
    place = Locator(body, "utf-8").find("replica watches")
    assert place is not None
    assert body[slice(*place)] == b"replica watches"


@pytest.mark.parametrize(
    ("source", "quote"),
    [
        ("<p>Tom &amp; Anna&#39;s</p>", "Tom & Anna's"),
        ("<p>a\n\t  b</p>", "a b"),
        ("<p>a&nbsp;&nbsp; b</p>", "a b"),
        ("<p>19,90&nbsp;&euro;</p>", "19,90 €"),
        ("<p>&#20013;&#25991;&#29256;</p>", "文版"),
        ("<p>re\0plica</p>", "replica"),
        ('<a href="/?a=1&amp;b=2">x</a>', "/?a=1&b=2"),
        ('<a href="/?a=1&copy=2">x</a>', "/?a=1&copy=2"),
        ("<script>if (a &amp;&amp; b) go()</script>", "a &amp;&amp; b"),
        ("<p>&copy2026 Shop</p>", "2026 Shop"),
        ("<p>x &lt;b&gt; y</p>", "<b>"),
        ("<p>R & D</p>", "R & D"),
    ],
)
def test_irregular_sources(source: str, quote: str) -> None:
    body = source.encode()
    place = Locator(body, "utf-8").find(quote)
    assert place is not None
    assert holds(body, "utf-8", *place, quote)


@pytest.mark.parametrize("quote", ["", "   ", "absent", "<p>Buy cheap replica watches</p> and more"])
def test_what_is_not_there(quote: str) -> None:
    assert Locator(b"<p>Buy cheap replica watches</p>", "utf-8").find(quote) is None


def test_shown_text_is_preferred() -> None:
    body = b'<!-- replica --><script>"replica"</script><a title="replica">x</a><p>replica</p>'
    assert Locator(body, "utf-8").find("replica") == (body.rindex(b"replica"), body.rindex(b"replica") + 7)


def test_near() -> None:
    body = b"<p>one</p><p>one</p><p>one</p>"
    assert Locator(body, "utf-8").find("one", near=5) == (13, 16)
    assert Locator(body, "utf-8").find_all("one") == ((3, 6), (13, 16), (23, 26))


def test_unknown_charset_counts_as_latin() -> None:
    assert Locator(b"<p>caf\xe9</p>", "no-such-thing").find("café") == (3, 7)


def test_broken_bytes_do_not_shift_what_follows() -> None:
    body = b"<p>\xff\xe4\xb8</p>" * 3000 + "<p>časy 中文</p>".encode()
    place = Locator(body, "utf-8").find("časy 中文")
    assert place is not None
    assert body[slice(*place)].decode() == "časy 中文"


def test_excerpt() -> None:
    body = "<p>před — replica — po</p>".encode()
    place = Locator(body, "utf-8").find("replica")
    assert place is not None
    shown = excerpt(body, "utf-8", *place, context=3)
    assert (shown.before, shown.quote, shown.after) == (" — ", "replica", " — ")
    assert quote_at(body, "utf-8", *place) == "replica"


def test_linear_on_two_megabytes() -> None:
    body = ("<p>word &amp; čas</p>\n" * 90_000).encode() + b"<p>needle</p>"
    started = time.process_time()
    locator = Locator(body, "utf-8")
    assert locator.find("needle") is not None
    assert locator.find("word & čas") is not None
    assert time.process_time() - started < 6


@settings(max_examples=150, deadline=None)
@given(
    charset=st.sampled_from(CHARSETS),
    before=st.text(alphabet="ab <>&;\n\u3000中чé", max_size=30),
    words=st.lists(
        st.sampled_from(["replica", "часы", "時計", "手表", "시계", "a&b", "“q”", "19,90", "<x>"]),
        min_size=1,
        max_size=5,
    ),
    gap=st.sampled_from([" ", "  ", "\n\t", "&nbsp;", " &#160; ", "\r\n"]),
    broken=st.binary(max_size=4),
    escaped=st.booleans(),
)
def test_any_quote_is_found(
    charset: str, before: str, words: list[str], gap: str, broken: bytes, escaped: bool
) -> None:
    kept = [word for word in words if word.encode(charset, "ignore").decode(charset) == word]
    if not kept:
        return
    quote = fold(" ".join(kept))
    source = gap.join(
        html.escape(word, quote=False) if escaped or "&" in word or "<" in word else word for word in kept
    )
    body = (
        (before + "<p>").encode(charset, "ignore") + broken[: len(broken) // 2 * 2] + f"<p>{source}</p>".encode(charset)
    )
    if quote not in fold(html.unescape(body.decode(charset, "replace"))):
        return  # the broken bytes swallowed the beginning
    place = Locator(body, charset).find(quote)
    assert place is not None
    assert holds(body, charset, *place, quote)


@settings(max_examples=150, deadline=None)
@given(body=st.binary(max_size=300), charset=st.sampled_from(CHARSETS), quote=st.text(max_size=8))
def test_never_raises_and_never_lies(body: bytes, charset: str, quote: str) -> None:
    for start, end in Locator(body, charset).find_all(quote):
        assert holds(body, charset, start, end, quote)
