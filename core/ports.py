"""Small protocols between packages that must not import each other."""

from __future__ import annotations

from typing import Protocol


class BlobStore(Protocol):
    """A write-once object store whose names are SHA-256 digests in hex of the stored bytes."""

    async def put(self, content: bytes) -> str:
        """Store ``content`` durably and return its name; storing the same bytes twice is the same as once.

        Raises :class:`core.errors.OutOfDisk` with nothing half-written.
        """
        ...

    async def get(self, name: str) -> bytes:
        """The bytes of a blob, verified against its name. Raises :class:`core.errors.NotInStore`."""
        ...

    async def has(self, name: str) -> bool:
        """Whether a blob is stored under ``name``."""
        ...

    async def delete(self, name: str) -> None:
        """Remove a blob (retention and erasure only); removing an absent one is no error."""
        ...
