"""A ruleset: everything a verdict depends on besides the page. A frozen value with canonical bytes.

``config`` builds rulesets from sector files, packs and the weights file; ``storage`` keeps their bytes as blobs; a
verdict names the digest. The same ruleset and the same bytes always give the same verdict.
"""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.ids import sha256_hex
from core.records import Field

FORMAT = 1
"""Version of the canonical form below."""


class TermKind(enum.StrEnum):
    """What a keyword term stands for; it decides how matches are combined."""

    REPLICA = "replica"
    """Says that goods are copies: "replica", "1:1", "AAA quality"."""

    BRAND = "brand"
    """A mark; never a reason by itself, it gives proximity to other terms."""

    PRODUCT = "product"
    """A kind of goods of the sector; supports the sector, never a reason by itself."""

    CLAIM = "claim"
    """A claim that honest sellers do not make: "no prescription needed"."""

    PIRACY = "piracy"
    """Release names and phrases of piracy sites."""

    CONTRARY = "contrary"
    """A context that speaks against: "how to spot a fake", "we fight counterfeits", "licensed pharmacy"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A keyword term as sellers write it.

    ``languages`` are BCP 47 primary codes; empty means any. ``fields`` limits where it counts; empty means all.
    ``near_brand`` counts it only beside a brand of the same sector or pack. ``provisional`` marks a language that no
    fluent reader has checked; it weighs half.
    """

    text: str
    kind: TermKind
    weight: float = 0.0
    languages: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    near_brand: bool = False
    provisional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A regular expression in RE2 syntax that is run on the visible text."""

    pattern: str
    kind: TermKind
    weight: float
    languages: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    near_brand: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceFloor:
    """The least that the genuine product is sold for new. ``currency`` is ISO 4217."""

    product: str
    amount: float
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorRules:
    """One sector's terms and expressions. ``version`` is the file's own."""

    id: str
    version: str
    title: str
    terms: tuple[Term, ...]
    expressions: tuple[Expression, ...] = ()
    threshold: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A rights holder's pack: brands and terms in one or more sectors, its own sites and its resellers."""

    id: str
    version: str
    organisation: str
    title: str
    sectors: tuple[str, ...]
    brands: tuple[str, ...]
    terms: tuple[Term, ...] = ()
    expressions: tuple[Expression, ...] = ()
    official_domains: tuple[str, ...] = ()
    authorised_resellers: tuple[str, ...] = ()
    price_floors: tuple[PriceFloor, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The scorecard: signal id to log-odds, caps by family, thresholds, and the intercept.

    ``fitted_on`` says in words what the numbers come from.
    """

    version: str
    fitted_on: str
    signals: tuple[tuple[str, float], ...]
    family_caps: tuple[tuple[str, float], ...]
    flag_threshold: float
    undecided_threshold: float
    intercept: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruleset:
    """All that decides, in one value. ``allowlist`` holds registrable domains or hosts that are never flagged."""

    sectors: tuple[SectorRules, ...]
    packs: tuple[Pack, ...]
    weights: Weights
    allowlist: tuple[str, ...] = ()
    suffix_list: str = ""
    format: int = FORMAT

    def to_bytes(self) -> bytes:
        """Canonical JSON: sorted keys, no white space, UTF-8."""
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical bytes, the name that verdicts carry."""
        return sha256_hex(self.to_bytes())


def read_ruleset(content: bytes) -> Ruleset:
    """The ruleset whose canonical bytes are ``content``.

    Raises :class:`ValueError` when they are not of this format.
    """
    document = json.loads(content)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"not a ruleset of format {FORMAT}")
    weights = document["weights"]
    return Ruleset(
        sectors=tuple(_sector(item) for item in document["sectors"]),
        packs=tuple(_pack(item) for item in document["packs"]),
        weights=Weights(
            **{
                **weights,
                "signals": _pairs(weights["signals"]),
                "family_caps": _pairs(weights["family_caps"]),
            }
        ),
        allowlist=tuple(document["allowlist"]),
        suffix_list=document["suffix_list"],
    )


def _pairs(items: list[list[Any]]) -> tuple[tuple[str, float], ...]:
    return tuple((name, number) for name, number in items)


def _common(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **item,
        "kind": TermKind(item["kind"]),
        "languages": tuple(item["languages"]),
        "fields": tuple(Field(name) for name in item["fields"]),
    }


def _rules(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **item,
        "terms": tuple(Term(**_common(term)) for term in item["terms"]),
        "expressions": tuple(Expression(**_common(entry)) for entry in item["expressions"]),
    }


def _sector(item: Mapping[str, Any]) -> SectorRules:
    return SectorRules(**_rules(item))


def _pack(item: Mapping[str, Any]) -> Pack:
    lists = ("sectors", "brands", "official_domains", "authorised_resellers")
    return Pack(
        **{
            **_rules(item),
            **{name: tuple(item[name]) for name in lists},
            "price_floors": tuple(PriceFloor(**floor) for floor in item["price_floors"]),
        }
    )


__all__ = [
    "Expression", "Pack", "PriceFloor", "Ruleset", "SectorRules", "Term", "TermKind", "Weights",
    "read_ruleset",
]  # fmt: skip
