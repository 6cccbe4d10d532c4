"""The ``match`` and ``no_match`` examples of rule files, tried with the matcher that judges pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from classifiers import keywords
from classifiers.ruleset import Expression, Ruleset, SectorRules, Term, TermKind, Weights
from config.yaml12 import Document, Path
from core.errors import Problem
from core.records import Field, Page, PageKind, TextSpan

_NO_WEIGHTS = Weights(
    version="0", fitted_on="nothing", signals=(), family_caps=(), flag_threshold=0.0, undecided_threshold=0.0
)
_CONTEXTS = "contexts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The terms or the expression of one entry of a file, and the texts that must or must not hit."""

    at: Path
    terms: tuple[Term, ...] = ()
    expressions: tuple[Expression, ...] = ()
    match: tuple[str, ...] = ()
    no_match: tuple[str, ...] = ()

    @property
    def near_brand(self) -> bool:
        """Whether a hit needs a brand beside it."""
        return any(term.near_brand for term in self.terms) or any(item.near_brand for item in self.expressions)


def _page(text: str, field: Field) -> Page:
    spans = (TextSpan(field=field, text=" ".join(text.split())),)
    return Page(url="", sha256="", charset="utf-8", kind=PageKind.OTHER, language="", title="", spans=spans)


def _fields(trial: Trial) -> tuple[Field, ...]:
    listed = [field for term in trial.terms for field in term.fields]
    listed += [field for expression in trial.expressions for field in expression.fields]
    return tuple(dict.fromkeys(listed)) or (Field.BODY,)


def try_examples(
    document: Document, trials: Sequence[Trial], brands: Sequence[str], contexts: Sequence[Term]
) -> list[Problem]:
    """Problems for every example that does not do as it says.

    ``brands`` are the marks that ``near_brand`` entries may stand beside; ``contexts`` the contrary terms that can
    turn a match round, as on a page.
    """
    wanted = [trial for trial in trials if trial.match or trial.no_match]
    if not wanted:
        return []
    marks = tuple(Term(text=brand, kind=TermKind.BRAND) for brand in dict.fromkeys(brands))
    rules = [
        SectorRules(
            id=str(place),
            version="0",
            title="",
            terms=trial.terms + (marks if trial.near_brand else ()),
            expressions=trial.expressions,
        )
        for place, trial in enumerate(wanted)
    ]
    rules.append(SectorRules(id=_CONTEXTS, version="0", title="", terms=tuple(contexts)))
    compiled = keywords.compile(Ruleset(sectors=tuple(rules), packs=(), weights=_NO_WEIGHTS))
    problems = []
    for place, trial in enumerate(wanted):
        for number, example in enumerate(trial.match):
            if not _hit(compiled, str(place), trial, example):
                problems.append(
                    document.problem(
                        (*trial.at, "match", number),
                        f"nothing here matches {example!r}",
                        expected="a text with a term" + (" beside a brand" if trial.near_brand else ""),
                    )
                )
        for number, example in enumerate(trial.no_match):
            if hit := _hit(compiled, str(place), trial, example):
                problems.append(
                    document.problem(
                        (*trial.at, "no_match", number),
                        f"{hit!r} matches {example!r}",
                        expected="a text without a match",
                    )
                )
    return problems


def _hit(compiled: keywords.CompiledKeywords, sector: str, trial: Trial, example: str) -> str:
    for field in _fields(trial):
        for hit in keywords.match(_page(example, field), compiled):
            if hit.sector == sector and (hit.kind is not TermKind.BRAND or not trial.near_brand):
                return hit.term
    return ""
