"""The language of a page: what it declares, checked against its script, else what its words say."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator

from py3langid.langid import MODEL_FILE, LanguageIdentifier

LANGUAGES = (
    "en", "de", "fr", "es", "it", "nl", "pt", "pl", "cs", "sk", "sl", "sv", "da", "no", "nb", "fi", "ro", "hu", "bg",
    "el", "hr", "sr", "tr", "ru", "uk", "lt", "lv", "et", "zh", "ja", "ko", "vi", "th", "id", "ms", "ar", "fa", "he",
    "hi", "ca",
)  # fmt: skip
"""ISO 639-1 codes told apart when a page does not say; sector terms cover a part of them."""

SAMPLE = 1_500
"""Characters of visible text looked at."""

_SCRIPTS = (
    ("hangul", re.compile("[\uac00-\ud7af]"), frozenset({"ko"})),
    ("kana", re.compile("[\u3040-\u30ff]"), frozenset({"ja"})),
    ("han", re.compile("[\u4e00-\u9fff]"), frozenset({"zh", "ja", "ko", "yue"})),
    (
        "cyrillic",
        re.compile("[\u0400-\u04ff]"),
        frozenset({"ru", "bg", "uk", "sr", "mk", "be", "kk", "mn", "ky", "tg"}),
    ),
    ("greek", re.compile("[\u0370-\u03ff]"), frozenset({"el"})),
    ("arabic", re.compile("[\u0600-\u06ff]"), frozenset({"ar", "fa", "ur", "ps", "ckb"})),
    ("hebrew", re.compile("[\u0590-\u05ff]"), frozenset({"he", "yi", "iw"})),
    ("thai", re.compile("[\u0e00-\u0e7f]"), frozenset({"th"})),
    ("devanagari", re.compile("[\u0900-\u097f]"), frozenset({"hi", "mr", "ne", "sa"})),
)
_OTHER_SCRIPT = frozenset().union(*(languages for _, _, languages in _SCRIPTS)) - {"sr", "kk", "mn"}
_TAG = re.compile(r"\s*([a-zA-Z]{2,3})(?:[-_]|\s|,|\Z)")
_ALIASES = {
    "nb": "no", "nn": "no", "iw": "he", "in": "id", "cn": "zh", "jp": "ja", "cz": "cs", "dk": "da", "gr": "el",
    "kr": "ko",
    "se": "sv", "vn": "vi",
}  # fmt: skip
_LETTERS = re.compile(r"[^\W\d_]")


@functools.cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([code for code in LANGUAGES if code in identifier.labels])
    return identifier


def page_language(declared: Iterable[str], texts: Iterable[str]) -> str:
    """The primary language subtag of a page in lower case, ``""`` when nothing tells.

    ``declared`` are the values of ``html lang``, ``Content-Language`` and ``og:locale`` in order of trust. The first
    whose script fits the visible ``texts`` wins. Without one the words decide. A template's ``lang="en"`` over a text
    in another Latin-script language is the commonest false declaration, so ``en`` is checked against the words too.
    """
    sample = "\n".join(_sample(texts))
    letters = len(sample) if sample.isascii() else len(_LETTERS.findall(sample))
    script, expected = _script(sample, letters)
    for value in declared:
        match = _TAG.match(value)
        if match is None:
            continue
        code = match[1].lower()
        code = _ALIASES.get(code, code)
        if letters < 20:
            return code
        if code not in expected if script else code in _OTHER_SCRIPT:
            continue
        if code == "en" and letters >= 200:
            guessed, confidence = _identifier().classify(sample[:1_000])
            return _ALIASES.get(guessed, guessed) if confidence > 0.9 else code
        return code
    if letters < 20:
        return ""
    if len(expected) == 1:
        return next(iter(expected))
    guessed, confidence = _identifier().classify(sample[:1_000])
    return _ALIASES.get(guessed, guessed) if confidence > 0.3 else ""


def _sample(texts: Iterable[str]) -> Iterator[str]:
    room = SAMPLE
    for text in texts:
        if len(text) < 3:
            continue
        yield text[:room]
        room -= len(text)
        if room <= 0:
            return


def _script(sample: str, letters: int) -> tuple[str, frozenset[str]]:
    """The script that carries the text when it is none of the Latin one; kana beats Han because it settles it."""
    if sample.isascii():
        return "", frozenset()
    for name, characters, languages in _SCRIPTS:
        share = 0.1 if name == "kana" else 0.35
        if len(characters.findall(sample)) > share * letters:
            return name, languages
    return "", frozenset()
