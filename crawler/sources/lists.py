"""Lists of targets as people have them: plain text, CSV, hosts files, filter lists. Read as a stream.

Understood are comments (``#``, ``//``, ``!``, ``;``), hosts-file lines, CSV (a column named like ``domain`` or
``url``, else the first one that holds names), ``||domain^`` and ``address=/domain/`` rules, quotes, bullets, trailing
commas, any line end, UTF-8, UTF-16 and UTF-32 with or without BOM, and Windows-1252. A line that names nothing usable
is an entry with an error; only a file that is no list at all raises.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import csv
import itertools
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.errors import BadTarget, UsageError
from core.hosts import is_address, parse_target
from crawler.sniff import MAGICS, looks_like_html
from crawler.sources.base import ListEntry

MAX_LINE = 8_192
"""Characters of a line that are read; a longer line is one entry with an error."""

COLUMN_NAMES = (
    "url", "domain", "host", "hostname", "website", "fqdn", "domain_name", "domainname", "site", "link", "web_site",
    "webseite", "adresse", "address", "target", "dominio", "domaine", "sitio", "indicator", "ioc",
)  # fmt: skip
"""Header cells that mark the column to read, best first; compared in lower case, spaces and dashes as ``_``."""

_CHUNK = 65_536
_HEAD = 4_096
_SAMPLE_LINES = 50
_BATCH = 500
_ENDS = re.compile(r"\r\n|\r|\n")
_COMMENT = re.compile(r"(?:#|//|!|;|\[[A-Za-z][A-Za-z ]*[0-9. ]*\]$|@@)")
_RULE = re.compile(r"\|\|([^\^/$|]+)[\^/|]?(?:\$.*)?$|(?:address|server|local)=/([^/]+)/")
_BULLET = re.compile(r"(?:[-*•+]|\d{1,7}[.)])\s+")
_HOSTS_NAMES = frozenset({"localhost", "localhost.localdomain", "local", "broadcasthost", "ip6-localhost",
    "ip6-loopback", "ip6-localnet", "ip6-mcastprefix", "ip6-allnodes", "ip6-allrouters", "ip6-allhosts"})  # fmt: skip
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a file's lines are to be read: as whole lines, or as cells with one column of interest."""

    delimiter: str = ""
    column: int = 0
    header: bool = False


def read_entries(stream: BinaryIO, *, name: str) -> Iterator[ListEntry]:
    """The entries of a list, one at a time, in order; memory does not grow with the list.

    ``name`` is the file's name for messages. Raises :class:`UsageError` for a binary file, a web page, or a stream that
    cannot be read; blank lines and comments are no entries, a hosts-file line may be several.
    """
    start = b""
    while len(start) < _HEAD and (more := _read(stream, name)):
        start += more
    encoding = _encoding(start, name)
    chunks = itertools.chain((start,), iter(lambda: _read(stream, name), b""))
    lines = enumerate(_lines(_decoded(chunks, encoding)), 1)
    sample = list(itertools.islice(lines, _SAMPLE_LINES))
    layout = _layout([text for _, text in sample])
    header = layout.header
    for number, text in itertools.chain(sample, lines):
        if _is_blank(text):
            continue
        if header:
            header = False
            continue
        yield from _line_entries(number, text, layout)


def _read(stream: BinaryIO, name: str) -> bytes:
    read = getattr(stream, "read1", stream.read)  # of a pipe take what is there already
    try:
        content: bytes = read(_CHUNK)
        return content
    except OSError as exc:
        raise UsageError(f"{name} cannot be read: {(exc.strerror or str(exc)).lower()}.") from exc


def _encoding(start: bytes, name: str) -> str:
    for bom, encoding in _BOMS:
        if start.startswith(bom):
            return encoding
    head = start[:_HEAD]
    if b"\0" in head:
        # Text in UTF-16 without a BOM: nearly every other byte is 0, and no other.
        half = max(1, len(head) // 2)
        even, odd = head[::2].count(0), head[1::2].count(0)
        if odd > 0.7 * half and even < 0.05 * half:
            return "utf-16-le"
        if even > 0.7 * half and odd < 0.05 * half:
            return "utf-16-be"
        raise _no_list(name, "a binary file")
    control = sum(byte < 32 and byte not in b"\t\n\r\f\v\x1a\x1b" for byte in head)
    text = head.decode("utf-8", "replace")
    strange = control + text[:-4].count("\ufffd")
    if (head.startswith(MAGICS) and strange) or strange > 0.1 * len(head):
        raise _no_list(name, "a binary file")
    if looks_like_html(head):
        raise _no_list(name, "a web page")
    return "utf-8"


def _no_list(name: str, what: str) -> UsageError:
    return UsageError(f"{name} is {what}, not a list.", hint="Give a text file with one URL or host name per line.")


def _decoded(chunks: Iterator[bytes], encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("surrogateescape" if encoding == "utf-8" else "replace")
    for chunk in chunks:
        yield decoder.decode(chunk)
    yield decoder.decode(b"", True)


def _lines(pieces: Iterator[str]) -> Iterator[str]:
    """Lines without their ends; of a too long one the first ``MAX_LINE + 1`` characters."""
    pending = ""
    skipping = False
    for piece in pieces:
        pending += piece
        held = pending.endswith("\r")  # a line feed may follow in the next piece
        *complete, pending = _ENDS.split(pending[:-1] if held else pending)
        for line in complete:
            if not skipping:
                yield _mended(line[: MAX_LINE + 1])
            skipping = False
        if len(pending) > MAX_LINE:
            if not skipping:
                yield _mended(pending[: MAX_LINE + 1])
            skipping, pending = True, ""
        if held:
            pending += "\r"
    pending = pending.removesuffix("\r")
    if pending and not skipping:
        yield _mended(pending)


def _mended(line: str) -> str:
    """A line whose bytes are no UTF-8 is read as Windows-1252."""
    if line.isascii() or not any("\udc80" <= char <= "\udcff" for char in line):
        return line.removeprefix("\ufeff")
    return line.encode("utf-8", "surrogateescape").decode("cp1252", "replace")


def _is_blank(text: str) -> bool:
    stripped = text.strip(" \t\f\v\x1a\0\ufeff")
    return not stripped.strip("[]{}(),;\"'") or _COMMENT.match(stripped) is not None


def _layout(sample: list[str]) -> _Layout:
    """Whether the first lines form a table: a header names a column, or all have the same number of cells."""
    lines = [line for line in sample if not _is_blank(line)]
    if not lines:
        return _Layout()
    for delimiter in (",", ";", "\t", "|"):
        names = [re.sub(r"[\s-]+", "_", cell.strip().lower()) for cell in _cells(lines[0], delimiter)]
        for wanted in COLUMN_NAMES:
            if wanted in names:
                return _Layout(delimiter, names.index(wanted), header=True)
    for delimiter in (",", ";", "\t"):
        rows = [_cells(line, delimiter) for line in lines]
        width, count = Counter(map(len, rows)).most_common(1)[0]
        if width < 2 or count < max(2, 0.8 * len(rows)) or (width == 2 and all(not row[-1].strip() for row in rows)):
            continue
        named = [sum(_names_something(row[place]) for row in rows if len(row) == width) for place in range(width)]
        column = next((place for place, hits in enumerate(named) if hits >= 0.5 * count), None)
        if column is not None:
            return _Layout(delimiter, column, header=not _names_something(_cell(lines[0], _Layout(delimiter, column))))
    return _Layout()


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line.strip()], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        return line.split(delimiter)


def _cell(line: str, layout: _Layout) -> str:
    cells = _cells(line, layout.delimiter)
    return cells[layout.column] if layout.column < len(cells) else ""


def _names_something(cell: str) -> bool:
    text = _bare(cell)
    if "." not in text:
        return False
    try:
        target = parse_target(text)
    except BadTarget:
        return False
    # 12.50 is an address to a browser, but a price or a number in a table.
    return not is_address(target.host) or text.count(".") == 3 or ":" in text


def _bare(text: str) -> str:
    text = text.strip(" \t\f\v\x1a\0\ufeff\"'`<>")
    return text.rstrip(",; \t").strip("\"'`<>").removeprefix("*.")


def _line_entries(number: int, line: str, layout: _Layout) -> Iterator[ListEntry]:
    if len(line) > MAX_LINE:
        yield _entry(number, line[:80], BadTarget(f"Line {number} is longer than {MAX_LINE} characters."))
        return
    for text in (_cell(line, layout),) if layout.delimiter else _names(line):
        yield _target_entry(number, _bare(text))


def _names(line: str) -> Iterator[str]:
    """What a line outside a table names: a rule's domain, every host of a hosts-file line, all its words, its first."""
    text = line.strip(" \t\f\v\x1a\0\ufeff")
    if (rule := _RULE.match(text)) is not None:
        yield rule[1] or rule[2]
        return
    text = re.split(r"\s(?:#|//)", _BULLET.sub("", text, count=1), maxsplit=1)[0]
    words = re.split(r"[\s,;]+", text)
    if len(words) > 1 and is_address(words[0].partition("%")[0]):
        yield from (word for word in words[1:] if word not in _HOSTS_NAMES and not is_address(word))
    elif len(words) > 1 and all(map(_names_something, words)):
        yield from words
    elif (words := text.split()) and _names_something(words[0]):
        yield words[0]
    else:
        yield text


def _target_entry(number: int, text: str) -> ListEntry:
    try:
        return ListEntry(line=number, text=text, target=parse_target(text), error=None)
    except BadTarget as exc:
        return _entry(number, text, BadTarget(f"Line {number}: {exc.message}", hint=exc.hint))


def _entry(number: int, text: str, error: BadTarget) -> ListEntry:
    return ListEntry(line=number, text=text[:200], target=None, error=error)


@contextlib.contextmanager
def open_list(path: str) -> Iterator[BinaryIO]:
    """Open a list for :func:`read_entries`; ``-`` is standard input, which is not closed.

    Raises :class:`UsageError` in one sentence when there is no such file, or it is a folder, or may not be read.
    """
    if path == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = Path(path).open("rb")  # noqa: SIM115  closed below; only opening it is translated
    except FileNotFoundError as exc:
        raise UsageError(f"The list {path} does not exist.") from exc
    except IsADirectoryError as exc:
        raise UsageError(f"{path} is a folder, not a list.", hint="Name a file in it.") from exc
    except (OSError, ValueError) as exc:
        raise UsageError(
            f"The list {path} cannot be opened: {(getattr(exc, 'strerror', '') or str(exc)).lower()}."
        ) from exc
    with stream:
        yield stream


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSource:
    """A list file (or ``-`` for standard input) as a source."""

    path: str
    name: str = "list"

    async def candidates(self) -> AsyncIterator[ListEntry]:
        """Every entry in order, read in a thread in batches. Raises :class:`UsageError` like :func:`read_entries`."""
        with open_list(self.path) as stream:
            shown = "Standard input" if self.path == "-" else self.path
            entries = read_entries(stream, name=shown)
            while batch := await asyncio.to_thread(list, itertools.islice(entries, _BATCH)):
                for entry in batch:
                    yield entry
