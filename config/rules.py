"""Rule files read into the classifiers' values: sectors, shared terms, packs, weights."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from classifiers.ruleset import Expression, Pack, PriceFloor, SectorRules, Term, TermKind, Weights
from config.checks import (
    Notes,
    PlacedTerm,
    check_duplicates,
    check_words,
    is_short,
    read_expression,
    read_group,
    usable_text,
)
from config.codes import CURRENCIES, nearest
from config.examples import Trial
from config.models import ExpressionEntry, PackFileModel, SectorFile, SharedFile, TermGroup, WeightsFile
from config.validation import fit, one_of
from config.yaml12 import Document, Path
from core.errors import BadTarget, Problem
from core.hosts import is_address, parse_host, registrable_domain


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedRules:
    """Terms and expressions that sectors take in by name."""

    id: str
    version: str
    terms: tuple[Term, ...]
    expressions: tuple[Expression, ...]
    trials: tuple[Trial, ...]
    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorReading:
    """A sector file as read: its own terms (brands and products among them), and what it takes in."""

    rules: SectorRules
    shared: tuple[str, ...]
    brands: tuple[str, ...]
    trials: tuple[Trial, ...]
    document: Document

    def joined(self, shared: Mapping[str, SharedRules]) -> SectorRules:
        """The sector's rules with those of the shared files that it names."""
        taken = [shared[name] for name in self.shared if name in shared]
        own = self.rules
        return SectorRules(
            id=own.id,
            version="+".join([own.version, *(f"{item.id}.{item.version}" for item in taken)]),
            title=own.title,
            terms=own.terms + tuple(term for item in taken for term in item.terms),
            expressions=own.expressions + tuple(entry for item in taken for entry in item.expressions),
            threshold=own.threshold,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PackReading:
    """A pack file as read."""

    pack: Pack
    trials: tuple[Trial, ...]
    document: Document


def _entries(
    document: Document, groups: Sequence[TermGroup], expressions: Sequence[ExpressionEntry], notes: Notes
) -> tuple[list[PlacedTerm], list[Expression], list[Trial]]:
    terms: list[PlacedTerm] = []
    found: list[Expression] = []
    trials: list[Trial] = []
    for place, group in enumerate(groups):
        at: Path = ("terms", place)
        placed = read_group(document, at, group, notes)
        terms += placed
        trials.append(
            Trial(
                at=at,
                terms=tuple(item.term for item in placed),
                match=tuple(group.match),
                no_match=tuple(group.no_match),
            )
        )
    for place, entry in enumerate(expressions):
        at = ("expressions", place)
        expression = read_expression(document, at, entry, notes)
        if expression is not None:
            found.append(expression)
            trials.append(
                Trial(at=at, expressions=(expression,), match=tuple(entry.match), no_match=tuple(entry.no_match))
            )
    return terms, found, trials


def _brands(document: Document, brands: Sequence[str], notes: Notes) -> list[PlacedTerm]:
    placed = []
    for place, brand in enumerate(brands):
        path: Path = ("brands", place)
        if usable_text(document, path, brand, notes):
            placed.append(PlacedTerm(term=Term(text=brand, kind=TermKind.BRAND), path=path))
            if is_short(brand):
                notes.problems.append(
                    document.problem(path, f"{brand!r} is very short", expected="a longer name, such as two words")
                )
    return placed


def read_shared(document: Document, notes: Notes) -> SharedRules | None:
    """A shared file, or None when it does not fit its model."""
    model, problems = fit(document, SharedFile, "shared")
    notes.problems += problems
    if model is None:
        return None
    terms, expressions, trials = _entries(document, model.terms, model.expressions, notes)
    check_duplicates(document, terms, notes)
    return SharedRules(
        id=model.shared,
        version=model.version,
        terms=tuple(item.term for item in terms),
        expressions=tuple(expressions),
        trials=tuple(trials),
        document=document,
    )


def read_sector(document: Document, notes: Notes) -> SectorReading | None:
    """A sector file, or None when it does not fit its model."""
    model, problems = fit(document, SectorFile, "sector")
    notes.problems += problems
    if model is None:
        return None
    terms, expressions, trials = _entries(document, model.terms, model.expressions, notes)
    brands = _brands(document, model.brands, notes)
    products = [
        PlacedTerm(term=Term(text=text, kind=TermKind.PRODUCT, languages=languages), path=path)
        for languages, text, path in check_words(document, ("products",), model.products, notes)
    ]
    everything = [*terms, *brands, *products]
    check_duplicates(document, everything, notes)
    return SectorReading(
        rules=SectorRules(
            id=model.sector,
            version=model.version,
            title=model.title,
            terms=tuple(item.term for item in everything),
            expressions=tuple(expressions),
            threshold=model.threshold,
        ),
        shared=tuple(model.shared),
        brands=tuple(item.term.text for item in everything if item.term.kind is TermKind.BRAND),
        trials=tuple(trials),
        document=document,
    )


def check_shared_names(reading: SectorReading, shared: Mapping[str, SharedRules], notes: Notes) -> None:
    """Every shared file that a sector names must exist, and must not repeat one of its terms."""
    document = reading.document
    for place, name in enumerate(reading.shared):
        if name not in shared:
            notes.problems.append(
                document.problem(
                    ("shared", place),
                    f"there is no shared file {name!r}",
                    expected=one_of(sorted(shared)),
                    nearest=nearest(name, shared),
                )
            )
    taken = {
        (unicodedata.normalize("NFKC", term.text).casefold(), language): item.id
        for item in (shared[name] for name in reading.shared if name in shared)
        for term in item.terms
        for language in term.languages or ("",)
    }
    for trial in reading.trials:
        for term in trial.terms:
            for language in term.languages or ("",):
                owner = taken.get((unicodedata.normalize("NFKC", term.text).casefold(), language))
                if owner is not None:
                    path = _place_of(document, (*trial.at, "words"), term.text)
                    notes.problems.append(
                        document.problem(path, f"{term.text!r} stands in the shared file {owner!r} too", expected="one")
                    )


def _place_of(document: Document, at: Path, text: str) -> Path:
    node = document.content
    for step in at:
        node = node[step]
    for language, texts in node.items():
        if text in texts:
            return (*at, language, texts.index(text))
    return at


def read_pack(document: Document, sectors: Sequence[str], notes: Notes) -> PackReading | None:
    """A pack file, or None when it does not fit its model. ``sectors`` are the sectors that exist."""
    model, problems = fit(document, PackFileModel, "pack")
    notes.problems += problems
    if model is None:
        return None
    for place, name in enumerate(model.sectors):
        if name not in sectors:
            notes.problems.append(
                document.problem(
                    ("sectors", place),
                    f"there is no sector {name!r}",
                    expected=one_of(sorted(sectors)),
                    nearest=nearest(name, sectors),
                )
            )
        elif name in model.sectors[:place]:
            notes.problems.append(document.problem(("sectors", place), f"{name!r} is given twice", expected="one"))
    terms, expressions, trials = _entries(document, model.terms, model.expressions, notes)
    brands = _brands(document, model.brands, notes)
    check_duplicates(document, [*terms, *brands], notes)
    floors = []
    for place, floor in enumerate(model.price_floors):
        usable_text(document, ("price_floors", place, "product"), floor.product, notes)
        if floor.currency not in CURRENCIES:
            notes.problems.append(
                document.problem(
                    ("price_floors", place, "currency"),
                    f"{floor.currency!r} is no currency code",
                    expected="an ISO 4217 code such as EUR",
                    nearest=_nearest_currency(floor.currency),
                )
            )
        floors.append(PriceFloor(product=floor.product, amount=floor.amount, currency=floor.currency))
    pack = Pack(
        id=model.pack,
        version=model.version,
        organisation=model.organisation,
        title=model.title,
        sectors=tuple(model.sectors),
        brands=tuple(item.term.text for item in brands),
        terms=tuple(item.term for item in terms),
        expressions=tuple(expressions),
        official_domains=_hosts(document, "official_domains", model.official_domains, notes),
        authorised_resellers=_hosts(document, "authorised_resellers", model.authorised_resellers, notes),
        price_floors=tuple(floors),
    )
    return PackReading(pack=pack, trials=tuple(trials), document=document)


_MONEY_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "₽": "RUB", "zł": "PLN", "EURO": "EUR", "RMB": "CNY"}


def _nearest_currency(code: str) -> str:
    return _MONEY_SIGNS.get(code.upper().strip()) or _MONEY_SIGNS.get(code.strip()) or nearest(code, CURRENCIES)


def _hosts(document: Document, key: str, texts: Sequence[str], notes: Notes) -> tuple[str, ...]:
    hosts: list[str] = []
    for place, text in enumerate(texts):
        path: Path = (key, place)
        try:
            host = str(parse_host(text))
        except BadTarget:
            bare = _bare_host(text)
            notes.problems.append(
                document.problem(
                    path, f"{text!r} is no host name", expected="a name such as shop.example", nearest=bare
                )
            )
            continue
        if not is_address(host) and registrable_domain(host) is None:
            notes.problems.append(
                document.problem(
                    path, f"{text!r} is a public suffix or a top-level domain", expected="a name such as shop.example"
                )
            )
        elif host in hosts:
            notes.problems.append(document.problem(path, f"{text!r} is given twice", expected="one of the two"))
        hosts.append(host)
    return tuple(hosts)


def _bare_host(text: str) -> str:
    """The host inside what may be a URL, a wildcard or an e-mail address."""
    inner = text.strip().partition("://")[2] or text.strip()
    inner = inner.partition("/")[0].rpartition("@")[2].removeprefix("*.")
    try:
        return str(parse_host(inner))
    except BadTarget:
        return ""


def read_weights(document: Document, notes: Notes) -> Weights | None:
    """The weights file, or None when it does not fit its model."""
    model, problems = fit(document, WeightsFile, "weights")
    notes.problems += problems
    if model is None:
        return None
    if model.undecided_threshold > model.flag_threshold:
        notes.problems.append(
            document.problem(
                ("undecided_threshold",),
                f"{model.undecided_threshold:g} is over the flag threshold",
                expected=f"at most {model.flag_threshold:g}",
            )
        )
    return Weights(
        version=model.version,
        fitted_on=model.fitted_on,
        signals=tuple(sorted(model.signals.items())),
        family_caps=tuple(sorted((family.value, cap) for family, cap in model.family_caps.items())),
        flag_threshold=model.flag_threshold,
        undecided_threshold=model.undecided_threshold,
        intercept=model.intercept,
    )


def name_taken(document: Document, key: str, name: str, other: Document) -> Problem:
    """The problem of two files that carry the same name."""
    return document.problem((key,), f"{name!r} is the name of {other.file} too", expected="another name")
