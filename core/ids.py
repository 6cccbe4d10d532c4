"""ULIDs: 128-bit identifiers that sort by time, and digests as text."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_ulid(at: datetime, randomness: bytes | None = None) -> str:
    """A ULID for the moment ``at``; 10 bytes of ``randomness`` make it reproducible.

    Source: https://github.com/ulid/spec (26 characters of Crockford's base 32).
    """
    entropy = secrets.token_bytes(10) if randomness is None else randomness
    if len(entropy) != 10:
        raise ValueError("a ULID needs exactly 10 bytes of randomness")
    number = int(at.timestamp() * 1000) << 80 | int.from_bytes(entropy)
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def is_ulid(text: str) -> bool:
    """Whether ``text`` has the form of a ULID."""
    return len(text) == 26 and text[0] in "01234567" and all(char in _ALPHABET for char in text)


def sha256_hex(content: bytes) -> str:
    """SHA-256 in lower-case hex."""
    return hashlib.sha256(content).hexdigest()
