"""Where things stand in a bundle; every path starts at the bag's folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

MASTER = "data/bundle.json"
CAPTURE = "data/capture/capture.wacz"
DNS = "data/lookups/dns.jsonl"
CERTIFICATES = "data/lookups/tls-chain.pem"
FINDINGS = "data/analysis/findings.json"
RULESET = "data/analysis/ruleset.json"
CUSTODY = "data/custody/custody.jsonl"

MEDIA_TYPES = {
    MASTER: "application/json",
    CAPTURE: "application/wacz",
    DNS: "application/jsonl",
    CERTIFICATES: "application/pem-certificate-chain",
    FINDINGS: "application/json",
    RULESET: "application/json",
    CUSTODY: "application/jsonl",
}


def payload_digest(files: Iterable[tuple[str, str]]) -> str:
    """What the custody event ``assembled`` is about: SHA-256 over the lines ``digest  name``, sorted by name.

    ``files`` pairs names with SHA-256 digests and leaves out the custody log and the master record.
    """
    return hashlib.sha256("".join(f"{digest}  {name}\n" for name, digest in sorted(files)).encode()).hexdigest()
