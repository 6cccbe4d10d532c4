"""Template shingles: what stays the same when a page template is filled with other goods and other words.

A page becomes the sequence of its start tags, each with its first class name (digits dropped, so that ``post-17`` and
``post-18`` agree). Every run of :data:`WIDTH` consecutive tags is hashed to 64 bits and the smallest
:data:`KEPT` distinct hashes are kept, which makes the sets comparable by min-wise sampling (Broder, "On the
resemblance and containment of documents", 1997). Equal input gives equal shingles on every machine and version.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Sequence

import numpy as np

WIDTH = 6
"""Tags in one shingle."""

KEPT = 2_000
"""Most shingles kept for a page."""

_DIGITS = re.compile(r"\d+")
_MULTIPLIER = 0x9E3779B97F4A7C15
_POWERS = tuple(pow(_MULTIPLIER, power, 1 << 64) for power in range(1, WIDTH + 1))


@functools.lru_cache(maxsize=65_536)
def _token_hash(token: str) -> int:
    content = _DIGITS.sub("0", token[:80]).encode("utf-8", "replace")
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest())


def shingle(tokens: Sequence[str]) -> tuple[int, ...]:
    """The shingles of a sequence of tag tokens, ascending; empty for a page of fewer than :data:`WIDTH` tags."""
    count = len(tokens) - WIDTH + 1
    if count < 1:
        return ()
    hashes = np.fromiter(map(_token_hash, tokens), dtype=np.uint64, count=len(tokens))
    mixed = np.zeros(count, dtype=np.uint64)
    for offset, power in enumerate(_POWERS):
        mixed += hashes[offset : offset + count] * np.uint64(power)
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return tuple(np.unique(mixed)[:KEPT].tolist())
