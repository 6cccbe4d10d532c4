"""The files in the package: they load clean, satisfy the published schemas, and cover every sector and language."""

import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest

from classifiers.ruleset import TermKind, read_ruleset
from config import KINDS, Checked, Config, check, load_config, schema
from config.codes import CURRENCIES, LANGUAGES, SECTOR_LANGUAGES, nearest, nearest_language
from config.load import EMBEDDED
from config.models import TermKindName
from config.yaml12 import parse_yaml

SECTORS = {"luxury", "sportswear", "spare-parts", "electronics", "pharmaceuticals", "toiletries", "piracy"}
FOLDERS = {"sectors": "sector", "shared": "shared", "rights-holders": "pack"}
FILES = [(kind, path) for folder, kind in FOLDERS.items() for path in sorted((EMBEDDED / folder).glob("*.yaml"))]


@cache
def loaded() -> Config:
    return load_config(None, {})


@cache
def checked() -> Checked:
    return check(None, {})


def test_everything_loads_clean() -> None:
    result = checked()
    assert result.ok, result.problems
    assert result.remarks == ()
    assert set(result.terms) == SECTORS
    assert len(result.packs) == 8
    assert result.summary()[-1] == "no problem found"
    assert result.to_object()["ok"] is True


def content(path: Path) -> Any:
    return parse_yaml(path.read_bytes(), file=str(path)).content


@pytest.mark.parametrize(("kind", "path"), FILES, ids=lambda value: value.stem if isinstance(value, Path) else value)
def test_embedded_files_satisfy_their_published_schema(kind: Any, path: Path) -> None:
    jsonschema.Draft202012Validator(schema(kind)).validate(content(path))


def test_the_weights_satisfy_their_published_schema() -> None:
    jsonschema.Draft202012Validator(schema("weights")).validate(content(EMBEDDED / "weights.yaml"))


@pytest.mark.parametrize("kind", KINDS)
def test_schemas_are_valid_and_describe_every_key(kind: Any) -> None:
    document = schema(kind)
    jsonschema.Draft202012Validator.check_schema(document)
    for part in [document, *document.get("$defs", {}).values(), *document["properties"].values()]:
        for name, key in part.get("properties", {}).items():
            assert key.get("description"), f"{kind}: {name} has no description"


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("pack", {"titel": "x"}),
        ("pack", {"version": 1.0}),
        ("pack", {"sectors": []}),
        ("pack", {"terms": [{"kind": "x", "weight": 1, "words": {}}]}),
        ("pack", {"terms": [{"kind": "replica", "weight": 9, "words": {"en": ["a b"]}}]}),
        ("pack", {"terms": [{"kind": "replica", "weight": 1, "words": {"english": ["a b"]}}]}),
        ("pack", {"price_floors": [{"product": "x", "amount": 1, "currency": "EURO"}]}),
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(tmp_path: Path, kind: Any, change: dict[str, Any]) -> None:
    pack = {**content(EMBEDDED / "rights-holders" / "aurelle.yaml"), **change}
    assert not jsonschema.Draft202012Validator(schema(kind)).is_valid(pack)
    (tmp_path / "rights-holders").mkdir()
    (tmp_path / "rights-holders" / "a.yaml").write_text(_flow(pack), encoding="utf-8")
    assert not check(tmp_path, {}).ok


def _flow(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


def test_the_settings_schema_takes_a_real_file() -> None:
    validator = jsonschema.Draft202012Validator(schema("settings"))
    validator.validate({"fetch": {"total_seconds": 15}, "store": {"data_dir": "x", "max_database_bytes": None}})
    assert not validator.is_valid({"fetch": {"total_second": 15}})
    assert not validator.is_valid({"fetch": {"total_seconds": -1}})


@pytest.mark.parametrize("sector", sorted(SECTORS))
@pytest.mark.parametrize("kinds", [("replica", "claim", "piracy"), ("contrary",), ("product",)])
def test_every_language_has_terms_in_every_sector(sector: str, kinds: tuple[str, ...]) -> None:
    [rules] = [rules for rules in loaded().sectors if rules.id == sector]
    counts = Counter(language for term in rules.terms if term.kind in kinds for language in term.languages)
    assert [language for language in SECTOR_LANGUAGES if not counts[language]] == []


@pytest.mark.parametrize("sector", sorted(SECTORS))
def test_no_term_stands_twice_in_a_sector(sector: str) -> None:
    [rules] = [rules for rules in loaded().sectors if rules.id == sector]
    keys = Counter(
        (unicodedata.normalize("NFKC", term.text).casefold(), language)
        for term in rules.terms
        for language in term.languages or ("*",)
    )
    assert [key for key, count in keys.items() if count > 1] == []


@pytest.mark.parametrize("sector", sorted(SECTORS))
def test_scripts_are_those_of_the_languages(sector: str) -> None:
    scripts = {"el": "GREEK", "ru": "CYRILLIC", "bg": "CYRILLIC", "ar": "ARABIC", "ko": "HANGUL", "zh": "CJK"}
    [rules] = [rules for rules in loaded().sectors if rules.id == sector]
    for language, script in scripts.items():
        texts = [term.text for term in rules.terms if term.languages == (language,)]
        own = [text for text in texts if any(unicodedata.name(char, "").startswith(script) for char in text)]
        assert len(own) >= 0.8 * len(texts), f"{sector} {language}: {sorted(set(texts) - set(own))}"


def test_each_sector_has_brands_but_no_bare_word_that_is_a_common_noun() -> None:
    common = {"coach", "guess", "gap", "apple", "boss", "diesel", "puma", "vans", "champion", "fossil", "omega", "on"}
    for rules in loaded().sectors:
        brands = {term.text.casefold() for term in rules.terms if term.kind is TermKind.BRAND}
        assert len(brands) >= 50, rules.id
        assert not brands & common


def test_a_ruleset_survives_its_canonical_bytes() -> None:
    ruleset = loaded().ruleset(suffix_list="test")
    assert read_ruleset(ruleset.to_bytes()) == ruleset


def test_texts_of_packs_are_kept_as_written() -> None:
    for file in loaded().packs:
        assert file.text == file.path.read_text(encoding="utf-8")


def test_kinds_in_files_are_those_of_the_classifiers() -> None:
    assert set(get_args(TermKindName)) == {kind.value for kind in TermKind}


def test_codes_and_nearest_words() -> None:
    assert set(SECTOR_LANGUAGES) <= LANGUAGES
    assert len(SECTOR_LANGUAGES) == 23
    assert "no" in LANGUAGES
    assert "EUR" in CURRENCIES
    assert nearest("luxery", SECTORS) == "luxury"
    assert nearest("zzzz", SECTORS) == ""
    assert nearest_language("en-GB") == "en"
    assert nearest_language("jp") == "ja"
    assert nearest_language("qq") == ""
