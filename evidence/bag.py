"""BagIt 1.0 bags: written beside their place and renamed into it, parsed strictly.

Source: RFC 8493. Payload files are named in two manifests (SHA-256 and SHA-512), tag files in one tagmanifest, whose
SHA-256 is the bag's *content id*. Names are ASCII; ``CR``, ``LF`` and ``%`` are percent-encoded in manifests.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from core.errors import EvidenceError, OutOfDisk
from evidence.zips import check_name

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
TAG_FILES = ("bag-info.txt", "bagit.txt", "manifest-sha256.txt", "manifest-sha512.txt")
TAGMANIFEST = "tagmanifest-sha256.txt"
ALGORITHMS = ("sha256", "sha512")
PIECE = 1 << 20

_LINE = re.compile(r"([0-9a-fA-F]+)[ \t]+\*?(\S.*)\Z")
_LABEL = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*): ?(.*)\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """A payload file. ``name`` starts with ``data/``; digests are in lower-case hex, ``size`` in bytes."""

    name: str
    size: int
    sha256: str
    sha512: str


class BagWriter:
    """Writes a bag into ``NAME.partial`` and renames it to ``NAME`` when it is complete and on the disk.

    Use it as a context manager: leaving it without :meth:`finish` removes the partial folder. A full disk is
    :class:`OutOfDisk`.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._parent = folder
        self.target = folder / name
        self.partial = folder / f"{name}.partial"
        self._payload: dict[str, Payload] = {}

    def __enter__(self) -> Self:
        with disk_errors():
            self._parent.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(self.partial, ignore_errors=True)
            self.partial.mkdir()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.partial, ignore_errors=True)

    @property
    def payload(self) -> tuple[Payload, ...]:
        """The payload files written so far, by name."""
        return tuple(self._payload[name] for name in sorted(self._payload))

    def add(self, name: str, content: bytes) -> Payload:
        """Write one payload file; ``name`` is its path in the bag and starts with ``data/``."""
        with self.open(name) as stream:
            stream.write(content)
        return self._payload[name]

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """A seekable stream for one payload file, which is digested and made durable when it is closed."""
        reason = check_name(name) or ("is used twice" if name in self._payload else "")
        if reason or not name.startswith("data/"):
            raise EvidenceError(f"The payload name {name!r} {reason or 'is outside data/'}.")
        path = self.partial / name
        with disk_errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w+b") as stream:
                yield stream
                _sync(stream)
                stream.seek(0)
                sha256, sha512, size = digests(stream)
        self._payload[name] = Payload(name=name, size=size, sha256=sha256, sha512=sha512)

    def finish(self, labels: Sequence[tuple[str, str]]) -> str:
        """Write the tag files, make everything durable, rename the folder; returns the content id.

        ``labels`` go into ``bag-info.txt`` before ``Payload-Oxum``. A bag is write-once: when the target already
        exists with the same content id nothing changes, otherwise :class:`EvidenceError`.
        """
        oxum = f"{sum(item.size for item in self.payload)}.{len(self._payload)}"
        tags = {
            "bagit.txt": DECLARATION,
            "bag-info.txt": render_labels([*labels, ("Payload-Oxum", oxum)]),
            "manifest-sha256.txt": render_manifest({item.name: item.sha256 for item in self.payload}),
            "manifest-sha512.txt": render_manifest({item.name: item.sha512 for item in self.payload}),
        }
        tagmanifest = render_manifest({name: hashlib.sha256(tags[name]).hexdigest() for name in tags})
        content_id = hashlib.sha256(tagmanifest).hexdigest()
        with disk_errors():
            for name, content in {**tags, TAGMANIFEST: tagmanifest}.items():
                with (self.partial / name).open("xb") as stream:
                    stream.write(content)
                    _sync(stream)
            for folder in (self.partial, *(path for path in self.partial.rglob("*") if path.is_dir())):
                _sync_folder(folder)
            self._place(content_id)
        return content_id

    def _place(self, content_id: str) -> None:
        if self.target.exists():
            if content_id_of(self.target) != content_id:
                raise EvidenceError(f"The bag {self.target.name} exists already with another content.")
            return
        self.partial.rename(self.target)
        _sync_folder(self._parent)


def content_id_of(folder: Path) -> str:
    """The content id of a bag: SHA-256 in hex of its tagmanifest. ``""`` when it has none."""
    try:
        return hashlib.sha256((folder / TAGMANIFEST).read_bytes()).hexdigest()
    except OSError:
        return ""


def digests(stream: BinaryIO) -> tuple[str, str, int]:
    """SHA-256 and SHA-512 in hex and the size of what is left of a stream, read in pieces."""
    sha256, sha512, size = hashlib.sha256(), hashlib.sha512(), 0
    while piece := stream.read(PIECE):
        sha256.update(piece)
        sha512.update(piece)
        size += len(piece)
    return sha256.hexdigest(), sha512.hexdigest(), size


def render_manifest(entries: Mapping[str, str]) -> bytes:
    """Manifest bytes, sorted by name, in the form that ``sha256sum -c`` reads."""
    return "".join(f"{entries[name]}  {encode_name(name)}\n" for name in sorted(entries)).encode("ascii")


def parse_manifest(content: bytes, algorithm: str) -> dict[str, str]:
    """Name to lower-case hex digest. Raises :class:`ValueError` for an unreadable line or a name listed twice."""
    length = hashlib.new(algorithm).digest_size * 2
    try:
        lines = content.decode("utf-8").split("\n")
    except UnicodeDecodeError as exc:
        raise ValueError("it is not UTF-8") from exc
    if lines.pop():
        raise ValueError("its last line does not end")
    entries: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        found = _LINE.match(line.removesuffix("\r"))
        if found is None or len(found[1]) != length:
            raise ValueError(f"its line {number} is no digest and name")
        name = decode_name(found[2])
        if name in entries:
            raise ValueError(f"it lists {name!r} twice")
        entries[name] = found[1].lower()
    return entries


def render_labels(labels: Sequence[tuple[str, str]]) -> bytes:
    """``bag-info.txt`` bytes; line breaks inside a value become spaces."""
    return "".join(f"{label}: {' '.join(value.split())}\n" for label, value in labels).encode()


def parse_labels(content: bytes) -> tuple[tuple[str, str], ...]:
    """Label and value pairs of ``bag-info.txt`` in order, folded lines joined. Raises :class:`ValueError`."""
    found: list[tuple[str, str]] = []
    for line in content.decode("utf-8").splitlines():
        if line[:1] in (" ", "\t") and found:
            found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}")
        elif (match := _LABEL.match(line)) is not None:
            found.append((match[1], match[2].strip()))
        else:
            raise ValueError("it has a line that is no label")
    return tuple(found)


def encode_name(name: str) -> str:
    """A name as manifests write it (RFC 8493, section 2.1.3)."""
    return name.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def decode_name(text: str) -> str:
    """The name that a manifest's text means; only the three defined escapes are undone."""
    return re.sub(r"%(0[aAdD]|25)", lambda found: bytes.fromhex(found[1]).decode(), text)


@contextmanager
def disk_errors() -> Iterator[None]:
    """Translate what the operating system says about files into the project's errors."""
    try:
        yield
    except OSError as exc:
        if exc.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise OutOfDisk("There is no room left to write the bundle.") from exc
        raise EvidenceError(f"The bundle cannot be written: {exc.strerror or exc}.") from exc


def _sync(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
