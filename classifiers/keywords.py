"""Keyword matching: every term of every sector and pack in one automaton, one pass over a page's text.

The text of all spans is joined by line feeds and folded once (:mod:`classifiers.folding`); matches are then checked
for word boundaries, language and field, and told apart by what stands around them: a brand nearby, or a context
that says the opposite ("how to spot a replica"). A hit quotes the page as written.
"""

from __future__ import annotations

import dataclasses
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import ahocorasick_rs
import re2

from classifiers.contexts import MAX_NEAR, near, opposed, sentence_of
from classifiers.folding import fold, hides_letters, masked_places, original, unmasked
from classifiers.ruleset import Expression, Pack, Ruleset, Term, TermKind
from core.records import Field, PackReference, Page

MAX_HITS = 24
"""Most hits kept of one term on one page."""

_MIN_UNMASKED = 5
_MAX_MASKED_SPANS = 200
_EXPRESSION_MEMORY = 64 << 20
_ACCUSING = frozenset({TermKind.REPLICA, TermKind.CLAIM, TermKind.PIRACY})


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordHit:
    """A term found on a page.

    ``quote`` is the page's own text inside the span ``span``; ``start`` and ``end`` are offsets in the folded text.
    ``beside`` is the brand or product that stands near, as written there. ``masked`` is true when the page hid the
    word (look-alike letters, digits for letters, split letters, invisible characters).
    """

    term: str
    kind: TermKind
    weight: float
    sector: str
    field: Field
    quote: str
    span: int
    start: int
    end: int
    pack: PackReference | None = None
    beside: str = ""
    masked: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    """A compiled term of one sector: who owns it and where it counts."""

    text: str
    kind: TermKind
    weight: float
    sector: str
    languages: frozenset[str]
    fields: frozenset[Field]
    near_brand: bool
    pack: PackReference | None


@dataclass(frozen=True, slots=True)
class _Pattern:
    """One distinct folded text: whether its ends need a word boundary, and the entries that share it."""

    left: bool
    right: bool
    entries: tuple[_Entry, ...]


@dataclass(frozen=True, slots=True)
class CompiledKeywords:
    """The automaton and the expressions of a ruleset, ready for :func:`match`. Safe to share between threads."""

    automaton: Any
    patterns: tuple[_Pattern, ...]
    expression_set: Any
    expressions: tuple[tuple[Any, tuple[_Entry, ...]], ...]


def compile(ruleset: Ruleset) -> CompiledKeywords:
    """Compile all terms, brands and expressions. Raises :class:`ValueError` naming a bad expression or empty term."""
    by_text: dict[str, list[_Entry]] = defaultdict(list)
    for entry in _entries(ruleset):
        text = " ".join(fold(entry.text).split())
        if not text:
            raise ValueError(f"a term of {_owner(entry)} has no letters: {entry.text!r}")
        by_text[text].append(entry)
    patterns = tuple(
        _Pattern(_needs_boundary(text[0]), _needs_boundary(text[-1]), tuple(dict.fromkeys(entries)))
        for text, entries in by_text.items()
    )
    automaton = ahocorasick_rs.AhoCorasick(list(by_text), implementation=ahocorasick_rs.Implementation.DFA)
    expression_set, expressions = _compile_expressions(ruleset)
    return CompiledKeywords(automaton, patterns, expression_set, expressions)


def _owner(entry: _Entry) -> str:
    return f"pack {entry.pack.id}" if entry.pack else f"sector {entry.sector}"


def _entries(ruleset: Ruleset) -> Iterator[_Entry]:
    for sector in ruleset.sectors:
        for term in sector.terms:
            yield _entry(term, sector.id, None)
    for pack in ruleset.packs:
        brands = tuple(Term(text=brand, kind=TermKind.BRAND) for brand in pack.brands)
        for sector_id in pack.sectors:
            for term in (*brands, *pack.terms):
                yield _entry(term, sector_id, _reference(pack))


def _reference(pack: Pack) -> PackReference:
    return PackReference(id=pack.id, version=pack.version, organisation=pack.organisation)


def _entry(term: Term, sector: str, pack: PackReference | None) -> _Entry:
    # Several words, or letters outside ASCII, already tell the language; and sellers mix languages.
    ambiguous = term.text.isascii() and " " not in term.text.strip()
    return _Entry(
        text=term.text,
        kind=term.kind,
        weight=term.weight / 2 if term.provisional else term.weight,
        sector=sector,
        languages=frozenset(term.languages if ambiguous else ()),
        fields=frozenset(term.fields),
        near_brand=term.near_brand,
        pack=pack,
    )


def _compile_expressions(ruleset: Ruleset) -> tuple[Any, tuple[tuple[Any, tuple[_Entry, ...]], ...]]:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _EXPRESSION_MEMORY
    listed: list[tuple[Expression, str, PackReference | None]] = []
    listed += [(expression, sector.id, None) for sector in ruleset.sectors for expression in sector.expressions]
    for pack in ruleset.packs:
        listed += [(item, sector, _reference(pack)) for sector in pack.sectors for item in pack.expressions]
    grouped: dict[str, list[_Entry]] = defaultdict(list)
    for expression, sector_id, pack_reference in listed:
        grouped[expression.pattern].append(_expression_entry(expression, sector_id, pack_reference))
    if not grouped:
        return None, ()
    together = re2.Set.SearchSet(options)
    compiled = []
    for pattern, entries in grouped.items():
        try:
            program = re2.compile(pattern, options)
            together.Add(pattern)
        except re2.error as exc:
            message = exc.args[0].decode() if exc.args and isinstance(exc.args[0], bytes) else exc
            raise ValueError(
                f"an expression of {_owner(entries[0])} is not RE2 syntax: {pattern!r}: {message}"
            ) from exc
        compiled.append((program, tuple(entries)))
    together.Compile()
    return together, tuple(compiled)


def _expression_entry(expression: Expression, sector: str, pack: PackReference | None) -> _Entry:
    return _Entry(
        text=expression.pattern,
        kind=expression.kind,
        weight=expression.weight,
        sector=sector,
        languages=frozenset(expression.languages),
        fields=frozenset(expression.fields),
        near_brand=expression.near_brand,
        pack=pack,
    )


def _needs_boundary(char: str) -> bool:
    return char.isalnum() and not _spaceless(char)


def _spaceless(char: str) -> bool:
    """Whether words run together in the script of ``char`` (or take endings without a space, as in Korean)."""
    code = ord(char)
    return code > 0x0DFF and (
        code <= 0x0EFF  # Thai, Lao
        or 0x1000 <= code <= 0x11FF  # Myanmar, Hangul letters
        or 0x1780 <= code <= 0x17FF  # Khmer
        or 0x2E80 <= code <= 0xD7FF  # Chinese, Japanese, Hangul syllables
        or 0xF900 <= code <= 0xFAFF
        or 0x20000 <= code <= 0x3FFFF
    )


class _Text:
    """A page's text, joined and folded, with the way back to its spans."""

    __slots__ = ("_starts", "folded", "page")

    def __init__(self, page: Page) -> None:
        self.page = page
        self.folded = fold("\n".join(span.text for span in page.spans))
        if self.folded.count("\n") != max(0, len(page.spans) - 1):
            self.folded = "\n".join(fold(span.text).replace("\n", " ") for span in page.spans)
        self._starts: list[int] = []

    @property
    def starts(self) -> list[int]:
        """Where each span starts in the folded text."""
        if not self._starts and self.page.spans:
            place, starts = 0, [0]
            for line in self.folded.split("\n")[:-1]:
                place += len(line) + 1
                starts.append(place)
            self._starts = starts
        return self._starts

    def span_at(self, start: int) -> int:
        """Index of the span that holds offset ``start``."""
        return bisect_right(self.starts, start) - 1

    def quote(self, span: int, start: int, end: int) -> str:
        """The page's own text for folded offsets within one span."""
        base = self.starts[span]
        return original(self.page.spans[span].text, start - base, end - base).strip()

    def bounded(self, pattern: _Pattern, start: int, end: int) -> bool:
        """Whether a match is no part of a longer word."""
        text = self.folded
        if pattern.left and start and _in_word(text[start - 1]):
            return False
        return not (pattern.right and end < len(text) and _in_word(text[end]))


def _in_word(char: str) -> bool:
    return (char.isalnum() and not _spaceless(char)) or char == "_"


def match(page: Page, compiled: CompiledKeywords) -> tuple[KeywordHit, ...]:
    """All terms found in the page's text, in document order, at most :data:`MAX_HITS` of each.

    A term that lies inside a longer one of the same kind and owner is left out, as is an accusing term in a sentence
    that says the opposite, and a ``near_brand`` term without a brand (or, in a title or heading, a product) near it.
    """
    text = _Text(page)
    language = page.language.partition("-")[0].lower()
    found = list(_plain(text, language, compiled))
    found += _by_expression(text, language, compiled)
    found += _hidden(text, language, compiled)
    found.sort(key=lambda hit: (hit.start, -hit.end, hit.term, hit.sector, hit.pack.id if hit.pack else ""))
    return tuple(_kept(text, found))


def _allowed(entry: _Entry, language: str, field: Field) -> bool:
    if entry.languages and language and language not in entry.languages:
        return False
    return not entry.fields or field in entry.fields


def _plain(text: _Text, language: str, compiled: CompiledKeywords) -> Iterator[KeywordHit]:
    counts: Counter[int] = Counter()
    for index, start, end in compiled.automaton.find_matches_as_indexes(text.folded, overlapping=True):
        pattern = compiled.patterns[index]
        if counts[index] >= MAX_HITS or not text.bounded(pattern, start, end):
            continue
        span = text.span_at(start)
        quote = ""
        for entry in pattern.entries:
            if _allowed(entry, language, text.page.spans[span].field):
                quote = quote or text.quote(span, start, end)
                counts[index] += 1
                yield _hit(text, entry, quote, span, start, end, masked=hides_letters(quote))


def _hit(
    text: _Text, entry: _Entry, quote: str, span: int, start: int, end: int, *, masked: bool = False
) -> KeywordHit:
    return KeywordHit(
        term=entry.text,
        kind=entry.kind,
        weight=entry.weight,
        sector=entry.sector,
        field=text.page.spans[span].field,
        quote=quote,
        span=span,
        start=start,
        end=end,
        pack=entry.pack,
        beside=_NEEDED if entry.near_brand else "",
        masked=masked,
    )


_NEEDED = "\n"
"""Stands in ``beside`` while a needed brand has not been looked for; no quote can be a line feed."""


def _by_expression(text: _Text, language: str, compiled: CompiledKeywords) -> Iterator[KeywordHit]:
    if compiled.expression_set is None:
        return
    for index in sorted(compiled.expression_set.Match(text.folded) or ()):
        program, entries = compiled.expressions[index]
        count = 0
        for found in program.finditer(text.folded):
            start, end = found.span()
            if start == end or "\n" in text.folded[start:end]:
                continue
            span = text.span_at(start)
            for entry in entries:
                if _allowed(entry, language, text.page.spans[span].field):
                    yield _hit(text, entry, text.quote(span, start, end), span, start, end)
            count += 1
            if count >= MAX_HITS:
                break


def _hidden(text: _Text, language: str, compiled: CompiledKeywords) -> Iterator[KeywordHit]:
    """Words that the page hides. Only words that the folded text does not spell out count."""
    spans = dict.fromkeys(text.span_at(place) for place in masked_places(text.folded))
    for span in list(spans)[:_MAX_MASKED_SPANS]:
        base = text.starts[span]
        folded = text.folded[base : base + _length(text, span)]
        for reading in unmasked(folded):
            for index, first, last in compiled.automaton.find_matches_as_indexes(reading.text, overlapping=True):
                word = reading.text[first:last]
                start, end = base + reading.starts[first], base + _end(reading.starts, last)
                pattern = compiled.patterns[index]
                if last - first < _MIN_UNMASKED or word in folded or not text.bounded(pattern, start, end):
                    continue
                for entry in pattern.entries:
                    if entry.kind in _ACCUSING and _allowed(entry, language, text.page.spans[span].field):
                        yield _hit(text, entry, text.quote(span, start, end), span, start, end, masked=True)


def _end(starts: Sequence[int], last: int) -> int:
    return starts[last - 1] + 1


def _length(text: _Text, span: int) -> int:
    stop = text.starts[span + 1] - 1 if span + 1 < len(text.starts) else len(text.folded)
    return stop - text.starts[span]


def _kept(text: _Text, hits: Sequence[KeywordHit]) -> Iterator[KeywordHit]:
    brands = _places(hit for hit in hits if hit.kind is TermKind.BRAND)
    products = _places(hit for hit in hits if hit.kind is TermKind.PRODUCT)
    denials = [hit for hit in hits if hit.kind is TermKind.CONTRARY]
    reach: dict[tuple[TermKind, str, str], int] = {}
    for hit in hits:
        owner = (hit.kind, hit.sector, hit.pack.id if hit.pack else "")
        if hit.end <= reach.get(owner, -1):
            continue
        reach[owner] = hit.end
        if hit.kind in _ACCUSING and _denied(text, hit, denials):
            continue
        if hit.beside == _NEEDED:
            brand = _nearest(text, hit, brands[hit.sector])
            product = "" if brand else _nearest(text, hit, products[hit.sector])
            if not brand and not (product and hit.field in _PROMINENT):
                continue
            weight = hit.weight if brand else hit.weight / 2
            hit = dataclasses.replace(hit, beside=brand or product, weight=weight)
        yield hit


_PROMINENT = frozenset({Field.TITLE, Field.HEADING})


def _places(hits: Iterable[KeywordHit]) -> dict[str, list[KeywordHit]]:
    by_sector: dict[str, list[KeywordHit]] = defaultdict(list)
    for hit in hits:
        by_sector[hit.sector].append(hit)
    return by_sector


def _nearest(text: _Text, hit: KeywordHit, others: Sequence[KeywordHit]) -> str:
    """The quote of a hit that stands near ``hit`` and does not overlap it; others are in document order."""
    first = bisect_right(others, hit.start - 2 * MAX_NEAR, key=lambda other: other.start)
    for other in others[first:]:
        if other.start > hit.end + 2 * MAX_NEAR:
            break
        if (other.end <= hit.start or other.start >= hit.end) and near(
            text.folded, (hit.start, hit.end), (other.start, other.end), same_span=hit.span == other.span
        ):
            return other.quote
    return ""


def _denied(text: _Text, hit: KeywordHit, denials: Sequence[KeywordHit]) -> bool:
    first, last = sentence_of(text.folded, hit.start, hit.end)
    if any(first <= denial.start < last or denial.start <= hit.start < denial.end for denial in denials):
        return True
    return opposed(text.folded[first : hit.start], text.folded[hit.end : last])
