"""Conditional requests (RFC 9110, section 13) on a case's version, and repeats under an ``Idempotency-Key``."""

from __future__ import annotations

import re

from core.ids import sha256_hex
from core.records import Case
from review.problems import Refusal

_TAG = re.compile(r'(?:W/)?"([^"]*)"')
_KEY = re.compile(r"[\x21-\x7e]{1,200}\Z")


def etag(case: Case) -> str:
    """The entity tag of a case."""
    return f'"{case.id}.{case.version}"'


def wanted_version(header: str | None, case: Case) -> int:
    """The version that ``If-Match`` names.

    Raises 428 when the header is missing and 412 when it names no state of this case; whether the version is still
    the current one is the store's to decide.
    """
    if header is None:
        raise Refusal(428, "Send If-Match with the ETag of the case that you read.", code="if_match_needed")
    if header.strip() == "*":
        return case.version
    for tag in _TAG.findall(header):
        identity, _, version = tag.rpartition(".")
        if identity == case.id and version.isascii() and version.isdigit() and len(version) < 10:
            return int(version)
    raise Refusal(412, "If-Match does not name a state of this case.", code="stale")


def not_modified(header: str | None, case: Case) -> bool:
    """Whether ``If-None-Match`` already names the case as it is."""
    return header is not None and (header.strip() == "*" or etag(case).strip('"') in _TAG.findall(header))


def checked_key(header: str | None) -> str | None:
    """The ``Idempotency-Key``, if one was sent. Raises 400 for an unusable one."""
    if header is None:
        return None
    key = header.strip().strip('"')
    if not _KEY.match(key):
        raise Refusal(400, "An Idempotency-Key is 1 to 200 printable ASCII characters.", code="bad_idempotency_key")
    return key


def fingerprint(*parts: str) -> str:
    """A digest of what a request asks for, to tell a repeat from another request under the same key."""
    return sha256_hex("\x00".join(parts).encode())
