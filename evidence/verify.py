"""Verifying a bundle of any origin, offline: every layer from the archive to the last quoted byte.

A bundle that was altered anywhere fails at one of the layers. A bundle that was made anew around other facts can be
consistent in itself: only its content id, known from elsewhere, or a seal tells it apart.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import BundleRejected, EvidenceError
from core.ids import is_ulid
from core.records import SealState
from evidence.bag import Payload, content_id_of
from evidence.check_bag import (
    Listing,
    check_declaration,
    check_files,
    check_manifests,
    check_tagmanifest,
    list_bag,
    read_payload,
)
from evidence.check_capture import (
    OpenCapture,
    check_bodies,
    check_index,
    check_lookups,
    check_wacz,
    check_warc,
    cited_pieces,
    open_capture,
)
from evidence.check_record import (
    Json,
    check_certificates,
    check_custody,
    check_findings,
    check_identity,
    check_integrity,
    check_layout,
    check_ruleset,
    load_document,
    load_lines,
    read_certificates,
)
from evidence.layout import CAPTURE, DNS, FINDINGS, MASTER
from evidence.references import PRESCAN, Cited, address_digest, check_references, cut_ranges, wanted_ranges
from evidence.report import Check, Fault, Report, layer, report_json
from evidence.warc_reading import ReadRecord, parse_digest
from evidence.zips import ArchiveLimits, unpack

__all__ = ["Check", "Report", "report_json", "verify_bundle"]

LIMITS = ArchiveLimits()


def verify_bundle(path: Path, *, content_id: str | None = None, limits: ArchiveLimits = LIMITS) -> Report:
    """Check a bundle, a folder or a zip of one, against itself and, if given, against its known content id.

    Nothing is fetched, nothing in the bundle is trusted or run, and a zip is unpacked into a temporary folder only
    after its structure was checked. A bad bundle is a report that says so, never an exception;
    :class:`EvidenceError` is raised only when ``path`` is neither a folder nor a file.
    """
    if not path.exists():
        raise EvidenceError(f"There is no bundle at {path}.")
    try:
        with _opened(path, limits) as folder:
            checks = [_archive_check(path), *_check_folder(folder, content_id, limits)]
            name, found = folder.name, content_id_of(folder)
    except BundleRejected as exc:
        checks, name, found = [Check(name="archive", ok=False, detail=exc.message, file=path.name)], "", ""
    bundle_id = name.removeprefix("EB-")
    return Report(
        ok=all(check.ok for check in checks),
        checks=tuple(checks),
        bundle_id=bundle_id if is_ulid(bundle_id) else "",
        content_id=found,
        state=SealState.ASSEMBLED,
    )


@contextmanager
def _opened(path: Path, limits: ArchiveLimits) -> Iterator[Path]:
    if path.is_dir():
        yield path.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="bundle-") as temporary:
        root = Path(temporary)
        unpack(path, root, limits=limits)
        entries = list(root.iterdir())
        if len(entries) != 1 or not entries[0].is_dir():
            raise BundleRejected("The archive does not hold exactly one folder.")
        yield entries[0]


def _archive_check(path: Path) -> Check:
    if path.is_dir():
        return Check(name="archive", ok=True, detail="The bundle is a folder.")
    return Check(name="archive", ok=True, detail="The archive is safe to unpack, and its checksums hold.")


def _check_folder(folder: Path, content_id: str | None, limits: ArchiveLimits) -> Iterator[Check]:
    try:
        listing = list_bag(folder, limits)
    except (ValueError, OSError) as exc:
        yield Check(name="files", ok=False, detail=f"The folder cannot be listed: {exc}.")
        return
    yield from layer("files", "Only known files are there, no links and no special files.", check_files(listing))
    if listing.others:
        return
    yield from layer("bag", "It is a BagIt 1.0 bag of the announced size.", check_declaration(folder, listing))
    yield from layer("tagmanifest", "Every tag file has its digest.", check_tagmanifest(folder, listing))
    payload = read_payload(folder, listing)
    yield from layer(
        "manifests",
        "Every payload file is in both manifests and has its digests.",
        check_manifests(folder, listing, payload),
    )
    yield from _check_content(folder, payload, limits)
    yield from _check_content_id(content_id_of(folder), content_id)
    yield _check_seal(listing)


def _check_content_id(found: str, known: str | None) -> Iterator[Check]:
    if known is None:
        detail = f"No content id was given to compare with; the bundle's is {found or 'missing'}."
        yield Check(name="content-id", ok=True, detail=detail, note=True)
    elif known.lower() == found:
        yield Check(name="content-id", ok=True, detail="The content id is the one that was given.")
    else:
        yield Check(name="content-id", ok=False, detail="The content id is not the one that was given.")


def _check_seal(listing: Listing) -> Check:
    if listing.seal:
        return Check(name="seal", ok=False, detail="There is a seal, which this version cannot check.", file="seal/")
    detail = "Not sealed: without a signature and a timestamp, nothing but a known content id shows who made it when."
    return Check(name="seal", ok=True, detail=detail, note=True)


def _check_content(folder: Path, payload: tuple[Payload, ...], limits: ArchiveLimits) -> Iterator[Check]:
    names = frozenset(item.name for item in payload)
    yield from layer("layout", "The files of a bundle are there.", check_layout(payload))
    record, faults = load_document(folder, MASTER, "bundle-1")
    yield from layer("schema", "The master record follows its schema.", faults)
    findings, faults = (None, []) if FINDINGS not in names else load_document(folder, FINDINGS, "findings-1")
    yield from layer("findings-schema", "The findings follow their schema, or there are none.", faults)
    if record is None:
        yield Check(name="content", ok=False, detail="Not checked, because the master record is not usable.")
        return
    yield from layer("identity", "The record names this bundle.", check_identity(record, folder))
    yield from layer("integrity", "The record's digests are those of the files.", check_integrity(record, payload))
    yield from layer("findings", "The record sums the findings up.", check_findings(record, findings, names))
    yield from layer(
        "ruleset", "The verdict's ruleset is here, or is said to be kept.", check_ruleset(record, folder, names)
    )
    yield from layer(
        "custody", "The custody log is unbroken and about these files.", check_custody(record, folder, payload)
    )
    yield from layer(
        "certificates", "The certificates are those of the exchanges.", check_certificates(record, folder, names)
    )
    try:
        capture = open_capture(folder, limits)
    except BundleRejected as exc:
        yield Check(name="wacz", ok=False, detail=exc.message, file=CAPTURE)
        return
    try:
        yield from _check_capture(record, findings, folder, payload, capture, limits)
    finally:
        capture.close()


def _check_capture(
    record: Json,
    findings: Json | None,
    folder: Path,
    payload: tuple[Payload, ...],
    capture: OpenCapture,
    limits: ArchiveLimits,
) -> Iterator[Check]:
    records: list[ReadRecord] = []
    yield from layer("wacz", "The WACZ names every member with its digest.", check_wacz(capture))
    warc = list(layer("warc", "Every WARC record has the digests it states.", check_warc(capture, limits, records)))
    yield from warc
    if not all(check.ok for check in warc):
        yield Check(
            name="capture", ok=False, detail="Not checked further, because the WARC does not hold.", file=CAPTURE
        )
        return
    yield from layer("index", "The index and the pages describe the WARC.", check_index(capture, records))
    bodies = list(layer("bodies", "The record lists the WARC's responses.", check_bodies(record, capture, records)))
    yield from bodies
    yield from layer("lookups", "The lookups are those in the WARC.", check_lookups(record, folder, records))
    if findings is None:
        return
    if not all(check.ok for check in bodies):
        yield Check(name="references", ok=False, detail="Not checked, because the bodies do not hold.", file=FINDINGS)
        return
    passed = "Every reference leads to bytes in the bundle, and every quote stands there."
    yield from layer("references", passed, _faults_of_references(record, findings, folder, payload, capture, records))


def _faults_of_references(
    record: Json,
    findings: Json,
    folder: Path,
    payload: tuple[Payload, ...],
    capture: OpenCapture,
    records: Iterable[ReadRecord],
) -> Iterator[Fault]:
    held = tuple(records)
    bodies = {item["sha256"]: item for item in record["content"]["bodies"] if item["form"] != "unknown"}
    try:
        cited = Cited(
            bodies=bodies,
            files=frozenset(
                [item.sha256 for item in payload] + [parse_digest(item.block_digest).hex() for item in held]
            ),
            certificates=frozenset(read_certificates(folder, frozenset(item.name for item in payload))),
            addresses=frozenset((line["host"], address_digest(line["addresses"])) for line in load_lines(folder, DNS)),
            ruleset=record["inference"].get("ruleset", ""),
        )
        cuts = {
            digest: cut_ranges(cited_pieces(bodies[digest], capture, held), {(0, PRESCAN), *ranges})
            for digest, ranges in wanted_ranges(findings).items()
            if digest in bodies
        }
    except (ValueError, KeyError, TypeError) as exc:
        yield Fault(f"The references cannot be followed: {exc}.", FINDINGS)
        return
    yield from check_references(findings, cited, cuts)
