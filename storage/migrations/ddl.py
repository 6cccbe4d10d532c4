"""Short forms for writing migrations: columns by type, constraints with the names that the tables use."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def table(
    name: str, *columns: sa.Column[object], pk: tuple[str, ...], unique: tuple[tuple[str, ...], ...] = ()
) -> None:
    """Make a table with named constraints; ``pk`` and ``unique`` name columns."""
    op.create_table(
        name,
        *columns,
        sa.PrimaryKeyConstraint(*pk, name=f"pk_{name}"),
        *(sa.UniqueConstraint(*names, name=f"uq_{name}_{'_'.join(names)}") for names in unique),
    )


def index(name: str, table: str, *columns: str, unique: bool = False, where: str | None = None) -> None:
    """Make an index; ``where`` limits it to some rows."""
    shown = [sa.text(column) if " " in column else column for column in columns]
    limit = None if where is None else sa.text(where)
    op.create_index(name, table, shown, unique=unique, sqlite_where=limit, postgresql_where=limit)


def texts(*names: str, null: bool = False) -> list[sa.Column[object]]:
    """Text columns."""
    return [sa.Column(name, sa.Text(), nullable=null) for name in names]


def integers(*names: str, null: bool = False) -> list[sa.Column[object]]:
    """Integer columns."""
    return [sa.Column(name, sa.Integer(), nullable=null) for name in names]


def bigs(*names: str, null: bool = False) -> list[sa.Column[object]]:
    """64-bit integer columns."""
    return [sa.Column(name, sa.BigInteger(), nullable=null) for name in names]


def times(*names: str, null: bool = False) -> list[sa.Column[object]]:
    """Columns of :class:`storage.types.UtcTime`."""
    return [sa.Column(name, sa.BigInteger(), nullable=null) for name in names]


def doubles(*names: str, null: bool = False) -> list[sa.Column[object]]:
    """Floating-point columns."""
    return [sa.Column(name, sa.Double(), nullable=null) for name in names]


def booleans(*names: str, null: bool = False) -> list[sa.Column[object]]:
    """Boolean columns."""
    return [sa.Column(name, sa.Boolean(), nullable=null) for name in names]


def binaries(*names: str, null: bool = False) -> list[sa.Column[object]]:
    """Columns of bytes."""
    return [sa.Column(name, sa.LargeBinary(), nullable=null) for name in names]


def keys(*names: str) -> list[sa.Column[object]]:
    """Integer keys that the engine counts."""
    return [sa.Column(name, KEY, nullable=False) for name in names]


def ref(name: str, target: str, *, null: bool = False) -> sa.Column[object]:
    """A column that refers to ``target`` (``table.column``)."""
    type_ = KEY if target in ("subjects.id", "sightings.id") else sa.Text()
    return sa.Column(name, type_, sa.ForeignKey(target), nullable=null)
