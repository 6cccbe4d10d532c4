"""The chain of custody inside a bag: one canonical JSON line per event, each naming the digest of the one before.

The lines are also the leaves of a Merkle tree (RFC 6962, section 2.1), so that a later checkpoint can sign them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evidence.canonical import canonical, parse_canonical, utc

START = "0" * 64
"""What the first line names as its predecessor."""

_FIELDS = {"seq", "at", "actor", "action", "object", "from", "to", "purpose", "address", "previous"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyEvent:
    """Who did what with which bytes, when and why.

    ``object_name`` and ``object_sha256`` say what the event is about; ``from_`` and ``to`` who gave and who took it;
    ``address`` is the network address acted from, ``""`` when none was recorded.
    """

    at: datetime
    actor: str
    action: str
    object_name: str
    object_sha256: str
    purpose: str
    from_: str = ""
    to: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyLog:
    """A rendered log: its bytes, the digest of its last line, its number of lines, its Merkle root in hex."""

    content: bytes
    head: str
    size: int
    root: str


def render_log(events: Sequence[CustodyEvent]) -> CustodyLog:
    """The log of events in the order given, numbered from 1."""
    lines: list[bytes] = []
    previous = START
    for seq, event in enumerate(events, 1):
        line = canonical(
            {
                "seq": seq,
                "at": utc(event.at),
                "actor": event.actor,
                "action": event.action,
                "object": {"name": event.object_name, "sha256": event.object_sha256},
                "from": event.from_,
                "to": event.to,
                "purpose": event.purpose,
                "address": event.address,
                "previous": previous,
            }
        )
        previous = hashlib.sha256(line).hexdigest()
        lines.append(line)
    content = b"".join(line + b"\n" for line in lines)
    return CustodyLog(content=content, head=previous, size=len(lines), root=merkle_root(lines))


def read_log(content: bytes) -> tuple[CustodyLog, tuple[dict[str, Any], ...]]:
    """The log and its events. Raises :class:`ValueError` naming the first line that breaks the chain."""
    *lines, rest = content.split(b"\n")
    if rest or not lines:
        raise ValueError("the log is empty or its last line does not end")
    previous, before = START, ""
    events = []
    for number, line in enumerate(lines, 1):
        try:
            event = parse_canonical(line)
        except ValueError as exc:
            raise ValueError(f"line {number}: {exc}") from exc
        if not isinstance(event, dict) or set(event) != _FIELDS:
            raise ValueError(f"line {number} is no custody event")
        if event["seq"] != number:
            raise ValueError(f"line {number} has the number {event['seq']!r}")
        if event["previous"] != previous:
            raise ValueError(f"line {number} does not follow from the line before")
        if not isinstance(event["at"], str) or event["at"] < before:
            raise ValueError(f"line {number} is older than the line before")
        previous, before = hashlib.sha256(line).hexdigest(), event["at"]
        events.append(event)
    return CustodyLog(content=content, head=previous, size=len(lines), root=merkle_root(lines)), tuple(events)


def merkle_root(leaves: Sequence[bytes]) -> str:
    """The Merkle tree hash of RFC 6962 over the leaves, SHA-256 in hex."""
    return _tree(leaves).hex()


def _tree(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + _tree(leaves[:half]) + _tree(leaves[half:])).digest()
