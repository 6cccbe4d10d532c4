"""A scripted web on loopback: a name server and raw TCP servers that say exactly what a test wants."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
import trustme

from crawler.fetcher import Fetcher, open_fetcher
from crawler.policies import FetchPolicy, ResolvePolicy, VettingPolicy
from crawler.resolver import open_resolver

Reply = bytes | Callable[[asyncio.StreamReader, asyncio.StreamWriter, bytes], Awaitable[None]]
Script = Callable[[dns.message.Message], dns.message.Message | bytes | None]

LAB = VettingPolicy(allow_nets=("127.0.0.0/8",))


class NameServer(asyncio.DatagramProtocol):
    """A DNS server on UDP and TCP. ``zone`` maps (name, type) to record texts; ``scripts`` name → function."""

    def __init__(self) -> None:
        self.zone: dict[tuple[str, str], list[str]] = {}
        self.scripts: dict[str, Script] = {}
        self.asked: list[tuple[str, str, str]] = []
        self.port = 0
        self.datagram_limit = 1232

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def add(self, name: str, rdtype: str, *values: str) -> None:
        self.zone.setdefault((name, rdtype), []).extend(values)

    def answer(self, wire: bytes, transport: str) -> bytes | None:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        rdtype = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, rdtype, transport))
        if (script := self.scripts.get(name)) is not None:
            made = script(query)
            return made.to_wire() if isinstance(made, dns.message.Message) else made
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.AA
        while True:
            found = self.zone.get((name, rdtype))
            alias = self.zone.get((name, "CNAME"))
            if found:
                reply.answer.append(dns.rrset.from_text_list(name + ".", 60, "IN", rdtype, found))
            elif alias:
                reply.answer.append(dns.rrset.from_text_list(name + ".", 60, "IN", "CNAME", alias))
                name = alias[0].rstrip(".")
                continue
            elif not any(known == name for known, _ in self.zone):
                reply.set_rcode(dns.rcode.NXDOMAIN)
            break
        if not reply.answer or reply.rcode():
            soa = "ns.test. host.test. 7 60 60 60 30"
            reply.authority.append(dns.rrset.from_text("test.", 60, "IN", "SOA", soa))
        full = reply.to_wire(max_size=65_535)
        if transport == "udp" and len(full) > self.datagram_limit:
            cut = dns.message.make_response(query)
            cut.flags |= dns.flags.TC
            return cut.to_wire()
        return full

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if (wire := self.answer(data, "udp")) is not None:
            self.transport.sendto(wire, addr)  # type: ignore[attr-defined]

    async def serve_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            length = int.from_bytes(await reader.readexactly(2))
            wire = self.answer(await reader.readexactly(length), "tcp")
            if wire is not None:
                writer.write(len(wire).to_bytes(2) + wire)
                await writer.drain()
        writer.close()


@pytest.fixture
async def nameserver() -> AsyncIterator[NameServer]:
    server = NameServer()
    tcp = await asyncio.start_server(server.serve_tcp, "127.0.0.1", 0)
    server.port = tcp.sockets[0].getsockname()[1]
    loop = asyncio.get_running_loop()
    udp, _ = await loop.create_datagram_endpoint(lambda: server, local_addr=("127.0.0.1", server.port))
    yield server
    udp.close()
    tcp.close()
    await tcp.wait_closed()


class RawServers:
    """Starts TCP servers whose answers are raw bytes or a coroutine; ``requests`` are the heads they were sent."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self._servers: list[asyncio.Server] = []
        self._running: set[asyncio.Task[None]] = set()

    async def start(self, reply: Reply, *, tls: ssl.SSLContext | None = None) -> int:
        """Serve every connection with ``reply``; gives the port."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._running.add(task)
            try:
                request = await reader.readuntil(b"\r\n\r\n")
                self.requests.append(request)
                if isinstance(reply, bytes):
                    writer.write(reply)
                    await writer.drain()
                else:
                    await reply(reader, writer, request)
            except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError, ssl.SSLError):
                pass
            finally:
                self._running.discard(task)
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
        self._servers.append(server)
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        for server in self._servers:
            server.close()
        for task in list(self._running):
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
        await asyncio.sleep(0)


@pytest.fixture
async def servers() -> AsyncIterator[RawServers]:
    servers = RawServers()
    yield servers
    await servers.close()


class Web:
    """A fetcher against the scripted web, and short ways to use it."""

    def __init__(self, fetcher: Fetcher, servers: RawServers, nameserver: NameServer) -> None:
        self.fetcher = fetcher
        self.servers = servers
        self.nameserver = nameserver

    async def fetch(self, reply: Reply, host: str = "shop.test", *, path: str = "/", tls: ssl.SSLContext | None = None):  # type: ignore[no-untyped-def]
        """Start a server with ``reply`` and visit it once under ``host``."""
        port = await self.servers.start(reply, tls=tls)
        scheme = "https" if tls else "http"
        return await self.fetcher.fetch(f"{scheme}://{host}:{port}{path}", unit="shop.test")


@pytest.fixture
def open_web(servers: RawServers, nameserver: NameServer):  # type: ignore[no-untyped-def]
    """``async with open_web(total_seconds=1) as web``: the policy's fields by keyword."""
    for host in ("shop.test", "www.shop.test", "m.shop.test", "away.test"):
        nameserver.add(host, "A", "127.0.0.1")
    nameserver.add("inside.shop.test", "A", "10.0.0.1", "169.254.169.254")

    @contextlib.asynccontextmanager
    async def open_it(vetting: VettingPolicy = LAB, **fields: object) -> AsyncIterator[Web]:
        policy = FetchPolicy(**{"total_seconds": 5.0, "connect_seconds": 1.0, **fields})  # type: ignore[arg-type]
        resolving = ResolvePolicy(servers=(nameserver.address,), timeout_seconds=1.0)
        async with open_resolver(resolving) as resolver, open_fetcher(policy, vetting, resolver) as fetcher:
            yield Web(fetcher, servers, nameserver)

    return open_it


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture(scope="session")
def server_tls(authority: trustme.CA) -> Callable[..., ssl.SSLContext]:
    """A server's TLS context: ``names`` in the certificate, ``expired`` or from an unknown ``ca``."""

    def make(*names: str, expired: bool = False, ca: trustme.CA | None = None) -> ssl.SSLContext:
        end = datetime(2024, 1, 2, tzinfo=UTC) if expired else datetime.now(UTC) + timedelta(days=9)
        start = datetime(2023, 1, 2, tzinfo=UTC)
        certificate = (ca or authority).issue_cert(*names, not_before=start, not_after=end)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        return context

    return make
