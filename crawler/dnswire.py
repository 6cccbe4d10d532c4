"""DNS messages to and from recursive resolvers over UDP, with TCP when an answer does not fit (RFC 1035, RFC 7766).

Each server has a few connected UDP sockets with ports the system chose: the kernel then drops datagrams from any
other address, and an answer must match a random id on the right socket as well as the question.
"""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.resolver
from dns.rdtypes.ANY.SOA import SOA

from core.errors import BadTarget, UsageError
from core.hosts import parse_host
from core.records import Lookup, Soa

SOCKETS_PER_SERVER = 8
"""UDP sockets to one server; a forged answer must also guess which one asked."""

MAX_RECORDS = 64
"""Records of the wanted type that are read from one answer."""

_PAYLOAD = 1232  # DNS flag day 2020: the largest datagram that is not fragmented on common paths
_FAILURES = {dns.rcode.NXDOMAIN: Lookup.NXDOMAIN, dns.rcode.REFUSED: Lookup.REFUSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer read: ``values`` of the wanted type after ``aliases`` were followed inside the message.

    ``ttl`` is the smallest of the records used, or the zone's negative TTL (RFC 2308). ``soa`` comes with a negative
    answer.
    """

    lookup: Lookup
    values: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    ttl: int | None = None
    soa: Soa | None = None
    wire: bytes = b""
    server: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DnsServer:
    """A recursive resolver's address and port."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> DnsServer:
        """Read ``host:port``, ``[host]:port``, or an address alone (port 53). Raises :class:`UsageError`."""
        host, mark, port = text.strip().rpartition(":")
        if not mark or ("]" in port) or (":" in host and not host.startswith("[")):
            host, port = text.strip(), "53"
        host = host.removeprefix("[").removesuffix("]")
        if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
            raise UsageError(f"{text!r} is no DNS server.", hint="Write it like 192.0.2.53:53.")
        return cls(host, int(port))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def system_servers(path: Path = Path("/etc/resolv.conf")) -> tuple[DnsServer, ...]:
    """The name servers of a ``resolv.conf``; empty when there is none or it names none."""
    try:
        text = path.read_text("utf-8", "replace")
    except OSError:
        return ()
    words = (line.split() for line in text.splitlines())
    return tuple(DnsServer(line[1], 53) for line in words if len(line) > 1 and line[0] == "nameserver")


def make_query(name: str, rdtype: str, identity: int) -> bytes:
    """A recursive question with EDNS. Raises :class:`dns.exception.DNSException` for a name that fits no message."""
    query = dns.message.make_query(dns.name.from_text(name), rdtype, use_edns=0, payload=_PAYLOAD, id=identity)
    return query.to_wire()


def read_answer(wire: bytes, name: str, rdtype: str) -> Answer | None:
    """Read an answer to the question ``name rdtype``; None when it answers another question.

    A message that cannot be read is ``servfail`` with a detail. Truncated ones are read as far as they go.
    """
    try:
        message = dns.message.from_wire(wire, ignore_trailing=True, raise_on_truncation=False)
        wanted = dns.rdatatype.from_text(rdtype)
        asked = dns.name.from_text(name)
    except (dns.exception.DNSException, ValueError, IndexError, UnicodeError):
        return Answer(lookup=Lookup.SERVFAIL, detail="malformed answer", wire=wire)
    if not message.flags & dns.flags.QR:
        return None
    # Some servers leave the question out of an error.
    if message.question and (message.question[0].name != asked or message.question[0].rdtype != wanted):
        return None
    try:
        return _read_message(message, asked, wanted, wire)
    except (dns.exception.DNSException, BadTarget, ValueError, UnicodeError) as exc:
        detail = "an alias is no host name" if isinstance(exc, BadTarget) else "malformed answer"
        return Answer(lookup=Lookup.SERVFAIL, detail=detail, wire=wire)


def _read_message(
    message: dns.message.Message, asked: dns.name.Name, wanted: dns.rdatatype.RdataType, wire: bytes
) -> Answer:
    rcode = message.rcode()
    if rcode not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        detail = f"the name server answered {dns.rcode.to_text(rcode)}"
        return Answer(lookup=_FAILURES.get(rcode, Lookup.SERVFAIL), detail=detail, wire=wire)
    aliases: list[str] = []
    ttls: list[int] = []
    values: tuple[str, ...] = ()
    name = asked
    sets = {(rrset.name, rrset.rdtype): rrset for rrset in message.answer if rrset.rdclass == dns.rdataclass.IN}
    for _ in range(len(sets) + 1):
        found = sets.get((name, wanted))
        if found is not None:
            values = tuple(_text(rdata, wanted) for rdata in list(found)[:MAX_RECORDS])
            ttls.append(found.ttl)
            break
        alias = sets.get((name, dns.rdatatype.CNAME))
        if alias is None:
            break
        name = next(iter(alias)).target
        aliases.append(parse_host(name.to_text(omit_final_dot=True)))
        ttls.append(alias.ttl)
    soa, negative_ttl = _authority(message)
    if not values and negative_ttl is not None:
        ttls.append(negative_ttl)
    missing = Lookup.NXDOMAIN if rcode == dns.rcode.NXDOMAIN else Lookup.NO_ANSWER
    return Answer(
        lookup=Lookup.OK if values else missing,
        values=values,
        aliases=tuple(aliases),
        ttl=min(ttls, default=None),
        soa=None if values else soa,
        wire=wire,
    )


def _text(rdata: dns.rdata.Rdata, rdtype: dns.rdatatype.RdataType) -> str:
    if rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA):
        return str(ipaddress.ip_address(str(rdata)))
    name: dns.name.Name = rdata.exchange if rdtype == dns.rdatatype.MX else rdata.target  # type: ignore[attr-defined]
    return name.to_text(omit_final_dot=True).lower()


def _authority(message: dns.message.Message) -> tuple[Soa | None, int | None]:
    for rrset in message.authority:
        for rdata in rrset:
            if isinstance(rdata, SOA):
                soa = Soa(
                    mname=rdata.mname.to_text(omit_final_dot=True).lower(),
                    rname=rdata.rname.to_text(omit_final_dot=True).lower(),
                    serial=rdata.serial,
                )
                return soa, min(rrset.ttl, rdata.minimum)
    return None, None


@dataclass(frozen=True, slots=True)
class _Question:
    """A question in flight; ``answer`` becomes None when the datagram was cut and TCP must be asked."""

    name: str
    rdtype: str
    answer: asyncio.Future[Answer | None]


class _UdpSocket(asyncio.DatagramProtocol):
    """One connected UDP socket; questions in flight by message id."""

    def __init__(self) -> None:
        self.transport: asyncio.DatagramTransport | None = None
        self.waiting: dict[int, _Question] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: object) -> None:
        question = self.waiting.get(int.from_bytes(data[:2])) if len(data) >= 12 else None
        if question is None or question.answer.done():
            return
        if data[2] & 0x02:
            question.answer.set_result(None)
        elif (answer := read_answer(data, question.name, question.rdtype)) is not None:
            question.answer.set_result(answer)

    def error_received(self, exc: Exception) -> None:
        # An ICMP error names no question: everything asked on this socket has failed.
        for question in self.waiting.values():
            if not question.answer.done():
                question.answer.set_exception(exc)


class DnsClient:
    """Asks a fixed set of servers; sockets are opened on first use and live until :meth:`close`."""

    def __init__(self, servers: Sequence[DnsServer]) -> None:
        self._servers = tuple(servers)
        self._sockets: dict[tuple[DnsServer, int], _UdpSocket] = {}

    async def ask(self, name: str, rdtype: str, *, timeout: float, attempt: int = 0) -> Answer:
        """One question and its answer within ``timeout`` seconds; ``attempt`` rotates through the servers."""
        server = self._servers[attempt % len(self._servers)]
        try:
            async with asyncio.timeout(timeout):
                answer = await self._ask_udp(server, name, rdtype)
                if answer is None:
                    answer = await self._ask_tcp(server, name, rdtype)
        except TimeoutError:
            return Answer(lookup=Lookup.TIMEOUT, server=str(server), detail="no name server answered in time")
        except OSError as exc:
            detail = f"the name server {server} cannot be reached ({exc.strerror or exc})"
            return Answer(lookup=Lookup.SERVFAIL, server=str(server), detail=detail)
        except (dns.exception.DNSException, UnicodeError):
            return Answer(lookup=Lookup.SERVFAIL, server=str(server), detail="the name fits no DNS message")
        return replace(answer, server=str(server))

    async def _ask_udp(self, server: DnsServer, name: str, rdtype: str) -> Answer | None:
        """The answer over UDP, or None when it was cut to fit a datagram."""
        socket = await self._socket(server)
        identity = secrets.randbelow(65_536)
        while identity in socket.waiting:
            identity = secrets.randbelow(65_536)
        wire = make_query(name, rdtype, identity)
        question = _Question(name, rdtype, asyncio.get_running_loop().create_future())
        socket.waiting[identity] = question
        try:
            assert socket.transport is not None
            socket.transport.sendto(wire)
            return await question.answer
        finally:
            del socket.waiting[identity]

    async def _ask_tcp(self, server: DnsServer, name: str, rdtype: str) -> Answer:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        try:
            identity = secrets.randbelow(65_536)
            wire = make_query(name, rdtype, identity)
            writer.write(len(wire).to_bytes(2) + wire)
            length = int.from_bytes(await reader.readexactly(2))
            received = await reader.readexactly(length)
        except asyncio.IncompleteReadError:
            return Answer(lookup=Lookup.SERVFAIL, detail="the name server closed the connection")
        finally:
            writer.transport.abort()
        if len(received) < 12 or int.from_bytes(received[:2]) != identity:
            return Answer(lookup=Lookup.SERVFAIL, detail="malformed answer", wire=received)
        answer = read_answer(received, name, rdtype)
        return answer or Answer(lookup=Lookup.SERVFAIL, detail="the answer is to another question", wire=received)

    async def _socket(self, server: DnsServer) -> _UdpSocket:
        key = (server, secrets.randbelow(SOCKETS_PER_SERVER))
        socket = self._sockets.get(key)
        if socket is not None and socket.transport is not None and not socket.transport.is_closing():
            return socket
        loop = asyncio.get_running_loop()
        transport, socket = await loop.create_datagram_endpoint(_UdpSocket, remote_addr=(server.host, server.port))
        if key in self._sockets and (known := self._sockets[key]).transport and not known.transport.is_closing():
            transport.close()  # another caller was faster
            return known
        self._sockets[key] = socket
        return socket

    def close(self) -> None:
        """Close every socket."""
        for socket in self._sockets.values():
            if socket.transport is not None:
                socket.transport.abort()
        self._sockets.clear()
