"""Zip files: written deterministically, read as if their author were hostile.

Written archives hold stored members in the order given, without times. Reading refuses everything that two unpackers
may understand differently or that harms the one who unpacks: see :func:`check_archive`.
Source: PKWARE APPNOTE 6.3.10.
"""

from __future__ import annotations

import io
import shutil
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from core.errors import BundleRejected

PIECE = 1 << 18

_EPOCH = (1980, 1, 1, 0, 0, 0)
_LOCAL = struct.Struct("<4s5H3L2H")
_END = struct.Struct("<4s4H2LH")
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_STREAMED = 0x8
_RESERVED = {"con", "prn", "aux", "nul", *(f"{name}{number}" for name in ("com", "lpt") for number in range(1, 10))}


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLimits:
    """What an archive may cost the one who opens it; sizes in bytes.

    ``ratio`` is unpacked to packed size of one member, applied from ``ratio_from`` unpacked bytes on. ``depth`` counts
    the parts of a name.
    """

    entries: int = 10_000
    directory_bytes: int = 16 << 20
    member_bytes: int = 4 << 30
    total_bytes: int = 8 << 30
    ratio: int = 200
    ratio_from: int = 1 << 20
    name_length: int = 240
    depth: int = 12


def write_members(stream: BinaryIO, members: Iterable[tuple[str, Path | bytes | BinaryIO]]) -> None:
    """Write members stored and without times, in the order given; files and streams are copied in pieces.

    A stream is copied whole, from its start.
    """
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, content in members:
            if isinstance(content, Path):
                with content.open("rb") as source:
                    _write_member(archive, name, source)
            else:
                _write_member(archive, name, io.BytesIO(content) if isinstance(content, bytes) else content)


def _write_member(archive: zipfile.ZipFile, name: str, source: BinaryIO) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.create_system = 3
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    entry.file_size = source.seek(0, 2)
    source.seek(0)
    with archive.open(entry, "w", force_zip64=entry.file_size >= 1 << 31) as target:
        shutil.copyfileobj(source, target, PIECE)


@contextmanager
def open_archive(file: Path, *, limits: ArchiveLimits) -> Iterator[zipfile.ZipFile]:
    """Open a zip file after checking its whole structure. Raises :class:`BundleRejected` with the reason.

    What goes wrong later, while members are read, is translated too.
    """
    try:
        with file.open("rb") as stream:
            _check_directory_size(stream, limits)
            with zipfile.ZipFile(stream) as archive:
                check_archive(archive, stream, limits)
                yield archive
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, UnicodeError) as exc:
        raise BundleRejected(f"{file.name} is no usable zip file: {exc}.") from exc
    except (RuntimeError, ValueError, OverflowError) as exc:
        raise BundleRejected(f"{file.name} cannot be read as a zip file: {exc}.") from exc


def check_archive(archive: zipfile.ZipFile, stream: BinaryIO, limits: ArchiveLimits) -> None:
    """Refuse an archive for its names, kinds, sizes or layout, before a byte of it is unpacked.

    Names: ``..``, absolute, drive letters, backslashes, control characters, not ASCII, too long or deep, reserved by
    an operating system, equal to another after case folding, or both file and folder. Kinds: links, special files,
    encrypted, methods besides stored and deflated. Sizes: see :class:`ArchiveLimits`. Layout: members that overlap or
    leave gaps, bytes before or after the archive, local headers that contradict the directory.
    """
    entries = archive.infolist()
    if len(entries) > limits.entries:
        raise BundleRejected(f"The archive holds {len(entries)} entries; {limits.entries} are allowed.")
    _check_names(entries, limits)
    total = 0
    for entry in entries:
        _check_entry(entry, limits)
        total += entry.file_size
    if total > limits.total_bytes:
        raise BundleRejected(f"The archive would unpack to {total} bytes; {limits.total_bytes} are allowed.")
    _check_layout(entries, archive.start_dir, stream)


def unpack(file: Path, folder: Path, *, limits: ArchiveLimits) -> None:
    """Unpack a checked archive into an existing empty folder; no more bytes are written than were announced.

    Raises :class:`BundleRejected`, also for a member whose checksum is wrong.
    """
    with open_archive(file, limits=limits) as archive:
        for entry in archive.infolist():
            target = folder.joinpath(*entry.filename.rstrip("/").split("/"))
            if entry.is_dir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as source, target.open("xb") as sink:
                _copy(source, sink, entry)


class StoredMember(io.RawIOBase):
    """A stored member as a seekable stream over the archive's file, which it closes."""

    def __init__(self, file: Path, entry: zipfile.ZipInfo) -> None:
        super().__init__()
        self._file = file.open("rb")
        self._file.seek(entry.header_offset)
        *_, name_length, extra_length = _LOCAL.unpack(self._file.read(_LOCAL.size))
        self._start = entry.header_offset + _LOCAL.size + name_length + extra_length
        self._size = entry.file_size
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        base = {0: 0, 1: self._place, 2: self._size}[whence]
        self._place = max(0, base + offset)
        return self._place

    def tell(self) -> int:
        return self._place

    def read(self, size: int = -1) -> bytes:
        left = max(0, self._size - self._place)
        self._file.seek(self._start + self._place)
        piece = self._file.read(left if size < 0 else min(size, left))
        self._place += len(piece)
        return piece

    def close(self) -> None:
        self._file.close()
        super().close()


def check_name(name: str, *, limits: ArchiveLimits | None = None) -> str:
    """Why a relative path is unsafe, in one phrase, or ``""``. The rules are those of :func:`check_archive`."""
    bounds = limits or ArchiveLimits()
    parts = name.split("/")
    if not name or len(name) > bounds.name_length or len(parts) > bounds.depth:
        return "is empty, too long or too deep"
    if any(not " " <= char <= "~" for char in name):
        return "holds a control character or is not ASCII"
    if any(char in name for char in '\\:*?"<>|'):
        return "holds a character that some systems give a meaning"
    if any(part in ("", ".", "..") or part != part.strip(" ") or part.endswith(".") for part in parts):
        return "is absolute or has an empty, dotted or blank part"
    if any(part.partition(".")[0].lower() in _RESERVED for part in parts):
        return "uses a name that an operating system reserves"
    return ""


def same_name(name: str) -> str:
    """The form in which two names that some file system takes for one are equal."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _check_names(entries: list[zipfile.ZipInfo], limits: ArchiveLimits) -> None:
    seen: set[str] = set()
    files: set[str] = set()
    for entry in entries:
        name = entry.orig_filename.removesuffix("/")
        if reason := check_name(name, limits=limits):
            raise BundleRejected(f"The archive's entry {entry.orig_filename[:120]!r} {reason}.")
        folded = same_name(name)
        if folded in seen:
            raise BundleRejected(f"The archive has two entries named {name!r}.")
        seen.add(folded)
        if not entry.is_dir():
            files.add(folded)
    for name in seen:
        parts = name.split("/")
        if any("/".join(parts[:count]) in files for count in range(1, len(parts))):
            raise BundleRejected(f"The archive has a file and a folder of one name, above {name!r}.")


def _check_entry(entry: zipfile.ZipInfo, limits: ArchiveLimits) -> None:
    name = entry.filename
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or (kind == stat.S_IFDIR and not entry.is_dir()):
        raise BundleRejected(f"The archive's entry {name!r} is a link or a special file.")
    if entry.flag_bits & _ENCRYPTED:
        raise BundleRejected(f"The archive's entry {name!r} is encrypted.")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BundleRejected(f"The archive's entry {name!r} is packed with an unusual method.")
    if entry.file_size > limits.member_bytes or (entry.is_dir() and entry.file_size):
        raise BundleRejected(f"The archive's entry {name!r} is too large.")
    if entry.compress_type == zipfile.ZIP_STORED and entry.file_size != entry.compress_size:
        raise BundleRejected(f"The archive's entry {name!r} is stored with two different sizes.")
    if entry.file_size >= limits.ratio_from and entry.file_size > limits.ratio * entry.compress_size:
        raise BundleRejected(f"The archive's entry {name!r} unpacks to an absurd multiple of its size.")


def _check_layout(entries: list[zipfile.ZipInfo], directory: int, stream: BinaryIO) -> None:
    place = 0
    for entry in sorted(entries, key=lambda each: each.header_offset):
        if entry.header_offset != place:
            raise BundleRejected(f"The archive's entry {entry.filename!r} overlaps another or follows hidden bytes.")
        stream.seek(entry.header_offset)
        raw = stream.read(_LOCAL.size)
        if len(raw) < _LOCAL.size:
            raise BundleRejected("The archive is cut short.")
        mark, _, flags, method, _, _, crc, packed, size, name_length, extra_length = _LOCAL.unpack(raw)
        name = stream.read(name_length)
        if mark != b"PK\x03\x04" or name != entry.orig_filename.encode() or method != entry.compress_type:
            raise BundleRejected(f"The archive's entry {entry.filename!r} contradicts its own header.")
        streamed = bool(flags & _STREAMED)
        plain = not streamed and 0xFFFFFFFF not in (packed, size)
        if flags != entry.flag_bits or (
            plain and (crc, packed, size) != (entry.CRC, entry.compress_size, entry.file_size)
        ):
            raise BundleRejected(f"The archive's entry {entry.filename!r} contradicts its own header.")
        place = entry.header_offset + _LOCAL.size + name_length + extra_length + entry.compress_size
        if streamed:
            place += _descriptor_length(stream, place, entry)
    if place != directory:
        raise BundleRejected("The archive's directory overlaps a member or follows hidden bytes.")


def _descriptor_length(stream: BinaryIO, place: int, entry: zipfile.ZipInfo) -> int:
    """The length of a data descriptor: with or without its mark, with sizes of 4 or 8 bytes."""
    stream.seek(place)
    raw = stream.read(24)
    for mark in (b"PK\x07\x08", b""):
        for form in ("<LLL", "<LQQ"):
            wanted = mark + struct.pack(form, entry.CRC, entry.compress_size & 0xFFFFFFFFFFFFFFFF, entry.file_size)
            if raw.startswith(wanted):
                return len(wanted)
    raise BundleRejected(f"The archive's entry {entry.filename!r} contradicts its own trailer.")


def _check_directory_size(stream: BinaryIO, limits: ArchiveLimits) -> None:
    """Look at the end record before :mod:`zipfile` reads the directory into memory."""
    size = stream.seek(0, 2)
    if size < _END.size:
        raise BundleRejected("The file is too short for a zip file.")
    stream.seek(size - _END.size)
    mark, _, _, here, entries, directory, _, comment = _END.unpack(stream.read(_END.size))
    if mark != b"PK\x05\x06" or comment:
        raise BundleRejected("The file is no zip file, or has bytes after the archive's end.")
    if directory != 0xFFFFFFFF and directory > limits.directory_bytes:
        raise BundleRejected("The archive's directory is too large.")
    if directory == 0xFFFFFFFF or 0xFFFF in (here, entries):
        raise BundleRejected("The archive needs a zip64 directory, so it holds too many entries or bytes.")
    if here != entries or entries > limits.entries:
        raise BundleRejected(f"The archive announces {entries} entries; {limits.entries} are allowed.")
    stream.seek(0)


def _copy(source: IO[bytes], sink: BinaryIO, entry: zipfile.ZipInfo) -> None:
    left = entry.file_size
    while piece := source.read(PIECE):
        left -= len(piece)
        if left < 0:
            raise BundleRejected(f"The archive's entry {entry.filename!r} holds more than it announces.")
        sink.write(piece)
    if left:
        raise BundleRejected(f"The archive's entry {entry.filename!r} holds less than it announces.")
