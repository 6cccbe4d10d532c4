"""What sector, shared, pack and weights files may hold. The published JSON Schemas are made from these models."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from config.codes import ANY_LANGUAGE, CURRENCIES, LANGUAGES
from core.records import Family
from core.records import Field as PageField

MAX_TEXT = 200
"""Longest term, brand, product or example, in characters."""

MAX_WEIGHT = 4.0
"""Largest weight of a term, in log-odds either way."""

TermKindName = Literal["replica", "claim", "piracy", "contrary", "brand", "product"]
"""Values of :class:`classifiers.ruleset.TermKind` as they stand in files."""

Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
Title = Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
Identifier = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Version = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+){0,3}([.-]?[a-z]+[0-9]*)?$", max_length=40)]
Weight = Annotated[float, Field(ge=-MAX_WEIGHT, le=MAX_WEIGHT)]

# Which codes exist is told to the schema here and checked in config.checks, whose sentences are better.
LanguageCode = Annotated[str, WithJsonSchema({"type": "string", "enum": sorted(LANGUAGES)})]
CurrencyCode = Annotated[str, WithJsonSchema({"type": "string", "enum": sorted(CURRENCIES)})]


def _language_keys(schema: dict[str, Any]) -> None:
    schema["propertyNames"] = {"enum": [ANY_LANGUAGE, *sorted(LANGUAGES)]}


Words = Annotated[dict[str, list[Text]], Field(json_schema_extra=_language_keys)]


class Model(BaseModel):
    """Strict and frozen; unknown keys are errors; the text under a field is its description."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


class TermGroup(Model):
    """Terms that share kind, weight and places, by language."""

    kind: TermKindName
    """``replica``: the goods are copies. ``claim``: what honest sellers do not say. ``piracy``: phrases and release
    names of piracy. ``contrary``: a context that speaks against suspicion. ``brand`` and ``product``: marks and kinds
    of goods that need ``fields`` or a language; others stand in ``brands`` and ``products``."""

    weight: Weight
    """Log-odds that one match adds to its sector's score; negative for ``contrary`` and only there; 0 for
    ``brand`` and ``product``."""

    words: Words
    """Terms by language code, written as they stand on pages, with accents and scripts; ``"*"`` is any language."""

    near_brand: bool = False
    """Count only beside a brand of the same sector or pack: for words that alone mean little, like "replica"."""

    fields: list[PageField] = []
    """Parts of the page where the terms count; empty means everywhere."""

    provisional: bool | list[LanguageCode] = False
    """Languages that no fluent reader has checked yet (or ``true`` for the whole group); they weigh half."""

    match: list[Text] = []
    """Texts that at least one term of the group must match; tried at every loading."""

    no_match: list[Text] = []
    """Texts that no term of the group may match; tried at every loading."""


class ExpressionEntry(Model):
    """A regular expression in RE2 syntax, run on the visible text without regard to case."""

    kind: TermKindName
    """As for terms."""

    weight: Weight
    """As for terms."""

    pattern: Annotated[str, Field(min_length=1, max_length=500)]
    """RE2 syntax (https://github.com/google/re2/wiki/Syntax): no look-around, no back-references."""

    languages: list[LanguageCode] = []
    """Languages of the pages it is run on; empty means all."""

    fields: list[PageField] = []
    """As for terms."""

    near_brand: bool = False
    """As for terms."""

    match: list[Text] = []
    """Texts that the expression must match."""

    no_match: list[Text] = []
    """Texts that the expression must not match."""


class SharedFile(Model):
    """Terms that several sectors share; a sector takes them in with ``shared``."""

    shared: Identifier
    """Name of the file, as sectors cite it."""

    version: Version
    """Version of the content, such as ``"2026.11.1"`` (in quotes: it is no number)."""

    title: Title
    """What the terms have in common."""

    terms: list[TermGroup] = []
    """Groups of terms."""

    expressions: list[ExpressionEntry] = []
    """Regular expressions, for what terms cannot say."""


class SectorFile(Model):
    """One sector: what its goods and marks are called and how suspicious sellers write."""

    sector: Identifier
    """Name of the sector; packs cite it."""

    version: Version
    """Version of the content, such as ``"2026.11.1"`` (in quotes: it is no number)."""

    title: Title
    """Name for people."""

    threshold: Annotated[float, Field(ge=0, le=100)] | None = None
    """Score from which a page of this sector is flagged; null takes the one of the weights file."""

    shared: list[Identifier] = []
    """Shared files whose terms count in this sector too."""

    terms: list[TermGroup] = []
    """Groups of terms."""

    expressions: list[ExpressionEntry] = []
    """Regular expressions, for what terms cannot say."""

    brands: list[Text] = []
    """Marks of the sector. A brand alone is never a reason; it gives ``near_brand`` terms their context."""

    products: Words = {}
    """Kinds of goods of the sector by language; they tell the sector and are never a reason."""


class PriceFloorEntry(Model):
    """The least that a genuine product is sold for when new."""

    product: Text
    """Product name as shops write it."""

    amount: Annotated[float, Field(gt=0, le=10_000_000)]
    """The lowest genuine price."""

    currency: CurrencyCode
    """ISO 4217 code of the amount."""


class PackFileModel(Model):
    """A rights holder's pack: its marks, products and terms, its own sites and its resellers."""

    model_config = ConfigDict(title="PackFile")

    pack: Identifier
    """Name of the pack, unique in the service."""

    version: Version
    """Version of the content, such as ``"1.0"`` (in quotes: it is no number); raise it at every change."""

    organisation: Identifier
    """The organisation that owns the pack and sees what it found."""

    title: Title
    """Name for people."""

    sectors: Annotated[list[Identifier], Field(min_length=1)]
    """Sectors that the brands and terms count in."""

    brands: Annotated[list[Text], Field(min_length=1)]
    """Marks, product lines and other spellings."""

    terms: list[TermGroup] = []
    """Terms of this rights holder only, beside those of the sectors."""

    expressions: list[ExpressionEntry] = []
    """Regular expressions, for what terms cannot say."""

    official_domains: list[Text] = []
    """The rights holder's own sites, which are never flagged, with all hosts below them."""

    authorised_resellers: list[Text] = []
    """Sites that may sell the goods, which are never flagged, with all hosts below them."""

    price_floors: list[PriceFloorEntry] = []
    """Lowest genuine prices; an offer far below one is a signal."""


class WeightsFile(Model):
    """The scorecard: what each signal adds, how much a family can add, and from which score on a page is flagged."""

    version: Version
    """Version of the numbers."""

    fitted_on: Annotated[str, Field(min_length=1, max_length=2000)]
    """What the numbers come from, in words."""

    intercept: Annotated[float, Field(ge=-20, le=20)] = 0.0
    """Log-odds before any signal."""

    flag_threshold: Annotated[float, Field(ge=-20, le=100)]
    """Score from which a page can be flagged (two families are needed too)."""

    undecided_threshold: Annotated[float, Field(ge=-20, le=100)]
    """Score from which a page is undecided rather than clear; at most ``flag_threshold``."""

    family_caps: dict[Family, Annotated[float, Field(ge=0, le=20)]]
    """The most that all signals of one family add together, by family."""

    signals: dict[Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")], Annotated[float, Field(ge=-10, le=10)]]
    """Log-odds of each signal by its id."""
