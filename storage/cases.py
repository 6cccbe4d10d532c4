"""Cases: listing them, and what people do to them. Every change is checked against the version it was made on."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.errors import Conflict, NotInStore, UsageError
from core.records import Case, CaseEvent, CaseState, Decision, Subject, SubjectKind, Tlp
from storage import audit
from storage.case_rows import append_history
from storage.connection import Connection
from storage.engine import Database, clock
from storage.records import CaseFacets, CaseFilter, CasePage
from storage.tables import (
    bundles,
    case_history,
    case_jurisdictions,
    case_rights_holders,
    case_visits,
    cases,
    subjects,
)
from storage.types import from_micros, to_micros

_OPEN = (CaseState.NEW, CaseState.CLAIMED, CaseState.MORE_EVIDENCE)
_FROM: Mapping[Decision, tuple[CaseState, ...]] = {
    Decision.CONFIRM: _OPEN,
    Decision.DISMISS: _OPEN,
    Decision.NEED_EVIDENCE: (CaseState.NEW, CaseState.CLAIMED),
    Decision.REFER: (*_OPEN, CaseState.CONFIRMED),
    Decision.REOPEN: (CaseState.CONFIRMED, CaseState.DISMISSED, CaseState.REFERRED),
}
_TO: Mapping[Decision, CaseState] = {
    Decision.CONFIRM: CaseState.CONFIRMED,
    Decision.DISMISS: CaseState.DISMISSED,
    Decision.NEED_EVIDENCE: CaseState.MORE_EVIDENCE,
    Decision.REFER: CaseState.REFERRED,
    Decision.REOPEN: CaseState.NEW,
}
_EVERY_CASE = CaseFilter()


class Cases:
    """The review queue and its cases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, filter: CaseFilter = _EVERY_CASE, cursor: str | None = None, limit: int = 50) -> CasePage:
        """Cases that pass ``filter``: the highest score first, the oldest first among equals.

        ``cursor`` is that of the page before. Raises :class:`UsageError` when it is none of ours.
        """
        statement = _SELECT.order_by(cases.c.score.desc(), cases.c.opened_at, cases.c.id).limit(limit + 1)
        statement = statement.where(*_conditions(filter))
        if cursor is not None:
            statement = statement.where(_after(cursor))
        async with self._database.read() as connection:
            rows = (await connection.execute(statement)).all()
            shown = rows[:limit]
            found = await _with_lists(connection, shown)
        more = _cursor(shown[-1]) if shown and len(rows) > limit else None
        return CasePage(cases=found, cursor=more)

    async def get(self, case_id: str) -> Case:
        """A case with its visits, bundles and history. Raises :class:`NotInStore`."""
        async with self._database.read() as connection:
            return await _get(connection, case_id)

    async def find(self, subject: Subject) -> tuple[Case, ...]:
        """Every case of a subject, whichever organisation's, listed as in :meth:`list`."""
        wanted = (subjects.c.kind == subject.kind, subjects.c.key == subject.key)
        async with self._database.read() as connection:
            rows = (await connection.execute(_SELECT.where(*wanted).order_by(cases.c.opened_at))).all()
            return await _with_lists(connection, rows)

    async def counts(self, organisation: str = "") -> Mapping[str, int]:
        """How many cases are in each state; states without cases count 0."""
        async with self._database.read() as connection:
            return await counts(connection, organisation)

    async def facets(self, filter: CaseFilter = _EVERY_CASE) -> CaseFacets:
        """Counts by state and by sector of the cases that pass ``filter``; neither counts under its own condition."""
        async with self._database.read() as connection:
            states = await _tally(connection, cases.c.state, dataclasses.replace(filter, states=()))
            sectors = await _tally(connection, cases.c.sector, dataclasses.replace(filter, sector=""))
        return CaseFacets(states={str(state): states.get(state, 0) for state in CaseState}, sectors=sectors)

    async def claim(
        self, case_id: str, actor: str, version: int, *, now: datetime | None = None, address: str = ""
    ) -> Case:
        """Assign an open case to ``actor``. Raises :class:`Conflict` for a decided case or an old ``version``."""
        async with self._database.write() as connection:
            case = await _get(connection, case_id)
            if case.state not in _OPEN:
                raise Conflict(f"The case is {case.state} and cannot be claimed.", hint="Reopen it first.")
            change = {"assignee": actor, "state": CaseState.CLAIMED}
            await _change(connection, case, version, change, "claimed", actor, "", now, address)
            return await _get(connection, case_id)

    async def decide(
        self,
        case_id: str,
        decision: Decision,
        reason: str,
        actor: str,
        version: int,
        *,
        now: datetime | None = None,
        address: str = "",
    ) -> Case:
        """Decide a case, with a reason.

        Raises :class:`UsageError` without a reason, and :class:`Conflict` for an old ``version`` or when the
        decision does not follow the case's state.
        """
        if not reason.strip():
            raise UsageError("A decision needs a reason.")
        async with self._database.write() as connection:
            case = await _get(connection, case_id)
            if case.state not in _FROM[decision]:
                raise Conflict(f"The case is {case.state}, so it cannot take the decision {decision!s}.")
            change: dict[str, object] = {"state": _TO[decision]}
            if decision is Decision.REOPEN:
                change["assignee"] = None
            await _change(connection, case, version, change, str(decision), actor, reason.strip(), now, address)
            return await _get(connection, case_id)

    async def note(
        self, case_id: str, text: str, actor: str, *, now: datetime | None = None, address: str = ""
    ) -> Case:
        """Add a note to the history, whatever the state. Raises :class:`UsageError` for an empty one."""
        if not text.strip():
            raise UsageError("The note is empty.")
        async with self._database.write() as connection:
            case = await _get(connection, case_id)
            await _change(connection, case, case.version, {}, "note", actor, text.strip(), now, address)
            return await _get(connection, case_id)

    async def set_tlp(
        self, case_id: str, tlp: Tlp, actor: str, version: int, *, now: datetime | None = None, address: str = ""
    ) -> Case:
        """Change the TLP marking of a case. Raises :class:`Conflict` for an old ``version``."""
        async with self._database.write() as connection:
            case = await _get(connection, case_id)
            await _change(connection, case, version, {"tlp": tlp}, "marked", actor, str(tlp), now, address)
            return await _get(connection, case_id)

    @staticmethod
    def allowed(state: CaseState) -> tuple[Decision, ...]:
        """The decisions that a case in ``state`` can take."""
        return tuple(decision for decision, states in _FROM.items() if state in states)


_SELECT = sa.select(cases, subjects.c.kind, subjects.c.key).select_from(cases.join(subjects))


async def _tally(connection: Connection, column: sa.Column[str], filter: CaseFilter) -> dict[str, int]:
    amount = sa.func.count().label("amount")
    statement = sa.select(column, amount).select_from(cases.join(subjects)).where(*_conditions(filter))
    rows = await connection.execute(statement.group_by(column).order_by(amount.desc(), column))
    return {row[0]: row[1] for row in rows}


def _conditions(filter: CaseFilter) -> list[sa.ColumnElement[bool]]:
    wanted: list[sa.ColumnElement[bool]] = []
    if filter.states:
        wanted.append(cases.c.state.in_(filter.states))
    for column, value in (
        (cases.c.sector, filter.sector),
        (cases.c.organisation, filter.organisation),
        (cases.c.assignee, filter.assignee),
    ):
        if value:
            wanted.append(column == value)
    if filter.rights_holder:
        named = case_rights_holders.c.rights_holder == filter.rights_holder
        wanted.append(cases.c.id.in_(sa.select(case_rights_holders.c.case_id).where(named)))
    if filter.text:
        columns = (subjects.c.key, cases.c.url, cases.c.title)
        wanted.append(sa.or_(*(column.icontains(filter.text, autoescape=True) for column in columns)))
    return wanted


def _cursor(row: sa.Row[Any]) -> str:
    place = json.dumps([row.score, to_micros(row.opened_at), row.id])
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _after(cursor: str) -> sa.ColumnElement[bool]:
    try:
        score, opened, case_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        opened_at, score = from_micros(int(opened)), float(score)
    except (ValueError, TypeError, OverflowError) as exc:
        raise UsageError(f"{cursor[:80]!r} is no cursor of this listing.") from exc
    return sa.or_(
        cases.c.score < score,
        sa.and_(
            cases.c.score == score,
            sa.or_(
                cases.c.opened_at > opened_at,
                sa.and_(cases.c.opened_at == opened_at, cases.c.id > str(case_id)),
            ),
        ),
    )


async def _with_lists(connection: Connection, rows: Sequence[sa.Row[Any]]) -> tuple[Case, ...]:
    ids = [row.id for row in rows]
    holders: dict[str, list[str]] = {}
    places: dict[str, list[tuple[str, str]]] = {}
    if ids:
        named = sa.select(case_rights_holders).where(case_rights_holders.c.case_id.in_(ids))
        for case_id, name in await connection.execute(named.order_by(case_rights_holders.c.rights_holder)):
            holders.setdefault(case_id, []).append(name)
        located = sa.select(case_jurisdictions).where(case_jurisdictions.c.case_id.in_(ids))
        for case_id, code, reason in await connection.execute(located.order_by(case_jurisdictions.c.code)):
            places.setdefault(case_id, []).append((code, reason))
    return tuple(
        _case(
            row,
            rights_holders=tuple(holders.get(row.id, ())),
            jurisdictions=tuple(places.get(row.id, ())),
        )
        for row in rows
    )


def _case(row: sa.Row[Any], **lists: Any) -> Case:
    return Case(
        id=row.id,
        subject=Subject(kind=SubjectKind(row.kind), key=row.key),
        url=row.url,
        organisation=row.organisation,
        state=CaseState(row.state),
        sector=row.sector,
        score=row.score,
        opened_at=row.opened_at,
        updated_at=row.updated_at,
        version=row.version,
        assignee=row.assignee,
        tlp=Tlp(row.tlp),
        campaign=row.campaign_id,
        **lists,
    )


async def _get(connection: Connection, case_id: str) -> Case:
    row = (await connection.execute(_SELECT.where(cases.c.id == case_id))).one_or_none()
    if row is None:
        raise NotInStore(f"No case {case_id[:80]} is stored.")
    seen = sa.select(case_visits.c.visit_id).where(case_visits.c.case_id == case_id)
    made = sa.select(bundles.c.id).where(bundles.c.case_id == case_id)
    told = sa.select(case_history).where(case_history.c.case_id == case_id).order_by(case_history.c.seq)
    listed = (await _with_lists(connection, [row]))[0]
    return _case(
        row,
        rights_holders=listed.rights_holders,
        jurisdictions=listed.jurisdictions,
        visits=tuple((await connection.execute(seen.order_by(case_visits.c.visit_id))).scalars()),
        bundles=tuple((await connection.execute(made.order_by(bundles.c.id))).scalars()),
        history=tuple(
            CaseEvent(seq=line.seq, at=line.at, actor=line.actor, action=line.action, detail=line.detail)
            for line in await connection.execute(told)
        ),
    )


async def _change(
    connection: Connection,
    case: Case,
    version: int,
    change: Mapping[str, object],
    action: str,
    actor: str,
    detail: str,
    now: datetime | None,
    address: str,
) -> None:
    if case.version != version:
        raise Conflict(
            f"The case was changed meanwhile (version {case.version}, not {version}).", hint="Read it again."
        )
    at = now or await clock(connection)
    await connection.execute(
        sa.update(cases).where(cases.c.id == case.id).values(**change, version=version + 1, updated_at=at)
    )
    await append_history(connection, case.id, at, actor, action, detail)
    await audit.append(
        connection,
        at=at,
        chain=case.id,
        actor=actor,
        organisation=case.organisation,
        action=f"case.{action}",
        object_kind="case",
        object_id=case.id,
        purpose="review",
        detail=detail,
        address=address,
    )


async def counts(connection: Connection, organisation: str = "") -> Mapping[str, int]:
    """Cases by state, on a given connection."""
    statement = sa.select(cases.c.state, sa.func.count()).group_by(cases.c.state)
    if organisation:
        statement = statement.where(cases.c.organisation == organisation)
    found: dict[str, int] = {row[0]: row[1] for row in await connection.execute(statement)}
    return {str(state): found.get(state, 0) for state in CaseState}
