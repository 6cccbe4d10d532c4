"""The name server of the practice web on loopback, UDP and TCP on the same port."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

from lab.zone import Zone

IDLE_SECONDS = 10.0
"""How long a TCP connection may stay idle."""


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Event loops' transports do not all derive from the abstract classes.
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._transport is not None:
            for wire in self._zone.reply(data):
                self._transport.sendto(wire, addr)


class _Messages(asyncio.Protocol):
    """DNS over TCP: messages with a two-byte length before each (RFC 7766)."""

    def __init__(self, zone: Zone, open_now: set[asyncio.Transport]) -> None:
        self._zone = zone
        self._open_now = open_now
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._open_now.add(self._transport)
        self._wind(self._transport.close)

    def data_received(self, data: bytes) -> None:
        if self._transport is None:
            return
        self._wind(self._transport.close)
        self._buffer += data
        while len(self._buffer) >= 2:
            length = int.from_bytes(self._buffer[:2], "big")
            if len(self._buffer) < 2 + length:
                return
            message = bytes(self._buffer[2 : 2 + length])
            del self._buffer[: 2 + length]
            for wire in self._zone.reply(message, tcp=True):
                self._transport.write(struct.pack("!H", len(wire)) + wire)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._open_now.discard(self._transport)

    def _wind(self, alarm: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, alarm)


@asynccontextmanager
async def serve_names(zone: Zone, *, bind: str, port: int) -> AsyncIterator[int]:
    """Serve a zone while the context is open; yields the port used for both UDP and TCP.

    With ``port`` 0 a port that is free for both is found. Raises ``OSError`` when a named port is busy.
    """
    loop = asyncio.get_running_loop()
    open_now: set[asyncio.Transport] = set()
    for attempt in range(20):
        transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(zone), local_addr=(bind, port))
        chosen = int(transport.get_extra_info("sockname")[1])
        try:
            server = await loop.create_server(lambda: _Messages(zone, open_now), bind, chosen, backlog=512)
            break
        except OSError:
            transport.close()
            if port or attempt == 19:
                raise
    try:
        yield chosen
    finally:
        transport.close()
        server.close()
        for connection in list(open_now):
            connection.abort()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2):
                await server.wait_closed()
