"""One outcome for a visit from the outcomes of its captures. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from core.records import Capture, Outcome

PRECEDENCE = (
    Outcome.CONTENT,
    Outcome.REDIRECTED_AWAY,
    Outcome.SEIZED,
    Outcome.SUSPENDED,
    Outcome.PARKED,
    Outcome.PLACEHOLDER,
    Outcome.CHALLENGE,
    Outcome.BLOCKED,
    Outcome.TOO_LARGE,
    Outcome.NOT_HTML,
    Outcome.EMPTY,
    Outcome.HTTP_ERROR,
    Outcome.TLS_ERROR,
    Outcome.REFUSED_BY_POLICY,
    Outcome.CONNECT_ERROR,
    Outcome.TIMEOUT,
    Outcome.NXDOMAIN,
    Outcome.DNS_ERROR,
    Outcome.GAVE_UP,
)
"""The outcome that says most about a site comes first: one vantage that saw a shop outweighs any that was kept out."""


def merge_outcomes(captures: Sequence[Capture]) -> Outcome:
    """The visit's outcome: the one of its captures that comes first in :data:`PRECEDENCE`; ``gave_up`` for none."""
    return min((capture.outcome for capture in captures), key=PRECEDENCE.index, default=Outcome.GAVE_UP)
