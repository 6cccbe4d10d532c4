"""A subject's life, step by step, from what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from core.records import Subject
from storage.connection import Connection
from storage.engine import Database
from storage.records import TraceStep
from storage.subjects import subject_ids
from storage.tables import (
    audit,
    bundles,
    case_history,
    cases,
    evidence_jobs,
    frontier,
    frontier_events,
    sightings,
    verdicts,
    visits,
)


async def trace(database: Database, subject: Subject) -> tuple[TraceStep, ...]:
    """Every stored step of a subject in time order; empty when it is unknown."""
    async with database.read() as connection:
        id_ = (await subject_ids(connection, (subject,))).get(subject)
        if id_ is None:
            return ()
        steps = [*await _watched(connection, id_), *await _reviewed(connection, id_)]
    return tuple(sorted(steps, key=lambda step: step.at))


async def _watched(connection: Connection, id_: int) -> list[TraceStep]:
    seen = sa.select(sightings).where(sightings.c.subject_id == id_).order_by(sightings.c.id)
    events = sa.select(frontier_events).where(frontier_events.c.subject_id == id_).order_by(frontier_events.c.id)
    made = (
        sa.select(visits, verdicts.c.record.is_not(None).label("judged"), *_VERDICT)
        .select_from(visits.outerjoin(verdicts))
        .where(visits.c.subject_id == id_)
        .order_by(visits.c.finished_at)
    )
    now = sa.select(frontier).where(frontier.c.subject_id == id_, frontier.c.worker.is_not(None))
    steps = [_sighting(row) for row in await connection.execute(seen)]
    steps += [
        TraceStep(at=row.at, kind="lease", text=f"{row.kind} ({row.worker or 'operator'}, token {row.token})")
        for row in await connection.execute(events)
    ]
    for row in await connection.execute(made):
        steps += _visit(row)
    steps += [
        TraceStep(
            at=row.leased_at,
            kind="lease",
            text=f"leased to {row.worker}, attempt {row.attempt}, token {row.token}, until {row.visible_at:%H:%M:%S}",
        )
        for row in await connection.execute(now)
    ]
    return steps


_VERDICT = (verdicts.c.label, verdicts.c.sector, verdicts.c.score, verdicts.c.ruleset, verdicts.c.at.label("judged_at"))


def _sighting(row: sa.Row[Any]) -> TraceStep:
    origin = f", from visit {row.parent_visit}" if row.parent_visit else ""
    return TraceStep(at=row.seen_at, kind="sighting", text=f"{row.source}: {row.reason} ({row.url}){origin}")


def _visit(row: sa.Row[Any]) -> Iterator[TraceStep]:
    lease = f"leased to {row.worker}, attempt {row.attempt}, token {row.token}"
    yield TraceStep(at=row.leased_at, kind="lease", text=lease, ref=row.id)
    after = f"given up: {row.dead_reason}" if row.dead_reason else _next(row)
    detail = f" ({row.detail})" if row.detail else ""
    page = f", {row.page_kind}, {row.language or 'language unknown'}" if row.page_kind else ""
    yield TraceStep(
        at=row.at,
        kind="visit",
        text=f"{row.outcome}{detail}{page}, {row.elapsed_ms} ms",
        ref=row.id,
    )
    if row.judged:
        text = f"{row.label}: {row.sector or 'no sector'} {row.score:.2f} under ruleset {row.ruleset[:12]}"
        yield TraceStep(at=row.judged_at, kind="verdict", text=text, ref=row.id)
    yield TraceStep(at=row.finished_at, kind="frontier", text=f"recorded by {row.worker}; {after}", ref=row.id)


def _next(row: sa.Row[Any]) -> str:
    return f"next visit {row.due_at:%Y-%m-%d %H:%M:%S} UTC" if row.due_at else "no next visit"


async def _reviewed(connection: Connection, id_: int) -> list[TraceStep]:
    ids = sa.select(cases.c.id).where(cases.c.subject_id == id_)
    opened = sa.select(cases).where(cases.c.subject_id == id_).order_by(cases.c.opened_at)
    told = sa.select(case_history).where(case_history.c.case_id.in_(ids))
    jobs = sa.select(evidence_jobs).where(evidence_jobs.c.case_id.in_(ids))
    stored = sa.select(bundles).where(bundles.c.case_id.in_(ids))
    audited = sa.select(audit).where(audit.c.chain.in_(ids))
    steps = [
        TraceStep(at=row.opened_at, kind="case", text=f"case of {row.organisation}, now {row.state}", ref=row.id)
        for row in await connection.execute(opened)
    ]
    steps += [
        TraceStep(at=row.at, kind="history", text=f"{row.action} by {row.actor}{_after(row.detail)}", ref=row.case_id)
        for row in await connection.execute(told.order_by(case_history.c.case_id, case_history.c.seq))
    ]
    steps += [step for row in await connection.execute(jobs) for step in _job(row)]
    steps += [
        TraceStep(at=row.stored_at, kind="bundle", text=f"{row.state}, content id {row.content_id}", ref=row.id)
        for row in await connection.execute(stored)
    ]
    steps += [
        TraceStep(
            at=row.at,
            kind="audit",
            text=f"{row.action} by {row.actor} of {row.organisation}{_after(row.purpose)}",
            ref=str(row.seq),
        )
        for row in await connection.execute(audited.order_by(audit.c.seq))
    ]
    return steps


def _after(text: str) -> str:
    return f": {text}" if text else ""


def _job(row: sa.Row[Any]) -> Iterable[TraceStep]:
    yield TraceStep(
        at=row.enqueued_at, kind="evidence", text=f"bundle asked for visit {row.visit_id}", ref=row.bundle_id
    )
    state = f"{row.state} after {row.attempt} attempts{_after(row.reason)}"
    if row.finished_at is not None:
        yield TraceStep(at=row.finished_at, kind="evidence", text=state, ref=row.bundle_id)
    elif row.attempt and row.visible_at is not None:
        yield TraceStep(at=row.visible_at, kind="evidence", text=state, ref=row.bundle_id)
