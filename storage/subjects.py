"""Subjects and sightings: how a candidate enters the store, whoever brings it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from core.records import Candidate, Subject, SubjectKind
from storage.codec import clean_text
from storage.connection import Connection
from storage.dialect import chunks, insert_ignore
from storage.tables import frontier, sightings, subjects
from storage.types import UtcTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The row ids of the subjects recorded, and how many of them were new."""

    ids: Mapping[Subject, int]
    new: int


async def subject_ids(connection: Connection, wanted: Iterable[Subject]) -> dict[Subject, int]:
    """The row ids of those subjects that are known."""
    keys: dict[SubjectKind, list[str]] = {}
    for subject in set(wanted):
        keys.setdefault(subject.kind, []).append(subject.key)
    found: dict[Subject, int] = {}
    for kind, texts in keys.items():
        for chunk in chunks(texts):
            rows = await connection.execute(
                sa.select(subjects.c.id, subjects.c.key).where(subjects.c.kind == kind, subjects.c.key.in_(chunk))
            )
            found.update((Subject(kind=kind, key=key), id_) for id_, key in rows)
    return found


async def record(connection: Connection, candidates: Sequence[Candidate], now: datetime, *, due_now: bool) -> Recorded:
    """Append a sighting for every candidate, and a frontier row, due at once, for every subject not yet known.

    A known subject moves up to a more urgent lane. ``due_now`` makes known subjects due too, dead and resting ones
    included, unless a worker holds them at this moment.
    """
    if not candidates:
        return Recorded(ids={}, new=0)
    ids = await subject_ids(connection, (candidate.subject for candidate in candidates))
    fresh = {candidate.subject: candidate for candidate in reversed(candidates) if candidate.subject not in ids}
    if fresh:
        await connection.execute(
            insert_ignore(subjects),
            [
                {"kind": subject.kind, "key": subject.key, "unit": candidate.unit, "first_seen_at": now}
                for subject, candidate in reversed(fresh.items())
            ],
        )
        ids.update(await subject_ids(connection, fresh))
    await connection.execute(sa.insert(sightings), [_sighting(ids, candidate) for candidate in candidates])
    latest = await _latest_sightings(connection, sorted(set(ids.values())))
    if fresh:
        await connection.execute(
            insert_ignore(frontier),
            [
                {
                    "subject_id": ids[subject],
                    "sighting_id": latest[ids[subject]],
                    "unit": candidate.unit,
                    "lane": int(candidate.lane),
                    "visible_at": now,
                    "token": 0,
                    "attempt": 0,
                    "dead_reason": "",
                }
                for subject, candidate in reversed(fresh.items())
            ],
        )
    raised = [
        {"b_id": ids[candidate.subject], "b_lane": int(candidate.lane), "b_sighting": latest[ids[candidate.subject]]}
        for candidate in candidates
    ]
    await connection.execute(_RAISE_LANE, raised)
    if due_now:
        await connection.execute(_make_due(now), raised)
    return Recorded(ids=ids, new=len(fresh))


def _sighting(ids: Mapping[Subject, int], candidate: Candidate) -> dict[str, object]:
    return {
        "subject_id": ids[candidate.subject],
        "url": clean_text(candidate.url),
        "source": candidate.source,
        "reason": clean_text(candidate.reason),
        "lane": int(candidate.lane),
        "seen_at": candidate.seen_at,
        "parent_visit": candidate.parent_visit,
        "referrer": None if candidate.referrer is None else clean_text(candidate.referrer),
        "organisation": candidate.organisation,
    }


async def _latest_sightings(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for chunk in chunks(ids):
        rows = await connection.execute(
            sa.select(sightings.c.subject_id, sa.func.max(sightings.c.id))
            .where(sightings.c.subject_id.in_(chunk))
            .group_by(sightings.c.subject_id)
        )
        found.update((subject_id, id_) for subject_id, id_ in rows)
    return found


_RAISE_LANE = (
    sa.update(frontier)
    .where(frontier.c.subject_id == sa.bindparam("b_id"), frontier.c.lane > sa.bindparam("b_lane"))
    .values(lane=sa.bindparam("b_lane"))
)


def _make_due(now: datetime) -> sa.Update:
    return (
        sa.update(frontier)
        .where(
            frontier.c.subject_id == sa.bindparam("b_id"),
            sa.or_(frontier.c.worker.is_(None), frontier.c.visible_at <= now),
        )
        .values(
            sighting_id=sa.bindparam("b_sighting"),
            visible_at=sa.case((frontier.c.visible_at <= now, frontier.c.visible_at), else_=sa.literal(now, UtcTime)),
            attempt=sa.case((frontier.c.dead_at.is_not(None), 0), else_=frontier.c.attempt),
            dead_reason="",
            dead_at=None,
        )
    )
