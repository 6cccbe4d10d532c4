"""Blobs in a local folder, named by the SHA-256 of their bytes, written once.

A blob is written beside its place, synced, and linked to its name, so a name never stands for half a blob.
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from core.errors import NotInStore, StoreError
from core.ids import sha256_hex
from storage.disk import disk_errors, in_thread, make_folder, sync_folder, write_all

_NAME = re.compile(r"[0-9a-f]{64}\Z")


class FolderBlobs:
    """A :class:`core.ports.BlobStore` in a folder: ``ab/cd/abcd…``; ``tmp`` holds what is being written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, content: bytes) -> str:
        """Store ``content`` durably and return its name; twice is the same as once."""
        return await in_thread(lambda: self._put(content))

    async def get(self, name: str) -> bytes:
        """The bytes of a blob, verified against its name; :class:`StoreError` when they do not fit it."""
        return await in_thread(lambda: self._get(name))

    async def has(self, name: str) -> bool:
        """Whether a blob is stored under ``name``."""
        return await in_thread(lambda: self._path(name).is_file())

    async def delete(self, name: str) -> None:
        """Remove a blob; removing an absent one is no error."""
        await in_thread(lambda: self._delete(name))

    def _path(self, name: str) -> Path:
        if not _NAME.match(name):
            raise NotInStore(f"{name[:80]!r} is no name of a blob.")
        return self._folder / name[:2] / name[2:4] / name

    def _put(self, content: bytes) -> str:
        name = sha256_hex(content)
        path = self._path(name)
        if path.is_file() and path.stat().st_size == len(content):
            return name
        scratch = self._folder / "tmp"
        for folder in (scratch, path.parent.parent, path.parent):
            make_folder(folder)
        part = scratch / f"{name}.{secrets.token_hex(8)}"
        try:
            with disk_errors(f"the blob {name}"):
                descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                try:
                    write_all(descriptor, content)
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
                part.replace(path)
                sync_folder(path.parent)
        finally:
            part.unlink(missing_ok=True)
        return name

    def _get(self, name: str) -> bytes:
        try:
            content = self._path(name).read_bytes()
        except FileNotFoundError as exc:
            raise NotInStore(f"No blob {name} is stored.") from exc
        except OSError as exc:
            raise StoreError(f"The blob {name} cannot be read: {exc.strerror or exc}.") from exc
        if sha256_hex(content) != name:
            raise StoreError(f"The blob {name} is damaged: its bytes no longer have this digest.")
        return content

    def _delete(self, name: str) -> None:
        path = self._path(name)
        if path.is_file():
            with disk_errors(f"the folder of blob {name}"):
                path.unlink(missing_ok=True)
                sync_folder(path.parent)
