"""Which of the due rows a claim takes: lanes share by quota, a unit gives one row at a time. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A due row of the frontier that a claim may take. ``worker`` is set when its last lease ran out."""

    subject_id: int
    unit: str
    lane: int
    token: int
    attempt: int
    worker: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTime:
    """When a unit may be asked again, and until when its later rows already have a date."""

    free_at: datetime
    booked_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a claim does: rows taken, rows that wait for their unit (with their new date), units touched."""

    taken: tuple[Offer, ...]
    postponed: tuple[tuple[int, datetime], ...]
    units: Mapping[str, UnitTime]


def share_lanes(available: Sequence[int], quota: Sequence[int], limit: int, offset: int = 0) -> tuple[int, ...]:
    """How many rows each lane gives to a claim of ``limit``, when ``available`` rows are due in it.

    Slots go round by ``quota`` weights, starting at slot ``offset``, so that over many small claims too every lane
    gets its share; a slot of an empty lane falls to the first lane that has rows left.
    """
    pattern = _pattern(quota)
    left = list(available)
    given = [0] * len(left)
    for slot in range(offset, offset + min(limit, sum(left))):
        lane = pattern[slot % len(pattern)] if pattern else 0
        if left[lane] == 0:
            lane = next(place for place, count in enumerate(left) if count)
        left[lane] -= 1
        given[lane] += 1
    return tuple(given)


def _pattern(quota: Sequence[int]) -> tuple[int, ...]:
    """Lanes in smooth weighted round robin: (2, 1) gives 0, 1, 0."""
    credit = [0] * len(quota)
    total = sum(quota)
    pattern: list[int] = []
    for _ in range(total):
        credit = [have + weight for have, weight in zip(credit, quota, strict=True)]
        lane = max(range(len(quota)), key=lambda place: credit[place])
        credit[lane] -= total
        pattern.append(lane)
    return tuple(pattern)


def choose(
    lanes: Sequence[Sequence[Offer]],
    units: Mapping[str, UnitTime],
    *,
    limit: int,
    quota: Sequence[int],
    offset: int,
    now: datetime,
    delay: timedelta,
) -> Choice:
    """Choose from the due rows of each lane, at most one of a unit when ``delay`` is positive.

    Rows whose unit is busy get a date of their own, one ``delay`` after another, so that a unit with a long queue
    is not looked at again and again by every claim.
    """
    if not delay:
        counts = share_lanes([len(lane) for lane in lanes], quota, limit, offset)
        taken = [offer for lane, count in zip(lanes, counts, strict=True) for offer in lane[:count]]
        return Choice(taken=tuple(taken), postponed=(), units={})
    seen: set[str] = set()
    ready: list[list[Offer]] = []
    for lane in lanes:
        ready.append([])
        for offer in lane:
            known = units.get(offer.unit)
            if offer.unit not in seen and (known is None or known.free_at <= now):
                seen.add(offer.unit)
                ready[-1].append(offer)
    counts = share_lanes([len(lane) for lane in ready], quota, limit, offset)
    taken = [offer for lane, count in zip(ready, counts, strict=True) for offer in lane[:count]]
    times: dict[str, UnitTime] = {}
    for offer in taken:
        known = units.get(offer.unit)
        booked = now + delay if known is None else max(known.booked_until, now + delay)
        times[offer.unit] = UnitTime(free_at=now + delay, booked_until=booked)
    chosen = {offer.subject_id for offer in taken}
    postponed: list[tuple[int, datetime]] = []
    for lane in lanes:
        for offer in lane:
            busy = times.get(offer.unit) or units.get(offer.unit)
            if offer.subject_id in chosen or busy is None or busy.free_at <= now:
                continue
            at = max(busy.booked_until, busy.free_at)
            postponed.append((offer.subject_id, at))
            times[offer.unit] = UnitTime(free_at=busy.free_at, booked_until=at + delay)
    return Choice(taken=tuple(taken), postponed=tuple(postponed), units=times)
