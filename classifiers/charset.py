"""From bytes to text: which charset a body is in, whatever it declares.

Order and labels follow the WHATWG Encoding and HTML standards ("encoding sniffing"): byte order mark, ``Content-Type``,
``<meta>`` or XML declaration near the start. A declaration is then checked against the bytes, because shops copied from
elsewhere often lie: text that is valid multi-byte UTF-8 is UTF-8, and a charset in which the bytes make no sense is
replaced by what their frequencies say.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from turbohtml.detect import detect

PRESCAN = 4_096
"""Bytes searched for a declaration. The standard says 1,024; browsers take a late one too."""

SAMPLE = 65_536
"""Bytes looked at when a charset has to be guessed."""

_LABELS = {
    "utf-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8",
    "cp866": "866 cp866 csibm866 ibm866",
    "iso8859-2": "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2",
    "iso8859-3": "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3",
    "iso8859-4": "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4",
    "iso8859-5": "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988",
    "iso8859-6": "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e"
    " iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987",
    "iso8859-7": "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7"
    " iso_8859-7:1987 sun_eu_greek",
    "iso8859-8": "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 iso_8859-8"
    " iso_8859-8:1988 visual csiso88598i iso-8859-8-i logical",
    "iso8859-10": "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6",
    "iso8859-13": "iso-8859-13 iso8859-13 iso885913",
    "iso8859-14": "iso-8859-14 iso8859-14 iso885914",
    "iso8859-15": "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9",
    "iso8859-16": "iso-8859-16",
    "koi8-r": "cskoi8r koi koi8 koi8-r koi8_r",
    "koi8-u": "koi8-ru koi8-u",
    "mac-roman": "csmacintosh mac macintosh x-mac-roman",
    "cp874": "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874",
    "windows-1250": "cp1250 windows-1250 x-cp1250",
    "windows-1251": "cp1251 windows-1251 x-cp1251",
    "windows-1252": "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591"
    " iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252 x-user-defined",
    "windows-1253": "cp1253 windows-1253 x-cp1253",
    "windows-1254": "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5"
    " windows-1254 x-cp1254",
    "windows-1255": "cp1255 windows-1255 x-cp1255",
    "windows-1256": "cp1256 windows-1256 x-cp1256",
    "windows-1257": "cp1257 windows-1257 x-cp1257",
    "windows-1258": "cp1258 windows-1258 x-cp1258",
    "mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "gb18030": "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030",
    "big5hkscs": "big5 big5-hkscs cn-big5 csbig5 x-x-big5",
    "euc-jp": "cseucpkdfmtjapanese euc-jp x-euc-jp",
    "iso2022-jp": "csiso2022jp iso-2022-jp",
    "cp932": "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis",
    "cp949": "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601"
    " windows-949",
    "utf-16-be": "unicodefffe utf-16be",
    "utf-16-le": "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le",
}

_HEADER = re.compile(r"charset\s{0,20}=\s{0,20}[\"']?\s{0,20}([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_META = re.compile(
    rb"<meta[\s/][^>]{0,1000}?charset\s{0,20}=\s{0,20}[\"']?\s{0,20}([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE
)
_XML = re.compile(rb"\s{0,20}<\?xml[^>]{0,200}?encoding\s{0,5}=\s{0,5}[\"']([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_MULTI_BYTE = frozenset({"gb18030", "big5hkscs", "euc-jp", "iso2022-jp", "cp932", "cp949"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A decoded body.

    ``charset`` is a codec name with which ``body.decode(charset, "replace")`` gives the same characters, the byte
    order mark and NULs aside, which ``text`` leaves out. ``faults`` say in words what was wrong with the
    declaration or the bytes.
    """

    text: str
    charset: str
    faults: tuple[str, ...] = ()


@functools.cache
def _codecs() -> dict[str, str]:
    return {label: codec for codec, labels in _LABELS.items() for label in labels.split()}


def codec_of(label: str) -> str | None:
    """The codec that a charset label stands for in the WHATWG table, None for an unknown label."""
    return _codecs().get(label.strip().lower())


def declared_charset(body: bytes, content_type: str = "") -> tuple[str, str]:
    """What a body says of itself: ``(codec, where)``, where is ``header``, ``meta``, ``xml`` or ``""``."""
    match = _HEADER.search(content_type[:1_000])
    if match and (codec := codec_of(match[1])):
        return codec, "header"
    head = body[:PRESCAN]
    if b"<!--" in head:
        head = _COMMENT.sub(b"", head)
    for pattern, where in ((_META, "meta"), (_XML, "xml")):
        found = pattern.search(head) if where == "meta" else pattern.match(head)
        if found and (codec := codec_of(found[1].decode("ascii"))):
            return ("utf-8" if codec.startswith("utf-16") else codec), where
    return "", ""


def decode(body: bytes, content_type: str = "") -> Text:
    """The text of a body, never raising. ``content_type`` is the response header, ``""`` when there is none."""
    if body.startswith(b"\xef\xbb\xbf"):
        return _text(body[3:], "utf-8", ())
    if body.startswith(b"\xff\xfe"):
        return _text(body[2:], "utf-16-le", ())
    if body.startswith(b"\xfe\xff"):
        return _text(body[2:], "utf-16-be", ())
    wide = _unmarked_utf16(body)
    if wide:
        return _text(body, wide, ("utf-16 without a byte order mark",))
    declared, where = declared_charset(body, content_type)
    if body.isascii() and declared != "iso2022-jp":
        return _text(body, declared if declared and not declared.startswith("utf-16") else "utf-8", ())
    broken = _broken_utf8(body)
    if declared in ("", "utf-8"):
        if broken == 0:
            return _text(body, "utf-8", ())
        high = len(body) - len(body.translate(None, bytes(range(0x80, 0x100))))
        if declared and broken <= max(2, high // 50):
            return _text(body, "utf-8", (f"{broken} bytes are no UTF-8",))
        guessed = guess(body)
        fault = (f"declared utf-8 by {where}, is {guessed}",) if declared else ()
        return _text(body, guessed, fault)
    if broken == 0 and _utf8_sequences(body) >= (3 if declared in _MULTI_BYTE else 1):
        return _text(body, "utf-8", (f"declared {declared} by {where}, is utf-8",))
    if declared in _MULTI_BYTE:
        lost = body.decode(declared, "replace").count("\ufffd")
        if lost > 2 + len(body) // 500:
            guessed = guess(body)
            if guessed != declared and body.decode(guessed, "replace").count("\ufffd") < lost:
                return _text(body, guessed, (f"declared {declared} by {where}, is {guessed}",))
        if lost:
            return _text(body, declared, (f"{lost} characters are no {declared}",))
    elif declared.startswith("utf-16"):
        return _text(body, guess(body), (f"declared {declared} by {where}, has no such bytes",))
    return _text(body, declared, ())


def guess(body: bytes) -> str:
    """The most plausible codec of bytes that say nothing true of themselves; ``windows-1252`` when nothing tells."""
    sample = body[:SAMPLE]
    if len(body) > SAMPLE and sample.isascii():
        first = next((at for at in range(SAMPLE, len(body), SAMPLE) if not body[at : at + SAMPLE].isascii()), 0)
        sample = body[first : first + SAMPLE]
    # The blank head keeps a declaration out of the detector's sight.
    found = detect(b" " * 1_024 + sample).encoding
    return (codec_of(found) if found else None) or "windows-1252"


def _text(body: bytes, charset: str, faults: tuple[str, ...]) -> Text:
    text = body.decode(charset, "replace")
    if "\0" in text:
        text = text.replace("\0", "")
        faults = (*faults, "NUL characters")
    return Text(text=text, charset=charset, faults=faults)


def _broken_utf8(body: bytes) -> int:
    """Malformed sequences in ``body`` read as UTF-8; one cut off at the very end does not count."""
    try:
        body.decode()
    except UnicodeDecodeError as exc:
        if exc.end == len(body) and len(body) - exc.start < 4 and exc.reason == "unexpected end of data":
            return 0
    else:
        return 0
    return body.decode("utf-8", "replace").count("\ufffd") - body.count(b"\xef\xbf\xbd")


def _utf8_sequences(body: bytes) -> int:
    return len(re.findall(rb"[\xc2-\xf4][\x80-\xbf]{1,3}", body[:SAMPLE]))


def _unmarked_utf16(body: bytes) -> str:
    head = body[:200]
    if head.count(0) * 3 < len(head) or len(head) < 8:
        return ""
    if not any(head[1::2]):
        return "utf-16-be" if not any(head[0::2]) else "utf-16-le"
    return "utf-16-be" if not any(head[0::2]) else ""


__all__ = ["Text", "codec_of", "declared_charset", "decode", "guess"]
