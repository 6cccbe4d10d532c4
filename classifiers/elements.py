"""Where in the markup a cited place stands: the elements around it, as a CSS selector for people who look it up.

The fast parser has no source positions. For the few places that a flag cites, BeautifulSoup reads the source just
before the place, repairing what the cut tore open; what it holds open at the end are the elements around the place.
"""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Tag
from bs4.exceptions import ParserRejectedMarkup

from classifiers.locate import excerpt

ROOM = 2_000
"""Characters of source read before a place: few, because on hostile markup the parser's time grows with the square."""

NEAREST = 3
"""Most elements named by a selector, the innermost ones."""

_MARK = "\ue000"
_TAG_OPEN = re.compile(r"<[a-zA-Z][^<>]*\Z")
_NAME = re.compile(r"[A-Za-z][\w-]{0,40}", re.ASCII)
_CLOSED_BY_THE_NEXT = frozenset({"p", "li", "dt", "dd", "tr", "td", "th", "option"})


def selector_at(decoded: bytes, charset: str, start: int, end: int) -> str:
    """A selector such as ``div.product p del`` for the byte range of a body; ``""`` when the source does not tell.

    It names the innermost elements that the :data:`ROOM` characters before the range open, so it matches the place
    and may match others like it. A range inside a tag is placed in that tag's element. Never raises.
    """
    for name in ("script", "style"):
        if decoded.rfind(f"<{name}".encode(), 0, start) > decoded.rfind(f"</{name}".encode(), 0, start):
            return name
    around = excerpt(decoded, charset, start, end, ROOM)
    before = around.before.replace("<?", "  ").replace("<!", "  ")
    if "<" not in before:
        return ""
    inside = _TAG_OPEN.search(before) is not None
    if inside:
        before += around.quote + around.after.partition(">")[0] + ">"
    try:
        soup = BeautifulSoup(before + _MARK, "html.parser")
    except ParserRejectedMarkup:
        return ""
    element = _last_tag(soup) if inside else _holder(soup)
    chain: list[Tag] = []
    while element is not None and element.parent is not None and len(chain) < NEAREST:
        if not (chain and element.name == chain[-1].name and element.name in _CLOSED_BY_THE_NEXT):
            chain.append(element)
        element = element.parent
    return " ".join(_named(tag) for tag in reversed(chain))


def _last_tag(soup: BeautifulSoup) -> Tag | None:
    tags = soup.find_all(True)
    return tags[-1] if tags else None


def _holder(soup: BeautifulSoup) -> Tag | None:
    texts = soup.find_all(string=lambda text: _MARK in text)
    return texts[-1].parent if texts else None


def _named(tag: Tag) -> str:
    """The element's name with its id, or else its first class, where these need no escaping."""
    name = tag.name if _NAME.fullmatch(tag.name) else "*"
    id_ = tag.get("id")
    if isinstance(id_, str) and _NAME.fullmatch(id_):
        return f"{name}#{id_}"
    first = next(filter(_NAME.fullmatch, tag.get_attribute_list("class")), "")
    return f"{name}.{first}" if first else name
