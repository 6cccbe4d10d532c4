"""Serves the web app inside the caller's event loop, on a socket that was bound before anything else began."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from core.errors import Fatal, UsageError

GRACE_SECONDS = 5
"""How long running requests may go on once the service stops."""


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Signals belong to the service around us; it sets ``stop``.
        yield


def bind(host: str, port: int) -> socket.socket:
    """Bind a listening socket; ``port`` 0 takes a free one.

    Raises :class:`UsageError` with one sentence when the port is taken, forbidden, or the address is not ours.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as exc:
        raise UsageError(f"{host!r} is no address of this machine.") from exc
    family, kind, protocol, _, address = found[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
        listening.setblocking(False)
    except (OSError, OverflowError) as exc:
        listening.close()
        code = exc.errno if isinstance(exc, OSError) else None
        if code == errno.EADDRINUSE:
            raise UsageError(
                f"Port {port} of {host} is in use by another program.", hint="Choose another one with --port."
            ) from exc
        if code == errno.EACCES:
            raise UsageError(f"Port {port} needs more rights.", hint="Choose one above 1023.") from exc
        raise UsageError(f"Cannot listen on {host} port {port}: {exc}.") from exc
    return listening


async def serve_review(app: FastAPI, listening: socket.socket, stop: asyncio.Event) -> None:
    """Serve ``app`` on a bound socket until ``stop`` is set, then let running requests end.

    Installs no signal handlers. Raises :class:`Fatal` when the server ends by itself.
    """
    proxies = list(app.state.desk.policy.trusted_proxies)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config)

    async def watch() -> None:
        await stop.wait()
        server.should_exit = True

    async with asyncio.TaskGroup() as group:
        watching = group.create_task(watch())
        await server.serve(sockets=[listening])
        watching.cancel()
    if not stop.is_set():
        raise Fatal("The web server stopped by itself.")
