"""Structured statements of a page: JSON-LD read leniently, microdata gathered by the parser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

MAX_OBJECTS = 200
"""Most objects kept for a page."""

MAX_OBJECT = 50_000
"""Longest canonical text kept for one object, in characters."""

_OPENINGS = ("<!--", "//<![CDATA[", "// <![CDATA[", "/*<![CDATA[*/", "/* <![CDATA[ */", "<![CDATA[")
_CLOSINGS = ("-->", "//]]>", "// ]]>", "/*]]>*/", "/* ]]> */", "]]>", ";")
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")


def canonical(value: Any) -> str:
    """One JSON text per value: sorted keys, no white space, lone surrogates replaced so that it encodes."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def read_json_ld(text: str) -> Iterator[str]:
    """The objects of one ``application/ld+json`` script as canonical JSON; nothing when it cannot be read.

    A top-level array and an ``@graph`` are taken apart. Comment wrappers, raw control characters and trailing commas,
    which shops do ship, are forgiven.
    """
    document = _load(_unwrapped(text))
    pending = [document]
    found = 0
    while pending and found < MAX_OBJECTS:
        value = pending.pop(0)
        if isinstance(value, list):
            pending = [*value[:MAX_OBJECTS], *pending]
        elif isinstance(value, dict):
            graph = value.get("@graph")
            if isinstance(graph, list):
                pending = [*graph[:MAX_OBJECTS], *pending]
                continue
            try:
                written = canonical(value)
            except (ValueError, RecursionError):
                continue
            if len(written) <= MAX_OBJECT:
                found += 1
                yield written


def _unwrapped(text: str) -> str:
    text = text.strip()
    for opening in _OPENINGS:
        if text.startswith(opening):
            text = text.removeprefix(opening).lstrip()
            break
    for closing in _CLOSINGS:
        text = text.removesuffix(closing).rstrip()
    return text


def _load(text: str) -> Any:
    for attempt in (text, _TRAILING_COMMA.sub("", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None
