"""Remembers answers to requests that carried an ``Idempotency-Key``, so that a repeat gives the same answer.

Source: draft-ietf-httpapi-idempotency-key-header. The memory is bounded and the process's own; what makes a repeat
harmless after a restart is the case's version in ``If-Match``.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer once given: ``fingerprint`` is the digest of the request that it answered."""

    fingerprint: str
    status: int
    body: bytes
    etag: str


class ReplyMemory:
    """The last ``entries`` replies, by user and key."""

    def __init__(self, *, entries: int = 5_000) -> None:
        self._entries = entries
        self._replies: OrderedDict[tuple[str, str], Reply] = OrderedDict()

    def find(self, user: str, key: str) -> Reply | None:
        """The reply given under that key, or None."""
        return self._replies.get((user, key))

    def keep(self, user: str, key: str, reply: Reply) -> None:
        """Remember a reply; the oldest is forgotten when there are too many."""
        self._replies[user, key] = reply
        while len(self._replies) > self._entries:
            self._replies.popitem(last=False)
