"""The inner layers of verification that need no WARC: master record, findings, ruleset, custody, certificates."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evidence.bag import Payload
from evidence.canonical import parse_canonical
from evidence.custody import read_log
from evidence.layout import CAPTURE, CERTIFICATES, CUSTODY, DNS, FINDINGS, MASTER, RULESET, payload_digest
from evidence.report import Fault
from evidence.schemas import schema_problems

MAX_DOCUMENT = 64 << 20
"""Largest JSON document that is read, in bytes."""

ACTIONS = ("collected", "read", "classified", "assembled")

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+)-----END CERTIFICATE-----\n")

Json = Mapping[str, Any]


def read_document(folder: Path, name: str) -> bytes:
    """A payload document's bytes; ``name`` starts with ``data/``. Raises :class:`ValueError`."""
    path = folder / name
    try:
        if path.stat().st_size > MAX_DOCUMENT:
            raise ValueError("the file is too large")
        return path.read_bytes()
    except OSError as exc:
        raise ValueError("the file is missing") from exc


def load_document(folder: Path, name: str, schema: str) -> tuple[Json | None, list[Fault]]:
    """A canonical JSON document that follows its schema, or None with the faults found."""
    try:
        document = parse_canonical(read_document(folder, name))
    except ValueError as exc:
        return None, [Fault(f"It cannot be read: {exc}.", name)]
    faults = [Fault(f"It breaks its schema at {problem}.", name) for problem in schema_problems(schema, document)]
    return (None if faults else document), faults


def load_lines(folder: Path, name: str, parse: Callable[[bytes], Any] = parse_canonical) -> list[Any]:
    """The values of a JSON Lines file. Raises :class:`ValueError` naming the first line that is none."""
    *lines, rest = read_document(folder, name).split(b"\n")
    if rest:
        raise ValueError("its last line does not end")
    values = []
    for number, line in enumerate(lines, 1):
        try:
            values.append(parse(line))
        except ValueError as exc:
            raise ValueError(f"line {number}: {exc}") from exc
    return values


def check_identity(record: Json, folder: Path) -> Iterator[Fault]:
    """The bundle's id is the one in its name, and no step ends before it starts."""
    if f"EB-{record['identity']['bundle']}" != folder.name:
        yield Fault(f"The record is about EB-{record['identity']['bundle']}, the folder is {folder.name}.", MASTER)
    when = record["when"]
    if when["start"] > when["end"] or any(step["start"] > step["end"] for step in when["steps"]):
        yield Fault("A step ends before it starts.", MASTER)


def check_integrity(record: Json, payload: Sequence[Payload]) -> Iterator[Fault]:
    """The ``integrity`` section names every other payload file with its size and digests, and nothing else."""
    listed = {item["name"]: item for item in record["integrity"]["files"]}
    if len(listed) != len(record["integrity"]["files"]):
        yield Fault("The integrity section lists a file twice.", MASTER)
    for item in payload:
        if item.name == MASTER:
            continue
        entry = listed.pop(item.name, None)
        if entry is None:
            yield Fault("The integrity section does not list the file.", item.name)
        elif (entry["size"], entry["sha256"], entry["sha512"]) != (item.size, item.sha256, item.sha512):
            yield Fault("The file does not have the size and digests in the integrity section.", item.name)
    for name in sorted(listed):
        yield Fault("The integrity section lists the file, but it is missing.", name)


def check_layout(payload: Sequence[Payload]) -> Iterator[Fault]:
    """The files that every bundle holds are there, and no file that this format does not know."""
    names = {item.name for item in payload}
    for name in (MASTER, CAPTURE, DNS, CUSTODY):
        if name not in names:
            yield Fault("Every bundle holds this file, but it is missing.", name)
    for name in sorted(names - {MASTER, CAPTURE, DNS, CERTIFICATES, FINDINGS, RULESET, CUSTODY}):
        yield Fault("The format does not know this file.", name)


def check_findings(record: Json, findings: Json | None, names: frozenset[str]) -> Iterator[Fault]:
    """The findings are those that the master record sums up."""
    told = record["inference"]
    if "not_collected" in told:
        if FINDINGS in names:
            yield Fault("The master record says that there are no findings.", FINDINGS)
        return
    if findings is None:
        yield Fault("The findings are missing or not usable.", FINDINGS)
        return
    if findings["visit"] != record["identity"]["visit"]:
        yield Fault("The findings are about another visit.", FINDINGS)
    for name in ("label", "sector", "score", "suppressed", "ruleset", "at", "notice"):
        if findings[name] != told[name]:
            yield Fault(f"The master record gives another {name}.", FINDINGS)
    if (len(findings["signals"]), len(findings["contrary"])) != (told["signals"], told["contrary"]):
        yield Fault("The master record counts other signals.", FINDINGS)


def check_ruleset(record: Json, folder: Path, names: frozenset[str]) -> Iterator[Fault]:
    """The ruleset in the bundle, if any, is the one that the verdict names."""
    told = record["inference"]
    expected = told.get("ruleset_file") == RULESET
    if expected != (RULESET in names):
        yield Fault("The master record does not agree on whether the ruleset is in the bundle.", RULESET)
    elif expected:
        try:
            content = read_document(folder, RULESET)
        except ValueError as exc:
            yield Fault(f"It cannot be read: {exc}.", RULESET)
            return
        if hashlib.sha256(content).hexdigest() != told["ruleset"]:
            yield Fault("It is not the ruleset that the verdict names.", RULESET)


def check_custody(record: Json, folder: Path, payload: Sequence[Payload]) -> Iterator[Fault]:
    """The custody log is an unbroken chain, is the one that the record sums up, and is about these files."""
    try:
        log, events = read_log(read_document(folder, CUSTODY))
    except ValueError as exc:
        yield Fault(f"The chain is broken: {exc}.", CUSTODY)
        return
    told = record["integrity"]["log"]
    if (log.head, log.size, log.root) != (told["head"], told["tree_size"], told["root"]):
        yield Fault("The master record gives another head, size or root of the log.", CUSTODY)
    actions = [event["action"] for event in events]
    if actions[0] != ACTIONS[0] or actions[-1] != ACTIONS[-1] or not set(actions) <= set(ACTIONS):
        yield Fault("The log does not lead from the collection to the assembly.", CUSTODY)
    digest = {item.name: item.sha256 for item in payload}
    others = [(name, digest[name]) for name in digest if name not in (CUSTODY, MASTER)]
    digest["data/"] = payload_digest(others)
    for event in events:
        subject = event["object"]
        name = subject.get("name") if isinstance(subject, dict) else None
        if event["action"] == "read":
            bodies = {body["sha256"] for body in record["content"]["bodies"]}
            if not isinstance(subject, dict) or subject.get("sha256") not in bodies:
                yield Fault(f"Line {event['seq']} is about bytes that the bundle does not hold.", CUSTODY)
        elif not isinstance(subject, dict) or name not in digest or subject.get("sha256") != digest[name]:
            yield Fault(f"Line {event['seq']} is about other bytes than those in the bundle.", CUSTODY)


def read_certificates(folder: Path, names: frozenset[str]) -> tuple[str, ...]:
    """SHA-256 in hex of each certificate in the bundle. Raises :class:`ValueError` when the file is no PEM."""
    if CERTIFICATES not in names:
        return ()
    content = read_document(folder, CERTIFICATES)
    found = _PEM.findall(content)
    if _PEM.sub(b"", content):
        raise ValueError("it holds something besides certificates")
    return tuple(hashlib.sha256(base64.b64decode(block)).hexdigest() for block in found)


def check_certificates(record: Json, folder: Path, names: frozenset[str]) -> Iterator[Fault]:
    """The certificates in the bundle are those that the exchanges name."""
    exchanges = [item["tls"] for item in record["network"]["exchanges"] if item["tls"] is not None]
    named = {tls["leaf"]["sha256"] for tls in exchanges if "sha256" in tls["leaf"]}
    try:
        held = read_certificates(folder, names)
    except ValueError as exc:
        yield Fault(f"It cannot be read: {exc}.", CERTIFICATES)
        return
    if set(held) != named or len(held) != len(named):
        yield Fault("The certificates are not those that the exchanges name.", CERTIFICATES)
