"""Whatever is changed in a bundle, some layer notices, and it is the layer that is meant to."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.records import Exchange
from evidence.bag import TAG_FILES, TAGMANIFEST, Payload, digests, parse_manifest, render_manifest
from evidence.bundle import assemble
from evidence.canonical import canonical
from evidence.inputs import BundleInputs
from evidence.layout import CAPTURE, CUSTODY, DNS, FINDINGS, MASTER
from evidence.verify import verify_bundle

FILES = (
    "bag-info.txt",
    "bagit.txt",
    "manifest-sha256.txt",
    "manifest-sha512.txt",
    "tagmanifest-sha256.txt",
    "data/analysis/findings.json",
    "data/analysis/ruleset.json",
    "data/bundle.json",
    "data/capture/capture.wacz",
    "data/custody/custody.jsonl",
    "data/lookups/dns.jsonl",
    "data/lookups/tls-chain.pem",
)


def caught_by(folder: Path, content_id: str | None = None) -> set[str]:
    report = verify_bundle(folder, content_id=content_id)
    assert report.ok == (not report.failures)
    return {check.name for check in report.failures}


def rehash(folder: Path) -> None:
    """Make every manifest agree with the files again, as a forger would."""
    payload = []
    for path in sorted(folder.rglob("data/**/*")):
        if path.is_file():
            with path.open("rb") as stream:
                sha256, sha512, size = digests(stream)
            name = path.relative_to(folder).as_posix()
            payload.append(Payload(name=name, size=size, sha256=sha256, sha512=sha512))
    (folder / "manifest-sha256.txt").write_bytes(render_manifest({item.name: item.sha256 for item in payload}))
    (folder / "manifest-sha512.txt").write_bytes(render_manifest({item.name: item.sha512 for item in payload}))
    labels = (folder / "bag-info.txt").read_text().splitlines()[:-1]
    labels.append(f"Payload-Oxum: {sum(item.size for item in payload)}.{len(payload)}")
    (folder / "bag-info.txt").write_text("\n".join(labels) + "\n")
    tags = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in TAG_FILES}
    (folder / TAGMANIFEST).write_bytes(render_manifest(tags))


def rewrite(folder: Path, name: str, change: Callable[[dict], object]) -> None:
    document = json.loads((folder / name).read_bytes())
    change(document)
    (folder / name).write_bytes(canonical(document))


def test_every_file_is_known(bag: Path) -> None:
    assert sorted(path.relative_to(bag).as_posix() for path in bag.rglob("*") if path.is_file()) == sorted(FILES)
    assert caught_by(bag) == set()


@pytest.mark.parametrize("name", FILES)
def test_flipped_bytes_are_caught_by_the_manifests(bag: Path, name: str) -> None:
    original = (bag / name).read_bytes()
    expected = "tagmanifest" if not name.startswith("data/") else "manifests"
    spots = {0, len(original) - 1, *(random.Random(name).randrange(len(original)) for _ in range(3))}
    for spot in spots:
        changed = bytearray(original)
        changed[spot] ^= 1 << spot % 8
        (bag / name).write_bytes(changed)
        assert expected in caught_by(bag), f"byte {spot}"


@pytest.mark.parametrize("name", FILES)
def test_dropped_renamed_and_cut_files_are_caught(bag: Path, name: str) -> None:
    path = bag / name
    original = path.read_bytes()
    expected = "manifests" if name.startswith("data/") else "tagmanifest"
    path.write_bytes(original[:-1])
    assert expected in caught_by(bag)
    path.write_bytes(original + b"\n")
    assert expected in caught_by(bag)
    path.rename(path.with_name(f"x{path.name}"))
    assert expected in caught_by(bag)
    path.with_name(f"x{path.name}").unlink()
    assert caught_by(bag) & {"files", expected}


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("data/extra.txt", "manifests"),
        ("data/lookups/empty", "manifests"),
        ("extra.txt", "files"),
        ("manifest-md5.txt", "files"),
        ("seal/extra.txt", "files"),
        ("seal/VERIFY.md", "seal"),
        (".hidden", "files"),
        ("other/file", "files"),
    ],
)
def test_added_files_are_caught(bag: Path, name: str, layer: str) -> None:
    (bag / name).parent.mkdir(exist_ok=True)
    (bag / name).write_bytes(b"" if name.endswith("empty") else b"x")
    assert layer in caught_by(bag)


def test_added_folders_and_links_are_caught(bag: Path) -> None:
    (bag / "data/lookups/more").mkdir()
    assert caught_by(bag) == {"files"}
    (bag / "data/lookups/more").rmdir()
    (bag / "data/lookups/link").symlink_to(bag / "bagit.txt")
    assert caught_by(bag) == {"files"}


def test_swapped_files_are_caught(bag: Path) -> None:
    for first, second in ((DNS, CUSTODY), (MASTER, FINDINGS), ("manifest-sha256.txt", "manifest-sha512.txt")):
        one, other = (bag / first).read_bytes(), (bag / second).read_bytes()
        (bag / first).write_bytes(other)
        (bag / second).write_bytes(one)
        assert caught_by(bag) & {"manifests", "tagmanifest"}
        (bag / first).write_bytes(one)
        (bag / second).write_bytes(other)


def test_a_renamed_bundle_is_caught(bag: Path) -> None:
    other = bag.rename(bag.with_name("EB-01KATJ8Y1B0000000000000009"))
    assert caught_by(other) == {"bag", "identity"}


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("data/")])
def test_a_rehashed_flip_is_caught_by_an_inner_layer(bag: Path, name: str) -> None:
    original = (bag / name).read_bytes()
    for spot in sorted({random.Random(name).randrange(len(original)) for _ in range(4)}):
        changed = bytearray(original)
        changed[spot] ^= 1
        (bag / name).write_bytes(changed)
        rehash(bag)
        layers = caught_by(bag)
        assert not layers & {"files", "manifests", "tagmanifest"}
        # A flip inside a free text of the master record leaves it consistent: the next test says who catches that.
        assert layers or name == MASTER, f"byte {spot}"


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("data/")])
def test_a_rehashed_drop_is_caught_by_the_layout_or_the_record(bag: Path, name: str) -> None:
    (bag / name).unlink()
    rehash(bag)
    assert caught_by(bag) & {"layout", "integrity", "schema"}


def test_a_rehashed_addition_is_caught_by_the_layout(bag: Path) -> None:
    (bag / "data/more.txt").write_bytes(b"x")
    rehash(bag)
    assert caught_by(bag) >= {"layout", "integrity"}


@pytest.mark.parametrize(
    ("change", "layer"),
    [
        (lambda record: record["integrity"]["files"].pop(), "integrity"),
        (lambda record: record["integrity"]["log"].update(root="0" * 64), "custody"),
        (lambda record: record["inference"].update(score=9.5), "findings"),
        (lambda record: record["inference"].update(ruleset="0" * 64), "ruleset"),
        (lambda record: record["network"]["exchanges"][0].update(remote_address="192.0.2.99"), "bodies"),
        (lambda record: record["network"]["exchanges"].pop(), "bodies"),
        (lambda record: record["network"]["lookups"][0].update(host="other.example"), "lookups"),
        (lambda record: record["network"]["exchanges"][1]["tls"]["leaf"].update(sha256="0" * 64), "certificates"),
        (lambda record: record["content"]["bodies"][1].update(size=1), "bodies"),
        (lambda record: record["content"]["bodies"][1].update(received_sha256="0" * 64), "bodies"),
        (lambda record: record["when"].update(start="2027-01-01T00:00:00.000000Z"), "identity"),
        (lambda record: record["identity"].update(bundle="01KATJ8Y1B0000000000000009"), "identity"),
        (lambda record: record.update(more=1), "schema"),
        (lambda record: record.pop("rights"), "schema"),
    ],
)
def test_a_rehashed_lie_in_the_record_is_caught(bag: Path, change: Callable[[dict], object], layer: str) -> None:
    rewrite(bag, MASTER, change)
    rehash(bag)
    assert layer in caught_by(bag)


def forge(bag: Path, findings: Callable[[dict], object]) -> None:
    """Change the findings and everything that sums them up, but not the capture."""
    rewrite(bag, FINDINGS, findings)
    content = (bag / FINDINGS).read_bytes()

    def correct(record: dict) -> None:
        for item in record["integrity"]["files"]:
            if item["name"] == FINDINGS:
                item |= {
                    "size": len(content),
                    "sha256": hashlib.sha256(content).hexdigest(),
                    "sha512": hashlib.sha512(content).hexdigest(),
                }

    rewrite(bag, MASTER, correct)
    rehash(bag)


@pytest.mark.parametrize(
    "change",
    [
        lambda findings: findings["signals"][0].update(quote="Velora genuine watches"),
        lambda findings: findings["signals"][0]["references"][0].update(start=0, end=10),
        lambda findings: findings["signals"][0]["references"][0].update(end=10**9),
        lambda findings: findings["signals"][0]["references"][0].update(sha256="0" * 64),
        lambda findings: findings["signals"][2]["references"][0].update(pages=["0" * 64]),
        lambda findings: findings["contrary"][0].update(quote=" "),
    ],
)
def test_a_quote_that_does_not_stand_there_is_caught(bag: Path, change: Callable[[dict], object]) -> None:
    forge(bag, change)
    assert caught_by(bag) == {"custody", "references"}


def test_a_custody_log_cannot_be_edited_cut_or_reordered(bag: Path) -> None:
    path = bag / CUSTODY
    lines = path.read_bytes().splitlines(keepends=True)
    for changed in (
        lines[:-1],
        lines[1:],
        [lines[0], lines[2], lines[1], lines[3]],
        [lines[0].replace(b"named", b"noted"), *lines[1:]],
        [],
    ):
        path.write_bytes(b"".join(changed))
        rehash(bag)
        assert "custody" in caught_by(bag)


def test_a_cut_capture_is_caught_even_when_rehashed(bag: Path) -> None:
    content = (bag / CAPTURE).read_bytes()
    for size in (len(content) - 1, len(content) // 2, 10, 0):
        (bag / CAPTURE).write_bytes(content[:size])
        rehash(bag)
        assert caught_by(bag) >= {"wacz", "integrity"}


def test_a_full_forgery_is_caught_by_the_content_id_only(
    inputs: BundleInputs, tmp_path: Path, change: Callable[[BundleInputs, int, Exchange], BundleInputs]
) -> None:
    genuine = assemble(inputs, tmp_path / "genuine")
    terms = inputs.visit.captures[0].exchanges[1]
    forged = change(inputs, 1, replace(terms, body=b"<p>Other</p>", decoded=b"<p>Other</p>",
                                       sha256=hashlib.sha256(b"<p>Other</p>").hexdigest()))  # fmt: skip
    assemble(forged, tmp_path / "forged")
    forgery = tmp_path / "forged" / inputs.name
    assert caught_by(forgery) == set()
    assert caught_by(forgery, genuine.content_id) == {"content-id"}
    assert caught_by(tmp_path / "genuine" / inputs.name, genuine.content_id) == set()


def test_a_rehashed_free_text_is_caught_by_the_content_id_only(inputs: BundleInputs, tmp_path: Path) -> None:
    genuine = assemble(inputs, tmp_path)
    folder = tmp_path / inputs.name
    rewrite(folder, MASTER, lambda record: record["what"].update(title="Another title"))
    rehash(folder)
    assert caught_by(folder) == set()
    assert caught_by(folder, genuine.content_id) == {"content-id"}


def test_the_tagmanifest_has_to_list_every_tag_file(bag: Path) -> None:
    entries = parse_manifest((bag / TAGMANIFEST).read_bytes(), "sha256")
    for name in TAG_FILES:
        kept = {key: value for key, value in entries.items() if key != name}
        (bag / TAGMANIFEST).write_bytes(render_manifest(kept))
        assert caught_by(bag) == {"tagmanifest"}


def test_an_unreadable_bundle_is_a_report(tmp_path: Path) -> None:
    empty = tmp_path / "EB-01KATJ8Y1B0000000000000009"
    empty.mkdir()
    assert caught_by(empty) >= {"files", "bag", "tagmanifest", "manifests", "layout", "schema", "content"}
    shutil.rmtree(empty)


@pytest.mark.parametrize(("start", "by"), [(-8, 0), (0, 16), (0, 10**6)])
def test_the_quote_and_nothing_else_stands_at_every_further_reference(bag: Path, start: int, by: int) -> None:
    def add(findings: dict) -> None:
        first = findings["signals"][0]["references"][0]
        findings["signals"][0]["references"].append(
            {**first, "start": first["start"] + start, "end": first["end"] + start + by}
        )

    forge(bag, add)
    assert caught_by(bag) == {"custody", "references"}


def test_a_place_may_be_cited_twice(bag: Path) -> None:
    def again(findings: dict) -> None:
        findings["signals"][0]["references"].append(findings["signals"][0]["references"][0])

    forge(bag, again)
    assert caught_by(bag) == {"custody"}
