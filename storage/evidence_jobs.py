"""The queue of bundles to be made, and the bundles that were made."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from core.errors import NotInStore
from core.records import Bundle, SealState
from storage import audit
from storage.case_rows import append_history
from storage.codec import clean_text, dump_artifacts, read_artifacts
from storage.connection import Connection
from storage.dialect import chunks, claiming, insert_ignore
from storage.engine import Database
from storage.finish import ACTOR
from storage.records import EvidenceCounts, EvidenceJob, StoredBundle
from storage.segments import Segments
from storage.tables import bundles, case_bodies, cases, evidence_jobs
from storage.vault import Vault
from storage.visits import body_places


class Evidence:
    """Leases evidence jobs and takes their results; one job per flagged visit."""

    def __init__(self, database: Database, segments: Segments, vault: Vault) -> None:
        self._database = database
        self._segments = segments
        self._vault = vault

    async def lease(self, worker: str, limit: int, now: datetime, *, lease_seconds: float) -> tuple[EvidenceJob, ...]:
        """Claim up to ``limit`` jobs, oldest first; a job whose lease ran out is claimed again."""
        due = (
            sa.select(evidence_jobs, cases.c.organisation)
            .join(cases, cases.c.id == evidence_jobs.c.case_id)
            .where(evidence_jobs.c.state.in_(("pending", "leased")), evidence_jobs.c.visible_at <= now)
            .order_by(evidence_jobs.c.visible_at)
            .limit(limit)
        )
        expires_at = now + timedelta(seconds=lease_seconds)
        async with self._database.write() as connection:
            rows = (await connection.execute(claiming(due, evidence_jobs))).all()
            for chunk in chunks([row.visit_id for row in rows]):
                await connection.execute(
                    sa.update(evidence_jobs)
                    .where(evidence_jobs.c.visit_id.in_(chunk))
                    .values(
                        state="leased",
                        worker=worker,
                        token=evidence_jobs.c.token + 1,
                        attempt=evidence_jobs.c.attempt + 1,
                        visible_at=expires_at,
                    )
                )
        return tuple(
            EvidenceJob(
                case_id=row.case_id,
                visit_id=row.visit_id,
                bundle_id=row.bundle_id,
                organisation=row.organisation,
                worker=worker,
                token=row.token + 1,
                attempt=row.attempt + 1,
                expires_at=expires_at,
            )
            for row in rows
        )

    async def finish(self, job: EvidenceJob, bundle: Bundle, blob: str, now: datetime) -> bool:
        """Record the bundle of a job; ``blob`` is the vault's name of its zip file.

        The bodies of the visit are copied into the case's vault first, so that they outlive their segments. A job
        held by somebody else changes nothing and gives False; finishing the same job twice gives True both times.
        """
        if not await self._held(job):
            return await self._finished(job, bundle)
        copies = await self._copy_bodies(job)
        async with self._database.write() as connection:
            if not await _close(connection, job, state="done", reason="", visible_at=None, at=now):
                return False
            if copies:
                await connection.execute(insert_ignore(case_bodies), copies)
            await connection.execute(
                insert_ignore(bundles),
                [
                    {
                        "id": bundle.id,
                        "visit_id": job.visit_id,
                        "case_id": job.case_id,
                        "content_id": bundle.content_id,
                        "state": bundle.state,
                        "at": bundle.at,
                        "stored_at": now,
                        "blob": blob,
                        "artifacts": dump_artifacts(bundle.artifacts),
                    }
                ],
            )
            detail = f"bundle {bundle.id}, content id {bundle.content_id}"
            await connection.execute(sa.update(cases).where(cases.c.id == job.case_id).values(updated_at=now))
            await append_history(connection, job.case_id, now, ACTOR, "evidence stored", detail)
            await audit.append(
                connection,
                at=now,
                chain=job.case_id,
                actor=ACTOR,
                organisation=job.organisation,
                action="bundle.stored",
                object_kind="bundle",
                object_id=bundle.id,
                purpose="evidence",
                detail=detail,
                address="",
            )
        return True

    async def fail(self, job: EvidenceJob, reason: str, retry_at: datetime | None) -> bool:
        """Give a job back until ``retry_at``, or for good when that is None; False when it is no longer held."""
        state = "failed" if retry_at is None else "pending"
        async with self._database.write() as connection:
            return await _close(connection, job, state=state, reason=reason, visible_at=retry_at, at=None)

    async def release_worker(self, worker: str, now: datetime) -> int:
        """Make due at once the jobs that ``worker`` holds, for when its process is known to be dead."""
        held = sa.and_(evidence_jobs.c.worker == worker, evidence_jobs.c.state == "leased")
        async with self._database.write() as connection:
            given_back = sa.update(evidence_jobs).where(held).values(state="pending", worker=None, visible_at=now)
            return (await connection.execute(given_back)).rowcount

    async def counts(self, now: datetime) -> EvidenceCounts:
        """Jobs by state; one whose lease ran out counts as pending."""
        async with self._database.read() as connection:
            return await counts(connection, now)

    async def _held(self, job: EvidenceJob) -> bool:
        async with self._database.read() as connection:
            return (
                await connection.execute(sa.select(evidence_jobs.c.visit_id).where(_holds(job)))
            ).scalar() is not None

    async def _finished(self, job: EvidenceJob, bundle: Bundle) -> bool:
        done = sa.select(bundles.c.id).where(
            bundles.c.id == bundle.id, bundles.c.visit_id == job.visit_id, bundles.c.content_id == bundle.content_id
        )
        async with self._database.read() as connection:
            return (await connection.execute(done)).scalar() is not None

    async def _copy_bodies(self, job: EvidenceJob) -> list[dict[str, object]]:
        async with self._database.read() as connection:
            places = await body_places(connection, job.visit_id)
        rows: list[dict[str, object]] = []
        for ordinal, place in places.items():
            if not place.length:
                continue
            try:
                body = await self._segments.read(place)
            except NotInStore:
                continue
            name = await self._vault.put(job.case_id, body)
            rows.append({"case_id": job.case_id, "visit_id": job.visit_id, "ordinal": ordinal, "name": name})
        return rows


class Bundles:
    """Bundles by id and by case."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, bundle_id: str) -> StoredBundle:
        """A bundle by id. Raises :class:`NotInStore`."""
        found = await self._select(sa.select(bundles).where(bundles.c.id == bundle_id))
        if not found:
            raise NotInStore(f"No bundle {bundle_id[:80]} is stored.")
        return found[0]

    async def by_case(self, case_id: str) -> tuple[StoredBundle, ...]:
        """The bundles of a case, oldest first."""
        return await self._select(sa.select(bundles).where(bundles.c.case_id == case_id).order_by(bundles.c.id))

    async def list(self, limit: int = 100) -> tuple[StoredBundle, ...]:
        """The latest bundles, newest first."""
        return await self._select(sa.select(bundles).order_by(bundles.c.id.desc()).limit(limit))

    async def _select(self, statement: sa.Select[Any]) -> tuple[StoredBundle, ...]:
        async with self._database.read() as connection:
            return tuple(_bundle(row) for row in await connection.execute(statement))


def _bundle(row: sa.Row[Any]) -> StoredBundle:
    bundle = Bundle(
        id=row.id,
        visit=row.visit_id,
        artifacts=read_artifacts(row.artifacts),
        content_id=row.content_id,
        state=SealState(row.state),
        at=row.at,
    )
    return StoredBundle(bundle=bundle, case_id=row.case_id, blob=row.blob)


def _holds(job: EvidenceJob) -> sa.ColumnElement[bool]:
    return sa.and_(
        evidence_jobs.c.visit_id == job.visit_id,
        evidence_jobs.c.state == "leased",
        evidence_jobs.c.token == job.token,
    )


async def _close(
    connection: Connection,
    job: EvidenceJob,
    *,
    state: str,
    reason: str,
    visible_at: datetime | None,
    at: datetime | None,
) -> bool:
    result = await connection.execute(
        sa.update(evidence_jobs)
        .where(_holds(job))
        .values(state=state, worker=None, reason=clean_text(reason), visible_at=visible_at, finished_at=at)
    )
    return result.rowcount == 1


async def counts(connection: Connection, now: datetime) -> EvidenceCounts:
    """Jobs by state, on a given connection."""
    ran_out = sa.and_(evidence_jobs.c.state == "leased", evidence_jobs.c.visible_at <= now)
    state = sa.case((ran_out, "pending"), else_=evidence_jobs.c.state)
    rows = await connection.execute(sa.select(state, sa.func.count()).group_by(state))
    found: dict[str, int] = {row[0]: row[1] for row in rows}
    return EvidenceCounts(**{name: found.get(name, 0) for name in ("pending", "leased", "done", "failed")})
