"""Lists as people have them."""

from __future__ import annotations

import io
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UsageError
from crawler.sources import ListSource
from crawler.sources.lists import open_list, read_entries


def hosts(content: bytes | str) -> list[str]:
    raw = content.encode() if isinstance(content, str) else content
    return [
        entry.target.host if entry.target else f"!{entry.line}" for entry in read_entries(io.BytesIO(raw), name="l.txt")
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", []),
        ("# c\n\n// c\n! c\n; c\na.example # note\r\nb.example\rc.example", ["a.example", "b.example", "c.example"]),
        ("0.0.0.0 a.example b.example # c\n127.0.0.1 localhost\n::1 ip6-localhost\n", ["a.example", "b.example"]),
        ("[Adblock Plus 2.0]\n||a.example^$third-party\n@@||b.example^\n||c.example\n", ["a.example", "c.example"]),
        ("address=/a.example/0.0.0.0\n", ["a.example"]),
        ("rank,domain\n1,a.example\n2,b.example\n", ["a.example", "b.example"]),
        ("1,a.example\n2,b.example\n", ["a.example", "b.example"]),
        ('"Site";"Note"\n"http://a.example/x;y";"b.example"\n', ["a.example"]),
        ("http://a.example/,luxury\nhttp://b.example/,watches\n", ["a.example", "b.example"]),
        ('[\n"a.example",\n"b.example"\n]\n', ["a.example", "b.example"]),
        ("- a.example\n1. b.example\n*.c.example\nd.example, looks fake\n", ["a.example", "b.example", "c.example",
            "d.example"]),
        ("a.example, b.example, c.example", ["a.example", "b.example", "c.example"]),
        ("a.example,\nb.example,\n", ["a.example", "b.example"]),
        ("a.example\nnot a host\nb.example", ["a.example", "!2", "b.example"]),
        ("x" * 99_999 + "\nb.example", ["!1", "b.example"]),
        ("\ufeffa.example\n", ["a.example"]),
        ("\ufeffa.example\n".encode("utf-16"), ["a.example"]),
        ("a.example\nb.example\n".encode("utf-16-le"), ["a.example", "b.example"]),
        ("a.example\n".encode("utf-32"), ["a.example"]),
        ("bücher.example\n".encode("cp1252"), ["xn--bcher-kva.example"]),
    ],
)  # fmt: skip
def test_messy_lists(content, expected):
    assert hosts(content) == expected


def test_a_bad_line_names_its_number():
    (entry,) = read_entries(io.BytesIO(b"\n\nno host here\n"), name="l.txt")
    assert entry.line == 3
    assert str(entry.error).startswith("Line 3: ")


@pytest.mark.parametrize(
    "content",
    [b"\x89PNG\r\n\x1a\n\0\0", b"\x1f\x8b\x08" + bytes(range(256)), b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", bytes(5_000),
     bytes(range(128, 256)) * 20, b"PK\x03\x04" + bytes(30), b"<!doctype html><html><p>a.example"],
)  # fmt: skip
def test_what_is_no_list_is_one_clear_sentence(content):
    with pytest.raises(UsageError, match=r"^l\.txt is a (binary file|web page), not a list\. Give a text file"):
        hosts(content)


def test_unreadable_files(tmp_path):
    for path, words in ((tmp_path, "is a folder"), (tmp_path / "none", "does not exist")):
        with pytest.raises(UsageError, match=words), open_list(str(path)):
            pass


async def test_a_list_is_a_source(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("a.example\nbad line\n" * 600)
    entries = [entry async for entry in ListSource(path=str(path)).candidates()]
    assert len(entries) == 1_200
    assert sum(entry.target is not None for entry in entries) == 600


class Repeated(io.RawIOBase):
    """A long list that exists only while it is read."""

    def __init__(self, line: bytes, size: int) -> None:
        self.piece = line * 500
        self.left = size

    def read(self, size: int = -1) -> bytes:
        self.left -= 500
        return self.piece if self.left > 0 else b""


def test_memory_does_not_grow_with_the_list():
    entries = read_entries(Repeated(b"# a comment that is skipped quickly\n", 300_000), name="l.txt")
    tracemalloc.start()
    try:
        assert list(entries) == []
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3_000_000


@given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(str.encode)))
@settings(max_examples=200, deadline=None)
def test_only_usage_errors_are_raised(content):
    try:
        entries = list(read_entries(io.BytesIO(content), name="l.txt"))
    except UsageError:
        return
    assert all((entry.target is None) != (entry.error is None) for entry in entries)
