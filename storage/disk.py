"""Durable files, and full disks told apart from broken ones."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from core.errors import OutOfDisk, StoreError
from storage.connection import patiently

T = TypeVar("T")

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_PROBE = 65_536
_HINT = "Free some space or raise the limit; what was stored before is intact."


def out_of_disk(what: str) -> OutOfDisk:
    """The error for a write that found no room; ``what`` names it in a phrase."""
    return OutOfDisk(f"No room is left to write {what}.", hint=_HINT)


@contextmanager
def disk_errors(what: str) -> Iterator[None]:
    """Translate an :class:`OSError` of writing ``what`` into :class:`OutOfDisk` or :class:`StoreError`."""
    try:
        yield
    except OSError as exc:
        if exc.errno in _FULL:
            raise out_of_disk(what) from exc
        raise StoreError(f"Cannot write {what}: {exc.strerror or exc}.") from exc


async def in_thread(work: Callable[[], T]) -> T:
    """Run blocking work in a thread, to its end even when the caller is cancelled, so that files stay whole."""
    return await patiently(asyncio.to_thread(work))


def make_folder(path: Path) -> None:
    """Make a folder and its parents, mode 0700 for the last one. Raises :class:`StoreError`, :class:`OutOfDisk`."""
    if path.is_dir():
        return
    with disk_errors(f"the folder {path}"):
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, content: bytes | memoryview) -> None:
    """Write every byte; a short write is continued, so that a full disk shows as its :class:`OSError`."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def has_room(folder: Path) -> bool:
    """Whether files in ``folder`` can still grow: the test that tells a full disk from a broken one."""
    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    if limit != resource.RLIM_INFINITY and _largest(folder) + _PROBE > limit:
        return False
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as probe:
            write_all(probe.fileno(), bytes(_PROBE))
            os.fsync(probe.fileno())
    except OSError as exc:
        return exc.errno not in _FULL
    return True


def _largest(folder: Path) -> int:
    return max((entry.stat().st_size for entry in os.scandir(folder) if entry.is_file()), default=0)


def free_bytes(folder: Path) -> int:
    """Bytes that an unprivileged process may still write to the disk of ``folder``."""
    try:
        return shutil.disk_usage(folder).free
    except OSError as exc:
        raise StoreError(f"Cannot read the free space of {folder}: {exc.strerror or exc}.") from exc


def folder_bytes(folder: Path) -> int:
    """Total size of the files directly in ``folder``; 0 when it is missing."""
    total = 0
    try:
        for entry in os.scandir(folder):
            if entry.is_file(follow_symlinks=False):
                total += entry.stat(follow_symlinks=False).st_size
    except FileNotFoundError:
        return total
    return total
