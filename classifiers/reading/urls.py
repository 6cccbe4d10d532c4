"""Resolving the references of a page without ever failing on one.

Cheaper and more tolerant than :func:`core.hosts.join_url`, because a page has hundreds of references and none of them
is requested from here: whoever requests one parses it at that border.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{0,30}:")
_STRIPPED = re.compile(r"[\t\n\r]")

MAX_REFERENCE = 4096
"""Longest reference resolved, in characters; a longer one counts as unresolvable."""


class Base:
    """What a page's references are resolved against: its URL, replaced by the first usable ``<base href>``."""

    __slots__ = ("directory", "origin", "page", "scheme", "url")

    def __init__(self, url: str) -> None:
        self.url = url
        scheme, mark, rest = url.partition("://")
        host, _, path = rest.partition("/")
        host = re.split(r"[?#]", host, maxsplit=1)[0]
        self.scheme = scheme if mark else "http"
        self.origin = f"{scheme}://{host}" if mark else ""
        path = re.split(r"[?#]", path, maxsplit=1)[0]
        self.page = f"{self.origin}/{path}"
        self.directory = f"{self.origin}/{path.rpartition('/')[0]}"
        if not self.directory.endswith("/"):
            self.directory += "/"

    def join(self, reference: str) -> str:
        """The absolute http(s) URL of a reference without its fragment, or ``""`` when it makes none."""
        text = reference.strip()
        if not text or len(text) > MAX_REFERENCE:
            return ""
        if "\n" in text or "\t" in text or "\r" in text:
            text = _STRIPPED.sub("", text)
        first = text[0]
        if first == "#":
            return self.page
        text = text.partition("#")[0]
        if first in "hH" and text[:8].lower().startswith(("http://", "https://")):
            return text if first == "h" else text.partition(":")[0].lower() + ":" + text.partition(":")[2]
        if _SCHEME.match(text):
            return ""
        if not self.origin:
            return ""
        text = text.replace("\\", "/") if "\\" in text else text
        if text.startswith("//"):
            return f"{self.scheme}:{text}"
        if "./" in text or text.endswith((".", "..")):
            try:
                return urljoin(self.url, text)
            except ValueError:
                return ""
        if text[0] == "/":
            return self.origin + text
        if text[0] == "?":
            return self.page + text
        return self.directory + text


def host_of(url: str) -> str:
    """The host of an absolute URL in lower case without port or user, ``""`` when there is none."""
    rest = url.partition("://")[2]
    if not rest:
        return ""
    host = re.split(r"[/?#\\]", rest, maxsplit=1)[0].rpartition("@")[2]
    if host.startswith("["):
        return host.partition("]")[0].lstrip("[").lower()
    return host.partition(":")[0].lower().rstrip(".")
