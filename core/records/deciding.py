"""What was concluded, and the reasons."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime


class Family(enum.StrEnum):
    """Families of signals; a flag needs two, one of which is not platform, network or linkage."""

    IDENTITY = "identity"
    PRICE = "price"
    TEXT = "text"
    PLATFORM = "platform"
    NETWORK = "network"
    LINKAGE = "linkage"
    CLOAKING = "cloaking"
    PAYMENT = "payment"
    VISUAL = "visual"
    PIRACY_CONTENT = "piracy-content"
    PIRACY_DELIVERY = "piracy-delivery"
    CONTRARY = "contrary"


SUPPORTING_FAMILIES = frozenset({Family.PLATFORM, Family.NETWORK, Family.LINKAGE})
"""Families that cannot carry a flag without one from outside this set."""


class ReferenceType(enum.StrEnum):
    """What a reference points at."""

    BYTES = "bytes"
    DOM = "dom"
    REGION = "region"
    LOOKUP = "lookup"
    DIFFERENCE = "difference"
    ABSENCE = "absence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Where a quote stands, or where something was looked for and not found.

    - ``bytes``: ``sha256`` of a content-decoded body, ``start`` and ``end`` (half-open) in it; ``selector``, where one
      is given, names the elements around the place, as an aid to find it.
    - ``dom``: ``sha256`` of a rendered capture and a ``selector``.
    - ``region``: ``sha256`` of an image and ``region`` (x, y, width, height in pixels).
    - ``lookup``: ``name`` of a lookup artifact and its ``sha256``.
    - ``difference``: ``pages`` holds the two digests compared.
    - ``absence``: ``pages`` holds the digests of every page searched, ``name`` what was looked for.
    """

    type: ReferenceType
    sha256: str = ""
    start: int = 0
    end: int = 0
    selector: str = ""
    region: tuple[int, int, int, int] | None = None
    name: str = ""
    pages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PackReference:
    """The pack that a signal's term came from."""

    id: str
    version: str
    organisation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One reason for or against suspicion. ``weight`` is in log-odds; contrary signals have negative weights.

    ``sector`` is empty for a signal that counts in every sector. At every ``bytes`` reference stands the quote and
    nothing else, after charset decoding, entity unescaping and white-space folding. What rests on several quotes is
    several signals of one id, which share its weight.
    """

    id: str
    sector: str
    family: Family
    weight: float
    quote: str
    references: tuple[Reference, ...]
    detector: str
    version: str
    pack: PackReference | None = None


class Label(enum.StrEnum):
    """A verdict's label: a suspicion, never a finding."""

    FLAGGED = "flagged"
    UNDECIDED = "undecided"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorScore:
    """One sector's sum: ``terms`` lists (family, capped contribution); ``threshold`` is what a flag needs."""

    sector: str
    score: float
    threshold: float
    terms: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the classifiers concluded from one visit, replayable from the stored bytes and the ruleset.

    ``sector`` and ``score`` are those of the highest sector (``""`` and 0 when none scored). ``suppressed``
    says why a score over the threshold was not flagged (official site, authorised reseller, allowlist).
    """

    visit: str
    label: Label
    sector: str
    score: float
    scores: tuple[SectorScore, ...]
    signals: tuple[Signal, ...]
    contrary: tuple[Signal, ...]
    ruleset: str
    at: datetime
    suppressed: str = ""
