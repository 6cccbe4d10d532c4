"""Visits read back: what was seen, what was concluded, and the bodies from wherever they are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from core.errors import NotInStore
from core.records import Capture, Label, Outcome, PageKind, Subject, Verdict, Visit
from storage.codec import read_candidate, read_capture, read_verdict, with_bodies
from storage.connection import Connection
from storage.engine import Database
from storage.records import BodyPlace, StoredVisit, VisitSummary
from storage.segments import Segments
from storage.tables import bodies, captures, case_bodies, case_visits, subjects, verdicts, visits
from storage.vault import Vault


class Visits:
    """Stored visits by id and by subject."""

    def __init__(self, database: Database, segments: Segments, vault: Vault) -> None:
        self._database = database
        self._segments = segments
        self._vault = vault

    async def get(self, visit_id: str, *, bodies: bool = True) -> StoredVisit:
        """A visit with its verdict; with ``bodies`` the exchanges carry them as received.

        Raises :class:`NotInStore` for an unknown id. Bodies that are gone are listed in ``missing``.
        """
        statement = (
            sa.select(visits, verdicts.c.record.label("verdict"))
            .select_from(visits.outerjoin(verdicts))
            .where(visits.c.id == visit_id)
        )
        async with self._database.read() as connection:
            row = (await connection.execute(statement)).one_or_none()
            if row is None:
                raise NotInStore(f"No visit {visit_id[:80]} is stored.")
            records = await connection.execute(
                sa.select(captures.c.record).where(captures.c.visit_id == visit_id).order_by(captures.c.ordinal)
            )
            seen = tuple(read_capture(record) for record in records.scalars())
        missing: tuple[int, ...] = ()
        if bodies:
            seen, missing = await self._with_bodies(visit_id, seen)
        return StoredVisit(
            visit=Visit(
                id=row.id,
                candidate=read_candidate(row.candidate),
                captures=seen,
                outcome=Outcome(row.outcome),
                at=row.at,
            ),
            page_kind=None if row.page_kind is None else PageKind(row.page_kind),
            language=row.language,
            title=row.title,
            verdict=None if row.verdict is None else read_verdict(row.verdict),
            elapsed_ms=row.elapsed_ms,
            due_at=row.due_at,
            missing=missing,
        )

    async def latest(self, subject: Subject) -> VisitSummary | None:
        """The newest visit of a subject, or None."""
        found = await self.list(subject, limit=1)
        return found[0] if found else None

    async def list(self, subject: Subject, limit: int = 100) -> tuple[VisitSummary, ...]:
        """A subject's visits, newest first."""
        statement = (
            sa.select(visits, verdicts.c.label, verdicts.c.sector, verdicts.c.score)
            .select_from(visits.join(subjects).outerjoin(verdicts))
            .where(subjects.c.kind == subject.kind, subjects.c.key == subject.key)
            .order_by(visits.c.at.desc(), visits.c.id.desc())
            .limit(limit)
        )
        async with self._database.read() as connection:
            return tuple(_summary(row) for row in await connection.execute(statement))

    async def verdicts_of_cases(self, case_ids: Sequence[str]) -> Mapping[str, Verdict]:
        """The newest verdict of each case by the case's id, in one query; cases without one are left out."""
        newest = (
            sa.select(case_visits.c.case_id, sa.func.max(case_visits.c.visit_id).label("visit_id"))
            .select_from(case_visits.join(verdicts, verdicts.c.visit_id == case_visits.c.visit_id))
            .where(case_visits.c.case_id.in_(case_ids))
            .group_by(case_visits.c.case_id)
            .subquery()
        )
        statement = sa.select(newest.c.case_id, verdicts.c.record).join(
            verdicts, verdicts.c.visit_id == newest.c.visit_id
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(statement)).all()
        return {case_id: read_verdict(record) for case_id, record in rows}

    async def _with_bodies(
        self, visit_id: str, seen: tuple[Capture, ...]
    ) -> tuple[tuple[Capture, ...], tuple[int, ...]]:
        async with self._database.read() as connection:
            places = await body_places(connection, visit_id)
            kept = await connection.execute(
                sa.select(case_bodies.c.ordinal, case_bodies.c.case_id, case_bodies.c.name).where(
                    case_bodies.c.visit_id == visit_id
                )
            )
            copies = {ordinal: (case_id, name) for ordinal, case_id, name in kept}
        contents: list[bytes] = []
        missing: list[int] = []
        for ordinal in range(sum(len(capture.exchanges) for capture in seen)):
            content = await self._body(places.get(ordinal), copies.get(ordinal))
            if content is None:
                missing.append(ordinal)
            contents.append(content or b"")
        return with_bodies(seen, contents), tuple(missing)

    async def _body(self, place: BodyPlace | None, copy: tuple[str, str] | None) -> bytes | None:
        if place is not None and not place.length:
            return b""
        if copy is not None:
            try:
                return await self._vault.get(*copy)
            except NotInStore:
                return None
        if place is None:
            return None
        try:
            return await self._segments.read(place)
        except NotInStore:
            return None


async def body_places(connection: Connection, visit_id: str) -> dict[int, BodyPlace]:
    """Where the bodies of a visit lie, by their number over all captures."""
    rows = await connection.execute(sa.select(bodies).where(bodies.c.visit_id == visit_id))
    return {
        row.ordinal: BodyPlace(segment=row.segment_id, offset=row.offset, length=row.length, sha256=row.sha256)
        for row in rows
    }


def _summary(row: sa.Row[Any]) -> VisitSummary:
    return VisitSummary(
        id=row.id,
        at=row.at,
        outcome=Outcome(row.outcome),
        detail=row.detail,
        url=row.url,
        page_kind=None if row.page_kind is None else PageKind(row.page_kind),
        label=None if row.label is None else Label(row.label),
        sector=row.sector or "",
        score=row.score or 0.0,
        elapsed_ms=row.elapsed_ms,
    )
