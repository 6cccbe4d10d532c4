"""The last layer of verification: every reference of every signal leads to bytes that show what the signal says.

A quote is compared after charset decoding and white-space folding, as written or with entities unescaped; control
characters and mark-up between its words do not count. The charset is not taken from the findings: the declared ones
are tried first, then the common ones.
"""

from __future__ import annotations

import codecs
import hashlib
import html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evidence.layout import FINDINGS
from evidence.report import Fault

Json = Mapping[str, Any]

MAX_QUOTED = 1 << 20
"""Longest byte range that a reference may cite."""

PRESCAN = 4096

_COMMON = (
    "utf-8", "windows-1252", "gb18030", "shift_jis", "euc_jp", "euc_kr", "big5hkscs", "windows-1251", "windows-1250",
    "windows-1253", "windows-1254", "windows-1255", "windows-1256", "windows-1257", "windows-1258", "koi8_r",
    "iso8859_2", "iso8859_5", "iso8859_7", "iso8859_15", "cp874", "utf-16-le", "utf-16-be", "latin_1",
)  # fmt: skip
_DECLARED = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})""", re.I)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_TAG = re.compile(r"<[^<>]*>")
_CUT = re.compile(r"^[^<>]*>|<[^<>]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """What a bundle holds for references to lead to; digests in hex.

    ``bodies`` maps a body's digest to its item in the master record; ``files`` are digests of payload files and WARC
    blocks, ``certificates`` of leaves; ``addresses`` are digests of the address lists that lookups gave, by host;
    ``ruleset`` is the one the verdict names.
    """

    bodies: Mapping[str, Json]
    files: frozenset[str]
    certificates: frozenset[str]
    addresses: frozenset[tuple[str, str]]
    ruleset: str


def address_digest(addresses: Iterable[str]) -> str:
    """The digest that a reference to a lookup's addresses carries."""
    return hashlib.sha256("\n".join(addresses).encode()).hexdigest()


def wanted_ranges(findings: Json) -> dict[str, set[tuple[int, int]]]:
    """The byte ranges that signals cite, by body digest."""
    wanted: dict[str, set[tuple[int, int]]] = {}
    for signal in (*findings["signals"], *findings["contrary"]):
        for reference in signal["references"]:
            if reference["type"] == "bytes":
                wanted.setdefault(reference["sha256"], set()).add((reference["start"], reference["end"]))
    return wanted


def cut_ranges(pieces: Iterable[bytes], ranges: Iterable[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    """The bytes of each range of a body that comes in pieces; a range past its end is cut short."""
    ordered = sorted({(start, min(end, start + MAX_QUOTED)) for start, end in ranges})
    kept = {range_: bytearray() for range_ in ordered}
    place = 0
    for piece in pieces:
        for start, end in ordered:
            if start < place + len(piece) and end > place:
                kept[start, end] += piece[max(0, start - place) : end - place]
        place += len(piece)
    return {range_: bytes(content) for range_, content in kept.items()}


def check_references(
    findings: Json, cited: Cited, cuts: Mapping[str, Mapping[tuple[int, int], bytes]]
) -> Iterator[Fault]:
    """Everything cited is in the bundle, and at every byte reference of a signal stands the signal's quote.

    ``cuts`` holds, by body digest, the bytes of each cited range, and of the range ``(0, PRESCAN)``.
    """
    for signal in (*findings["signals"], *findings["contrary"]):
        for reference in signal["references"]:
            if reason := _broken(signal["quote"], reference, cited, cuts):
                yield Fault(f"The signal {signal['id']}: {reason}.", FINDINGS)


def _broken(quote: str, reference: Json, cited: Cited, cuts: Mapping[str, Mapping[tuple[int, int], bytes]]) -> str:
    match reference["type"]:
        case "bytes":
            return _broken_bytes(quote, reference, cited, cuts)
        case "lookup":
            return "" if _leads(reference, cited) else "a reference leads to no lookup in the bundle"
        case "absence" | "difference":
            missing = set(reference["pages"]) - set(cited.bodies)
            return f"it is about a body {min(missing)} that is not in the bundle" if missing else ""
        case _:
            return "" if reference["sha256"] in cited.files else "a reference leads to nothing in the bundle"


def _leads(reference: Json, cited: Cited) -> bool:
    name, digest = reference["name"], reference["sha256"]
    if name.startswith("dns:") and (name.removeprefix("dns:"), digest) in cited.addresses:
        return True
    return digest in cited.files or digest in cited.certificates or digest == cited.ruleset


def _broken_bytes(
    quote: str, reference: Json, cited: Cited, cuts: Mapping[str, Mapping[tuple[int, int], bytes]]
) -> str:
    digest, start, end = reference["sha256"], reference["start"], reference["end"]
    item = cited.bodies.get(digest)
    if item is None or digest not in cuts:
        return f"it cites the body {digest}, which is not in the bundle"
    if not start < end <= item["size"] or end - start > MAX_QUOTED:
        return f"it cites the bytes {start} to {end}, which are not in the body"
    if not quote.strip():
        return "it cites bytes without a quote"
    cut = cuts[digest][start, end]
    declared = _charsets(item["content_type"], cuts[digest].get((0, PRESCAN), b""))
    if any(holds(quote, cut, charset) for charset in declared):
        return ""
    return f"its quote {quote[:60]!r} does not stand at the bytes {start} to {end}"


def holds(quote: str, cut: bytes, charset: str) -> bool:
    """Whether bytes decoded with a charset are a quote and nothing else, compared as the module describes."""
    text = cut.decode(charset, "replace")
    bare = _CUT.sub(" ", text)
    shapes = (text, _TAG.sub(" ", bare), _TAG.sub("", bare))
    return _folded(quote) in (_folded(text), *(_folded(html.unescape(shape)) for shape in shapes))


def _folded(text: str) -> str:
    return " ".join(_CONTROL.sub("", text).split())


def _charsets(content_type: str, start: bytes) -> tuple[str, ...]:
    named = [found.group(1).decode() for found in _DECLARED.finditer(content_type.encode("utf-8", "replace"))]
    named += [found.group(1).decode() for found in _DECLARED.finditer(start)]
    usable = []
    for name in (*named, *_COMMON):
        try:
            codec = codecs.lookup(name)
        except (LookupError, ValueError):
            continue
        if codec._is_text_encoding:
            usable.append(codec.name)
    return tuple(dict.fromkeys(usable))
