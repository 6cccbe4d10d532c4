"""Rows of cases, shared by the transaction that opens them and the one in which people decide."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from core.records import CaseState, Tlp
from storage.codec import clean_text
from storage.connection import Connection
from storage.records import CaseOpening, Finished
from storage.tables import case_history


def new_case_row(item: Finished, opening: CaseOpening, case_id: str, now: datetime) -> dict[str, object]:
    """The row of a case that ``item`` opens."""
    return {
        "id": case_id,
        "subject_id": item.lease.subject_id,
        "organisation": opening.organisation,
        "url": clean_text(item.visit.candidate.url),
        "title": clean_text(item.title),
        "state": CaseState.NEW,
        "sector": item.verdict.sector if item.verdict else "",
        "score": item.verdict.score if item.verdict else 0.0,
        "opened_at": now,
        "updated_at": now,
        "version": 1,
        "tlp": Tlp.AMBER,
    }


async def append_history(
    connection: Connection, case_id: str, at: datetime, actor: str, action: str, detail: str
) -> None:
    """Append one line to a case's history."""
    last = sa.select(sa.func.coalesce(sa.func.max(case_history.c.seq), 0)).where(case_history.c.case_id == case_id)
    seq = (await connection.execute(last)).scalar_one() + 1
    await connection.execute(
        sa.insert(case_history),
        [
            {
                "case_id": case_id,
                "seq": seq,
                "at": at,
                "actor": clean_text(actor),
                "action": action,
                "detail": clean_text(detail),
            }
        ],
    )
