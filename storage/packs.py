"""Packs as versioned rows owned by an organisation, and rulesets as blobs named by their digest."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from core.errors import Conflict, NotInStore
from core.ports import BlobStore
from storage.dialect import insert_ignore
from storage.engine import Database
from storage.records import StoredPack
from storage.tables import packs, rulesets


class Packs:
    """Every version of every pack; at most one version of a pack is active."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(
        self, pack_id: str, version: str, organisation: str, document: str, digest: str, now: datetime
    ) -> StoredPack:
        """Store a version of a pack, not yet active; the same again changes nothing.

        Raises :class:`Conflict` when this version exists with other content, or the pack is another organisation's.
        """
        row = {
            "id": pack_id,
            "version": version,
            "organisation": organisation,
            "document": document,
            "digest": digest,
            "active": False,
            "created_at": now,
        }
        async with self._database.write() as connection:
            owner = sa.select(packs.c.organisation).where(packs.c.id == pack_id).limit(1)
            if (await connection.execute(owner)).scalar() not in (None, organisation):
                raise Conflict(f"The pack {pack_id!r} belongs to another organisation.")
            await connection.execute(insert_ignore(packs), [row])
        stored = await self.get(pack_id, version)
        if stored.digest != digest:
            raise Conflict(f"Version {version} of the pack {pack_id!r} exists with other content.")
        return stored

    async def activate(self, pack_id: str, version: str, now: datetime) -> None:
        """Make one version the active one, in place of any other. Raises :class:`NotInStore`."""
        async with self._database.write() as connection:
            of_pack = packs.c.id == pack_id
            await connection.execute(sa.update(packs).where(of_pack).values(active=False))
            chosen = sa.update(packs).where(of_pack, packs.c.version == version).values(active=True)
            if (await connection.execute(chosen)).rowcount != 1:
                raise NotInStore(f"No version {version[:40]} of a pack {pack_id[:80]!r} is stored.")

    async def deactivate(self, pack_id: str, now: datetime) -> None:
        """Take a pack out of use; its versions stay."""
        async with self._database.write() as connection:
            await connection.execute(sa.update(packs).where(packs.c.id == pack_id).values(active=False))

    async def active(self) -> tuple[StoredPack, ...]:
        """The active version of every pack in use, by id."""
        return await self._select(sa.select(packs).where(packs.c.active.is_(True)).order_by(packs.c.id))

    async def list(self) -> tuple[StoredPack, ...]:
        """Every version of every pack, by id, oldest version first."""
        return await self._select(sa.select(packs).order_by(packs.c.id, packs.c.created_at, packs.c.version))

    async def get(self, pack_id: str, version: str | None = None) -> StoredPack:
        """One version of a pack, the active one when none is named. Raises :class:`NotInStore`."""
        chosen = packs.c.active.is_(True) if version is None else packs.c.version == version
        found = await self._select(sa.select(packs).where(packs.c.id == pack_id, chosen))
        if not found:
            raise NotInStore(f"No {f'version {version[:40]}' if version else 'active version'} of {pack_id[:80]!r}.")
        return found[0]

    async def _select(self, statement: sa.Select[tuple[object, ...]]) -> tuple[StoredPack, ...]:
        async with self._database.read() as connection:
            rows = await connection.execute(statement)
            return tuple(StoredPack(**{**row._mapping, "active": bool(row.active)}) for row in rows)


class Rulesets:
    """Canonical bytes of rulesets, so that any verdict can be made again."""

    def __init__(self, database: Database, blobs: BlobStore) -> None:
        self._database = database
        self._blobs = blobs

    async def put(self, content: bytes, now: datetime) -> str:
        """Store a ruleset's canonical bytes and return their digest; twice is the same as once."""
        digest = await self._blobs.put(content)
        async with self._database.write() as connection:
            await connection.execute(insert_ignore(rulesets), [{"digest": digest, "stored_at": now}])
        return digest

    async def get(self, digest: str) -> bytes:
        """The bytes of a ruleset. Raises :class:`NotInStore`."""
        return await self._blobs.get(digest)

    async def current(self) -> str | None:
        """The digest of the ruleset in force, or None."""
        newest = (
            sa.select(rulesets.c.digest)
            .where(rulesets.c.current_since.is_not(None))
            .order_by(rulesets.c.current_since.desc())
            .limit(1)
        )
        async with self._database.read() as connection:
            found: str | None = (await connection.execute(newest)).scalar()
        return found

    async def set_current(self, digest: str, now: datetime) -> None:
        """Put a stored ruleset in force. Raises :class:`NotInStore`."""
        async with self._database.write() as connection:
            chosen = sa.update(rulesets).where(rulesets.c.digest == digest).values(current_since=now)
            if (await connection.execute(chosen)).rowcount != 1:
                raise NotInStore(f"No ruleset {digest[:80]} is stored.")
