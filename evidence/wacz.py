"""WACZ 1.1.1: the WARC, its index and its list of pages in one stored zip that replay tools open.

Source: https://specs.webrecorder.net/wacz/1.1.1/ and https://specs.webrecorder.net/cdxj/0.1.0/. The index is made
from the written file, so what it says of offsets and digests has been read back.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, urlencode, urlsplit

from evidence.canonical import canonical, utc
from evidence.warc_reading import ReadRecord
from evidence.zips import write_members

VERSION = "1.1.1"
ARCHIVE = "archive/data.warc.gz"
INDEX = "indexes/index.cdx"
PAGES = "pages/pages.jsonl"
DATAPACKAGE = "datapackage.json"
DATAPACKAGE_DIGEST = "datapackage-digest.json"
MEMBERS = (ARCHIVE, INDEX, PAGES, DATAPACKAGE, DATAPACKAGE_DIGEST)
RESOURCES = (ARCHIVE, INDEX, PAGES)

_WWW = re.compile(r"www\d*\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLine:
    """A page that replay tools list: what was opened, when, under which title."""

    id: str
    url: str
    at: datetime
    title: str


def write_wacz(
    stream: BinaryIO,
    archive: BinaryIO,
    *,
    archive_size: int,
    archive_sha256: str,
    records: Iterable[ReadRecord],
    pages: Sequence[PageLine],
    title: str,
    software: str,
    at: datetime,
) -> None:
    """Write a WACZ around a finished WARC (``archive``). Unsigned; deterministic."""
    index, listed = render_index(records), render_pages(pages)
    sizes = {ARCHIVE: archive_size, INDEX: len(index), PAGES: len(listed)}
    hashes = {ARCHIVE: archive_sha256, INDEX: _sha256(index), PAGES: _sha256(listed)}
    package: dict[str, Any] = {
        "profile": "data-package",
        "wacz_version": VERSION,
        "title": title,
        "software": software,
        "created": utc(at),
        "resources": [
            {"name": path.rpartition("/")[2], "path": path, "hash": f"sha256:{hashes[path]}", "bytes": sizes[path]}
            for path in RESOURCES
        ],
    }
    if pages:
        package |= {"mainPageUrl": pages[0].url, "mainPageDate": utc(pages[0].at)}
    described = canonical(package)
    digest = canonical({"path": DATAPACKAGE, "hash": f"sha256:{_sha256(described)}"})
    write_members(
        stream,
        [(ARCHIVE, archive), (INDEX, index), (PAGES, listed), (DATAPACKAGE, described), (DATAPACKAGE_DIGEST, digest)],
    )


def render_index(records: Iterable[ReadRecord]) -> bytes:
    """The CDXJ index of responses and resources, sorted bytewise."""
    lines = (_index_line(record) for record in records if record.type in ("response", "resource"))
    return b"".join(sorted(lines))


def render_pages(pages: Sequence[PageLine]) -> bytes:
    """``pages.jsonl``: a header line, then a line per page."""
    lines: list[dict[str, Any]] = [{"format": "json-pages-1.0", "id": "pages", "title": "All Pages"}]
    lines += [{"id": page.id, "url": page.url, "ts": utc(page.at), "title": page.title} for page in pages]
    return b"".join(canonical(line) + b"\n" for line in lines)


def surt(url: str) -> str:
    """The sort-friendly key of a URL as replay tools compute it; other schemes keep their text.

    >>> surt("https://www.shop.example:8443/Bags?b=2&a=1")
    'example,shop:8443)/bags?a=1&b=2'
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return url
    if parts.scheme not in ("http", "https") or not host:
        return url
    name = _WWW.sub("", host, count=1) if _WWW.match(host) else host
    key = name if ":" in name else ",".join(reversed(name.split(".")))
    if port and port != {"http": 80, "https": 443}[parts.scheme]:
        key += f":{port}"
    query = urlencode(sorted(parse_qsl(parts.query, keep_blank_values=True))) if parts.query else ""
    return f"{key}){parts.path or '/'}{'?' if query else ''}{query}".lower()


def _index_line(record: ReadRecord) -> bytes:
    entry: dict[str, Any] = {
        "url": record.target,
        "digest": record.payload_digest or record.block_digest,
        "offset": str(record.offset),
        "length": str(record.length),
        "filename": ARCHIVE.rpartition("/")[2],
        "recordDigest": record.block_digest,
    }
    if record.type == "response":
        entry["mime"] = _mime(record.http_header("content-type"))
        entry["status"] = str(record.status)
    else:
        entry["mime"] = _mime(record.field("content-type"))
    key = surt(record.target).replace(" ", "%20")
    return f"{key} {_stamp(record.date)} ".encode() + canonical(entry) + b"\n"


def _mime(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower() or "unk"


def _stamp(date: str) -> str:
    """The first 14 digits of a WARC date (to the second)."""
    return "".join(char for char in date if char.isdigit())[:14].ljust(14, "0")


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
