"""The innermost layers of verification: the WACZ's structure, every WARC record's digests, and what the record says."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from core.errors import BundleRejected
from evidence.bodies import RECEIVED, Form, content_encoding
from evidence.canonical import parse_canonical
from evidence.check_record import load_lines
from evidence.decoding import decoded_digest, decoded_pieces
from evidence.layout import CAPTURE, DNS
from evidence.report import Fault
from evidence.wacz import (
    ARCHIVE,
    DATAPACKAGE,
    DATAPACKAGE_DIGEST,
    INDEX,
    MEMBERS,
    PAGES,
    RESOURCES,
    VERSION,
    render_index,
    surt,
)
from evidence.warc_reading import ReadRecord, parse_digest, payload_pieces, read_records
from evidence.zips import ArchiveLimits, StoredMember, open_archive

Json = Mapping[str, Any]

_TYPES = frozenset({"warcinfo", "resource", "response", "request", "conversion"})
_MAX_SMALL = 64 << 20
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCapture:
    """A WACZ whose structure was checked: its small members, and its WARC as a seekable stream."""

    archive: BinaryIO
    small: Mapping[str, bytes]

    def close(self) -> None:
        """Close the underlying file."""
        self.archive.close()


def open_capture(folder: Path, limits: ArchiveLimits) -> OpenCapture:
    """Open the capture of a bag. Raises :class:`BundleRejected` for a zip that is hostile or holds other members."""
    file = folder / CAPTURE
    if not file.is_file():
        raise BundleRejected("The capture is missing.")
    with open_archive(file, limits=limits) as archive:
        entries = {entry.filename: entry for entry in archive.infolist()}
        if set(entries) != set(MEMBERS):
            raise BundleRejected(f"It holds {', '.join(sorted(set(entries) ^ set(MEMBERS)))} too much or too little.")
        for name, entry in entries.items():
            if entry.file_size != entry.compress_size:
                raise BundleRejected(f"Its member {name} is not stored.")
            if name != ARCHIVE and entry.file_size > _MAX_SMALL:
                raise BundleRejected(f"Its member {name} is too large.")
        small = {name: archive.read(name) for name in MEMBERS if name != ARCHIVE}
        return OpenCapture(archive=cast("BinaryIO", StoredMember(file, entries[ARCHIVE])), small=small)


def check_wacz(capture: OpenCapture) -> Iterator[Fault]:
    """The datapackage is of version 1.1.1 and names every member with its size and digest; its own digest holds."""
    try:
        package = parse_canonical(capture.small[DATAPACKAGE])
        sealed = parse_canonical(capture.small[DATAPACKAGE_DIGEST])
        version, resources = package["wacz_version"], package["resources"]
        found = {item["path"]: (item["hash"], item["bytes"]) for item in resources}
    except (ValueError, KeyError, TypeError) as exc:
        yield Fault(f"Its datapackage is not usable: {exc}.", CAPTURE)
        return
    if version != VERSION:
        yield Fault(f"It is a WACZ of version {version!r}, not {VERSION}.", CAPTURE)
    own = hashlib.sha256(capture.small[DATAPACKAGE]).hexdigest()
    if sealed != {"path": DATAPACKAGE, "hash": f"sha256:{own}"}:
        yield Fault("datapackage-digest.json does not hold the digest of datapackage.json.", CAPTURE)
    if len(found) != len(resources) or set(found) != set(RESOURCES):
        yield Fault("datapackage.json does not list exactly the members.", CAPTURE)
    for name in RESOURCES:
        if name in found and found[name] != _facts(capture, name):
            yield Fault(f"The member {name} does not have the size and digest in datapackage.json.", CAPTURE)


def _facts(capture: OpenCapture, name: str) -> tuple[str, int]:
    if name != ARCHIVE:
        content = capture.small[name]
        return f"sha256:{hashlib.sha256(content).hexdigest()}", len(content)
    digest, size = hashlib.sha256(), 0
    capture.archive.seek(0)
    while piece := capture.archive.read(_PIECE):
        digest.update(piece)
        size += len(piece)
    return f"sha256:{digest.hexdigest()}", size


def check_warc(capture: OpenCapture, limits: ArchiveLimits, records: list[ReadRecord]) -> Iterator[Fault]:
    """Every record's digests recomputed; types, identifiers and links between records make sense.

    Fills ``records`` with those that hold.
    """
    try:
        for record in read_records(capture.archive, cap=limits.total_bytes):
            records.append(record)
    except ValueError as exc:
        yield Fault(f"After {len(records)} good records: {exc}.", CAPTURE)
        return
    if not records or records[0].type != "warcinfo":
        yield Fault("The WARC does not start with a warcinfo record.", CAPTURE)
    by_id = {record.record_id: record for record in records}
    if len(by_id) != len(records):
        yield Fault("Two WARC records have the same identifier.", CAPTURE)
    for record in records:
        if record.type not in _TYPES:
            yield Fault(f"The WARC holds a record of the type {record.type[:40]!r}.", CAPTURE)
        if record.type == "response" and not (record.field("warc-ip-address") and record.field("warc-protocol")):
            yield Fault(f"The response {record.record_id} does not say where it came from.", CAPTURE)
        for name in ("warc-concurrent-to", "warc-refers-to"):
            target = by_id.get(record.field(name).strip("<>"))
            if record.field(name) and (target is None or target.type != "response" or target.date != record.date):
                yield Fault(f"The record {record.record_id} refers to none of the responses.", CAPTURE)


def check_index(capture: OpenCapture, records: Sequence[ReadRecord]) -> Iterator[Fault]:
    """The index is the one that the WARC gives; every page listed is a response in it."""
    if capture.small[INDEX] != render_index(records):
        yield Fault("The index does not describe the WARC.", CAPTURE)
    responses = {(surt(record.target), record.date[:19]) for record in records if record.type == "response"}
    *lines, rest = capture.small[PAGES].split(b"\n")
    try:
        pages = [parse_canonical(line) for line in lines]
        if rest or not pages or pages[0].get("format") != "json-pages-1.0":
            raise ValueError("the first line is no header, or the last line does not end")
        for page in pages[1:]:
            if (surt(page["url"]), page["ts"][:19]) not in responses:
                yield Fault(f"The page {str(page['url'])[:200]} is no response in the WARC.", CAPTURE)
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        yield Fault(f"The list of pages is not usable: {exc}.", CAPTURE)


def check_bodies(record: Json, capture: OpenCapture, records: Sequence[ReadRecord]) -> Iterator[Fault]:
    """The exchanges and bodies that the master record lists are the WARC's responses, decoded digests included."""
    responses = {item.record_id: item for item in records if item.type == "response"}
    for section, items in (("network", record["network"]["exchanges"]), ("content", record["content"]["bodies"])):
        if [item["record"] for item in items] != list(responses):
            yield Fault(f"The {section} section does not list the WARC's responses.", CAPTURE)
            return
    for item in record["network"]["exchanges"]:
        response = responses[item["record"]]
        told = (item["url"], item["status"], item["remote_address"], item["at"])
        if told != (response.target, response.status, response.field("warc-ip-address"), response.date):
            yield Fault(f"The network section describes {item['record']} differently from the WARC.", CAPTURE)
    for item in record["content"]["bodies"]:
        yield from _check_body(item, responses[item["record"]], capture, records)


def _check_body(
    item: Json, response: ReadRecord, capture: OpenCapture, records: Sequence[ReadRecord]
) -> Iterator[Fault]:
    linked = [
        other
        for other in records
        if f"<{response.record_id}>" in (other.field("warc-concurrent-to"), other.field("warc-refers-to"))
    ]
    received = [response.payload_digest]
    received += [other.block_digest for other in linked if other.target == f"{RECEIVED}{response.target}"]
    if bytes.fromhex(item["received_sha256"]) not in map(parse_digest, received):
        yield Fault(f"The bytes received for {response.target[:200]} are not in the WARC.", CAPTURE)
    if item["form"] == Form.UNKNOWN:
        return
    if item["form"] == Form.CONVERSION:
        held = [parse_digest(other.block_digest).hex() for other in linked if other.type == "conversion"]
        if held != [item["sha256"]]:
            yield Fault(f"The decoded body of {response.target[:200]} is not in the WARC.", CAPTURE)
        return
    pieces = payload_pieces(capture.archive, response)
    if decoded_digest(pieces, _encoding(item, response), item["size"]) != (item["sha256"], item["size"]):
        yield Fault(f"The body of {response.target[:200]} does not decode to the digest in the record.", CAPTURE)


def cited_pieces(item: Json, capture: OpenCapture, records: Sequence[ReadRecord]) -> Iterator[bytes]:
    """The bytes that references to one body of the master record cite, in pieces. Raises :class:`ValueError`."""
    response = next(other for other in records if other.record_id == item["record"])
    if item["form"] == Form.CONVERSION:
        refers = f"<{response.record_id}>"
        found = next(other for other in records if other.field("warc-refers-to") == refers)
        return payload_pieces(capture.archive, found)
    pieces = payload_pieces(capture.archive, response)
    return decoded_pieces(pieces, _encoding(item, response), item["size"])


def _encoding(item: Json, response: ReadRecord) -> str:
    if item["form"] == Form.AS_RECORDED:
        return ""
    return content_encoding(value for name, value in response.http_headers if name == "content-encoding")


def check_lookups(record: Json, folder: Path, records: Sequence[ReadRecord]) -> Iterator[Fault]:
    """The lookups in ``dns.jsonl``, in the master record and in the WARC are the same ones."""
    kept = {item.record_id: item for item in records if item.type == "resource" and item.target.startswith("dns:")}
    try:
        lines = load_lines(folder, DNS)
        told = [tuple(line[name] for name in ("record", "host", "lookup", "at")) for line in lines]
    except (ValueError, KeyError, TypeError) as exc:
        yield Fault(f"It cannot be read: {exc}.", DNS)
        return
    listed = [tuple(item[name] for name in ("record", "host", "lookup", "at")) for item in record["network"]["lookups"]]
    if told != listed:
        yield Fault("The master record lists other lookups.", DNS)
    written = [(item.record_id, item.target.removeprefix("dns:"), item.date) for item in kept.values()]
    if [(name, host, at) for name, host, _, at in listed] != written:
        yield Fault("The lookups are not those in the WARC.", DNS)
