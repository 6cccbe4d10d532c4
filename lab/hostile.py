"""What broken and hostile servers send: each behaviour is a generator of steps that the server plays.

A step is bytes to write, a pause in seconds, or an ending. Generators may be endless; the server pulls the next step
only when the peer has taken the last one, so an endless body costs no memory here.
"""

from __future__ import annotations

import enum
import functools
import gzip
import struct
import zlib
from collections.abc import Callable, Iterator

import brotli
import zstandard

from lab.sites import Behaviour

PATIENCE_SECONDS = 3600.0
"""A pause longer than any client waits."""

MEBIBYTE = 1 << 20


class Ending(enum.Enum):
    """How the server leaves a connection: after flushing, or at once with a TCP reset."""

    CLOSE = "close"
    RESET = "reset"


Step = bytes | float | Ending
Steps = Iterator[Step]

_OK = b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html; charset=utf-8\r\n"
_PARAGRAPH = b"<p>The workshop repairs pumps, valves and fittings for farms and small works in the valley.</p>\n"
_PAGE = (
    b'<!doctype html><html lang="en"><head><title>Valley Pumps and Fittings</title></head><body>'
    b"<h1>Valley Pumps and Fittings</h1>\n" + _PARAGRAPH * 30 + b"</body></html>\n"
)


def _response(body: bytes, *lines: bytes, length: bytes | None = None) -> bytes:
    head = _OK + b"".join(line + b"\r\n" for line in lines)
    size = str(len(body)).encode() if length is None else length
    return head + b"Content-Length: " + size + b"\r\nConnection: close\r\n\r\n" + body


def _slow_headers(_: str) -> Steps:
    yield PATIENCE_SECONDS


def _dribble(_: str) -> Steps:
    yield _OK + b"Content-Length: %d\r\n\r\n" % len(_PAGE)
    for byte in _PAGE:
        yield bytes((byte,))
        yield 1.0


def _dribble_headers(_: str) -> Steps:
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield b"X"
        yield 1.0


def _stall_body(_: str) -> Steps:
    yield _OK + b"Content-Length: %d\r\n\r\n" % len(_PAGE) + _PAGE[: len(_PAGE) // 2]
    yield PATIENCE_SECONDS


def _reset(_: str) -> Steps:
    yield Ending.RESET


def _early_close(_: str) -> Steps:
    yield Ending.CLOSE


@functools.cache
def _gzip_bomb_body() -> bytes:
    """About 200 MiB of spaces in 200 kB: one deflate block of 1 MiB, flushed so that it can be repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    page = b"<!doctype html><html><head><title>Catalogue</title></head><body><p>Catalogue</p>"
    head = packer.compress(page) + packer.flush(zlib.Z_FULL_FLUSH)
    chunk = b" " * MEBIBYTE
    block = packer.compress(chunk) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = zlib.crc32(page)
    for _round in range(200):
        checksum = zlib.crc32(chunk, checksum)
    trailer = struct.pack("<II", checksum, len(page) + 200 * MEBIBYTE)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + head + block * 200 + packer.flush() + trailer


def _gzip_bomb(_: str) -> Steps:
    yield _response(_gzip_bomb_body(), b"Content-Encoding: gzip")
    yield Ending.CLOSE


@functools.cache
def _brotli_bomb_body() -> bytes:
    packer = brotli.Compressor(quality=3)
    chunk = b" " * MEBIBYTE
    return b"".join(packer.process(chunk) for _ in range(100)) + bytes(packer.finish())


def _brotli_bomb(_: str) -> Steps:
    yield _response(_brotli_bomb_body(), b"Content-Encoding: br")
    yield Ending.CLOSE


@functools.cache
def _zstd_bomb_body() -> bytes:
    packer = zstandard.ZstdCompressor(level=3).compressobj()
    chunk = b" " * MEBIBYTE
    return b"".join(packer.compress(chunk) for _ in range(100)) + packer.flush()


def _zstd_bomb(_: str) -> Steps:
    yield _response(_zstd_bomb_body(), b"Content-Encoding: zstd")
    yield Ending.CLOSE


def _nested_gzip(_: str) -> Steps:
    body = _PAGE
    for _round in range(9):
        body = gzip.compress(body, mtime=0)
    yield _response(body, b"Content-Encoding: " + b", ".join([b"gzip"] * 9))
    yield Ending.CLOSE


def _endless_body(_: str) -> Steps:
    yield _OK + b"Connection: close\r\n\r\n" + _PAGE[:500]
    while True:
        yield _PARAGRAPH * 600


def _endless_headers(_: str) -> Steps:
    yield b"HTTP/1.1 200 OK\r\n"
    count = 0
    while True:
        yield b"".join(b"X-Filler-%d: %s\r\n" % (count + row, b"v" * 200) for row in range(100))
        count += 100


def _endless_header_line(_: str) -> Steps:
    yield b"HTTP/1.1 200 OK\r\nX-Filler: "
    while True:
        yield b"v" * 16384


def _header_storm(_: str) -> Steps:
    yield _response(_PAGE, *(b"X-Trace-%d: %d" % (row, row) for row in range(5000)))
    yield Ending.CLOSE


def _cookie_storm(_: str) -> Steps:
    yield _response(_PAGE, *(b"Set-Cookie: track%d=%s; Path=/" % (row, b"c" * 3000) for row in range(60)))
    yield Ending.CLOSE


def _interim_storm(_: str) -> Steps:
    for _round in range(2000):
        yield b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
    yield _response(_PAGE)
    yield Ending.CLOSE


def _location(target: str) -> bytes:
    return (
        b"HTTP/1.1 302 Found\r\nServer: nginx\r\nLocation: " + target.encode() + b"\r\n"
        b"Content-Length: 0\r\nConnection: close\r\n\r\n"
    )


def _redirect_loop(path: str) -> Steps:
    yield _location("/b" if path == "/a" else "/a")
    yield Ending.CLOSE


def _redirect_chain(path: str) -> Steps:
    step = path.rpartition("/")[2]
    yield _location(f"/step/{int(step) + 1 if step.isdecimal() and len(step) < 9 else 1}")
    yield Ending.CLOSE


def _redirect_to(target: str) -> Callable[[str], Steps]:
    def steps(_: str) -> Steps:
        yield _location(target)
        yield Ending.CLOSE

    return steps


def _lying_charset(_: str) -> Steps:
    text = _PAGE.decode().replace("Valley Pumps", "Talpumpen Müller & Söhne – Größe, Maß, Öl").replace("en", "de", 1)
    body = text.encode("utf-8").replace(b"<head>", b'<head><meta charset="shift_jis">', 1)
    head = _response(body).replace(b"charset=utf-8", b"charset=utf-16le")
    yield head
    yield Ending.CLOSE


def _invalid_text(_: str) -> Steps:
    yield _response(_PAGE.replace(b"valves", b"val\xff\xfe\xc3\x28ves \xed\xa0\x80 \xf8\x88\x80\x80\x80"))
    yield Ending.CLOSE


def _truncated_gzip(_: str) -> Steps:
    # Varied text, so that half of the stream still holds a good part of the page.
    rows = b"".join(b"<p>Order %d: valve %x, pump %o.</p>\n" % (row, row * 7919, row * 31) for row in range(2000))
    body = gzip.compress(_PAGE.replace(b"</body>", rows + b"</body>"), mtime=0)
    yield _response(body[: len(body) * 3 // 5], b"Content-Encoding: gzip")
    yield Ending.CLOSE


def _deep_nesting(_: str) -> Steps:
    depth = 50_000
    body = b"<!doctype html><title>Deep</title><body>" + b"<div>" * depth + b"bottom of the well" + b"</div>" * depth
    yield _response(body)
    yield Ending.CLOSE


def _many_links(_: str) -> Steps:
    links = b"".join(b'<a href="/p/%d">%d</a>\n' % (row, row) for row in range(100_000))
    yield _response(b"<!doctype html><title>Index of everything</title><body><h1>Index</h1>" + links)
    yield Ending.CLOSE


def _null_bytes(_: str) -> Steps:
    yield _response(_PAGE.replace(b"pumps", b"pu\x00mps").replace(b"<h1>", b"\x00<h1\x00>"))
    yield Ending.CLOSE


def _long_length(_: str) -> Steps:
    yield _response(_PAGE, length=str(len(_PAGE) + 5000).encode())
    yield Ending.CLOSE


def _short_length(_: str) -> Steps:
    yield _response(_PAGE, length=str(len(_PAGE) // 2).encode())
    yield Ending.CLOSE


def _negative_length(_: str) -> Steps:
    yield _response(_PAGE, length=b"-1")
    yield Ending.CLOSE


def _double_length(_: str) -> Steps:
    yield _response(_PAGE, b"Content-Length: 17")
    yield Ending.CLOSE


def _chunk_nonsense(_: str) -> Steps:
    yield _OK + b"Transfer-Encoding: chunked\r\n\r\n"
    yield b"%x\r\n" % 600 + _PAGE[:600] + b"\r\nzz-not-hex\r\n" + _PAGE[600:] + b"\r\n-5\r\n0\r\n\r\n"
    yield Ending.CLOSE


def _http_09(_: str) -> Steps:
    yield _PAGE
    yield Ending.CLOSE


SCRIPTS: dict[Behaviour, Callable[[str], Steps]] = {
    Behaviour.SLOW_HEADERS: _slow_headers,
    Behaviour.DRIBBLE: _dribble,
    Behaviour.DRIBBLE_HEADERS: _dribble_headers,
    Behaviour.STALL_BODY: _stall_body,
    Behaviour.RESET: _reset,
    Behaviour.EARLY_CLOSE: _early_close,
    Behaviour.GZIP_BOMB: _gzip_bomb,
    Behaviour.BROTLI_BOMB: _brotli_bomb,
    Behaviour.ZSTD_BOMB: _zstd_bomb,
    Behaviour.NESTED_GZIP: _nested_gzip,
    Behaviour.ENDLESS_BODY: _endless_body,
    Behaviour.ENDLESS_HEADERS: _endless_headers,
    Behaviour.ENDLESS_HEADER_LINE: _endless_header_line,
    Behaviour.HEADER_STORM: _header_storm,
    Behaviour.COOKIE_STORM: _cookie_storm,
    Behaviour.INTERIM_STORM: _interim_storm,
    Behaviour.REDIRECT_LOOP: _redirect_loop,
    Behaviour.REDIRECT_CHAIN: _redirect_chain,
    Behaviour.REDIRECT_PRIVATE: _redirect_to("http://10.0.0.1/admin/"),
    Behaviour.REDIRECT_METADATA: _redirect_to("http://169.254.169.254/latest/meta-data/"),
    Behaviour.REDIRECT_FILE: _redirect_to("file:///etc/hostname"),
    Behaviour.REDIRECT_SCRIPT: _redirect_to("javascript:alert(document.cookie)"),
    Behaviour.LYING_CHARSET: _lying_charset,
    Behaviour.INVALID_TEXT: _invalid_text,
    Behaviour.TRUNCATED_GZIP: _truncated_gzip,
    Behaviour.DEEP_NESTING: _deep_nesting,
    Behaviour.MANY_LINKS: _many_links,
    Behaviour.NULL_BYTES: _null_bytes,
    Behaviour.LONG_LENGTH: _long_length,
    Behaviour.SHORT_LENGTH: _short_length,
    Behaviour.NEGATIVE_LENGTH: _negative_length,
    Behaviour.DOUBLE_LENGTH: _double_length,
    Behaviour.CHUNK_NONSENSE: _chunk_nonsense,
    Behaviour.HTTP_09: _http_09,
}
"""Every scripted behaviour; each function takes the requested path."""


def script(behaviour: Behaviour, path: str) -> Steps | None:
    """The steps of a scripted behaviour for one request, or None for the behaviours that answer with a page."""
    make = SCRIPTS.get(behaviour)
    return make(path) if make else None
