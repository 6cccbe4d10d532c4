"""The pure parts of review: throttling, visible text, excerpts, conditions, passwords, words."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import config
from core.records import (
    CaseState,
    Decision,
    Family,
    Lookup,
    Outcome,
    PackReference,
    PageKind,
    Reference,
    ReferenceType,
    SealState,
    Signal,
)
from review import words
from review.auth import generate_password, hash_password, same_token, verify_password
from review.casefile import group_signals
from review.excerpts import LONGEST_MARKUP, Body, Excerpt, PieceKind, markup_ranges
from review.login import check_password
from review.pages.entry import local_path, password_problem
from review.pages.queue import heaviest
from review.policy import ReviewPolicy, host_without_port
from review.reasons import CATALOGUE, reason_for
from review.server import bind
from review.text import ago, byte_count, visible
from review.throttle import LoginThrottle

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_passwords() -> None:
    password = generate_password()
    stored = hash_password(password)
    assert stored.startswith("$argon2id$")
    assert verify_password(password, stored)
    assert not verify_password(password + "x", stored)
    assert not verify_password(password, "no hash")
    assert not verify_password("x" * 5000, stored)
    assert len({generate_password() for _ in range(50)}) == 50
    assert not same_token("", "")
    assert callable(check_password)


def test_guessing_is_slowed_down_and_forgotten() -> None:
    throttle = LoginThrottle(entries=3)
    for second in range(5):
        throttle.failed("Ana", "192.0.2.1", second)
    assert throttle.wait("ana", "192.0.2.9", 5) == 0
    throttle.failed("ana", "192.0.2.1", 5)
    assert throttle.wait("ANA ", "192.0.2.9", 5) == pytest.approx(2)
    for second in range(6, 40):
        throttle.failed("ana", "192.0.2.1", second)
    assert throttle.wait("ana", "192.0.2.9", 39) == pytest.approx(60)
    assert throttle.wait("other", "192.0.2.1", 39) > 60
    throttle.succeeded("ana", "192.0.2.1")
    assert throttle.wait("ana", "192.0.2.9", 39) == 0
    for number in range(10):
        throttle.failed(f"user{number}", f"198.51.100.{number}", 50)
    assert throttle.wait("ben", "192.0.2.1", 51) == 0


def test_an_ipv6_subscriber_counts_once() -> None:
    throttle = LoginThrottle()
    for number in range(21):
        throttle.failed(f"user{number}", f"2001:db8::{number:x}", 0)
    assert throttle.wait("fresh", "2001:db8::ffff", 1) > 0
    assert throttle.wait("fresh", "2001:db8:0:1::1", 1) == 0


def test_visible() -> None:
    assert visible("a\x00b") == "a␀b"
    assert visible("\u202egpj.exe") == "⟨U+202E⟩gpj.exe"
    assert visible("می‌خواهم") == "می‌خواهم"
    assert visible("rep\u200blica") == "rep⟨U+200B⟩lica"


@given(st.text())
@settings(max_examples=100)
def test_visible_leaves_nothing_hidden(text: str) -> None:
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]", visible(text))


def body_of(content: bytes, charset: str = "utf-8") -> Body:
    return Body(sha256="0", url="http://shop.test/", content=content, charset=charset, markup=markup_ranges(content))


def quotes(excerpt: Excerpt) -> list[str]:
    return [piece.text for piece in excerpt.pieces if piece.kind is PieceKind.QUOTE]


def test_excerpts_join_neighbours_and_mark_quotes() -> None:
    body = body_of(b"x" * 500 + b"<b>one</b> and <b>two</b>" + b"y" * 900 + b"three" + "é".encode() * 200)
    first, second = body.cut_out([(503, 506), (518, 521), (1425, 1430)])
    assert quotes(first) == ["one", "two"]
    assert quotes(second) == ["three"]
    assert "\ufffd" not in "".join(piece.text for piece in second.pieces)


def test_a_long_row_of_quotes_is_split_and_all_stay_marked() -> None:
    page = b"<b>$1</b>" + b"<i>word</i>" * 9
    places = [(n * len(page) + 3, n * len(page) + 5) for n in range(20)]
    excerpts = body_of(page * 20).cut_out(places)
    assert [(excerpt.start, excerpt.end) for excerpt in excerpts] == [(3, 977), (1083, 2057)]
    assert [len(quotes(excerpt)) for excerpt in excerpts] == [11, 11]


def test_context_tells_markup_from_words() -> None:
    style = b"<style>p { color: red } /* <b> */</style>"
    page = style + b'<a title="Marine"   href="/p/' + b"9" * 90 + b'">\n\n  <b>Regent</b> only\n$129 </a>' + b"z" * 200
    start = page.index(b"$129")
    (excerpt,) = body_of(page).cut_out([(start, start + 4)])
    assert [piece.text for piece in excerpt.pieces if piece.kind is PieceKind.TEXT][:3] == [" ", "Regent", " only "]
    markup = [piece.text for piece in excerpt.pieces if piece.kind is PieceKind.MARKUP]
    assert markup[0] == "…"
    assert markup[1].startswith('<a title="Marine" href')
    assert max(map(len, markup)) <= LONGEST_MARKUP + 1
    assert not any("color" in piece.text for piece in excerpt.pieces)


@pytest.mark.parametrize(
    ("page", "ranges"),
    [
        (b"a<b>c</b>", [(1, 4), (5, 9)]),
        (b"1 < 2 <!-- <p> --> x", [(6, 18)]),
        (b"<SCRIPT>if (a<b) c</Script >d", [(0, 28)]),
        (b"<scripted>x", [(0, 10)]),
        (b"x<style>y", [(1, 9)]),
        (b"x<!-- y", [(1, 7)]),
        (b"x<a href", [(1, 8)]),
        ("<b>x".encode("utf-16-le"), []),
    ],
)
def test_markup_ranges(page: bytes, ranges: list[tuple[int, int]]) -> None:
    assert list(markup_ranges(page)) == ranges


_PAGES = st.lists(st.sampled_from([b"<b>", b"<", b">", b"<!--", b"-->", b"<script>", b"</script>", b"word ", b"\xff"]))


@given(
    st.binary(max_size=600) | _PAGES.map(b"".join),
    st.lists(st.tuples(st.integers(-5, 700), st.integers(-5, 700)), max_size=6),
)
@settings(max_examples=100)
def test_excerpts_take_any_range(content: bytes, ranges: list[tuple[int, int]]) -> None:
    for charset in ("utf-8", "utf-16-le", "gb18030"):
        for excerpt in body_of(content, charset).cut_out(ranges):
            assert 0 <= excerpt.start < excerpt.end <= len(content)
            assert quotes(excerpt)
    markup = markup_ranges(content)
    assert all(start < end <= len(content) for start, end in markup)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(markup))


def signal(id: str, weight: float, reference: Reference, **more: Any) -> Signal:
    fields = {"sector": "luxury", "family": Family.PRICE, "quote": "$1", "detector": "d", "version": "1", **more}
    return Signal(id=id, weight=weight, references=(reference,), **fields)


def test_signals_of_one_finding_are_one_group() -> None:
    content = b"<p>$1</p>" + b"x" * 900 + b"<p>$1</p>"
    there = [Reference(type=ReferenceType.BYTES, sha256="0", start=at, end=at + 2) for at in (3, 912)]
    gone = Reference(type=ReferenceType.BYTES, sha256="f", start=0, end=2)
    absent = Reference(type=ReferenceType.ABSENCE, pages=("0",), name="operator")
    pack = PackReference(id="aurelia", version="2", organisation="aurelia")
    found = [
        *(signal("price.uniform-discount", 0.25, reference) for reference in there),
        signal("price.uniform-discount", 0.5, gone, pack=pack),
        signal("identity.no-operator", 0.4, absent, sector="", quote="not found: operator"),
    ]
    groups = group_signals(found, {"0": body_of(content)})
    assert [(group.id, group.weight, group.pack, len(group.excerpts)) for group in groups] == [
        ("price.uniform-discount", 0.5, "", 2),
        ("price.uniform-discount", 0.5, "aurelia 2 (aurelia)", 0),
        ("identity.no-operator", 0.4, "", 0),
    ]
    assert groups[0].sources == (("http://shop.test/", "0"),)
    assert (groups[1].gone, groups[1].quotes) == (True, ("$1",))
    assert (groups[2].quotes, groups[2].searched, groups[2].searched_for) == ((), ("http://shop.test/",), ("operator",))


def test_the_heaviest_reasons_are_sums() -> None:
    reference = Reference(type=ReferenceType.BYTES, sha256="0", start=0, end=2)
    found = [signal("price.strike-ratio", 0.6, reference)]
    found += [signal("price.uniform-discount", 0.4, reference) for _ in range(2)]
    assert heaviest(found) == tuple(
        reason_for(name, Family.PRICE).title for name in ("price.uniform-discount", "price.strike-ratio")
    )


@pytest.mark.parametrize(
    "text", ["//evil.test", "https://evil.test", "/\\evil.test", "javascript:x", "/login", "/a\nb", ""]
)
def test_the_way_back_stays_on_this_service(text: str) -> None:
    assert local_path(text) == "/"


def test_password_rules() -> None:
    assert not password_problem("four random words here", "four random words here", "ana", 12)
    assert password_problem("short", "short", "ana", 12)
    assert password_problem("aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa", "ben", 12)


def test_hosts() -> None:
    policy = ReviewPolicy(base_url="https://Watch.Agency.example:8443/x", allowed_hosts=("intern.example",))
    assert {"watch.agency.example", "intern.example", "localhost", "[::1]"} <= policy.hosts()
    assert host_without_port("[::1]:8080") == "[::1]"
    assert "" not in policy.hosts()


def test_every_enum_has_words() -> None:
    for table, enum in (
        (words.STATES, CaseState), (words.DECISIONS, Decision), (words.FAMILIES, Family), (words.OUTCOMES, Outcome),
        (words.LOOKUPS, Lookup), (words.PAGE_KINDS, PageKind), (words.SEALS, SealState),
    ):  # fmt: skip
        assert set(table) == set(enum)  # type: ignore[call-overload]


def test_every_weighted_signal_has_words() -> None:
    text = (Path(config.__file__).parent / "weights.yaml").read_text(encoding="utf-8")
    ids = set(re.findall(r"^\s+\"?([a-z]+\.[a-z0-9-]+)\"?:", text, re.MULTILINE))
    assert ids
    assert ids - set(CATALOGUE) == set()


def test_an_unknown_signal_is_shown_in_words() -> None:
    reason = reason_for("visual.logo-match", Family.VISUAL)
    assert reason.title == "Logo match"
    assert reason.explanation


def test_numbers_for_people() -> None:
    assert byte_count(999_960) == "1.0 MB"
    assert ago(NOW - timedelta(minutes=5), NOW) == "5 min ago"
    assert ago(NOW + timedelta(days=3), NOW) == "in 3 d"


def test_a_busy_port_is_one_sentence() -> None:
    from core.errors import UsageError

    with bind("127.0.0.1", 0) as listening, pytest.raises(UsageError, match="in use"):
        bind("127.0.0.1", listening.getsockname()[1])
