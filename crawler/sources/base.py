"""What a source of candidates is. Adding one: a module here, one line in ``SOURCES``, a contract test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.errors import BadTarget
from core.hosts import Target
from core.records import Candidate, Lane


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """One thing that a source names: a target, or the reason why it is none.

    ``line`` starts at 1; ``text`` is what was named, cut to what is worth showing.
    """

    line: int
    text: str
    target: Target | None
    error: BadTarget | None


class Source(Protocol):
    """Where candidates come from. ``name`` is recorded with every sighting."""

    @property
    def name(self) -> str:
        """Short and stable: it is stored."""
        ...

    def candidates(self) -> AsyncIterator[ListEntry]:
        """All that the source names now, in its order. Raises :class:`core.errors.UsageError` if it is unreadable."""
        ...


def to_candidate(
    target: Target,
    *,
    source: str,
    reason: str,
    seen_at: datetime,
    lane: Lane = Lane.NORMAL,
    organisation: str | None = None,
) -> Candidate:
    """The candidate for a target that a source named."""
    return Candidate(
        subject=target.subject,
        url=target.url,
        unit=target.unit,
        source=source,
        reason=reason,
        seen_at=seen_at,
        lane=lane,
        organisation=organisation,
    )
