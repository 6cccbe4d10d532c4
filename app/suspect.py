"""Which subject a worker is judging right now, readable after the worker was killed.

A page that takes its worker down (a crash in a parser, a kill for memory) must be told from the many that were only
leased beside it. The note is a few bytes in a file, not synced: it survives the process, which is all that is asked.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_WIDTH = 20


class Suspect:
    """The note of one worker. Open while the worker lives."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @contextmanager
    def judging(self, subject_id: int) -> Iterator[None]:
        """Name a subject for the duration of the block."""
        os.pwrite(self._descriptor, str(subject_id).encode().ljust(_WIDTH), 0)
        try:
            yield
        finally:
            os.pwrite(self._descriptor, b" " * _WIDTH, 0)


@contextmanager
def open_suspect(folder: Path, worker: str) -> Iterator[Suspect]:
    """Open the note of a worker, made when it is missing."""
    path = _path(folder, worker)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.pwrite(descriptor, b" " * _WIDTH, 0)
        yield Suspect(descriptor)
    finally:
        os.close(descriptor)
        path.unlink(missing_ok=True)


def read_suspects(folder: Path, worker: str) -> tuple[int, ...]:
    """The subject that a worker of this name was judging when it died; empty when there was none."""
    try:
        text = _path(folder, worker).read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ()
    return (int(text),) if text.isdecimal() else ()


def _path(folder: Path, worker: str) -> Path:
    return folder / "workers" / re.sub(r"[^A-Za-z0-9._-]", "_", worker)
