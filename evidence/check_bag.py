"""The outer layers of verification: which files there are, and whether both manifests and the tagmanifest hold."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evidence.bag import (
    ALGORITHMS,
    DECLARATION,
    TAG_FILES,
    TAGMANIFEST,
    Payload,
    digests,
    parse_labels,
    parse_manifest,
)
from evidence.report import Fault
from evidence.zips import ArchiveLimits, check_name, same_name

TOP = frozenset({*TAG_FILES, TAGMANIFEST})
SEAL = frozenset(
    {
        "tagmanifest-sha256.txt.p7s",
        "tagmanifest-sha256.txt.tsq",
        "tagmanifest-sha256.txt.tsr",
        "tsa.pem",
        "roots.pem",
        "VERIFY.md",
    }
)

_MAX_TAG = 16 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Every entry below a bag's folder by relative path: regular files with their sizes, and what else there is."""

    files: dict[str, int]
    folders: frozenset[str]
    others: frozenset[str]

    @property
    def payload(self) -> frozenset[str]:
        """The files below ``data/``."""
        return frozenset(name for name in self.files if name.startswith("data/"))

    @property
    def seal(self) -> frozenset[str]:
        """The files below ``seal/``."""
        return frozenset(name for name in self.files if name.startswith("seal/"))


def list_bag(folder: Path, limits: ArchiveLimits) -> Listing:
    """List a folder without following links. Raises :class:`ValueError` when it holds absurdly much."""
    files: dict[str, int] = {}
    folders: set[str] = set()
    others: set[str] = set()
    pending = [(folder, "", 1)]
    total = 0
    while pending:
        here, prefix, depth = pending.pop()
        with os.scandir(here) as entries:
            for entry in entries:
                name = f"{prefix}{entry.name}"
                facts = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(facts.st_mode):
                    if depth > limits.depth:
                        raise ValueError(f"folders are nested more than {limits.depth} deep")
                    folders.add(name)
                    pending.append((here / entry.name, f"{name}/", depth + 1))
                elif stat.S_ISREG(facts.st_mode):
                    files[name] = facts.st_size
                    total += facts.st_size
                else:
                    others.add(name)
                if len(files) + len(folders) + len(others) > limits.entries:
                    raise ValueError(f"there are more than {limits.entries} entries")
    if total > limits.total_bytes:
        raise ValueError(f"the files hold {total} bytes; {limits.total_bytes} are allowed")
    return Listing(files=files, folders=frozenset(folders), others=frozenset(others))


def check_files(listing: Listing) -> Iterator[Fault]:
    """Only the known files at the top and in ``seal/``; no links, special files, empty folders or unsafe names."""
    for name in sorted(listing.others):
        yield Fault("The entry is a link or a special file.", name)
    for name in sorted(listing.files):
        first, _, rest = name.partition("/")
        if not rest and name not in TOP:
            yield Fault("The file does not belong at the top of a bundle.", name)
        elif rest and first not in ("data", "seal"):
            yield Fault("The folder does not belong in a bundle.", name)
        elif first == "seal" and rest not in SEAL:
            yield Fault("The file does not belong in seal/.", name)
        if reason := check_name(name):
            yield Fault(f"The name {reason}.", name)
    seen: set[str] = set()
    for name in sorted(listing.files):
        folded = same_name(name)
        if folded in seen:
            yield Fault("Another file's name differs in case or accents only.", name)
        seen.add(folded)
    for name in sorted(listing.folders):
        if not any(file.startswith(f"{name}/") for file in listing.files):
            yield Fault("The folder is empty.", name)
    for name in sorted(TOP - set(listing.files)):
        yield Fault("The file is missing.", name)


def read_tag(folder: Path, listing: Listing, name: str) -> bytes:
    """A tag file's bytes. Raises :class:`ValueError` when it is absent or absurdly large."""
    size = listing.files.get(name)
    if size is None:
        raise ValueError("the file is missing")
    if size > _MAX_TAG:
        raise ValueError("the file is too large")
    return (folder / name).read_bytes()


def check_declaration(folder: Path, listing: Listing) -> Iterator[Fault]:
    """``bagit.txt`` declares BagIt 1.0 in UTF-8; ``bag-info.txt`` is readable and its ``Payload-Oxum`` agrees."""
    try:
        if read_tag(folder, listing, "bagit.txt") != DECLARATION:
            yield Fault("It does not declare BagIt 1.0 in UTF-8.", "bagit.txt")
    except ValueError as exc:
        yield Fault(f"It cannot be read: {exc}.", "bagit.txt")
    try:
        labels = parse_labels(read_tag(folder, listing, "bag-info.txt"))
    except ValueError as exc:
        yield Fault(f"It cannot be read: {exc}.", "bag-info.txt")
        return
    names = [label.lower() for label, _ in labels]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Fault(f"The label {name} stands twice.", "bag-info.txt")
    values = {label.lower(): value for label, value in labels}
    sizes = [listing.files[name] for name in listing.payload]
    if values.get("payload-oxum") != f"{sum(sizes)}.{len(sizes)}":
        yield Fault("Payload-Oxum does not give the payload's size and number of files.", "bag-info.txt")
    if values.get("external-identifier") != folder.name:
        yield Fault("External-Identifier is not the bundle's name.", "bag-info.txt")


def check_tagmanifest(folder: Path, listing: Listing) -> Iterator[Fault]:
    """The tagmanifest names every tag file, no other, each with its digest."""
    try:
        entries = parse_manifest(read_tag(folder, listing, TAGMANIFEST), "sha256")
    except ValueError as exc:
        yield Fault(f"It cannot be read: {exc}.", TAGMANIFEST)
        return
    for name in sorted(set(TAG_FILES) - set(entries)):
        yield Fault("The tagmanifest does not list the file.", name)
    for name in sorted(set(entries) - set(TAG_FILES)):
        yield Fault("The tagmanifest lists a file that is no tag file.", name)
    for name in TAG_FILES:
        try:
            content = read_tag(folder, listing, name)
        except ValueError as exc:
            yield Fault(f"The file cannot be checked: {exc}.", name)
            continue
        if name in entries and hashlib.sha256(content).hexdigest() != entries[name]:
            yield Fault("The file does not have the digest in the tagmanifest.", name)


def read_payload(folder: Path, listing: Listing) -> tuple[Payload, ...]:
    """Every payload file with its size and digests, computed now."""
    found = []
    for name in sorted(listing.payload):
        with (folder / name).open("rb") as stream:
            sha256, sha512, size = digests(stream)
        found.append(Payload(name=name, size=size, sha256=sha256, sha512=sha512))
    return tuple(found)


def check_manifests(folder: Path, listing: Listing, payload: tuple[Payload, ...]) -> Iterator[Fault]:
    """Both manifests name every payload file, no other, each with its digest."""
    for algorithm in ALGORITHMS:
        file = f"manifest-{algorithm}.txt"
        try:
            entries = parse_manifest(read_tag(folder, listing, file), algorithm)
        except ValueError as exc:
            yield Fault(f"It cannot be read: {exc}.", file)
            continue
        for item in payload:
            wanted = entries.pop(item.name, None)
            if wanted is None:
                yield Fault(f"The file is not listed in {file}.", item.name)
            elif wanted != (item.sha256 if algorithm == "sha256" else item.sha512):
                yield Fault(f"The file does not have the digest in {file}.", item.name)
        for name in sorted(entries):
            yield Fault(f"{file} lists the file, but it is missing.", name)
