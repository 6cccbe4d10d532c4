"""The answers of the practice web's name server: bytes in, bytes out, no sockets.

Addresses of ordinary hosts are answered from prepared bytes; everything else goes through dnspython. A malformed
query gets FORMERR or nothing, as real servers do. Message format: RFC 1035 section 4; negative answers carry the
SOA record of RFC 2308.
"""

from __future__ import annotations

import ipaddress
import itertools
import struct
from collections.abc import Iterable
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdatatype
import dns.rrset

from core.hosts import unit_of
from lab.names import BRANDS
from lab.sites import Behaviour, DnsBehaviour, LabSite

TTL = 300
KNOWN_REPLIES = 50_000
"""Replies remembered; a query repeated but for its id costs no parsing."""
_A, _AAAA, _IN = 1, 28, 1
_POINTER = b"\xc0\x0c"
"""Compressed name: the question's name at offset 12."""

PRIVATE_ADDRESS = "10.13.37.1"
METADATA_ADDRESS = "169.254.169.254"


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """One name with its behaviour, the unit whose zone it is in, and the operator's name server."""

    name: str
    unit: str
    dns: DnsBehaviour = DnsBehaviour.NORMAL
    nameserver: str = "ns1.webhotel.test"
    mail: bool = False


def planned_hosts(sites: Iterable[LabSite]) -> dict[str, Host]:
    """Every name that the plan needs: the sites, their ``www.`` names and units, image hosts, brands' own hosts."""
    hosts: dict[str, Host] = {}
    for site in sites:
        unit, server = unit_of(site.host), site.marks.nameserver or "ns1.webhotel.test"
        honest = "@gmail." not in site.marks.email
        names = [site.host]
        if site.host == unit:
            names.append(f"www.{site.host}")
        elif unit not in hosts:
            hosts[unit] = Host(name=unit, unit=unit, nameserver=server)
        if site.behaviour is Behaviour.REDIRECT and site.leads_to.endswith(f".{site.host}"):
            names.append(site.leads_to)
        if site.dns is DnsBehaviour.CNAME_CHAIN:
            hosts.update({name: Host(name=name, unit=unit) for name in _hops(unit)})
        for name in names:
            hosts[name] = Host(name=name, unit=unit, dns=site.dns, nameserver=server, mail=honest)
        if site.marks.image_host:
            image_unit = unit_of(site.marks.image_host)
            hosts[site.marks.image_host] = Host(name=site.marks.image_host, unit=image_unit, nameserver=server)
    for brand in BRANDS:
        for name in (brand.official, f"www.{brand.official}"):
            hosts.setdefault(name, Host(name=name, unit=brand.official, mail=True))
    return hosts


class Zone:
    """Authoritative answers for the planned hosts at one address; NXDOMAIN with SOA for every other name."""

    def __init__(self, sites: Iterable[LabSite], address: str) -> None:
        self._address = ipaddress.IPv4Address(address).packed
        self._hosts = planned_hosts(sites)
        servers = {host.nameserver for host in self._hosts.values()}
        self._hosts.update(
            {name: Host(name=name, unit=unit_of(name)) for server in servers for name in _operator_names(server)}
        )
        self._wild = {host.unit for host in self._hosts.values() if host.dns is DnsBehaviour.WILDCARD}
        self._parents = {
            ".".join(labels[cut:])
            for labels in (host.split(".") for host in self._hosts)
            for cut in range(1, len(labels))
        } - self._hosts.keys()
        self._ready: dict[tuple[bytes, int], tuple[bytes, bytes]] = {}
        """(name on the wire, type) → (counts of the header, records after the question)."""
        self._known: dict[tuple[bool, bytes], bytes] = {}
        """(over TCP, query without its id) → reply without its id."""
        for host in self._hosts.values():
            if host.dns in (DnsBehaviour.NORMAL, DnsBehaviour.WILDCARD):
                wire = _name_wire(host.name)
                self._ready[wire, _A] = (struct.pack("!HHHH", 1, 1, 0, 0), _address_record(self._address))
                self._ready[wire, _AAAA] = (struct.pack("!HHHH", 1, 0, 1, 0), _soa_wire(host.unit))

    def reply(self, query: bytes, *, tcp: bool = False) -> tuple[bytes, ...]:
        """The datagrams (or the one TCP message) that answer a query; empty for silence. Never raises."""
        fast = self._fast(query)
        if fast:
            return (fast,)
        known = self._known.get((tcp, query[2:]))
        if known is not None:
            return (query[:2] + known,)
        try:
            message = dns.message.from_wire(query, ignore_trailing=True)
        except (dns.exception.DNSException, ValueError):
            return (query[:2] + b"\x81\x01" + bytes(8),) if len(query) >= 12 and not query[2] & 0x80 else ()
        if message.flags & dns.flags.QR or len(message.question) != 1 or message.opcode() != dns.opcode.QUERY:
            return ()
        try:
            wires = self._slow(message, tcp)
        except (dns.exception.DNSException, ValueError):
            failed = dns.message.make_response(message)
            failed.set_rcode(dns.rcode.SERVFAIL)
            return (failed.to_wire(),)
        if len(wires) == 1 and len(self._known) < KNOWN_REPLIES:
            self._known[tcp, query[2:]] = wires[0][2:]
        return wires

    def _fast(self, query: bytes) -> bytes | None:
        """A reply made of prepared bytes when the query is plain: one question, known host, A or AAAA."""
        if len(query) < 17 or query[2] & 0xFE or query[4:10] != b"\x00\x01\x00\x00\x00\x00":
            return None
        end = query.find(b"\x00", 12) + 5
        if end < 17 or end > len(query) or query[end - 2 : end] != b"\x00\x01":
            return None
        name = query[12 : end - 4]
        ready = self._ready.get((name.lower(), query[end - 3]))
        if ready is None or query[end - 4]:
            return None
        counts, records = ready
        return query[:2] + (b"\x85" if query[2] & 1 else b"\x84") + b"\x00" + counts + query[12:end] + records

    def _slow(self, query: dns.message.Message, tcp: bool) -> tuple[bytes, ...]:
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.AA
        host = self._hosts.get(name) or self._covered(name)
        behaviour = host.dns if host else DnsBehaviour.NXDOMAIN
        if behaviour is DnsBehaviour.SILENT:
            return ()
        if host is None and name in self._parents:
            behaviour = DnsBehaviour.NO_ANSWER
        if behaviour is DnsBehaviour.MALFORMED:
            broken = bytearray(reply.to_wire())
            broken[6:8] = b"\x00\x07"
            return (bytes(broken) + b"\xc0\xff\x00\x01\x00\x01\x00",)
        codes = {
            DnsBehaviour.NXDOMAIN: dns.rcode.NXDOMAIN, DnsBehaviour.SERVFAIL: dns.rcode.SERVFAIL,
            DnsBehaviour.REFUSED: dns.rcode.REFUSED,
        }  # fmt: skip
        if behaviour in codes:
            reply.set_rcode(codes[behaviour])
            if behaviour is DnsBehaviour.NXDOMAIN:
                reply.authority.append(_soa(host.unit if host else "test"))
            return (reply.to_wire(),)
        if behaviour is DnsBehaviour.TRUNCATED and not tcp:
            reply.flags |= dns.flags.TC
            return (reply.to_wire(),)
        if host is not None and behaviour is not DnsBehaviour.NO_ANSWER:
            self._answer(reply, question.name, question.rdtype, host)
        if not reply.answer:
            reply.authority.append(_soa(host.unit if host else unit_of(name)))
        wire = reply.to_wire(max_size=65535)
        if behaviour is DnsBehaviour.MANY_ADDRESSES and question.rdtype == _A:
            return self._many(query, reply, tcp)
        if behaviour is DnsBehaviour.WRONG_ID and not tcp:
            forged = bytearray(wire.replace(self._address, ipaddress.IPv4Address(PRIVATE_ADDRESS).packed))
            forged[0] ^= 0x55
            return bytes(forged), bytes(wire)
        if not tcp and len(wire) > max(512, query.payload if query.edns >= 0 else 512):
            short = dns.message.make_response(query)
            short.flags |= dns.flags.AA | dns.flags.TC
            return (short.to_wire(),)
        return (bytes(wire),)

    def _many(self, query: dns.message.Message, reply: dns.message.Message, tcp: bool) -> tuple[bytes, ...]:
        """Sixty copies of one address record: over the size of a plain UDP answer, and more than anybody needs."""
        bare = dns.message.make_response(query)
        bare.flags |= dns.flags.AA
        bare.use_edns(False)
        wire = bytearray(bare.to_wire())
        if not tcp and query.edns < 0:
            wire[2] |= 0x02
            return (bytes(wire),)
        wire[6:8] = struct.pack("!H", 60)
        return (bytes(wire) + _address_record(self._address) * 60,)

    def _covered(self, name: str) -> Host | None:
        """The host that a wildcard makes of a name beneath its unit."""
        unit = ".".join(name.split(".")[-2:])
        return Host(name=name, unit=unit) if unit in self._wild else None

    def _answer(self, reply: dns.message.Message, name: dns.name.Name, rdtype: int, host: Host) -> None:
        text = name.to_text()
        if host.dns in _ALIASES and rdtype != dns.rdatatype.SOA:
            end = self._alias(reply, text, host)
            if end and rdtype == _A:
                reply.answer.append(_rrset(end, "A", str(ipaddress.IPv4Address(self._address))))
            return
        if rdtype == _A:
            fixed = {DnsBehaviour.PRIVATE: PRIVATE_ADDRESS, DnsBehaviour.METADATA: METADATA_ADDRESS}
            reply.answer.append(_rrset(text, "A", fixed.get(host.dns, str(ipaddress.IPv4Address(self._address)))))
        elif host.name == host.unit and rdtype == dns.rdatatype.NS:
            reply.answer.append(_rrset(text, "NS", *(f"{server}." for server in _server_names(host.nameserver))))
        elif host.name == host.unit and rdtype == dns.rdatatype.SOA:
            reply.answer.append(_soa(host.unit))
        elif host.name == host.unit and rdtype == dns.rdatatype.MX and host.mail:
            reply.answer.append(_rrset(text, "MX", f"10 mx.{host.nameserver.split('.', 1)[1]}."))
        elif host.name == host.unit and rdtype == dns.rdatatype.TXT and host.mail:
            reply.answer.append(_rrset(text, "TXT", '"v=spf1 mx -all"'))

    def _alias(self, reply: dns.message.Message, name: str, host: Host) -> str:
        """Append the aliases; returns the name that they end at, or "" when they end nowhere."""
        if host.dns is DnsBehaviour.CNAME:
            steps = [name, f"edge.{host.nameserver.split('.', 1)[1]}."]
        elif host.dns is DnsBehaviour.CNAME_CHAIN:
            steps = [name, *(f"{hop}." for hop in _hops(host.unit))]
        elif host.dns is DnsBehaviour.CNAME_LOOP:
            steps = [name, f"round.{host.unit}.", name]
        else:
            steps = [name, f"gone.{host.unit}."]
        for source, target in itertools.pairwise(steps):
            reply.answer.append(_rrset(source, "CNAME", target))
        if host.dns is DnsBehaviour.CNAME_DANGLING:
            reply.set_rcode(dns.rcode.NXDOMAIN)
            reply.authority.append(_soa(host.unit))
        return steps[-1] if host.dns in (DnsBehaviour.CNAME, DnsBehaviour.CNAME_CHAIN) else ""


_ALIASES = frozenset(
    {DnsBehaviour.CNAME, DnsBehaviour.CNAME_CHAIN, DnsBehaviour.CNAME_LOOP, DnsBehaviour.CNAME_DANGLING}
)


def _server_names(server: str) -> tuple[str, ...]:
    """Both name servers of an operator."""
    first, _, domain = server.partition(".")
    return server, f"{first.rstrip('0123456789')}9.{domain}"


def _hops(unit: str) -> tuple[str, ...]:
    return tuple(f"hop{hop}.{unit}" for hop in range(1, 7))


def _operator_names(server: str) -> tuple[str, ...]:
    """Every name of a hosting operator: name servers, mail exchanger, and the edge that aliases point at."""
    domain = server.partition(".")[2]
    return *_server_names(server), f"mx.{domain}", f"edge.{domain}"


def _rrset(name: str, rdtype: str, *values: str) -> dns.rrset.RRset:
    return dns.rrset.from_text(name, TTL, "IN", rdtype, *values)


def _soa(unit: str) -> dns.rrset.RRset:
    return _rrset(f"{unit}.", "SOA", f"ns1.{unit}. hostmaster.{unit}. 2026110101 7200 3600 1209600 {TTL}")


def _soa_wire(unit: str) -> bytes:
    """The same SOA record as bytes, packed by hand because every planned host needs one at start."""
    owner = _name_wire(unit)
    numbers = struct.pack("!IIIII", 2026110101, 7200, 3600, 1209600, TTL)
    rdata = _name_wire(f"ns1.{unit}") + _name_wire(f"hostmaster.{unit}") + numbers
    return owner + struct.pack("!HHIH", dns.rdatatype.SOA, _IN, TTL, len(rdata)) + rdata


def _name_wire(name: str) -> bytes:
    return b"".join(bytes((len(label),)) + label for label in name.encode("ascii").split(b".")) + b"\0"


def _address_record(address: bytes) -> bytes:
    return _POINTER + struct.pack("!HHIH", _A, _IN, TTL, len(address)) + address
