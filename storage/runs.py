"""Runs: the targets of a scan, each with the result it got, in the order results came in.

A target is done when :meth:`storage.store.Store.finish` records a visit of its subject, in the same transaction,
or at once when it could not be parsed. So a run goes on after any stop, whoever made the visits.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from core.errors import NotInStore, UsageError
from core.records import Candidate, Label, Lane, Outcome, PageKind, Subject, SubjectKind
from storage.codec import clean_text, dump_options, read_verdict
from storage.connection import Connection
from storage.dialect import insert_ignore
from storage.engine import Database
from storage.finish import complete_targets
from storage.frontier import ADD_CHUNK
from storage.records import Run, RunCounts, RunResult, RunTarget
from storage.subjects import record
from storage.tables import evidence_jobs, run_targets, runs, subjects, verdicts, visits


class Runs:
    """Scans and their results."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self,
        run_id: str,
        targets: Iterable[RunTarget],
        options: Mapping[str, Any],
        now: datetime,
        *,
        source: str = "scan",
        lane: Lane = Lane.URGENT,
        organisation: str | None = None,
    ) -> Run:
        """Begin a run and add its first targets, see :meth:`add_targets`. ``options`` are kept as JSON.

        Raises :class:`UsageError` when the run exists.
        """
        async with self._database.write() as connection:
            row = {"id": run_id, "created_at": now, "options": dump_options(options), "intake_closed": False, "done": 0}
            if (await connection.execute(insert_ignore(runs).values(row))).rowcount != 1:
                raise UsageError(f"The run {run_id} exists already.")
        await self.add_targets(run_id, targets, now, source=source, lane=lane, organisation=organisation)
        return await self.get(run_id)

    async def add_targets(
        self,
        run_id: str,
        targets: Iterable[RunTarget],
        now: datetime,
        *,
        source: str = "scan",
        lane: Lane = Lane.URGENT,
        organisation: str | None = None,
    ) -> int:
        """Add targets and make their subjects due now; targets whose position is already known are left alone.

        Written in transactions of :data:`storage.frontier.ADD_CHUNK` targets, so a stopped intake can be repeated
        from the start. Returns how many were added.
        """
        await self.get(run_id)
        remaining = iter(targets)
        added = 0
        while chunk := list(islice(remaining, ADD_CHUNK)):
            async with self._database.write() as connection:
                added += await _add(connection, run_id, chunk, now, source, lane, organisation)
        return added

    async def close_intake(self, run_id: str) -> None:
        """Note that all targets of the run are known."""
        async with self._database.write() as connection:
            await connection.execute(sa.update(runs).where(runs.c.id == run_id).values(intake_closed=True))

    async def get(self, run_id: str) -> Run:
        """A run by id. Raises :class:`NotInStore`."""
        async with self._database.read() as connection:
            row = (await connection.execute(sa.select(runs).where(runs.c.id == run_id))).one_or_none()
        if row is None:
            raise NotInStore(f"No run {run_id[:80]} is stored.")
        return _run(row)

    async def list(self, limit: int = 20) -> tuple[Run, ...]:
        """The latest runs, newest first."""
        statement = sa.select(runs).order_by(runs.c.created_at.desc(), runs.c.id.desc()).limit(limit)
        async with self._database.read() as connection:
            return tuple(_run(row) for row in await connection.execute(statement))

    async def counts(self, run_id: str) -> RunCounts:
        """How far the run is, by outcome."""
        outcome = sa.case((run_targets.c.error_code.is_not(None), "error"), else_=visits.c.outcome)
        flagged = sa.func.sum(sa.case((verdicts.c.label == Label.FLAGGED, 1), else_=0))
        statement = (
            sa.select(outcome, sa.func.count(), flagged)
            .select_from(
                run_targets.outerjoin(visits, visits.c.id == run_targets.c.visit_id).outerjoin(
                    verdicts, verdicts.c.visit_id == run_targets.c.visit_id
                )
            )
            .where(run_targets.c.run_id == run_id, run_targets.c.done_seq.is_not(None))
            .group_by(outcome)
        )
        every = sa.select(sa.func.count()).where(run_targets.c.run_id == run_id)
        async with self._database.read() as connection:
            rows = (await connection.execute(statement)).all()
            total = (await connection.execute(every)).scalar_one()
        return RunCounts(
            total=total,
            done=sum(count for _, count, _ in rows),
            outcomes={name: count for name, count, _ in rows},
            flagged=sum(int(count) for _, _, count in rows),
        )

    async def results(self, run_id: str, after_seq: int = 0, limit: int = 100) -> tuple[RunResult, ...]:
        """Results numbered after ``after_seq``, in the order they came in."""
        statement = _RESULTS.where(run_targets.c.run_id == run_id, run_targets.c.done_seq > after_seq)
        return await self._select(statement.order_by(run_targets.c.done_seq).limit(limit))

    async def listing(self, run_id: str, after_position: int = -1, limit: int = 100) -> tuple[RunResult, ...]:
        """All targets after ``after_position`` in the order given, done or not."""
        statement = _RESULTS.where(run_targets.c.run_id == run_id, run_targets.c.position > after_position)
        return await self._select(statement.order_by(run_targets.c.position).limit(limit))

    async def _select(self, statement: sa.Select[Any]) -> tuple[RunResult, ...]:
        async with self._database.read() as connection:
            return tuple(_result(row) for row in await connection.execute(statement))


_RESULTS = sa.select(
    run_targets,
    subjects.c.kind,
    subjects.c.key,
    subjects.c.unit,
    visits.c.outcome,
    visits.c.detail,
    visits.c.page_kind,
    visits.c.language,
    visits.c.title,
    visits.c.elapsed_ms,
    verdicts.c.record.label("verdict"),
    evidence_jobs.c.case_id,
    evidence_jobs.c.bundle_id,
    evidence_jobs.c.state.label("evidence_state"),
).select_from(
    run_targets.outerjoin(subjects, subjects.c.id == run_targets.c.subject_id)
    .outerjoin(visits, visits.c.id == run_targets.c.visit_id)
    .outerjoin(verdicts, verdicts.c.visit_id == run_targets.c.visit_id)
    .outerjoin(evidence_jobs, evidence_jobs.c.visit_id == run_targets.c.visit_id)
)


def _run(row: sa.Row[Any]) -> Run:
    return Run(
        id=row.id, created_at=row.created_at, options=json.loads(row.options), intake_closed=bool(row.intake_closed)
    )


def _result(row: sa.Row[Any]) -> RunResult:
    verdict = None if row.verdict is None else read_verdict(row.verdict)
    return RunResult(
        position=row.position,
        text=row.text,
        seq=row.done_seq,
        subject=None if row.key is None else Subject(kind=SubjectKind(row.kind), key=row.key),
        unit=row.unit or "",
        url=row.url,
        outcome=None if row.outcome is None else Outcome(row.outcome),
        detail=row.detail or "",
        visit_id=row.visit_id,
        verdict=verdict,
        page_kind=None if row.page_kind is None else PageKind(row.page_kind),
        language=row.language or "",
        title=row.title or "",
        case_id=row.case_id,
        bundle_id=row.bundle_id,
        bundle_ready=row.evidence_state == "done",
        error=None if row.error_code is None else (row.error_code, row.error_message),
        elapsed_ms=row.elapsed_ms or 0,
        ruleset=verdict.ruleset if verdict else "",
    )


async def _add(
    connection: Connection,
    run_id: str,
    targets: list[RunTarget],
    now: datetime,
    source: str,
    lane: Lane,
    organisation: str | None,
) -> int:
    known = set(
        (
            await connection.execute(
                sa.select(run_targets.c.position).where(
                    run_targets.c.run_id == run_id,
                    run_targets.c.position.between(
                        min(target.position for target in targets), max(target.position for target in targets)
                    ),
                )
            )
        ).scalars()
    )
    fresh = [target for target in targets if target.position not in known]
    if not fresh:
        return 0
    candidates = [
        Candidate(
            subject=target.target.subject,
            url=target.target.url,
            unit=target.target.unit,
            source=source,
            reason=f"target {target.position} of run {run_id}",
            seen_at=now,
            lane=lane,
            organisation=organisation,
        )
        for target in fresh
        if target.target is not None
    ]
    recorded = await record(connection, candidates, now, due_now=True)
    await connection.execute(
        sa.insert(run_targets),
        [
            {
                "run_id": run_id,
                "position": target.position,
                "text": clean_text(target.text),
                "subject_id": recorded.ids[target.target.subject] if target.target else None,
                "url": target.target.url if target.target else "",
                "error_code": target.error[0] if target.error else None,
                "error_message": clean_text(target.error[1]) if target.error else None,
            }
            for target in fresh
        ],
    )
    failed = [(target.position, None) for target in fresh if target.target is None]
    if failed:
        await complete_targets(connection, run_id, failed)
    return len(fresh)
