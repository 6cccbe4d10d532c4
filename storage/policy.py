"""What the store needs to know before it opens."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class StorePolicy:
    """Where the store lives and what it may use. Sizes are in bytes."""

    data_dir: Path
    """Folder of the database, the blobs, the segments and the keys; made when it is missing."""

    url: str = ""
    """SQLAlchemy URL of the database; empty means ``counterwatch.sqlite3`` in ``data_dir``."""

    busy_seconds: float = 30.0
    """How long a write waits for another process before it fails with :class:`core.errors.StoreBusy`."""

    segment_bytes: int = 268_435_456
    """Size at which a segment of bodies is closed and a new one is begun."""

    body_days: int = 30
    """Days for which bodies outside cases are kept."""

    min_free_bytes: int = 200_000_000
    """Free disk space below which :meth:`storage.store.Store.check_space` refuses to go on."""

    max_database_bytes: int | None = None
    """Upper limit of the database file (SQLite only); None means the disk is the limit."""

    master_key: bytes | None = field(default=None, repr=False)
    """32 bytes that wrap the case keys; None means the file ``keys/master.key``, made on first use."""
