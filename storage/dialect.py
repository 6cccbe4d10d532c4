"""What differs between database engines, in one place: upserts, the clock, how a connection is set up.

A claim locks its rows with ``FOR UPDATE SKIP LOCKED``, which SQLAlchemy leaves out for SQLite, where
``BEGIN IMMEDIATE`` already lets one writer in at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

Row = TypeVar("Row", bound=tuple[Any, ...])

PAGE_SIZE = 4096
"""Bytes of a SQLite page (the engine's default), for turning a size limit into pages."""

IN_CHUNK = 500
"""How many values one ``IN (…)`` gets at most."""

CLOCK: sa.TextClause = sa.text("SELECT CAST(ROUND((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER) * 1000")
"""The database's clock in microseconds since 1970, to the millisecond."""


def insert_ignore(table: sa.Table) -> Insert:
    """An insert that leaves a row alone when one with the same key exists."""
    return sqlite_insert(table).on_conflict_do_nothing()


def upsert(table: sa.Table, keys: Sequence[str], values: Iterable[str]) -> Insert:
    """An insert that on the same ``keys`` replaces the columns ``values`` instead."""
    statement = sqlite_insert(table)
    return statement.on_conflict_do_update(
        index_elements=list(keys), set_={name: statement.excluded[name] for name in values}
    )


def claiming(statement: sa.Select[Row], of: sa.Table) -> sa.Select[Row]:
    """The same selection, its rows of ``of`` locked against other claims where the engine locks rows."""
    return statement.with_for_update(of=of, skip_locked=True)


def chunks(values: Sequence[Any], size: int = IN_CHUNK) -> Iterable[Sequence[Any]]:
    """The values in slices that fit one statement."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def pragmas(*, busy_seconds: float, writer: bool, max_bytes: int | None) -> tuple[str, ...]:
    """What every SQLite connection is told first. ``secure_delete`` so that erased keys leave no trace in pages."""
    common = (
        f"PRAGMA busy_timeout = {int(busy_seconds * 1000)}",
        "PRAGMA foreign_keys = ON",
        "PRAGMA synchronous = FULL",
        "PRAGMA temp_store = MEMORY",
        "PRAGMA cache_size = -16000",
    )
    if not writer:
        return (*common, "PRAGMA query_only = ON")
    limit = () if max_bytes is None else (f"PRAGMA max_page_count = {max(1, max_bytes // PAGE_SIZE)}",)
    return (*common, "PRAGMA secure_delete = ON", "PRAGMA journal_size_limit = 67108864", *limit)
