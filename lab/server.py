"""The site server of the practice web: HTTP and HTTPS on loopback, every planned host on the same two ports.

A bare :class:`asyncio.Protocol` keeps control of each byte, which broken and hostile behaviours need. There are no
tasks: timers and flow-control callbacks drive the scripts of :mod:`lab.hostile`, so nothing outlives the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import hashlib
import socket
import struct
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import cast
from urllib.parse import urlsplit

from lab.answers import Answers, Document, Request
from lab.hostile import Ending, Steps
from lab.pages import Origin
from lab.sites import LabSite
from lab.tls import Authority

MAX_HEAD_BYTES = 65_536
IDLE_SECONDS = 30.0
CACHE_BYTES = 64 << 20
"""Bytes of rendered, compressed pages kept; some 6,000 pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """A finished answer. Text is kept gzipped only and unpacked for the few clients that do not take gzip."""

    body: bytes
    packed: bool
    etag: str
    head: Document

    def payload(self, *, zipped: bool) -> bytes:
        return gzip.decompress(self.body) if self.packed and not zipped else self.body


class _PageCache:
    """Rendered and compressed pages by (scheme, host, target), bounded by bytes; the oldest go first."""

    def __init__(self) -> None:
        self._pages: OrderedDict[tuple[str, str, str], _Stored] = OrderedDict()
        self._size = 0

    def get(self, key: tuple[str, str, str]) -> _Stored | None:
        return self._pages.get(key)

    def put(self, key: tuple[str, str, str], document: Document) -> _Stored:
        body = document.body
        etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        packed = len(body) > 500 and document.media_type.startswith(("text/", "image/svg"))
        kept = gzip.compress(body, 5, mtime=0) if packed else body
        stored = _Stored(body=kept, packed=packed, etag=etag, head=replace(document, body=b""))
        self._pages[key] = stored
        self._size += len(kept)
        while self._size > CACHE_BYTES:
            _, oldest = self._pages.popitem(last=False)
            self._size -= len(oldest.body)
        return stored


@dataclass(frozen=True, slots=True, kw_only=True)
class _Served:
    """What all connections share."""

    answers: Answers
    cache: _PageCache
    connections: set[_SiteConnection]
    waiting: deque[_SiteConnection]

    def enqueue(self, connection: _SiteConnection) -> None:
        """Have a page made, one in each turn of the event loop, so that handshakes are not kept waiting by many."""
        self.waiting.append(connection)
        if len(self.waiting) == 1:
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        try:
            self.waiting[0].make_answer()
        finally:
            self.waiting.popleft()
            if self.waiting:
                asyncio.get_running_loop().call_soon(self._turn)


class _SiteConnection(asyncio.Protocol):
    """One client connection: reads request heads, answers in order, or plays a script."""

    def __init__(self, served: _Served, origin: Origin) -> None:
        self._served = served
        self._origin = origin
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._steps: Steps | None = None
        self._asked: Request | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._writable = True

    # --- callbacks of the event loop ------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._served.connections.add(self)
        self._wind(IDLE_SECONDS)

    def data_received(self, data: bytes) -> None:
        if self._steps is not None or self._transport is None:
            return  # a script does not listen
        self._buffer += data
        if len(self._buffer) > MAX_HEAD_BYTES:
            self._transport.abort()
            return
        self._read_requests()

    def _read_requests(self) -> None:
        """Answer the requests that are complete, in order; stop at one whose page is still to be made."""
        while not self._engaged() and (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._buffer[:end])
            del self._buffer[: end + 4]
            self._wind(IDLE_SECONDS)
            self._respond(head)

    def _engaged(self) -> bool:
        gone = self._transport is None or self._transport.is_closing()
        return gone or self._steps is not None or self._asked is not None

    def pause_writing(self) -> None:
        self._writable = False

    def resume_writing(self) -> None:
        self._writable = True
        self._play()

    def connection_lost(self, exc: Exception | None) -> None:
        self._served.connections.discard(self)
        self._steps = None
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()

    def abort(self) -> None:
        """Drop the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    # --- answering ------------------------------------------------------------------------------

    def _respond(self, head: bytes) -> None:
        request = read_request(head)
        if request is None:
            self._write(Document(status=400, body=b"<h1>400 Bad Request</h1>"), b"", None, close=True)
            return
        stored = self._served.cache.get((self._origin.scheme, request.host, request.target))
        if stored is None:
            self._asked = request
            self._served.enqueue(self)
            return
        self._send(request, stored)

    def make_answer(self) -> None:
        """Make the answer that this connection waits for, and go on with what it asked meanwhile."""
        request, self._asked = self._asked, None
        if request is None or self._transport is None:
            return
        key = (self._origin.scheme, request.host, request.target)
        stored = self._served.cache.get(key)
        if stored is None:
            answer = self._served.answers.answer(request, self._origin)
            if not isinstance(answer, Document):
                self._steps = answer
                self._wind(0.0)
                self._play()
                return
            stored = self._served.cache.put(key, answer)
        self._send(request, stored)
        self._read_requests()

    def _send(self, request: Request, stored: _Stored) -> None:
        close = request.close or request.method not in ("GET", "HEAD")
        if stored.etag in request.header("if-none-match"):
            fresh = Document(status=304, body=b"", media_type=stored.head.media_type)
            self._write(fresh, b"", stored.etag, close=close)
            return
        zipped = stored.packed and "gzip" in request.header("accept-encoding").lower()
        body = stored.payload(zipped=zipped)
        self._write(stored.head, body, stored.etag, close=close, zipped=zipped, head=request.method == "HEAD")

    def _write(
        self,
        document: Document,
        body: bytes,
        etag: str | None,
        *,
        close: bool,
        zipped: bool = False,
        head: bool = False,
    ) -> None:
        if self._transport is None:
            return
        try:
            phrase = HTTPStatus(document.status).phrase
        except ValueError:
            phrase = "Connection Timed Out"
        lines = [f"HTTP/1.1 {document.status} {phrase}", f"Server: {document.server}"]
        if document.status not in (204, 304):
            lines += [f"Content-Type: {document.media_type}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in document.headers]
        if etag and document.status in (200, 304):
            lines += [f"ETag: {etag}", "Vary: Accept-Encoding"]
        if zipped:
            lines.append("Content-Encoding: gzip")
        if close:
            lines.append("Connection: close")
        payload = b"" if head else body
        self._transport.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + payload)
        if close:
            self._transport.close()

    # --- scripts --------------------------------------------------------------------------------

    def _play(self) -> None:
        """Take steps until the script pauses, ends, or the peer stops reading.

        One write a turn: a peer that reads as fast as this writes would otherwise keep the event loop for itself.
        """
        if self._steps is None or self._transport is None or self._transport.is_closing() or not self._writable:
            return
        step = next(self._steps, Ending.CLOSE)
        if isinstance(step, Ending):
            self._end(step)
            return
        delay = 0.0
        if isinstance(step, bytes):
            self._transport.write(step)
        else:
            delay = step
        if self._writable:
            self._timer = asyncio.get_running_loop().call_later(delay, self._play)

    def _end(self, ending: Ending) -> None:
        assert self._transport is not None
        self._steps = None
        if ending is Ending.CLOSE:
            self._transport.close()
            return
        raw = self._transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def _wind(self, seconds: float) -> None:
        """(Re)start the idle timer; 0 stops it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if seconds and self._transport is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._transport.close)


def read_request(head: bytes) -> Request | None:
    """Parse a request head (without the blank line); None when it is no HTTP/1 request."""
    line, *rows = head.decode("latin-1").split("\r\n")
    parts = line.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        return None
    headers: dict[str, str] = {}
    for row in rows:
        name, colon, value = row.partition(":")
        if colon:
            headers.setdefault(name.strip().lower(), value.strip())
    target = parts[1]
    host = headers.get("host", "")
    try:
        if target.startswith(("http://", "https://")):
            url = urlsplit(target)
            host = url.netloc
            target = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
        path = urlsplit(target).path if not target.startswith("//") else target.partition("?")[0]
    except ValueError:
        return None
    connection = headers.get("connection", "").lower()
    return Request(
        method=parts[0],
        host=host.rpartition("@")[2].partition(":")[0].lower().removesuffix("."),
        target=target,
        path=path,
        headers=headers,
        close=connection == "close" or (parts[2] == "HTTP/1.0" and connection != "keep-alive"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where the practice web listens, and the three kinds of doors that lead nowhere."""

    http: int
    https: int
    closed: int
    silent: int
    black_hole: int


@asynccontextmanager
async def serve_sites(
    sites: Iterable[LabSite], authority: Authority, *, bind: str, http_port: int, https_port: int
) -> AsyncIterator[Ports]:
    """Serve the sites while the context is open. Raises ``OSError`` when a port is busy."""
    loop = asyncio.get_running_loop()
    served = _Served(answers=Answers(sites), cache=_PageCache(), connections=set(), waiting=deque())
    with contextlib.ExitStack() as stack:
        listeners = [stack.enter_context(_listener(bind, port)) for port in (http_port, https_port, 0)]
        plain, secure, silent = (int(each.getsockname()[1]) for each in listeners)
        closed = stack.enter_context(_reserved(bind))
        black_hole = stack.enter_context(_full_backlog(bind))
        ports = Ports(http=plain, https=secure, closed=closed, silent=silent, black_hole=black_hole)
        web = Origin(scheme="http", http_port=plain, https_port=secure)
        tls = Origin(scheme="https", http_port=plain, https_port=secure)
        servers: list[asyncio.Server] = []
        try:
            servers.append(
                await loop.create_server(lambda: _SiteConnection(served, web), sock=listeners[0], backlog=2048)
            )
            servers.append(
                await loop.create_server(
                    lambda: _SiteConnection(served, tls), sock=listeners[1], backlog=2048, ssl=authority.context,
                    ssl_handshake_timeout=30.0, ssl_shutdown_timeout=1.0,
                )
            )  # fmt: skip
            servers.append(await loop.create_server(lambda: _SilentConnection(served), sock=listeners[2], backlog=512))
            yield ports
        finally:
            for server in servers:
                server.close()
            for connection in list(served.connections):
                connection.abort()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2):
                    for server in servers:
                        await server.wait_closed()


class _SilentConnection(_SiteConnection):
    """Accepts, reads, and never says a word."""

    def __init__(self, served: _Served) -> None:
        super().__init__(served, Origin(scheme="http", http_port=0, https_port=0))

    def data_received(self, data: bytes) -> None:
        return


def _listener(bind: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((bind, port))
    except OSError:
        listener.close()
        raise
    return listener


@contextlib.contextmanager
def _reserved(bind: str) -> Iterator[int]:
    """A port that is bound, so that nobody else takes it, but never listened on: connections are refused."""
    with _listener(bind, 0) as holder:
        yield int(holder.getsockname()[1])


@contextlib.contextmanager
def _full_backlog(bind: str) -> Iterator[int]:
    """A port whose accept queue stays full, so that further connection attempts get no answer at all."""
    with _listener(bind, 0) as listener, contextlib.ExitStack() as stack:
        listener.listen(0)
        address = listener.getsockname()
        for _ in range(3):
            filler = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            filler.setblocking(False)
            filler.connect_ex(address)
        yield int(address[1])
