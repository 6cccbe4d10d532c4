"""The frontier: one row per subject, leased to workers in batches.

``visible_at`` is both due time and lease expiry, so nothing needs reaping: a row whose lease ran out is simply due
again. Each lease raises the row's ``token``; a result is taken under the newest token only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice

import sqlalchemy as sa

from core.records import Candidate, Lane, Subject, SubjectKind
from storage.connection import Connection
from storage.dialect import chunks, claiming, upsert
from storage.engine import Database
from storage.pacing import Choice, Offer, UnitTime, choose
from storage.records import Added, DeadLetter, Depth, FrontierRow, LaneDepth, Lease
from storage.subjects import record, subject_ids
from storage.tables import frontier, frontier_events, run_targets, sightings, subjects, units

LANE_QUOTA = (6, 3, 1)
"""Shares of a claim for the lanes urgent, normal and bulk."""

ADD_CHUNK = 1000
"""Candidates per transaction, so that a long list does not keep other writers waiting."""

_ROUNDS = 8
_COLUMNS = tuple(frontier.c[name] for name in ("subject_id", "unit", "lane", "token", "attempt", "worker"))


class Frontier:
    """What is to be visited, when, and by whom it is being visited now."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._slot = 0

    async def add(self, candidates: Iterable[Candidate], now: datetime, *, due_now: bool = False) -> Added:
        """Record sightings; new subjects become due now. See :func:`storage.subjects.record` for ``due_now``.

        Written in transactions of :data:`ADD_CHUNK` candidates; adding the same again only adds sightings.
        """
        remaining = iter(candidates)
        new = known = 0
        while chunk := list(islice(remaining, ADD_CHUNK)):
            async with self._database.write() as connection:
                recorded = await record(connection, chunk, now, due_now=due_now)
            new += recorded.new
            known += len(recorded.ids) - recorded.new
        return Added(new=new, known=known)

    async def lease(
        self,
        worker: str,
        limit: int,
        now: datetime,
        *,
        lease_seconds: float,
        unit_delay_seconds: float = 0.0,
        run: str | None = None,
        lane_quota: Sequence[int] = LANE_QUOTA,
    ) -> tuple[Lease, ...]:
        """Claim up to ``limit`` due subjects for ``lease_seconds``; empty when nothing is due.

        With a positive ``unit_delay_seconds`` a claim takes one row of a unit and keeps the unit busy that long.
        ``run`` limits the claim to the unfinished targets of that run.
        """
        delay = timedelta(seconds=unit_delay_seconds)
        leased: list[Offer] = []
        async with self._database.write() as connection:
            for round_ in range(_ROUNDS):
                window = (4 * limit + 32) << round_ if delay else limit
                lanes = await _offers(connection, now, window, run)
                choice = choose(
                    lanes,
                    await _unit_times(connection, lanes) if delay else {},
                    limit=limit - len(leased),
                    quota=lane_quota,
                    offset=self._slot + len(leased),
                    now=now,
                    delay=delay,
                )
                await _apply(connection, choice, worker, now, now + timedelta(seconds=lease_seconds))
                leased += choice.taken
                if len(leased) >= limit or not choice.postponed:
                    break
            self._slot += len(leased)
            expires_at = now + timedelta(seconds=lease_seconds)
            return await _leases(connection, leased, worker, now, expires_at)

    async def release(self, leases: Sequence[Lease], now: datetime) -> int:
        """Give leases back unused, due at once, the attempt not counted; returns how many were still held."""
        return await self._give_back([(lease, now) for lease in leases], now, "released")

    async def redate(self, lease: Lease, visible_at: datetime, *, counted: bool = False) -> bool:
        """Give a lease back, due at ``visible_at`` (a busy address); false when it was no longer held.

        ``counted`` keeps the attempt on the count, for one that failed.
        """
        return await self._give_back([(lease, visible_at)], lease.leased_at, "postponed", counted=counted) == 1

    async def release_worker(self, worker: str, now: datetime, *, suspects: Collection[int] = ()) -> int:
        """Make due at once all that ``worker`` holds, for when its process is known to be dead.

        The attempt stays counted for ``suspects`` only (subject ids), so that a subject that kills its workers is
        noticed and those leased beside it are not blamed. Returns how many rows were held.
        """
        async with self._database.write() as connection:
            held = frontier.c.worker == worker
            rows = (await connection.execute(sa.select(frontier.c.subject_id, frontier.c.token).where(held))).all()
            if rows:
                blamed = sa.case((frontier.c.subject_id.in_(list(suspects)), 0), else_=1)
                await connection.execute(
                    sa.update(frontier)
                    .where(held)
                    .values(visible_at=now, worker=None, attempt=frontier.c.attempt - blamed)
                )
                await _note(connection, [(id_, token) for id_, token in rows], now, "lease lost", worker)
        return len(rows)

    async def _give_back(
        self, leases: Sequence[tuple[Lease, datetime]], now: datetime, kind: str, *, counted: bool = False
    ) -> int:
        if not leases:
            return 0
        async with self._database.write() as connection:
            tokens = await held_tokens(connection, [lease.subject_id for lease, _ in leases])
            held = [(lease, at) for lease, at in leases if tokens.get(lease.subject_id) == lease.token]
            if held:
                await connection.execute(
                    _GIVE_BACK,
                    [
                        {"b_id": lease.subject_id, "b_visible_at": at, "b_uncounted": 0 if counted else 1}
                        for lease, at in held
                    ],
                )
                events = [(lease.subject_id, lease.token) for lease, _ in held]
                await _note(connection, events, now, kind, held[0][0].worker)
        return len(held)

    async def depth(self, now: datetime) -> Depth:
        """The frontier in numbers."""
        async with self._database.read() as connection:
            return await depth(connection, now)

    async def next_due(self, run: str | None = None) -> datetime | None:
        """When the next row becomes claimable (it may be past); None when nothing is planned."""
        earliest = sa.select(sa.func.min(frontier.c.visible_at))
        if run is None:
            statements = [earliest.where(frontier.c.lane == int(lane)) for lane in Lane]
        else:
            joined = earliest.join(run_targets, run_targets.c.subject_id == frontier.c.subject_id)
            statements = [joined.where(run_targets.c.run_id == run, run_targets.c.done_seq.is_(None))]
        async with self._database.read() as connection:
            found: list[datetime | None] = [(await connection.execute(statement)).scalar() for statement in statements]
        return min((at for at in found if at is not None), default=None)

    async def dead(self, limit: int = 100) -> tuple[DeadLetter, ...]:
        """Subjects given up, the latest first."""
        statement = (
            sa.select(subjects.c.kind, subjects.c.key, sightings.c.url, frontier)
            .select_from(frontier.join(subjects).join(sightings, sightings.c.id == frontier.c.sighting_id))
            .where(frontier.c.dead_at.is_not(None))
            .order_by(frontier.c.dead_at.desc())
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows = await connection.execute(statement)
            return tuple(
                DeadLetter(
                    subject=Subject(kind=SubjectKind(row.kind), key=row.key),
                    url=row.url,
                    reason=row.dead_reason,
                    attempt=row.attempt,
                    at=row.dead_at,
                )
                for row in rows
            )

    async def requeue(self, subject: Subject, now: datetime) -> bool:
        """Make a dead or resting subject due again; false when it is unknown, leased or already planned."""
        async with self._database.write() as connection:
            id_ = (await subject_ids(connection, (subject,))).get(subject)
            result = await connection.execute(
                sa.update(frontier)
                .where(frontier.c.subject_id == id_, frontier.c.visible_at.is_(None))
                .values(visible_at=now, attempt=0, dead_reason="", dead_at=None)
            )
            if id_ is None or not result.rowcount:
                return False
            await _note(connection, [(id_, 0)], now, "requeued", "")
        return True

    async def explain(self, subject: Subject) -> FrontierRow | None:
        """The row of a subject, or None when it is unknown."""
        statement = (
            sa.select(frontier, units.c.free_at)
            .select_from(frontier.join(subjects).outerjoin(units, units.c.unit == frontier.c.unit))
            .where(subjects.c.kind == subject.kind, subjects.c.key == subject.key)
        )
        async with self._database.read() as connection:
            row = (await connection.execute(statement)).one_or_none()
        if row is None:
            return None
        return FrontierRow(
            subject_id=row.subject_id,
            subject=subject,
            unit=row.unit,
            lane=Lane(row.lane),
            visible_at=row.visible_at,
            worker=row.worker,
            token=row.token,
            attempt=row.attempt,
            dead_reason=row.dead_reason,
            unit_free_at=row.free_at,
        )


_GIVE_BACK = (
    sa.update(frontier)
    .where(frontier.c.subject_id == sa.bindparam("b_id"))
    .values(
        visible_at=sa.bindparam("b_visible_at"),
        worker=None,
        attempt=frontier.c.attempt - sa.bindparam("b_uncounted"),
    )
)
_POSTPONE = (
    sa.update(frontier).where(frontier.c.subject_id == sa.bindparam("b_id")).values(visible_at=sa.bindparam("b_at"))
)


async def held_tokens(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """The tokens of those rows that are held under a lease; an expired one counts until it is taken over."""
    found: dict[int, int] = {}
    for chunk in chunks(ids):
        rows = await connection.execute(
            sa.select(frontier.c.subject_id, frontier.c.token).where(
                frontier.c.subject_id.in_(chunk), frontier.c.worker.is_not(None)
            )
        )
        found.update((id_, token) for id_, token in rows)
    return found


async def depth(connection: Connection, now: datetime) -> Depth:
    """The frontier in numbers, on a given connection."""
    due = sa.func.sum(sa.case((frontier.c.visible_at <= now, 1), else_=0))
    rows = await connection.execute(
        sa.select(frontier.c.lane, due, sa.func.count(frontier.c.visible_at), sa.func.count())
        .group_by(frontier.c.lane)
        .order_by(frontier.c.lane)
    )
    lanes = [(Lane(lane), int(due_), int(planned), int(total)) for lane, due_, planned, total in rows]
    held = sa.select(sa.func.count()).where(frontier.c.worker.is_not(None), frontier.c.visible_at > now)
    leased = int((await connection.execute(held)).scalar_one())
    gone = sa.select(sa.func.count()).where(frontier.c.dead_at.is_not(None))
    dead = int((await connection.execute(gone)).scalar_one())
    due_all = sum(lane[1] for lane in lanes)
    planned_all = sum(lane[2] for lane in lanes)
    return Depth(
        due=due_all,
        leased=leased,
        scheduled=planned_all - due_all - leased,
        resting=sum(lane[3] for lane in lanes) - planned_all - dead,
        dead=dead,
        by_lane=tuple(LaneDepth(lane=lane, due=due_, waiting=planned) for lane, due_, planned, _ in lanes),
    )


async def _offers(connection: Connection, now: datetime, window: int, run: str | None) -> list[list[Offer]]:
    lanes: list[list[Offer]] = [[] for _ in Lane]
    if run is None:
        statements = [
            sa.select(*_COLUMNS)
            .where(frontier.c.lane == int(lane), frontier.c.visible_at <= now)
            .order_by(frontier.c.visible_at)
            .limit(window)
            for lane in Lane
        ]
    else:
        statements = [
            sa.select(*_COLUMNS)
            .select_from(run_targets.join(frontier, frontier.c.subject_id == run_targets.c.subject_id))
            .where(run_targets.c.run_id == run, run_targets.c.done_seq.is_(None), frontier.c.visible_at <= now)
            .order_by(run_targets.c.position)
            .limit(window)
        ]
    taken: set[int] = set()
    for statement in statements:
        for row in await connection.execute(claiming(statement, frontier)):
            if row.subject_id not in taken:
                taken.add(row.subject_id)
                lanes[row.lane].append(Offer(**row._mapping))
    return lanes


async def _unit_times(connection: Connection, lanes: Sequence[Sequence[Offer]]) -> dict[str, UnitTime]:
    wanted = sorted({offer.unit for lane in lanes for offer in lane})
    found: dict[str, UnitTime] = {}
    for chunk in chunks(wanted):
        for row in await connection.execute(sa.select(units).where(units.c.unit.in_(chunk))):
            found[row.unit] = UnitTime(free_at=row.free_at, booked_until=row.booked_until)
    return found


async def _apply(connection: Connection, choice: Choice, worker: str, now: datetime, expires_at: datetime) -> None:
    for chunk in chunks([offer.subject_id for offer in choice.taken]):
        await connection.execute(
            sa.update(frontier)
            .where(frontier.c.subject_id.in_(chunk))
            .values(
                token=frontier.c.token + 1,
                attempt=frontier.c.attempt + 1,
                worker=worker,
                leased_at=now,
                visible_at=expires_at,
            )
        )
    if choice.postponed:
        await connection.execute(_POSTPONE, [{"b_id": id_, "b_at": at} for id_, at in choice.postponed])
    if choice.units:
        await connection.execute(
            upsert(units, ("unit",), ("free_at", "booked_until")),
            [
                {"unit": unit, "free_at": time.free_at, "booked_until": time.booked_until}
                for unit, time in choice.units.items()
            ],
        )
    for offer in choice.taken:
        if offer.worker is not None:
            await _note(connection, [(offer.subject_id, offer.token)], now, "lease lost", offer.worker)


async def _leases(
    connection: Connection, offers: Sequence[Offer], worker: str, now: datetime, expires_at: datetime
) -> tuple[Lease, ...]:
    candidates: dict[int, Candidate] = {}
    for chunk in chunks([offer.subject_id for offer in offers]):
        rows = await connection.execute(
            sa.select(
                frontier.c.subject_id, frontier.c.lane, frontier.c.unit, subjects.c.kind, subjects.c.key, sightings
            )
            .select_from(frontier.join(subjects).join(sightings, sightings.c.id == frontier.c.sighting_id))
            .where(frontier.c.subject_id.in_(chunk))
        )
        for row in rows:
            candidates[row[0]] = Candidate(
                subject=Subject(kind=SubjectKind(row.kind), key=row.key),
                url=row.url,
                unit=row.unit,
                source=row.source,
                reason=row.reason,
                seen_at=row.seen_at,
                lane=Lane(row[1]),
                parent_visit=row.parent_visit,
                referrer=row.referrer,
                organisation=row.organisation,
            )
    return tuple(
        Lease(
            subject_id=offer.subject_id,
            candidate=candidates[offer.subject_id],
            worker=worker,
            token=offer.token + 1,
            attempt=offer.attempt + 1,
            leased_at=now,
            expires_at=expires_at,
        )
        for offer in offers
    )


async def _note(connection: Connection, rows: Sequence[tuple[int, int]], now: datetime, kind: str, worker: str) -> None:
    await connection.execute(
        sa.insert(frontier_events),
        [
            {"subject_id": id_, "at": now, "kind": kind, "worker": worker, "token": token, "detail": ""}
            for id_, token in rows
        ],
    )
