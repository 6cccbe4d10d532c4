"""Writing results to files that a user names."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.errors import CounterwatchError, OutOfDisk, UsageError

FULL = frozenset({errno.ENOSPC, errno.EFBIG, errno.EDQUOT})


def unwritable(path: Path, exc: OSError) -> CounterwatchError:
    """The error for a file that cannot be written: out of disk, or a path that cannot be used."""
    if exc.errno in FULL:
        return OutOfDisk(f"{path} cannot be written: {(exc.strerror or str(exc)).lower()}.", hint="Free some space.")
    return UsageError(f"{path} cannot be written: {(exc.strerror or str(exc)).lower()}.")


@contextmanager
def written_whole(path: Path, content: bytes) -> Iterator[None]:
    """Write ``content`` beside ``path``, run the block, then put it in place: the file is whole or not there.

    The block records what was done; it runs only when the content is on disk. Raises :class:`OutOfDisk` or
    :class:`UsageError`.
    """
    beside = path if path.exists() and not path.is_file() else path.with_name(f".{path.name}.partial")
    try:
        with beside.open("wb") as stream:
            stream.write(content)
            stream.flush()
            if beside is not path:
                os.fsync(stream.fileno())
        yield
        if beside is not path:
            beside.replace(path)
    except OSError as exc:
        raise unwritable(path, exc) from exc
    finally:
        if beside is not path:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
