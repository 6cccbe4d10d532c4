"""When a subject is looked at again: tiers, changed by what the last visits found. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from core.records import Label, Outcome, PageKind
from crawler.policies import RevisitPolicy

TRANSIENT = frozenset(
    {Outcome.TIMEOUT, Outcome.CONNECT_ERROR, Outcome.DNS_ERROR, Outcome.TLS_ERROR, Outcome.HTTP_ERROR, Outcome.GAVE_UP}
)
"""Outcomes that the next try may change; they are retried with growing waits before the dead tier applies."""

DEAD = frozenset({Outcome.PARKED, Outcome.PLACEHOLDER, Outcome.SUSPENDED, Outcome.SEIZED, Outcome.REFUSED_BY_POLICY})
"""Outcomes of the slowest tier: nothing is sold there now, but the name may come back."""


def next_visit(
    policy: RevisitPolicy,
    outcome: Outcome,
    label: Label | None,
    page_kind: PageKind | None,
    previous: tuple[Outcome, ...],
    now: datetime,
    jitter: float,
) -> datetime:
    """When to look again after a visit that ended in ``outcome``.

    ``previous`` are the outcomes of earlier visits, newest first. ``label`` is the last verdict known of the subject,
    so that a flagged site stays on the daily tier when it goes dark (that is the takedown watch). ``jitter`` in
    [0, 1) spreads the times of equal cases: 0.5 is the exact interval.
    """
    interval = _interval(policy, outcome, label, page_kind, previous)
    spread = policy.jitter * (jitter - 0.5)
    return now + interval * (1 + spread)


def is_gone(policy: RevisitPolicy, outcome: Outcome, previous: Sequence[Outcome]) -> bool:
    """Whether enough agreeing "no such name" answers in a row say that the name does not exist any more."""
    return outcome is Outcome.NXDOMAIN and 1 + _streak(previous, {Outcome.NXDOMAIN}) >= policy.agreeing_answers


def _interval(
    policy: RevisitPolicy,
    outcome: Outcome,
    label: Label | None,
    page_kind: PageKind | None,
    previous: Sequence[Outcome],
) -> timedelta:
    if outcome is Outcome.NXDOMAIN and not is_gone(policy, outcome, previous):
        return timedelta(hours=policy.agreeing_hours)
    if outcome in TRANSIENT:
        failures = _streak(previous, TRANSIENT)
        if failures < policy.max_retries:
            return timedelta(minutes=policy.retry_minutes * 2**failures)
    if label is Label.FLAGGED:
        return timedelta(days=policy.flagged_days)
    if outcome in TRANSIENT or outcome in DEAD or outcome is Outcome.NXDOMAIN:
        return timedelta(days=policy.dead_days)
    if label is Label.UNDECIDED or page_kind in {PageKind.SHOP, PageKind.LISTING, PageKind.PIRACY}:
        return timedelta(days=policy.shop_days)
    return timedelta(days=policy.live_days)


def _streak(outcomes: Sequence[Outcome], kinds: frozenset[Outcome] | set[Outcome]) -> int:
    for count, outcome in enumerate(outcomes):
        if outcome not in kinds:
            return count
    return len(outcomes)
