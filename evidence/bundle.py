"""Assembling a bundle: a visit's bytes, lookups, findings and custody in one BagIt bag.

The bag's layout is the one described in ``docs/evidence-bundle.md``. The same inputs give the same bytes.
"""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from core import warc
from core.errors import EvidenceError
from core.ids import is_ulid, sha256_hex
from core.records import Artifact, Bundle, ReferenceType, SealState
from evidence.bag import BagWriter, Payload, disk_errors
from evidence.bodies import RECEIVED, Body, Form, bodies_of, recorded_visit
from evidence.canonical import canonical
from evidence.certificates import render_pem
from evidence.custody import CustodyEvent, CustodyLog, render_log
from evidence.findings import findings_document
from evidence.inputs import BundleInputs
from evidence.layout import CAPTURE, CERTIFICATES, CUSTODY, DNS, FINDINGS, MASTER, MEDIA_TYPES, RULESET, payload_digest
from evidence.master import landing, lookup_line, master_record, span_of
from evidence.wacz import ARCHIVE, PageLine, write_wacz
from evidence.warc import lookup_id, response_id, write_warc
from evidence.warc_reading import read_records
from evidence.zips import write_members

_READ_BACK = 1 << 36


def assemble(inputs: BundleInputs, folder: Path) -> Bundle:
    """Write the bag ``EB-<ULID>`` into ``folder`` and describe it; the bag is complete and durable, or absent.

    Assembling the same inputs again changes nothing. Raises :class:`EvidenceError` when the inputs contradict each
    other (a signal cites bytes that the visit does not hold, a ruleset is not the one the verdict names) or when
    another bag has the same id, and :class:`core.errors.OutOfDisk`.
    """
    bodies = bodies_of(inputs.visit)
    _check(inputs, bodies)
    with BagWriter(folder, inputs.name) as bag:
        _write_capture(inputs, bodies, bag)
        bag.add(DNS, _dns_lines(inputs))
        leaves = [body.exchange.tls.leaf for body in bodies if body.exchange.tls and body.exchange.tls.leaf]
        if leaves:
            bag.add(CERTIFICATES, render_pem(leaves))
        if inputs.verdict is not None:
            bag.add(FINDINGS, canonical(findings_document(inputs.verdict)))
        if inputs.ruleset:
            bag.add(RULESET, inputs.ruleset)
        log = _custody(inputs, bodies, bag.payload)
        bag.add(CUSTODY, log.content)
        bag.add(MASTER, canonical(master_record(inputs, bodies, bag.payload, log)))
        content_id = bag.finish(_labels(inputs))
        payload = bag.payload
    return Bundle(
        id=inputs.bundle_id,
        visit=inputs.visit.id,
        artifacts=tuple(_artifact(item) for item in payload),
        content_id=content_id,
        state=SealState.ASSEMBLED,
        at=inputs.at,
    )


def write_zip(folder: Path, file: Path) -> None:
    """Write a bag's folder as a zip with that folder inside: sorted, stored, without times; the same bytes each time.

    The file appears complete or not at all. Raises :class:`EvidenceError` and :class:`core.errors.OutOfDisk`.
    """
    partial = file.with_name(f"{file.name}.partial")
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    try:
        with disk_errors(), partial.open("wb") as stream:
            write_members(stream, ((f"{folder.name}/{name}", folder / name) for name in names))
        with disk_errors():
            partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def _check(inputs: BundleInputs, bodies: Sequence[Body]) -> None:
    if not is_ulid(inputs.bundle_id):
        raise EvidenceError(f"{inputs.bundle_id!r} is no bundle id.")
    verdict = inputs.verdict
    if verdict is None:
        return
    if verdict.visit != inputs.visit.id:
        raise EvidenceError(f"The verdict is about visit {verdict.visit}, not {inputs.visit.id}.")
    if inputs.ruleset and sha256_hex(inputs.ruleset) != verdict.ruleset:
        raise EvidenceError("The ruleset given is not the one that the verdict names.")
    held = {body.sha256 for body in bodies if body.form is not Form.UNKNOWN}
    for signal in (*verdict.signals, *verdict.contrary):
        for reference in signal.references:
            cited = {reference.sha256} if reference.type is ReferenceType.BYTES else set(reference.pages)
            if not cited <= held:
                raise EvidenceError(f"The signal {signal.id} cites bytes that the visit does not hold.")


def _write_capture(inputs: BundleInputs, bodies: Sequence[Body], bag: BagWriter) -> None:
    software = f"Counterwatch {inputs.software_version}"
    fields = [
        ("software", software),
        ("format", "WARC File Format 1.1"),
        ("conformsTo", "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"),
        ("isPartOf", inputs.name),
        ("operator", inputs.organisation),
        ("description", f"Visit {inputs.visit.id} of {inputs.visit.candidate.subject}"),
    ]
    with disk_errors(), tempfile.TemporaryFile(dir=bag.partial) as archive:
        written = write_warc(
            recorded_visit(inputs.visit, bodies),
            archive,
            fields=fields,
            at=inputs.at,
            filename=ARCHIVE.rpartition("/")[2],
            extra=_extra_records(inputs, bodies),
        )
        archive.flush()
        try:
            records = tuple(read_records(archive, cap=_READ_BACK))
        except ValueError as exc:
            raise EvidenceError(f"The WARC does not read back as it was written: {exc}.") from exc
        with bag.open(CAPTURE) as stream:
            write_wacz(
                stream,
                archive,
                archive_size=written.size,
                archive_sha256=written.sha256,
                records=records,
                pages=_pages(inputs),
                title=f"Counterwatch bundle {inputs.name}",
                software=software,
                at=inputs.at,
            )


def _extra_records(inputs: BundleInputs, bodies: Sequence[Body]) -> Iterator[warc.WarcRecord]:
    """Bytes as received of responses recorded decoded, and decoded bytes that decoders may not agree on."""
    for body in bodies:
        exchange = body.exchange
        source = response_id(inputs.visit.id, body.capture, body.place)
        if body.unpacked:
            yield warc.render(
                "resource",
                seed=f"{source}/received",
                at=exchange.at,
                block=exchange.body,
                content_type="application/octet-stream",
                target=f"{RECEIVED}{exchange.url}",
                extra=(("WARC-Concurrent-To", f"<{source}>"),),
            )
        if body.form is Form.CONVERSION:
            yield warc.render(
                "conversion",
                seed=f"{source}/decoded",
                at=exchange.at,
                block=exchange.decoded,
                content_type=exchange.header("content-type") or "application/octet-stream",
                target=exchange.url,
                extra=(("WARC-Refers-To", f"<{source}>"),),
            )


def _pages(inputs: BundleInputs) -> tuple[PageLine, ...]:
    main = landing(inputs.visit.captures)
    found = []
    for number, capture in enumerate(inputs.visit.captures):
        if capture.exchanges:
            last = capture.exchanges[-1]
            title = inputs.title if last is main else ""
            found.append(
                PageLine(
                    id=response_id(inputs.visit.id, number, len(capture.exchanges) - 1).rpartition(":")[2],
                    url=last.url,
                    at=last.at,
                    title=title or last.url,
                )
            )
    return tuple(found)


def _dns_lines(inputs: BundleInputs) -> bytes:
    lines = []
    for number, capture in enumerate(inputs.visit.captures):
        for place, resolution in enumerate(capture.resolutions):
            wire = [(name, base64.b64encode(message).decode()) for name, message in resolution.wire]
            record = lookup_id(inputs.visit.id, number, place)
            line: dict[str, Any] = lookup_line(resolution, vantage=capture.vantage, record=record, wire=wire)
            lines.append(canonical(line) + b"\n")
    return b"".join(lines)


def _custody(inputs: BundleInputs, bodies: Sequence[Body], payload: Sequence[Payload]) -> CustodyLog:
    by_name = {item.name: item for item in payload}
    actor = f"service {inputs.instance}"
    _, collected = span_of(inputs.visit.captures, inputs.visit.at)
    events = [
        CustodyEvent(
            at=collected,
            actor=actor,
            action="collected",
            object_name=CAPTURE,
            object_sha256=by_name[CAPTURE].sha256,
            purpose=inputs.visit.candidate.reason,
            from_=inputs.visit.candidate.url,
            to=inputs.instance,
            address=inputs.egress_address,
        )
    ]
    page = landing(inputs.visit.captures)
    verdict = inputs.verdict
    if verdict is not None:
        moment = max(verdict.at, collected)
        if page is not None:
            events.append(
                CustodyEvent(
                    at=moment,
                    actor=actor,
                    action="read",
                    object_name=page.url,
                    object_sha256=page.sha256,
                    purpose="to classify the page",
                )
            )
        events.append(
            CustodyEvent(
                at=moment,
                actor=actor,
                action="classified",
                object_name=FINDINGS,
                object_sha256=by_name[FINDINGS].sha256,
                purpose=f"with the ruleset {verdict.ruleset}",
            )
        )
    events.append(
        CustodyEvent(
            at=max(inputs.at, events[-1].at),
            actor=actor,
            action="assembled",
            object_name="data/",
            object_sha256=payload_digest([(item.name, item.sha256) for item in payload]),
            purpose="to keep what was seen as evidence",
            to=inputs.name,
        )
    )
    return render_log(events)


def _labels(inputs: BundleInputs) -> list[tuple[str, str]]:
    labels = [
        ("Source-Organization", inputs.organisation),
        ("External-Description", f"Evidence bundle of one visit of {inputs.visit.candidate.subject}"),
        ("External-Identifier", inputs.name),
        ("Bag-Group-Identifier", inputs.case_id),
        ("Bagging-Date", inputs.at.date().isoformat()),
        ("Bag-Software-Agent", f"Counterwatch {inputs.software_version}"),
    ]
    return [(label, value) for label, value in labels if value]


def _artifact(item: Payload) -> Artifact:
    name = item.name.removeprefix("data/")
    return Artifact(name=name, media_type=MEDIA_TYPES[item.name], sha256=item.sha256, size=item.size)
