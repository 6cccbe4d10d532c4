"""Microdata gathered while the parser walks by.

The useful part of https://html.spec.whatwg.org/multipage/microdata.html: items, their types, nesting and values.
"""

from __future__ import annotations

from dataclasses import dataclass

from classifiers.reading.structured import canonical
from classifiers.text import fold

MAX_ITEMS = 300
"""Most items kept for a page."""

MAX_VALUE = 2_000
"""Longest property value kept, in characters."""

MAX_PROPERTIES = 100

_ADDRESSED = frozenset({"a", "link", "img", "iframe", "source"})


@dataclass(slots=True)
class _Item:
    depth: int
    content: dict[str, object]
    prop: str
    parent: _Item | None


class Items:
    """Builds items from elements as they open and close; ``found`` holds the finished ones as canonical JSON.

    The shape is JSON-LD's, ``{"@type":"Product","name":…,"offers":{…}}``, so that readers treat both alike.
    """

    __slots__ = ("_count", "_prop", "found", "open")

    def __init__(self) -> None:
        self.found: list[str] = []
        self.open: _Item | None = None
        self._prop: tuple[int, str, list[str]] | None = None
        self._count = 0

    def start(self, tag: str, attrs: dict[str, str | None], depth: int) -> None:
        """An element with ``itemscope`` or ``itemprop`` opens at ``depth``."""
        names = (attrs.get("itemprop") or "").split(None, 1)
        name = names[0][:100] if names else ""
        if "itemscope" in attrs:
            if self._count < MAX_ITEMS:
                self._count += 1
                kind = (attrs.get("itemtype") or "").rstrip("/").rpartition("/")[2][:100]
                self.open = _Item(depth, {"@type": kind}, name, self.open)
        elif name and self.open is not None and self._prop is None:
            value = attrs.get("content")
            if value is None and tag in _ADDRESSED:
                value = attrs.get("href") or attrs.get("src")
            if value is None:
                self._prop = (depth, name, [])
            else:
                _put(self.open.content, name, fold(value[:MAX_VALUE]))

    def text(self, text: str) -> None:
        """Visible text inside the open item."""
        if self._prop is not None:
            self._prop[2].append(text)

    def end(self, depth: int) -> None:
        """The element at ``depth`` closes."""
        if self._prop is not None and depth == self._prop[0]:
            _, name, texts = self._prop
            self._prop = None
            if self.open is not None:
                _put(self.open.content, name, " ".join(texts)[:MAX_VALUE])
        item = self.open
        if item is not None and depth == item.depth:
            self.open = item.parent
            if self.open is not None and item.prop:
                _put(self.open.content, item.prop, item.content)
            else:
                self.found.append(canonical(item.content))

    def close(self) -> None:
        """Finish what the page left open."""
        while self.open is not None:
            self.end(self.open.depth)


def _put(content: dict[str, object], name: str, value: object) -> None:
    if name not in content:
        if len(content) <= MAX_PROPERTIES:
            content[name] = value
        return
    known = content[name]
    if not isinstance(known, list):
        content[name] = [known, value]
    elif len(known) < MAX_PROPERTIES:
        known.append(value)
