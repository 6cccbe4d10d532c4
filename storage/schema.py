"""The schema's version: a fresh store is made, an older one upgraded on request, a newer one refused."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from core.errors import StoreError, StoreOutdated, StoreTooNew
from storage.engine import Database

_MIGRATIONS = Path(__file__).parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def newest_revision() -> str:
    """The revision this version of the software needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise StoreError("The installation has no migrations.", hint="Install Counterwatch again.")
    return head


async def prepare(database: Database, folder: Path, *, upgrade: bool) -> None:
    """Bring the database to the newest revision, in one transaction, or say why that must not be done.

    Processes that open a fresh folder at the same time wait for each other. Raises :class:`StoreOutdated`,
    :class:`StoreTooNew`, and :class:`StoreError` for a database of another program.
    """
    async with database.read() as connection:
        if await connection.run_sync(_revision, folder) == newest_revision():
            return
    async with database.write() as connection:
        await connection.run_sync(_upgrade, folder, upgrade)


def _revision(connection: sa.Connection, folder: Path) -> str | None:
    names = set(sa.inspect(connection).get_table_names())
    if "alembic_version" in names:
        found: str | None = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        return found
    if names:
        raise StoreError(f"The database in {folder} belongs to another program.", hint="Choose another folder.")
    return None


def _upgrade(connection: sa.Connection, folder: Path, upgrade: bool) -> None:
    config = _config()
    revision = _revision(connection, folder)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision == newest_revision():
        return
    if revision is not None and revision not in known:
        raise StoreTooNew(
            f"The store in {folder} was written by a newer version of Counterwatch (schema {revision}).",
            hint="Install that version or a later one.",
        )
    if revision is not None and not upgrade:
        raise StoreOutdated(
            f"The store in {folder} has the older schema {revision}.",
            hint="Make a backup, then run `counterwatch db upgrade`.",
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
