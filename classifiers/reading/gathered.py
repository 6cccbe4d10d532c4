"""What one pass over the markup gathers, before prices, identifiers and language are read from it."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from typing import NewType

from classifiers.reading.urls import Base
from core.records import Field, Form, Image, Link, Script, TextSpan

Mark = NewType("Mark", int)
PLAIN, STRUCK, REGULAR = Mark(0), Mark(1), Mark(2)
"""How a text is priced: shown plainly, crossed out, or in an element that some themes cross out ("regular")."""


_WAS = re.compile(
    r"(?:^|[\s_-])(?:old|was|before|original|former|crossed|strike|striked|strikethrough|compare|list|retail|msrp|rrp|uvp)"
    r"[_-]*(?:at[_-]*)?price|price[\w-]*[_-](?:old|was|before|original|former|crossed|strike|compare|list|retail|msrp|rrp)"
    r"|line-?through|(?:^|\s)(?:was|compare-at|oldprice|preis-alt|prix-barre|precio-anterior)(?:\s|$)",
    re.IGNORECASE,
)
_REGULAR = re.compile(r"regular[_-]*price|price[\w-]*[_-]regular|regularprice", re.IGNORECASE)


@functools.lru_cache(maxsize=16_384)
def element_token(tag: str, names: str) -> tuple[str, Mark]:
    """An element's token for the shingles (tag and first class name), and how its classes mark the prices in it."""
    first = names.split(None, 1)
    mark = STRUCK if _WAS.search(names) else REGULAR if _REGULAR.search(names) else PLAIN
    return (f"{tag}.{first[0]}" if first else tag), mark


@dataclass(slots=True)
class Gathered:
    """What one pass found. ``texts``, ``fields`` and ``marks`` are parallel, in document order."""

    base: Base
    texts: list[str] = field(default_factory=list)
    fields: list[Field] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    title: str = ""
    declared: str = ""
    content_language: str = ""
    meta: list[tuple[str, str]] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    scripts: list[Script] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
    json_ld: list[str] = field(default_factory=list)
    microdata: list[str] = field(default_factory=list)
    icons: list[str] = field(default_factory=list)
    shielded: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    truncated: bool = False

    def spans(self) -> tuple[TextSpan, ...]:
        """The texts as records."""
        return tuple(TextSpan(field=where, text=text) for where, text in zip(self.fields, self.texts, strict=True))
