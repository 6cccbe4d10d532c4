"""The audit: append-only, reads included, one hash chain per case and one for everything else.

A record's hash is the SHA-256 of the RFC 8785 form of its fields, the previous record's hash among them. Triggers
refuse changes; ``verify`` finds what was changed behind the triggers' back: edits, gaps and another order.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import rfc8785
import sqlalchemy as sa

from core.ids import sha256_hex
from storage.codec import clean_text
from storage.connection import Connection
from storage.engine import Database, clock
from storage.records import AuditProblem, AuditRecord
from storage.tables import audit
from storage.types import to_micros

GENESIS = "0" * 64
"""What the first record of a chain names as its previous hash."""

_BATCH = 1000


class Audit:
    """Who did or saw what, for which organisation and purpose."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(
        self,
        actor: str,
        organisation: str,
        action: str,
        object_kind: str,
        object_id: str,
        purpose: str = "",
        detail: str = "",
        *,
        case_id: str | None = None,
        address: str = "",
        now: datetime | None = None,
    ) -> AuditRecord:
        """Append one record to the chain of ``case_id``, or to the global one. ``address`` is the actor's."""
        async with self._database.write() as connection:
            return await append(
                connection,
                at=now or await clock(connection),
                chain=case_id or "",
                actor=actor,
                organisation=organisation,
                action=action,
                object_kind=object_kind,
                object_id=object_id,
                purpose=purpose,
                detail=detail,
                address=address,
            )

    async def list(
        self, *, case_id: str | None = None, after_seq: int = 0, limit: int = 100
    ) -> tuple[AuditRecord, ...]:
        """Records after ``after_seq`` in order: those of one case, or of all chains."""
        statement = sa.select(audit).where(audit.c.seq > after_seq).order_by(audit.c.seq).limit(limit)
        if case_id is not None:
            statement = statement.where(audit.c.chain == case_id)
        async with self._database.read() as connection:
            return tuple(AuditRecord(**row._mapping) for row in await connection.execute(statement))

    async def verify(self) -> tuple[AuditProblem, ...]:
        """Check every record of every chain; empty when nothing was tampered with.

        A record cut off at the very end of the audit leaves no gap and cannot be noticed from the audit alone.
        """
        problems: list[AuditProblem] = []
        heads: dict[str, AuditRecord] = {}
        last = 0
        while batch := await self.list(after_seq=last, limit=_BATCH):
            for record in batch:
                if record.seq != last + 1:
                    reason = f"record {last + 1} is missing" if record.seq > last else "the order is broken"
                    problems.append(AuditProblem(seq=record.seq, chain=record.chain, reason=reason))
                last = record.seq
                head = heads.get(record.chain)
                problems += _faults(record, head)
                heads[record.chain] = record
        return tuple(problems)


def _faults(record: AuditRecord, head: AuditRecord | None) -> list[AuditProblem]:
    reasons = []
    if record.number != (head.number + 1 if head else 1):
        reasons.append(f"number {record.number} does not follow {head.number if head else 0} in its chain")
    if record.previous != (head.hash if head else GENESIS):
        reasons.append("the record does not follow the one before it in its chain")
    if record.hash != record_hash({name: getattr(record, name) for name in _HASHED}):
        reasons.append("the record was changed after it was written")
    return [AuditProblem(seq=record.seq, chain=record.chain, reason=reason) for reason in reasons]


_HASHED = tuple(column.name for column in audit.c if column.name != "hash")


def record_hash(fields: dict[str, Any]) -> str:
    """The hash of a record's fields, its own left out; the time counts as text of microseconds since 1970."""
    shown = {**fields, "at": str(to_micros(fields["at"]))}
    return sha256_hex(rfc8785.dumps(shown))


async def append(connection: Connection, *, at: datetime, chain: str, **fields: str) -> AuditRecord:
    """Append a record inside a write transaction of the caller; ``fields`` are those of :class:`AuditRecord`."""
    seq = (await connection.execute(sa.select(sa.func.coalesce(sa.func.max(audit.c.seq), 0)))).scalar_one() + 1
    head = (
        await connection.execute(
            sa.select(audit.c.number, audit.c.hash)
            .where(audit.c.chain == chain)
            .order_by(audit.c.number.desc())
            .limit(1)
        )
    ).one_or_none()
    content: dict[str, Any] = {
        "seq": seq,
        "chain": chain,
        "number": head.number + 1 if head else 1,
        "at": at,
        "previous": head.hash if head else GENESIS,
        **{name: clean_text(text) for name, text in fields.items()},
    }
    content["hash"] = record_hash(content)
    await connection.execute(sa.insert(audit), [content])
    return AuditRecord(**content)
