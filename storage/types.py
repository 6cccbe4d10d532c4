"""Column types: one sortable form of time for every engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(at: datetime) -> int:
    """Microseconds since 1970 in UTC, exact. Raises :class:`ValueError` for a naive datetime."""
    if at.tzinfo is None:
        raise ValueError("a naive datetime cannot be stored")
    return (at - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The aware datetime of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=micros)


class UtcTime(sa.types.TypeDecorator[datetime]):
    """An aware datetime kept as microseconds since 1970: exact, sortable, the same on every engine."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_micros(value)


Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""An integer primary key; SQLite numbers rows by itself only for ``INTEGER``."""
