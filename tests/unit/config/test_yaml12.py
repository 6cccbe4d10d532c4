"""YAML 1.2 with positions: what is read, and where each mistake is placed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.yaml12 import MAX_BYTES, Mark, parse_yaml
from core.errors import ConfigurationError


def problem_of(text: str | bytes) -> tuple[int, int, str]:
    content = text.encode() if isinstance(text, str) else text
    with pytest.raises(ConfigurationError) as caught:
        parse_yaml(content, file="f.yaml")
    first = caught.value.problems[0]
    return first.line, first.column, str(first)


def test_scalars_follow_the_core_schema() -> None:
    document = parse_yaml(b"[no, on, yes, 12:30, 1, 0x1f, 0o17, 1.5, 1e3, true, ~, '1', 1_000]", file="f")
    assert document.content == ["no", "on", "yes", "12:30", 1, 31, 15, 1.5, 1000.0, True, None, "1", "1_000"]


def test_every_value_and_key_has_its_place() -> None:
    document = parse_yaml(b"a: 1\nwords:\n  'no': [x, yy]\n", file="f")
    assert document.mark(("words", "no", 1)) == Mark(3, 13)
    assert document.mark(("words", "no"), key=True) == Mark(3, 3)
    assert document.mark(("words", "gone", 3)) == Mark(3, 3)


def test_an_anchor_can_be_used_again() -> None:
    assert parse_yaml(b"a: &x [1]\nb: *x\n", file="f").content == {"a": [1], "b": [1]}


def test_an_empty_file_and_a_byte_order_mark_are_fine() -> None:
    assert parse_yaml(b"", file="f").content is None
    assert parse_yaml(b"\xef\xbb\xbfa: 1", file="f").content == {"a": 1}


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a: 1\na: 2\n", 2, 1, "'a' is given twice (first in line 1)"),
        ("a:\n\tb: 1\n", 2, 1, "a tab stands here; expected spaces"),
        ("a: b: c\n", 1, 5, "mapping values are not allowed"),
        ("a: [1,\n", 2, 1, "no YAML"),
        ("a: 'x\n", 2, 1, "expected the closing quote"),
        ("a: &x [*x]\n", 1, 8, "inside what it names"),
        ("a: *gone\n", 1, 4, "has no anchor"),
        ("a: !!python/object x\n", 1, 4, "tag"),
        ("a: 1\n---\nb: 1\n", 2, 1, "one document"),
        ("? [a]\n: b\n", 1, 3, "where a key is expected"),
        ("<<: {a: 1}\n", 1, 1, "merge keys"),
        ("a: .nan\n", 1, 4, "finite number"),
        ("a: 1e999\n", 1, 4, "too large"),
        ("[" * 40, 1, 17, "nested too deeply"),
        ("a: x\x07y\n", 1, 5, "U+0007"),
        (b"ok: 1\nx: \xff\n", 2, 4, "no UTF-8"),
    ],
)
def test_mistakes_are_placed(text: str | bytes, line: int, column: int, words: str) -> None:
    found_line, found_column, sentence = problem_of(text)
    assert (found_line, found_column) == (line, column), sentence
    assert words in sentence


def test_aliases_count_in_full() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{','.join([f'*{chr(97 + i)}'] * 10)}]\n" for i in range(9)
    )
    assert "too many values" in problem_of(bomb)[2]


def test_a_huge_file_is_refused() -> None:
    assert "at most" in problem_of(b"#" * (MAX_BYTES + 1))[2]


def test_all_duplicates_are_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_yaml(b"a: 1\na: 2\nb: 1\nb: 2\n", file="f")
    assert len(caught.value.problems) == 2


def places_of_problems(content: bytes) -> list[tuple[int, int]]:
    try:
        parse_yaml(content, file="f")
    except ConfigurationError as error:
        return [(problem.line, problem.column) for problem in error.problems]
    return []


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab:-[]{}&*!|>'\"%@`#?, \n\t~\\<=01é", max_size=40))
def test_broken_yaml_raises_only_configuration_errors(text: str) -> None:
    assert all(line >= 1 and column >= 1 for line, column in places_of_problems(text.encode()))


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=60))
def test_bytes_of_any_kind_raise_only_configuration_errors(content: bytes) -> None:
    assert all(line >= 1 and column >= 1 for line, column in places_of_problems(content))
