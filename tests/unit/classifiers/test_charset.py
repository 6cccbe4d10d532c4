"""Charset detection: declarations, lies, guesses, and no input that raises."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.charset import codec_of, declared_charset, decode

RUSSIAN = "Купить копии часов недорого, доставка по всей стране и оплата при получении товара. " * 3
JAPANESE = "スーパーコピー時計の専門店です。全国送料無料でお届けいたします。品質保証あり。" * 3
CHINESE = "本店专营高仿手表和箱包，支持货到付款，全国包邮，质量保证，欢迎选购。" * 3
KOREAN = "레플리카 시계 전문 쇼핑몰입니다. 전국 무료배송으로 보내드립니다. 품질을 보증합니다." * 3


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("UTF-8", "utf-8"),
        (" gb2312 ", "gb18030"),
        ("Shift_JIS", "cp932"),
        ("ISO-8859-1", "windows-1252"),
        ("us-ascii", "windows-1252"),
        ("euc-kr", "cp949"),
        ("iso-8859-9", "windows-1254"),
        ("klingon", None),
    ],
)
def test_labels_follow_the_encoding_standard(label: str, codec: str | None) -> None:
    assert codec_of(label) == codec


@pytest.mark.parametrize(
    ("text", "encoding", "label", "codec"),
    [
        (JAPANESE, "cp932", "shift_jis", "cp932"),
        (CHINESE, "gb18030", "gb2312", "gb18030"),
        (KOREAN, "cp949", "euc-kr", "cp949"),
        (RUSSIAN, "cp1251", "windows-1251", "windows-1251"),
        ("Größe & Übersicht", "latin-1", "iso-8859-1", "windows-1252"),
    ],
)
@pytest.mark.parametrize("where", ["header", "meta", "http-equiv", "nowhere"])
def test_declared_and_undeclared_charsets(text: str, encoding: str, label: str, codec: str, where: str) -> None:
    head = {
        "meta": f'<meta charset="{label}">',
        "http-equiv": f"<META HTTP-EQUIV=Content-Type CONTENT='text/html; charset={label}'>",
    }.get(where, "")
    body = f"<html><head>{head}</head><body>{text}</body></html>".encode(encoding)
    read = decode(body, f"text/html; charset={label}" if where == "header" else "text/html")
    assert text in read.text
    assert body.decode(read.charset, "replace") == read.text
    assert read.faults == ()
    if where != "nowhere":
        assert read.charset == codec


def test_declared_latin_but_utf8() -> None:
    read = decode(RUSSIAN.encode(), "text/html; charset=iso-8859-1")
    assert read.charset == "utf-8"
    assert read.text == RUSSIAN
    assert read.faults


@pytest.mark.parametrize(("text", "encoding"), [(RUSSIAN, "cp1251"), (JAPANESE, "cp932"), (CHINESE, "gb18030")])
def test_declared_utf8_but_something_else(text: str, encoding: str) -> None:
    read = decode(text.encode(encoding), "text/html; charset=utf-8")
    assert read.text == text
    assert "declared utf-8" in read.faults[0]


def test_a_few_broken_bytes_do_not_change_the_charset() -> None:
    body = (RUSSIAN * 5).encode() + b"\xff" + RUSSIAN.encode()
    read = decode(body, "text/html; charset=utf-8")
    assert read.charset == "utf-8"
    assert read.text.count("\ufffd") == 1


def test_a_character_cut_off_by_a_cap_is_no_reason_for_doubt() -> None:
    read = decode("Jaké hodinky č".encode()[:-1], "text/html")
    assert read.charset == "utf-8"
    assert read.faults == ()


@pytest.mark.parametrize(
    ("mark", "encoding"), [(b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")]
)
def test_byte_order_mark_beats_every_declaration(mark: bytes, encoding: str) -> None:
    read = decode(mark + "<p>čas</p>".encode(encoding), "text/html; charset=windows-1251")
    assert read.text == "<p>čas</p>"


def test_utf16_without_a_mark() -> None:
    assert decode("<html><body>Hello</body></html>".encode("utf-16-le")).text.startswith("<html>")


def test_meta_in_a_comment_does_not_count() -> None:
    assert declared_charset(b"<!-- <meta charset=koi8-r> --><meta charset=windows-1250>") == ("windows-1250", "meta")


def test_xml_declaration() -> None:
    assert declared_charset(b'<?xml version="1.0" encoding="windows-1251"?><html>') == ("windows-1251", "xml")


def test_nul_characters_are_dropped_and_reported() -> None:
    read = decode(b"re\0plica")
    assert read.text == "replica"
    assert "NUL characters" in read.faults


@settings(max_examples=150, deadline=None)
@given(body=st.binary(max_size=400), content_type=st.text(max_size=40) | st.just("text/html; charset=shift_jis"))
def test_never_raises_and_round_trips(body: bytes, content_type: str) -> None:
    read = decode(body, content_type)
    read.text.encode("utf-8")
    expected = body.decode(read.charset, "replace").replace("\0", "")
    assert read.text == expected.removeprefix("\ufeff") or read.text == expected
