"""What was read from a page."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class PageKind(enum.StrEnum):
    """What a page is, for ``content`` only."""

    SHOP = "shop"
    LISTING = "listing"
    PIRACY = "piracy"
    ARTICLE = "article"
    OTHER = "other"


class Field(enum.StrEnum):
    """Where on a page a text stands; keyword terms may be limited to some fields."""

    TITLE = "title"
    META = "meta"
    HEADING = "heading"
    BODY = "body"
    ALT = "alt"
    LINK = "link"
    URL = "url"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSpan:
    """One run of visible text, white space folded, in document order."""

    field: Field
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A hyperlink: absolute URL when it could be resolved, the raw ``href``, its text and ``rel``.

    ``hidden`` says that it stands in a part of the page that an attribute keeps from being shown.
    """

    url: str
    href: str
    text: str = ""
    rel: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FormInput:
    """A control of a form."""

    type: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form: resolved action, method in lower case, its controls."""

    action: str
    method: str
    inputs: tuple[FormInput, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image reference with its alternative text."""

    url: str
    alt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A script: its absolute source, or the start of its inline text (at most 20,000 characters)."""

    src: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A price as shown: amount, ISO 4217 code (``""`` when the page does not say), the quoted text.

    ``struck`` marks a crossed-out or explicitly former price.
    """

    amount: float
    currency: str
    quote: str
    struck: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """A token that links sites; kinds: ``google_analytics``, ``facebook_pixel``, ``email``, ``phone``, ``vat``…"""

    kind: str
    value: str
    quote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What was read from one exchange's body.

    ``sha256`` is the exchange's; ``charset`` is the one decoded with. ``structured`` holds JSON-LD and microdata
    objects as canonical JSON texts; ``meta`` the meta and Open Graph pairs in order. ``frames`` are the absolute URLs
    of embedded documents and media (iframe, embed, object, video, audio, source). ``truncated`` is true when a cap on
    size, depth or count was reached while reading.
    """

    url: str
    sha256: str
    charset: str
    kind: PageKind
    language: str
    title: str
    spans: tuple[TextSpan, ...] = ()
    links: tuple[Link, ...] = ()
    forms: tuple[Form, ...] = ()
    images: tuple[Image, ...] = ()
    scripts: tuple[Script, ...] = ()
    prices: tuple[Price, ...] = ()
    meta: tuple[tuple[str, str], ...] = ()
    structured: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    shingles: tuple[int, ...] = ()
    frames: tuple[str, ...] = ()
    truncated: bool = False
