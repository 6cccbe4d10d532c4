"""The HTTP connection: pinned to a vetted address, every buffer capped, the TLS facts kept.

aiohttp caps single header lines, but neither a whole head, nor interim responses, nor the framing around a body.
:class:`CappedProtocol` counts what arrives and ends the connection. It overrides three methods of aiohttp's
``ResponseHandler`` and reads its ``_payload``; the service tests fail if an aiohttp release changes what they mean.
"""

from __future__ import annotations

import asyncio
import functools
import socket
from dataclasses import dataclass
from typing import Any, cast

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http_exceptions import HttpProcessingError

from core.records import TlsFacts
from crawler.policies import FetchPolicy
from crawler.tls import read_tls

MAX_INTERIM = 16
"""Interim (1xx) responses before the final one that are put up with."""

MAX_HEADERS = 1_000
"""Header fields of one response; the cap on their bytes is the policy's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireLimits:
    """Bytes that one connection may deliver: before the final head is complete, and altogether."""

    head: int
    total: int

    @classmethod
    def of(cls, policy: FetchPolicy) -> WireLimits:
        """Chunked framing may make a body four times as long on the wire; an honest server needs far less."""
        return cls(head=policy.max_header_bytes, total=policy.max_header_bytes + 4 * policy.max_body_bytes + 65_536)


class WireOverrun(aiohttp.ClientPayloadError):
    """A body's framing takes many times the body's size, so the connection was cut."""


class CappedProtocol(ResponseHandler):
    """One connection's protocol with the caps that aiohttp has not."""

    def __init__(self, loop: asyncio.AbstractEventLoop, limits: WireLimits) -> None:
        super().__init__(loop=loop)
        self.tls: TlsFacts | None = None
        self._limits = limits
        self._received = 0
        self._interim = 0
        self._in_head = True
        self._over = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the TLS facts: they are gone once the server has hung up."""
        super().connection_made(transport)
        session = transport.get_extra_info("ssl_object")
        if session is not None:
            self.tls = read_tls(session)

    def data_received(self, data: bytes) -> None:
        """Count what came, and parse it unless a cap is reached."""
        if self._over:
            return
        self._received += len(data)
        super().data_received(data)
        if self._in_head and self._received > self._limits.head:
            self._cut(HttpProcessingError(code=400, message=f"a head of more than {self._limits.head} bytes"))
        elif self._received > self._limits.total:
            self._cut(WireOverrun(f"more than {self._limits.total} bytes on the wire"))

    def feed_data(self, data: Any, size: int = 0) -> None:
        """Take a parsed head; interim ones are counted."""
        if self._over:
            return
        code = data[0].code
        if 100 <= code < 200 and code != 101:
            self._interim += 1
            if self._interim > MAX_INTERIM:
                self._cut(HttpProcessingError(code=400, message=f"more than {MAX_INTERIM} interim responses"))
                return
        else:
            self._in_head = False
        super().feed_data(data, size)

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        """Tell a reader of the body too; aiohttp leaves it waiting after a parse error in the middle of one."""
        payload = self._payload
        if payload is not None and not payload.is_eof() and payload.exception() is None:
            if isinstance(exc, aiohttp.ClientError):
                payload.set_exception(exc)
            else:
                payload.set_exception(aiohttp.ClientPayloadError(str(exc)), exc)
        super().set_exception(exc, *cause)

    def _cut(self, reason: Exception) -> None:
        self._over = True
        transport = self.transport
        self.set_exception(reason)
        if transport is not None:
            transport.abort()


class PinnedConnector(aiohttp.TCPConnector):
    """A connector that never resolves a name and never keeps a connection."""

    def __init__(self, limits: WireLimits) -> None:
        super().__init__(
            resolver=_NoResolver(), use_dns_cache=False, force_close=True, limit=0, happy_eyeballs_delay=None
        )
        factory = functools.partial(CappedProtocol, limits=limits, loop=self._loop)
        self._factory = cast("functools.partial[ResponseHandler]", factory)


class _NoResolver(AbstractResolver):
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        raise OSError(f"{host} was not resolved and vetted")

    async def close(self) -> None:
        return None


class RecordedResponse(aiohttp.ClientResponse):
    """A response that remembers the TLS facts of its connection."""

    tls: TlsFacts | None = None

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        """Note the facts, then read the head."""
        if isinstance(connection.protocol, CappedProtocol):
            self.tls = connection.protocol.tls
        return await super().start(connection)


def buffered(stream: aiohttp.StreamReader) -> bytes:
    """What a broken stream had received before it broke; aiohttp's own readers only raise then."""
    return stream._read_nowait(-1)
