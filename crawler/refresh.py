"""Redirects that a page asks for: the ``Refresh`` header and ``<meta http-equiv="refresh">``. Pure."""

from __future__ import annotations

import html
import re

from core.errors import BadTarget
from core.hosts import join_url

MAX_DELAY_SECONDS = 5.0
"""A longer delay is a page that reloads or a notice to read, not a redirect."""

_SCAN_BYTES = 32_768
# What a browser with scripts would not see as markup.
_HIDDEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|noscript|template|textarea|title)\b.*?(?:</\1\s*>|\Z)", re.S | re.I
)
_META = re.compile(r"<meta\b[^>]{0,2000}>", re.I)
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]{1,40})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_VALUE = re.compile(r"\s*([0-9]{0,9}(?:\.[0-9]*)?)\s*(?:[;,]\s*|\s+)(?:url\s*=\s*)?(.*)", re.S | re.I)


def refresh_target(decoded: bytes, base: str, header: str = "") -> str | None:
    """The http(s) URL that a page sends its visitor to at once, or None.

    ``header`` is the value of a ``Refresh`` header, which wins. Reads the first 32 kB. A page that only reloads itself,
    a longer delay, and a target that is no web URL give None.
    """
    value = header or _meta_value(decoded[:_SCAN_BYTES].decode("latin-1"))
    found = _VALUE.match(value)
    if found is None or float(found[1].strip(".") or 0) > MAX_DELAY_SECONDS:
        return None
    target = found[2].strip()
    if target[:1] in ("'", '"'):
        target = target[1:].partition(target[0])[0]
    if not target:
        return None
    try:
        url = join_url(base, target.encode("latin-1", "replace").decode("utf-8", "replace"))
    except BadTarget:
        return None
    return None if url == base else url


def _meta_value(text: str) -> str:
    if "refresh" not in text.lower():
        return ""
    for tag in _META.finditer(_HIDDEN.sub(" ", text)):
        attributes = {
            name.lower(): html.unescape(double or single or bare)
            for name, double, single, bare in reversed(_ATTRIBUTE.findall(tag[0]))
        }
        if attributes.get("http-equiv", "").strip().lower() == "refresh":
            return attributes.get("content", "")
    return ""
