"""A bundle holds what it should, the same inputs give the same bytes, and public tools accept it."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import bagit
import brotli
import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType
from warcio.archiveiterator import ArchiveIterator as WarcioIterator

from core.errors import EvidenceError
from core.records import Capture, Exchange, Lookup, Outcome, Reference, ReferenceType, Resolution, SealState
from evidence.bundle import assemble, write_zip
from evidence.inputs import BundleInputs
from evidence.schemas import NAMES, schema_problems, schema_text
from evidence.verify import report_json, verify_bundle

Change = Callable[[BundleInputs, int, Exchange], BundleInputs]


def record_of(folder: Path) -> dict:
    return json.loads((folder / "data/bundle.json").read_bytes())


def warc_of(folder: Path) -> bytes:
    with zipfile.ZipFile(folder / "data/capture/capture.wacz") as archive:
        return archive.read("archive/data.warc.gz")


def problems_of(folder: Path) -> list[str]:
    return [f"{check.name}: {check.detail} {check.file}" for check in verify_bundle(folder).failures]


def test_a_bundle_describes_itself(bag: Path, inputs: BundleInputs, tmp_path: Path) -> None:
    bundle = assemble(inputs, tmp_path)
    assert bundle.state is SealState.ASSEMBLED
    assert bundle.content_id == hashlib.sha256((bag / "tagmanifest-sha256.txt").read_bytes()).hexdigest()
    assert [item.name for item in bundle.artifacts] == [
        "analysis/findings.json",
        "analysis/ruleset.json",
        "bundle.json",
        "capture/capture.wacz",
        "custody/custody.jsonl",
        "lookups/dns.jsonl",
        "lookups/tls-chain.pem",
    ]
    for item in bundle.artifacts:
        content = (bag / "data" / item.name).read_bytes()
        assert (item.size, item.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert not list(tmp_path.glob("*.partial"))


def test_the_same_inputs_give_the_same_zip(inputs: BundleInputs, tmp_path: Path) -> None:
    zips = []
    for name in ("one", "two"):
        assemble(inputs, tmp_path / name)
        write_zip(tmp_path / name / inputs.name, tmp_path / f"{name}.zip")
        zips.append((tmp_path / f"{name}.zip").read_bytes())
    assert zips[0] == zips[1]
    assert verify_bundle(tmp_path / "one.zip").ok


def test_a_bundle_is_written_once(bag: Path, inputs: BundleInputs, tmp_path: Path) -> None:
    before = (bag / "data/bundle.json").stat()
    assemble(inputs, tmp_path)
    assert (bag / "data/bundle.json").stat() == before
    with pytest.raises(EvidenceError, match="exists already with another content"):
        assemble(replace(inputs, organisation="Other"), tmp_path)
    assert verify_bundle(bag).ok
    assert not list(tmp_path.glob("*.partial"))


def test_a_partial_folder_from_a_crash_is_replaced(inputs: BundleInputs, tmp_path: Path) -> None:
    leftover = tmp_path / f"{inputs.name}.partial" / "data"
    leftover.mkdir(parents=True)
    (leftover / "junk").write_bytes(b"x")
    assemble(inputs, tmp_path)
    assert verify_bundle(tmp_path / inputs.name).ok


def test_bagit_accepts_the_bag(large_inputs: BundleInputs, tmp_path: Path) -> None:
    assemble(large_inputs, tmp_path)
    bag = bagit.Bag(str(tmp_path / large_inputs.name))
    assert bag.validate()
    assert bag.version_info == (1, 0)
    assert bag.info["External-Identifier"] == large_inputs.name


def test_warc_tools_accept_every_record(large_inputs: BundleInputs, tmp_path: Path) -> None:
    assemble(large_inputs, tmp_path)
    content = warc_of(tmp_path / large_inputs.name)
    types = []
    for record in WarcioIterator(io.BytesIO(content), check_digests=True):
        record.content_stream().read()
        assert record.digest_checker.passed is True, record.rec_headers
        types.append(record.rec_type)
    exchanges = len(large_inputs.visit.captures[0].exchanges)
    assert types == ["warcinfo", "resource", "resource", *["response", "request"] * exchanges, "resource"]
    for record in ArchiveIterator(io.BytesIO(content), parse_http=False):
        response = record.record_type == WarcRecordType.response
        assert record.verify_block_digest(not response)
        if response:
            record.parse_http()
            assert record.verify_payload_digest(True)


def test_members_carry_no_time(bag: Path) -> None:
    content = warc_of(bag)
    assert content[:10] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"
    assert gzip.decompress(content).startswith(b"WARC/1.1\r\nWARC-Type: warcinfo\r\n")


def test_the_index_leads_to_its_records(bag: Path) -> None:
    with zipfile.ZipFile(bag / "data/capture/capture.wacz") as archive:
        content = archive.read("archive/data.warc.gz")
        lines = archive.read("indexes/index.cdx").splitlines(keepends=True)
        pages = [json.loads(line) for line in archive.read("pages/pages.jsonl").splitlines()]
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
    assert lines == sorted(lines)
    for line in lines:
        entry = json.loads(line.split(b" ", 2)[2])
        offset, length = int(entry["offset"]), int(entry["length"])
        member = gzip.decompress(content[offset : offset + length])
        assert f"WARC-Target-URI: {entry['url']}\r\n".encode() in member
    assert pages[1]["url"] == "https://velora-outlet.example/"
    assert pages[1]["title"] == "Velora outlet"


def test_what_was_not_collected_is_said(bag: Path) -> None:
    record = record_of(bag)
    for section, name in (
        ("content", "screenshots"),
        ("when", "ntp"),
        ("when", "timestamp"),
        ("where", "egress_address"),
        ("identity", "legal_basis"),
        ("how", "browser"),
    ):
        assert list(record[section][name]) == ["not_collected"]
        assert record[section][name]["not_collected"]
    assert list(record["registration"]) == ["not_collected"]
    assert record["what"]["redirects"] == [
        {"url": "http://velora-outlet.example/", "status": 302, "location": "https://velora-outlet.example/"}
    ]
    leaf = record["network"]["exchanges"][1]["tls"]["leaf"]
    assert leaf["subject"] == "CN=velora-outlet.example"
    assert leaf["names"] == ["velora-outlet.example"]


def test_findings_are_marked_as_inference(bag: Path) -> None:
    findings = json.loads((bag / "data/analysis/findings.json").read_bytes())
    assert findings["kind"] == "machine inference"
    assert "suspicion" in findings["notice"]


def test_brotli_is_recorded_decoded_beside_the_bytes_received(bag: Path, inputs: BundleInputs) -> None:
    exchange = inputs.visit.captures[0].exchanges[2]
    blocks = {}
    for record in WarcioIterator(io.BytesIO(warc_of(bag)), no_record_parse=True):
        blocks[record.rec_type, record.rec_headers.get_header("WARC-Target-URI")] = record.raw_stream.read()
    response = blocks["response", exchange.url]
    assert b"x-orig-content-encoding: br\r\n" in response
    assert response.endswith(exchange.decoded)
    assert blocks["resource", f"urn:received:{exchange.url}"] == exchange.body


@pytest.mark.parametrize(
    ("encoding", "body", "form"),
    [
        ("gzip", gzip.compress(b"<p>x</p>", mtime=0), "decoded"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"<p>x</p>", mtime=0), mtime=0), "decoded"),
        ("gzip", gzip.compress(b"<p>x</p>", mtime=0)[:-4], "decoded"),
        ("gzip", b"<p>x</p>", "as recorded"),
        ("br", b"<p>x</p>", "as recorded"),
        ("gzip, br", brotli.compress(gzip.compress(b"<p>x</p>", mtime=0)), "as recorded"),
        ("unheard-of", b"<p>x</p>", "as recorded"),
        ("gzip", b"\x1f\x8b damaged", "conversion"),
        ("br", b"\xff damaged", "as recorded"),
    ],
)
def test_cited_bytes_follow_from_the_warc_whatever_the_coding(
    inputs: BundleInputs, tmp_path: Path, change: Change, encoding: str, body: bytes, form: str
) -> None:
    decoded = b"<p>x</p>"
    exchange = replace(
        inputs.visit.captures[0].exchanges[1],
        headers=(("Content-Encoding", encoding),),
        body=body,
        decoded=decoded,
        sha256=hashlib.sha256(decoded).hexdigest(),
    )
    changed = change(inputs, 1, exchange)
    assemble(changed, tmp_path)
    folder = tmp_path / inputs.name
    assert record_of(folder)["content"]["bodies"][1]["form"] == form
    assert problems_of(folder) == []


def test_decoded_bodies_need_not_be_given(inputs: BundleInputs, tmp_path: Path) -> None:
    capture = inputs.visit.captures[0]
    stored = replace(capture, exchanges=tuple(replace(exchange, decoded=b"") for exchange in capture.exchanges))
    bare = replace(inputs, visit=replace(inputs.visit, captures=(stored,)))
    with_bodies = assemble(inputs, tmp_path / "with")
    assert assemble(bare, tmp_path / "without").content_id == with_bodies.content_id


def test_a_capture_cut_at_a_limit_stays_verifiable(inputs: BundleInputs, tmp_path: Path, change: Change) -> None:
    whole = b"<p>long</p>" * 1000
    exchange = replace(
        inputs.visit.captures[0].exchanges[1],
        headers=(("Content-Encoding", "gzip"),),
        body=gzip.compress(whole, mtime=0),
        decoded=whole[:500],
        sha256=hashlib.sha256(whole[:500]).hexdigest(),
        truncated=True,
    )
    assemble(change(inputs, 1, exchange), tmp_path)
    assert problems_of(tmp_path / inputs.name) == []
    assert record_of(tmp_path / inputs.name)["content"]["bodies"][1]["size"] == 500


def test_a_signal_must_not_cite_what_is_not_there(inputs: BundleInputs, tmp_path: Path) -> None:
    assert inputs.verdict is not None
    stray = Reference(type=ReferenceType.BYTES, sha256="0" * 64, start=0, end=1)
    signal = replace(inputs.verdict.signals[0], references=(stray,))
    with pytest.raises(EvidenceError, match="cites bytes that the visit does not hold"):
        assemble(replace(inputs, verdict=replace(inputs.verdict, signals=(signal,))), tmp_path)
    with pytest.raises(EvidenceError, match="not the one that the verdict names"):
        assemble(replace(inputs, ruleset=b"{}"), tmp_path)
    with pytest.raises(EvidenceError, match="is no bundle id"):
        assemble(replace(inputs, bundle_id="../x"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_references_to_lookups_lead_into_the_bundle(inputs: BundleInputs, tmp_path: Path) -> None:
    assert inputs.verdict is not None
    capture = inputs.visit.captures[0]
    tls = capture.exchanges[1].tls
    assert tls is not None
    addresses = "\n".join(capture.resolutions[0].addresses).encode()
    references = (
        Reference(type=ReferenceType.LOOKUP, name="certificate", sha256=hashlib.sha256(tls.leaf).hexdigest()),
        Reference(
            type=ReferenceType.LOOKUP,
            name="dns:velora-outlet.example",
            sha256=hashlib.sha256(addresses).hexdigest(),
        ),
        Reference(type=ReferenceType.LOOKUP, name="pack:velora@3", sha256=inputs.verdict.ruleset),
    )
    signal = replace(inputs.verdict.signals[0], quote="", references=references)
    assemble(replace(inputs, verdict=replace(inputs.verdict, signals=(signal,))), tmp_path)
    assert problems_of(tmp_path / inputs.name) == []


def test_a_visit_that_reached_nothing_can_be_kept(inputs: BundleInputs, tmp_path: Path) -> None:
    missing = Resolution(host="velora-outlet.example", lookup=Lookup.NXDOMAIN, at=inputs.visit.at)
    capture = Capture(vantage="direct-desktop", resolutions=(missing,), exchanges=(), outcome=Outcome.NXDOMAIN)
    visit = replace(inputs.visit, captures=(capture,), outcome=Outcome.NXDOMAIN)
    bare = replace(inputs, visit=visit, verdict=None, ruleset=b"", page=None)
    assemble(bare, tmp_path)
    assert problems_of(tmp_path / inputs.name) == []
    assert (tmp_path / inputs.name / "data/lookups/tls-chain.pem").exists() is False


def test_hostile_texts_stay_inside_their_fields(inputs: BundleInputs, tmp_path: Path, change: Change) -> None:
    exchange = replace(
        inputs.visit.captures[0].exchanges[1],
        reason="OK\r\nWARC-Type: response",
        headers=(("X-\xe9", "\xff\x00\x85 a\r\nSet-Cookie: b"), ("Content-Type", "text/html\n; charset=\ud800")),
    )
    assert inputs.page is not None
    page = replace(inputs.page, title="Velora \ud800\x00\u202e")
    changed = replace(change(inputs, 1, exchange), page=page, organisation="Agency\nOxum: 1")
    assemble(changed, tmp_path)
    assert problems_of(tmp_path / inputs.name) == []
    bagit.Bag(str(tmp_path / inputs.name)).validate()


def test_the_report_has_a_machine_form(bag: Path, inputs: BundleInputs) -> None:
    report = verify_bundle(bag)
    shown = json.loads(report_json(report))
    assert shown["ok"] is True
    assert shown["bundle"] == inputs.bundle_id
    assert shown["state"] == "assembled"
    assert {check["name"] for check in shown["checks"] if check["note"]} == {"content-id", "seal"}
    (bag / "bagit.txt").write_bytes(b"")
    failed = [check for check in json.loads(report_json(verify_bundle(bag)))["checks"] if not check["ok"]]
    assert {check["file"] for check in failed} == {"bagit.txt"}


@pytest.mark.parametrize("name", NAMES)
def test_published_schemas_are_schemas(name: str) -> None:
    schema = json.loads(schema_text(name))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert list(schema_problems(name, {}))


def test_there_is_no_bundle_at_all(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="There is no bundle"):
        verify_bundle(tmp_path / "nothing")
