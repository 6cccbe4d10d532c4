"""Is a body a page? By its declared type, checked against its first bytes. Pure.

Source: WHATWG MIME Sniffing, cut down to the question "HTML or not": a declared HTML type holds unless the bytes
start like a well-known binary format; an absent or unspecific type is decided by the bytes; everything else is not.
"""

from __future__ import annotations

import re

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})

UNSPECIFIC_TYPES = frozenset(
    {"", "unknown/unknown", "application/unknown", "*/*", "application/octet-stream", "text/xml", "application/xml"}
)
"""Types that say nothing about whether the body is a page."""

MAGICS = (
    b"%PDF-", b"PK\x03\x04", b"\x89PNG\r\n", b"GIF8", b"\xff\xd8\xff", b"RIFF", b"\x1f\x8b", b"BZh", b"\xfd7zXZ",
    b"7z\xbc\xaf", b"Rar!", b"\x7fELF", b"MZ\x90", b"\x00\x00\x01\x00", b"ID3", b"OggS", b"wOFF", b"wOF2",
    b"SQLite format 3", b"\x28\xb5\x2f\xfd", b"\xd0\xcf\x11\xe0",
)  # fmt: skip
"""First bytes of formats that are no page, whatever their header says."""

_TAG = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|title|meta|script|iframe|style|link|div|table|font|br|center|p|h[1-6]|a|b"
    rb"|form|img|ul|span|noscript|frameset)[\s>/]",
    re.IGNORECASE,
)
_XML_OR_COMMENT = re.compile(rb"\s*(?:<\?xml[^>]{0,200}\?>\s*|<!--.{0,2000}?-->\s*)*", re.DOTALL)


def media_type(content_type: str) -> str:
    """The bare type of a ``Content-Type`` value in lower case."""
    return content_type.partition(";")[0].strip().lower()


def may_be_page(content_type: str) -> bool:
    """Whether a body of this declared type is worth reading as a page."""
    kind = media_type(content_type)
    return kind in HTML_TYPES or kind in UNSPECIFIC_TYPES or "/" not in kind


def is_page(content_type: str, body: bytes) -> bool:
    """Whether a content-decoded body is HTML."""
    head = body[:4096]
    if head.startswith(MAGICS):
        return False
    if media_type(content_type) in HTML_TYPES:
        return True
    return may_be_page(content_type) and looks_like_html(head)


def looks_like_html(body: bytes) -> bool:
    """Whether the first bytes open like an HTML document (comments, XML declaration and BOM aside).

    Source: WHATWG MIME Sniffing, "identifying a resource with an unknown MIME type".
    """
    head = body[:4096]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head[2:].replace(b"\0", b"")
    head = head.removeprefix(b"\xef\xbb\xbf")
    start = _XML_OR_COMMENT.match(head)
    return _TAG.match(head, start.end() if start else 0) is not None or (
        head.lstrip()[:1] == b"<" and re.search(rb"<(?:html|!doctype\s+html)[\s>]", head, re.IGNORECASE) is not None
    )
