"""What a schema cannot say about terms: languages, signs of weights, duplicates, expressions."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import re2

from classifiers.ruleset import Expression, Term, TermKind
from config.codes import ANY_LANGUAGE, LANGUAGES, nearest_language
from config.models import ExpressionEntry, TermGroup
from config.yaml12 import Document, Path, is_plain_key
from core.errors import Problem

MIN_LETTERS = 2
"""A term shorter than this in letters and digits needs tested examples, as does one of exactly this length."""

_EXPECTED_LANGUAGE = "an ISO 639-1 code such as en, de, zh"


@dataclass(slots=True)
class Notes:
    """Problems that make a file unusable, and remarks that do not."""

    problems: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedTerm:
    """A term with the path of its text in the file."""

    term: Term
    path: Path


def check_language(document: Document, path: Path, code: str, notes: Notes, *, key: bool) -> bool:
    """Whether ``code`` is a language; a problem says which was meant, a remark warns of an unquoted ``no``."""
    if code in LANGUAGES or (key and code == ANY_LANGUAGE):
        unquoted = is_plain_key(document, path) if key else path in document.plain
        if code == "no" and unquoted:
            notes.remarks.append(
                document.problem(
                    path, 'no is Norwegian here; tools for YAML 1.1 read it as false, so write "no"', key=key
                )
            )
        return True
    message = f"{code!r} is no language code"
    if code in ("false", "true"):
        message = f"{code} is a boolean, no language (tools for YAML 1.1 turn the code no into false)"
    notes.problems.append(
        document.problem(path, message, expected=_EXPECTED_LANGUAGE, nearest=nearest_language(code), key=key)
    )
    return False


def check_words(
    document: Document, at: Path, words: dict[str, list[str]], notes: Notes
) -> Iterator[tuple[tuple[str, ...], str, Path]]:
    """Each usable text with its languages (empty for any) and its place."""
    for code, texts in words.items():
        path = (*at, code)
        if not check_language(document, path, code, notes, key=True):
            continue
        languages = () if code == ANY_LANGUAGE else (code,)
        for place, text in enumerate(texts):
            if usable_text(document, (*path, place), text, notes):
                yield languages, text, (*path, place)


def usable_text(document: Document, path: Path, text: str, notes: Notes) -> bool:
    """Whether a term can be matched at all; problems for blanks around it and for texts without letters."""
    if text != " ".join(text.split()):
        notes.problems.append(
            document.problem(path, f"{text!r} has stray white space", expected=repr(" ".join(text.split())))
        )
        return False
    if not any(char.isalnum() for char in text):
        notes.problems.append(document.problem(path, f"{text!r} holds no letter or digit", expected="a word"))
        return False
    return True


def is_short(text: str) -> bool:
    """Whether a term is so short that it needs tested examples (scripts written without spaces are denser)."""
    letters = [char for char in text if char.isalnum()]
    dense = any(unicodedata.east_asian_width(char) == "W" for char in letters)
    return len(letters) < 2 if dense else len(letters) <= MIN_LETTERS


def check_weight(document: Document, at: Path, kind: str, weight: float, notes: Notes) -> None:
    """The sign of a weight follows from its kind."""
    path = (*at, "weight")
    if kind == TermKind.CONTRARY and weight >= 0:
        notes.problems.append(
            document.problem(path, f"{weight:g} would speak for suspicion", expected="a negative weight")
        )
    elif kind in (TermKind.BRAND, TermKind.PRODUCT) and weight:
        notes.problems.append(document.problem(path, f"a {kind} is never a reason by itself", expected="0"))
    elif kind in (TermKind.REPLICA, TermKind.CLAIM, TermKind.PIRACY) and weight <= 0:
        notes.problems.append(
            document.problem(path, f"{weight:g} would speak against suspicion", expected="a positive weight")
        )


def read_group(document: Document, at: Path, group: TermGroup, notes: Notes) -> list[PlacedTerm]:
    """The terms of one group; problems for everything wrong with it except its examples."""
    check_weight(document, at, group.kind, group.weight, notes)
    unsure: frozenset[str] = frozenset()
    if isinstance(group.provisional, list):
        unsure = frozenset(group.provisional)
        for place, code in enumerate(group.provisional):
            check_language(document, (*at, "provisional", place), code, notes, key=False)
    terms = []
    for languages, text, path in check_words(document, (*at, "words"), group.words, notes):
        provisional = group.provisional is True or bool(unsure.intersection(languages))
        term = Term(
            text=text,
            kind=TermKind(group.kind),
            weight=group.weight,
            languages=languages,
            fields=tuple(group.fields),
            near_brand=group.near_brand,
            provisional=provisional,
        )
        terms.append(PlacedTerm(term=term, path=path))
        if is_short(text) and not (group.match and group.no_match):
            notes.problems.append(
                document.problem(path, f"{text!r} is very short", expected="tested match and no_match examples")
            )
    if not group.words or not any(group.words.values()):
        notes.problems.append(document.problem((*at, "words"), "no word stands here", expected="at least one"))
    return terms


def read_expression(document: Document, at: Path, entry: ExpressionEntry, notes: Notes) -> Expression | None:
    """One expression, or None when RE2 refuses it (a problem cites RE2's words)."""
    check_weight(document, at, entry.kind, entry.weight, notes)
    for place, code in enumerate(entry.languages):
        check_language(document, (*at, "languages", place), code, notes, key=False)
    fault = fault_of_pattern(entry.pattern)
    if fault:
        notes.problems.append(
            document.problem((*at, "pattern"), f"the regular expression is refused: {fault}", expected="RE2 syntax")
        )
        return None
    return Expression(
        pattern=entry.pattern,
        kind=TermKind(entry.kind),
        weight=entry.weight,
        languages=tuple(entry.languages),
        fields=tuple(entry.fields),
        near_brand=entry.near_brand,
    )


def fault_of_pattern(pattern: str) -> str:
    """RE2's complaint about a pattern, or ``""``; one that matches the empty text is refused too."""
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = 8 << 20
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else "no reason given"
        return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    return "it matches the empty text" if compiled.search("") else ""


def check_duplicates(document: Document, terms: Iterable[PlacedTerm], notes: Notes) -> None:
    """A text may stand once for a language in one file, whatever its kind; ``*`` stands for all languages."""
    seen: dict[tuple[str, str], Path] = {}
    for placed in terms:
        folded = unicodedata.normalize("NFKC", placed.term.text).casefold()
        language = placed.term.languages[0] if placed.term.languages else ANY_LANGUAGE
        earlier = seen.get((folded, language)) or seen.get((folded, ANY_LANGUAGE))
        if earlier is not None:
            line = document.mark(earlier).line
            notes.problems.append(
                document.problem(
                    placed.path,
                    f"{placed.term.text!r} is given twice (first in line {line})",
                    expected="one of the two",
                )
            )
        else:
            seen[folded, language] = placed.path
