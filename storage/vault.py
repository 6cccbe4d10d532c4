"""What belongs to a case, encrypted under a key of its own, so that erasing the key erases the case's content.

AES-256-GCM; the case key is wrapped by the master key, with the case id as associated text, and content carries its
name so. The master key is a file of 32 bytes, mode 0600, made on first use, or bytes from the policy.
"""

from __future__ import annotations

import os
import secrets
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import NotInStore, StoreError
from core.ids import sha256_hex
from core.ports import BlobStore
from storage.dialect import insert_ignore
from storage.disk import disk_errors, in_thread, make_folder, sync_folder, write_all
from storage.engine import Database, clock
from storage.policy import StorePolicy
from storage.tables import bodies, case_blobs, case_bodies, case_keys, case_visits

_KEY_BYTES = 32
_NONCE_BYTES = 12


class Vault:
    """Encrypted content by case."""

    def __init__(self, database: Database, blobs: BlobStore, policy: StorePolicy) -> None:
        self._database = database
        self._blobs = blobs
        self._file = policy.data_dir / "keys" / "master.key"
        self._given = policy.master_key

    async def put(self, case_id: str, content: bytes) -> str:
        """Store ``content`` for a case and return its name (its own SHA-256); twice is the same as once.

        Raises :class:`NotInStore` when there is no such case or it was erased.
        """
        name = await in_thread(lambda: sha256_hex(content))
        stored = await self._blob_of(case_id, name)
        if stored is not None and await self._blobs.has(stored):
            return name
        key = await self._key(case_id, make=True)
        sealed = await in_thread(lambda: _seal(key, content, name.encode()))
        blob = await self._blobs.put(sealed)
        async with self._database.write() as connection:
            added_at = await clock(connection)
            row = {"case_id": case_id, "name": name, "blob": blob, "size": len(content), "added_at": added_at}
            await connection.execute(
                sa.delete(case_blobs).where(case_blobs.c.case_id == case_id, case_blobs.c.name == name)
            )
            await connection.execute(sa.insert(case_blobs), [row])
        return name

    async def get(self, case_id: str, name: str) -> bytes:
        """Content of a case by name. Raises :class:`NotInStore` when it is absent or erased."""
        blob = await self._blob_of(case_id, name)
        if blob is None:
            raise NotInStore(f"The case {case_id} holds nothing under the name {name[:80]}.")
        key = await self._key(case_id, make=False)
        sealed = await self._blobs.get(blob)
        try:
            return await in_thread(lambda: _open(key, sealed, name.encode()))
        except InvalidTag as exc:
            raise StoreError(f"The content {name} of case {case_id} is damaged.") from exc

    async def erase(self, case_id: str) -> None:
        """Destroy the key of a case, and with it all content; the blobs are removed too. Cannot be undone.

        The index of its visits' bodies goes as well; their bytes leave with their segments' time to live.
        """
        async with self._database.write() as connection:
            now = await clock(connection)
            await connection.execute(
                insert_ignore(case_keys), [{"case_id": case_id, "wrapped_key": None, "created_at": now}]
            )
            await connection.execute(
                sa.update(case_keys).where(case_keys.c.case_id == case_id).values(wrapped_key=None, erased_at=now)
            )
            of_case = case_blobs.c.case_id == case_id
            blobs = list((await connection.execute(sa.select(case_blobs.c.blob).where(of_case))).scalars())
            await connection.execute(sa.delete(case_bodies).where(case_bodies.c.case_id == case_id))
            seen = sa.select(case_visits.c.visit_id).where(case_visits.c.case_id == case_id)
            await connection.execute(sa.delete(bodies).where(bodies.c.visit_id.in_(seen)))
            await connection.execute(sa.delete(case_blobs).where(of_case))
        await self._database.checkpoint()
        for blob in blobs:
            await self._blobs.delete(blob)

    async def _blob_of(self, case_id: str, name: str) -> str | None:
        statement = sa.select(case_blobs.c.blob).where(case_blobs.c.case_id == case_id, case_blobs.c.name == name)
        async with self._database.read() as connection:
            found: str | None = (await connection.execute(statement)).scalar()
        return found

    async def _key(self, case_id: str, *, make: bool) -> bytes:
        statement = sa.select(case_keys).where(case_keys.c.case_id == case_id)
        async with self._database.read() as connection:
            row = (await connection.execute(statement)).one_or_none()
        if row is None and make:
            row = await self._make_key(case_id, statement)
        if row is None or row.wrapped_key is None:
            raise NotInStore(f"The content of case {case_id} was erased or never stored.")
        master = await in_thread(self._master)
        try:
            return _open(master, row.wrapped_key, case_id.encode())
        except InvalidTag as exc:
            raise StoreError(
                f"The master key does not open case {case_id}.", hint="Put the original master key back."
            ) from exc

    async def _make_key(self, case_id: str, statement: sa.Select[tuple[object, ...]]) -> sa.Row[tuple[object, ...]]:
        master = await in_thread(self._master)
        wrapped = _seal(master, AESGCM.generate_key(bit_length=256), case_id.encode())
        async with self._database.write() as connection:
            now: datetime = await clock(connection)
            await connection.execute(
                insert_ignore(case_keys), [{"case_id": case_id, "wrapped_key": wrapped, "created_at": now}]
            )
            return (await connection.execute(statement)).one()

    def _master(self) -> bytes:
        if self._given is not None:
            return _checked(self._given, "given master key")
        if not self._file.exists():
            _make_key_file(self._file)
        try:
            return _checked(self._file.read_bytes(), f"master key in {self._file}")
        except OSError as exc:
            raise StoreError(f"The master key {self._file} cannot be read: {exc.strerror or exc}.") from exc


def _checked(key: bytes, what: str) -> bytes:
    if len(key) != _KEY_BYTES:
        raise StoreError(f"The {what} has {len(key)} bytes instead of {_KEY_BYTES}.")
    return key


def _make_key_file(file: Path) -> None:
    """Write a fresh key beside its place and link it there; when another process was first, its key stays."""
    make_folder(file.parent)
    part = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    with disk_errors(f"the master key {file}"):
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                write_all(descriptor, secrets.token_bytes(_KEY_BYTES))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            try:
                file.hardlink_to(part)
            except FileExistsError:
                return
            sync_folder(file.parent)
        finally:
            part.unlink(missing_ok=True)


def _seal(key: bytes, content: bytes, associated: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, associated)


def _open(key: bytes, sealed: bytes, associated: bytes) -> bytes:
    return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], associated)
