"""Sector files, packs and weights: each kind of mistake with its place and the word that was meant."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import check, load_config
from config.checks import Notes
from config.rules import read_pack
from config.yaml12 import parse_yaml
from core.errors import ConfigurationError, Problem

SECTORS = ["luxury", "sportswear", "spare-parts"]
PACK = """\
pack: aurelle
version: "1.0"
organisation: aurelle
title: Aurelle
sectors: [luxury]
brands: [Aurelle]
official_domains: [aurelle.test]
terms:
  - kind: replica
    weight: 1.5
    words: {en: [Aurelle replica]}
price_floors:
  - {product: Aurelle Lune, amount: 10, currency: EUR}
"""


def pack_problems(text: str) -> list[Problem]:
    notes = Notes()
    try:
        read_pack(parse_yaml(text.encode(), file="p.yaml"), SECTORS, notes)
    except ConfigurationError as error:
        return list(error.problems)
    return notes.problems


def test_the_sample_is_clean() -> None:
    assert pack_problems(PACK) == []


@pytest.mark.parametrize(
    ("old", "new", "place", "words", "near"),
    [
        ("title: Aurelle", "titel: Aurelle", (4, 1), "unknown key 'titel'", "title"),
        ("sectors: [luxury]", "sectors: [luxery]", (5, 11), "there is no sector 'luxery'", "luxury"),
        ("sectors: [luxury]", "sectors: [luxury, luxury]", (5, 19), "given twice", ""),
        ("sectors: [luxury]", "sectors: luxury", (5, 10), "is a text; expected a list", ""),
        ('version: "1.0"', "version: 1.0", (2, 10), 'write "1.0" in quotes', ""),
        ("pack: aurelle", "pack: Aurelle SA", (1, 7), "wrong form", ""),
        ("brands: [Aurelle]", "brands: []", (6, 9), "is empty", ""),
        ("brands: [Aurelle]", "brands: [Aurelle, X1]", (6, 19), "very short", ""),
        ("brands: [Aurelle]", "brands: [Aurelle, AURELLE]", (6, 19), "given twice", ""),
        ("[aurelle.test]", "['https://aurelle.test/shop']", (7, 20), "no host name", "aurelle.test"),
        ("[aurelle.test]", "[test]", (7, 20), "top-level domain", ""),
        ("[aurelle.test]", "[co.uk]", (7, 20), "public suffix", ""),
        ("kind: replica", "kind: replika", (9, 11), "not known here", "replica"),
        ("weight: 1.5", "weight: 15", (10, 13), "from -4 to 4", ""),
        ("weight: 1.5", "weight: -1", (10, 13), "positive weight", ""),
        ("weight: 1.5", "weight: high", (10, 13), "is a text; expected a number", ""),
        ("{en:", "{eng:", (11, 13), "no language code", ""),
        ("{en:", "{english:", (11, 13), "no language code", "en"),
        ("{en:", "{gr:", (11, 13), "no language code", "el"),
        ("{en:", "{false:", (11, 13), "false is a boolean, no language", "no"),
        ("[Aurelle replica]", "[x1]", (11, 18), "very short", ""),
        ("[Aurelle replica]", "['  Aurelle  x']", (11, 18), "stray white space", ""),
        ("[Aurelle replica]", "['!!']", (11, 18), "no letter or digit", ""),
        ("[Aurelle replica]", "[a replica, A Replica]", (11, 29), "given twice", ""),
        ("weight: 1.5", "weight: 1.5\n    provisional: [enn]", (11, 19), "no language code", ""),
        ("weight: 1.5", "weight: 1.5\n    fields: [titel]", (11, 14), "not known here", "title"),
        ("amount: 10", "amount: 0", (13, 37), "out of range", ""),
        ("currency: EUR", "currency: EURO", (13, 51), "no currency code", "EUR"),
    ],
)
def test_pack_mistakes(old: str, new: str, place: tuple[int, int], words: str, near: str) -> None:
    found = pack_problems(PACK.replace(old, new))
    assert found, "no problem was found"
    problem = next(item for item in found if words in str(item))
    assert (problem.line, problem.column) == place, str(problem)
    if near:
        assert problem.nearest == near, str(problem)


def test_norwegian_is_a_language_and_the_missing_quotes_are_remarked() -> None:
    notes = Notes()
    read_pack(parse_yaml(PACK.replace("{en:", "{no:").encode(), file="p"), SECTORS, notes)
    assert notes.problems == []
    assert [(item.line, item.column) for item in notes.remarks] == [(11, 13)]
    quoted = Notes()
    read_pack(parse_yaml(PACK.replace("{en:", '{"no":').encode(), file="p"), SECTORS, quoted)
    assert quoted.remarks == []


def test_a_missing_key_is_placed_at_its_mapping() -> None:
    [problem] = pack_problems(PACK.replace("    weight: 1.5\n", ""))
    assert (problem.line, problem.column) == (9, 5)
    assert "'weight' is missing" in problem.message


def test_a_bad_expression_carries_the_words_of_re2() -> None:
    [problem] = pack_problems(PACK + "expressions:\n  - {kind: replica, weight: 1, pattern: '(unclosed'}\n")
    assert (problem.line, problem.column) == (15, 41)
    assert "missing )" in problem.message
    [problem] = pack_problems(PACK + "expressions:\n  - {kind: replica, weight: 1, pattern: 'a(?=b)'}\n")
    assert "(?=" in problem.message
    [problem] = pack_problems(PACK + "expressions:\n  - {kind: replica, weight: 1, pattern: 'a*'}\n")
    assert "empty text" in problem.message


def test_every_mistake_is_told_not_only_the_first() -> None:
    text = PACK.replace("title:", "titel:").replace("kind: replica", "kind: x").replace("currency: EUR", "currency: 1")
    assert len(pack_problems(text)) >= 4


@pytest.mark.parametrize(
    ("example", "words"),
    [
        ("    match: [nothing of the kind]\n", "nothing here matches"),
        ("    no_match: [an Aurelle replica]\n", "matches 'an Aurelle replica'"),
    ],
)
def test_examples_are_really_tried(tmp_path: Path, example: str, words: str) -> None:
    (tmp_path / "rights-holders").mkdir()
    text = PACK.replace("    words:", f"{example}    words:")
    (tmp_path / "rights-holders" / "a.yaml").write_text(text)
    result = check(tmp_path, {})
    [problem] = result.problems
    assert (problem.line, problem.column) == (11, 13 if "no_match" not in example else 16)
    assert words in problem.message


def test_the_folder_is_checked_too(tmp_path: Path) -> None:
    (tmp_path / "rights-holder").mkdir()
    (tmp_path / "sectors").mkdir()
    (tmp_path / "sectors" / "a.yml").write_text("")
    (tmp_path / "sectors" / "b.yaml").write_text("")
    sentences = " ".join(map(str, check(tmp_path, {}).problems))
    assert "did you mean 'rights-holders'?" in sentences
    assert "did you mean 'a.yaml'?" in sentences
    assert "the file is empty" in sentences
    assert "no folder" in str(check(tmp_path / "absent", {}).problems[0])


def test_an_unreadable_pack_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "rights-holders").mkdir()
    (tmp_path / "rights-holders" / "a.yaml").write_bytes(b"\x7fELF\x02\x01\x00\x00\xff")
    with pytest.raises(ConfigurationError) as caught:
        load_config(tmp_path, {})
    assert caught.value.exit_code == 4


def test_a_sector_of_the_folder_replaces_the_one_in_the_package(tmp_path: Path) -> None:
    (tmp_path / "sectors").mkdir()
    (tmp_path / "rights-holders").mkdir()
    (tmp_path / "sectors" / "luxury.yaml").write_text(
        'sector: luxury\nversion: "9"\ntitle: Own\nterms:\n  - {kind: replica, weight: 1, words: {en: [fake house]}}\n'
    )
    loaded = load_config(tmp_path, {})
    [own] = [sector for sector in loaded.sectors if sector.id == "luxury"]
    assert [term.text for term in own.terms] == ["fake house"]
    assert len(loaded.sectors) == 7
    assert loaded.packs == ()


def test_two_packs_of_one_name_and_an_unknown_shared_file(tmp_path: Path) -> None:
    (tmp_path / "rights-holders").mkdir()
    (tmp_path / "sectors").mkdir()
    for name in "ab":
        (tmp_path / "rights-holders" / f"{name}.yaml").write_text(PACK)
    (tmp_path / "sectors" / "x.yaml").write_text('sector: x\nversion: "1"\ntitle: X\nshared: [copy]\n')
    sentences = " ".join(map(str, check(tmp_path, {}).problems))
    assert "is the name of" in sentences
    assert "there is no shared file 'copy'" in sentences
    assert "did you mean 'copies'?" in sentences


@pytest.mark.parametrize(
    ("line", "words", "place"),
    [
        ("family_caps: {txt: 1}", "did you mean 'text'?", (6, 15)),
        ("family_caps: {text: -1}", "out of range", (6, 21)),
        ("signals: {Price: 1}", "joined by dots", (6, 11)),
        ("undecided_threshold: 9", "over the flag threshold", (6, 22)),
    ],
)
def test_weights_mistakes(tmp_path: Path, line: str, words: str, place: tuple[int, int]) -> None:
    base = {
        "version": '"1"',
        "fitted_on": "a test",
        "flag_threshold": "3",
        "undecided_threshold": "1",
        "family_caps": "{text: 3}",
        "signals": "{text.replica-term: 1}",
    }
    base.pop(line.partition(":")[0])
    body = "".join(f"{key}: {value}\n" for key, value in base.items())
    (tmp_path / "weights.yaml").write_text(body + line + "\n")
    [problem] = check(tmp_path, {}).problems
    assert words in str(problem)
    assert (problem.line, problem.column) == place


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(PACK) - 1), st.sampled_from([*":-[]{}'\"\t\n #&*1aé", ""]), st.integers(0, 4))
def test_damaged_packs_give_problems_and_nothing_else(at: int, put: str, cut: int) -> None:
    for problem in pack_problems(PACK[:at] + put + PACK[at + cut :]):
        assert problem.line >= 1
        assert problem.message
