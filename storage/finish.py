"""What a finished visit does to the store: everything in one transaction, fenced by the lease's token."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from core.ids import new_ulid
from core.records import Label
from storage import audit
from storage.case_rows import append_history, new_case_row
from storage.codec import clean_text, dump_candidate, dump_capture, dump_verdict
from storage.connection import Connection
from storage.dialect import chunks, insert_ignore
from storage.frontier import held_tokens
from storage.records import CaseOpening, Finished, FinishResult
from storage.subjects import record
from storage.tables import (
    bodies,
    captures,
    case_jurisdictions,
    case_rights_holders,
    case_visits,
    cases,
    evidence_jobs,
    frontier,
    run_targets,
    runs,
    signals,
    verdicts,
    visits,
)

ACTOR = "counterwatch"
"""Who the history and the audit name for what the service does by itself."""


def bundle_id_of(visit_id: str, at: datetime) -> str:
    """The id of the bundle of a flagged visit: a ULID that the visit determines."""
    return new_ulid(at, hashlib.sha256(f"bundle/{visit_id}".encode()).digest()[:10])


def case_id_of(subject: str, organisation: str, at: datetime) -> str:
    """The id of a case opened at ``at``."""
    return new_ulid(at, hashlib.sha256(f"case/{subject}/{organisation}".encode()).digest()[:10])


async def apply(connection: Connection, batch: Sequence[Finished], now: datetime) -> tuple[FinishResult, ...]:
    """Apply the batch inside the caller's write transaction. A lease no longer held has no effect at all."""
    tokens = await held_tokens(connection, [item.lease.subject_id for item in batch])
    accepted: dict[int, int] = {}
    for place, item in enumerate(batch):
        if tokens.get(item.lease.subject_id) == item.lease.token:
            accepted.setdefault(item.lease.subject_id, place)
    items = [batch[place] for place in accepted.values()]
    opened: Mapping[str, FinishResult] = {}
    if items:
        await _insert_visits(connection, items, now)
        await _acknowledge(connection, items, now)
        await record(connection, [one for item in items for one in item.discovered], now, due_now=False)
        await _finish_run_targets(connection, {item.lease.subject_id: item.visit.id for item in items})
        opened = {item.visit.id: await _open_case(connection, item, item.case, now) for item in items if item.case}
    return tuple(
        opened.get(item.visit.id, FinishResult(accepted=True, visit_id=item.visit.id))
        if accepted.get(item.lease.subject_id) == place
        else FinishResult(accepted=False, visit_id=item.visit.id)
        for place, item in enumerate(batch)
    )


async def _insert_visits(connection: Connection, items: Sequence[Finished], now: datetime) -> None:
    await connection.execute(sa.insert(visits), [_visit_row(item, now) for item in items])
    groups: tuple[tuple[sa.Table, list[dict[str, object]]], ...] = (
        (captures, [row for item in items for row in _capture_rows(item)]),
        (bodies, [row for item in items for row in _body_rows(item)]),
        (verdicts, [row for item in items for row in _verdict_rows(item)]),
        (signals, [row for item in items for row in _signal_rows(item)]),
    )
    for table, rows in groups:
        if rows:
            await connection.execute(sa.insert(table), rows)


def _visit_row(item: Finished, now: datetime) -> dict[str, object]:
    visit = item.visit
    details = [capture.detail for capture in visit.captures if capture.outcome is visit.outcome and capture.detail]
    return {
        "id": visit.id,
        "subject_id": item.lease.subject_id,
        "at": visit.at,
        "finished_at": now,
        "outcome": visit.outcome,
        "detail": clean_text(details[0]) if details else "",
        "url": clean_text(visit.candidate.url),
        "candidate": dump_candidate(visit.candidate),
        "page_kind": item.page_kind,
        "language": item.language,
        "title": clean_text(item.title),
        "elapsed_ms": item.elapsed_ms,
        "worker": item.lease.worker,
        "token": item.lease.token,
        "attempt": item.lease.attempt,
        "leased_at": item.lease.leased_at,
        "due_at": None if item.dead_reason else item.due_at,
        "dead_reason": clean_text(item.dead_reason),
    }


def _capture_rows(item: Finished) -> list[dict[str, object]]:
    return [
        {
            "visit_id": item.visit.id,
            "ordinal": ordinal,
            "vantage": capture.vantage,
            "outcome": capture.outcome,
            "record": dump_capture(capture),
        }
        for ordinal, capture in enumerate(item.visit.captures)
    ]


def _body_rows(item: Finished) -> list[dict[str, object]]:
    return [
        {
            "visit_id": item.visit.id,
            "ordinal": ordinal,
            "segment_id": place.segment,
            "offset": place.offset,
            "length": place.length,
            "sha256": place.sha256,
        }
        for ordinal, place in enumerate(item.bodies)
    ]


def _verdict_rows(item: Finished) -> list[dict[str, object]]:
    verdict = item.verdict
    if verdict is None:
        return []
    return [
        {
            "visit_id": item.visit.id,
            "label": verdict.label,
            "sector": verdict.sector,
            "score": verdict.score,
            "ruleset": verdict.ruleset,
            "at": verdict.at,
            "record": dump_verdict(verdict),
        }
    ]


def _signal_rows(item: Finished) -> list[dict[str, object]]:
    if item.verdict is None:
        return []
    return [
        {
            "visit_id": item.visit.id,
            "ordinal": ordinal,
            "signal": signal.id,
            "family": signal.family,
            "sector": signal.sector,
            "weight": signal.weight,
            "pack_id": signal.pack.id if signal.pack else None,
            "pack_version": signal.pack.version if signal.pack else None,
            "pack_organisation": signal.pack.organisation if signal.pack else None,
        }
        for ordinal, signal in enumerate((*item.verdict.signals, *item.verdict.contrary))
    ]


_ACKNOWLEDGE = (
    sa.update(frontier)
    .where(frontier.c.subject_id == sa.bindparam("b_id"))
    .values(
        visible_at=sa.bindparam("b_visible_at"),
        worker=None,
        leased_at=None,
        attempt=sa.bindparam("b_attempt"),
        dead_reason=sa.bindparam("b_dead_reason"),
        dead_at=sa.bindparam("b_dead_at"),
    )
)


async def _acknowledge(connection: Connection, items: Sequence[Finished], now: datetime) -> None:
    await connection.execute(
        _ACKNOWLEDGE,
        [
            {
                "b_id": item.lease.subject_id,
                "b_visible_at": None if item.dead_reason else item.due_at,
                "b_attempt": item.lease.attempt if item.dead_reason else 0,
                "b_dead_reason": clean_text(item.dead_reason),
                "b_dead_at": now if item.dead_reason else None,
            }
            for item in items
        ],
    )


async def _finish_run_targets(connection: Connection, visit_of: Mapping[int, str]) -> None:
    """Complete every waiting target of every run that is about one of these subjects."""
    waiting: dict[str, list[tuple[int, str]]] = {}
    for chunk in chunks(sorted(visit_of)):
        rows = await connection.execute(
            sa.select(run_targets.c.run_id, run_targets.c.position, run_targets.c.subject_id)
            .where(run_targets.c.subject_id.in_(chunk), run_targets.c.done_seq.is_(None))
            .order_by(run_targets.c.run_id, run_targets.c.position)
        )
        for run_id, position, subject_id in rows:
            waiting.setdefault(run_id, []).append((position, visit_of[subject_id]))
    for run_id, targets in waiting.items():
        await complete_targets(connection, run_id, targets)


_COMPLETE = (
    sa.update(run_targets)
    .where(run_targets.c.run_id == sa.bindparam("b_run"), run_targets.c.position == sa.bindparam("b_position"))
    .values(done_seq=sa.bindparam("b_seq"), visit_id=sa.bindparam("b_visit"))
)


async def complete_targets(connection: Connection, run_id: str, targets: Sequence[tuple[int, str | None]]) -> None:
    """Number the targets (position, visit id) of one run as its next results."""
    counted = sa.update(runs).where(runs.c.id == run_id).values(done=runs.c.done + len(targets)).returning(runs.c.done)
    first = (await connection.execute(counted)).scalar_one() - len(targets) + 1
    await connection.execute(
        _COMPLETE,
        [
            {"b_run": run_id, "b_position": position, "b_seq": first + place, "b_visit": visit_id}
            for place, (position, visit_id) in enumerate(targets)
        ],
    )


async def _open_case(connection: Connection, item: Finished, opening: CaseOpening, now: datetime) -> FinishResult:
    """Open the case of (subject, organisation), or add the visit to the one that exists; enqueue its evidence."""
    visit, verdict = item.visit, item.verdict
    candidate = visit.candidate
    fresh_id = case_id_of(str(candidate.subject), opening.organisation, now)
    row = new_case_row(item, opening, fresh_id, now)
    opened = (await connection.execute(insert_ignore(cases).values(row))).rowcount == 1
    stored = (
        await connection.execute(
            sa.select(cases.c.id, cases.c.score).where(
                cases.c.subject_id == item.lease.subject_id, cases.c.organisation == opening.organisation
            )
        )
    ).one()
    case_id: str = stored.id
    if not opened:
        change: dict[str, object] = {"updated_at": now}
        if verdict is not None and verdict.score > stored.score:
            change |= {"score": verdict.score, "sector": verdict.sector, "version": cases.c.version + 1}
        await connection.execute(sa.update(cases).where(cases.c.id == case_id).values(change))
    await connection.execute(insert_ignore(case_visits), [{"case_id": case_id, "visit_id": visit.id, "added_at": now}])
    if opening.rights_holders:
        await connection.execute(
            insert_ignore(case_rights_holders),
            [{"case_id": case_id, "rights_holder": name} for name in opening.rights_holders],
        )
    if opening.jurisdictions:
        await connection.execute(
            insert_ignore(case_jurisdictions),
            [{"case_id": case_id, "code": code, "reason": reason} for code, reason in opening.jurisdictions],
        )
    label = verdict.label if verdict is not None else Label.UNDECIDED
    score = f"{verdict.sector} {verdict.score:.2f}" if verdict is not None else "no verdict"
    action = "opened" if opened else "seen again"
    detail = f"{label} ({score}) by visit {visit.id}"
    await append_history(connection, case_id, now, ACTOR, action, detail)
    await audit.append(
        connection,
        at=now,
        chain=case_id,
        actor=ACTOR,
        organisation=opening.organisation,
        action=f"case.{action.replace(' ', '_')}",
        object_kind="case",
        object_id=case_id,
        purpose="detection",
        detail=detail,
        address="",
    )
    bundle_id = bundle_id_of(visit.id, visit.at)
    await connection.execute(
        insert_ignore(evidence_jobs),
        [
            {
                "visit_id": visit.id,
                "case_id": case_id,
                "bundle_id": bundle_id,
                "state": "pending",
                "visible_at": now,
                "token": 0,
                "attempt": 0,
                "reason": "",
                "enqueued_at": now,
            }
        ],
    )
    return FinishResult(accepted=True, visit_id=visit.id, case_id=case_id, case_opened=opened, bundle_id=bundle_id)
