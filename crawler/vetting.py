"""Which addresses may be connected to: globally routable ones, and what the operator explicitly allows. Pure.

Sources: the IANA IPv4 and IPv6 Special-Purpose Address Registries, the IPv4 and IPv6 multicast ranges, RFC 6890, and
the link-local and fixed addresses on which clouds serve instance metadata. IPv6 that carries an IPv4 address
(mapped, compatible, NAT64, 6to4, Teredo) is refused whole: a public host needs none of these forms, and each is a
way round a check that looks at the outer address only.
"""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from crawler.policies import VettingPolicy

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_REFUSED_4 = (
    ("169.254.169.254/32", "cloud metadata service"),
    ("169.254.170.2/32", "cloud metadata service"),
    ("100.100.100.200/32", "cloud metadata service"),
    ("192.0.0.192/32", "cloud metadata service"),
    ("168.63.129.16/32", "cloud metadata service"),
    ("0.0.0.0/32", "unspecified"),
    ("0.0.0.0/8", "this network"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "carrier-grade NAT"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "IETF protocol assignment"),
    ("192.0.2.0/24", "documentation"),
    ("192.31.196.0/24", "AS112 sink"),
    ("192.52.193.0/24", "automatic multicast tunnelling"),
    ("192.88.99.0/24", "6to4 relay"),
    ("192.168.0.0/16", "private"),
    ("192.175.48.0/24", "AS112 sink"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("255.255.255.255/32", "broadcast"),
    ("240.0.0.0/4", "reserved"),
)
_REFUSED_6 = (
    ("fd00:ec2::254/128", "cloud metadata service"),
    ("fd20:ce::254/128", "cloud metadata service"),
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("::ffff:0:0/96", "IPv4-mapped"),
    ("::ffff:0:0:0/96", "IPv4-translated"),
    ("::/96", "IPv4-compatible"),
    ("64:ff9b::/96", "NAT64"),
    ("64:ff9b:1::/48", "local NAT64"),
    ("100::/64", "discard-only"),
    ("100:0:0:1::/64", "dummy prefix"),
    ("2001::/32", "Teredo"),
    ("2001:2::/48", "benchmarking"),
    ("2001:db8::/32", "documentation"),
    ("2001:10::/28", "ORCHID"),
    ("2001:20::/28", "ORCHIDv2"),
    ("2001:30::/28", "drone remote identification"),
    ("2001::/23", "IETF protocol assignment"),
    ("2002::/16", "6to4"),
    ("2620:4f:8000::/48", "AS112 sink"),
    ("3ffe::/16", "withdrawn 6bone"),
    ("3fff::/20", "documentation"),
    ("5f00::/16", "segment routing"),
    ("fc00::/7", "unique local"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "site-local"),
    ("ff00::/8", "multicast"),
)
BAD_PORTS = frozenset(
    {
        1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
        110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530,
        531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190,
        5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
    }
)  # fmt: skip
"""Ports of other protocols, which a request could be smuggled into (Fetch standard, "bad port")."""

_GLOBAL_UNICAST_6 = ipaddress.IPv6Network("2000::/3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vetted:
    """A host's addresses after vetting: those to connect to, in order, and the others with the reason."""

    allowed: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


@functools.cache
def _refused_networks() -> tuple[tuple[Network, str], ...]:
    return tuple((ipaddress.ip_network(text), reason) for text, reason in (*_REFUSED_4, *_REFUSED_6))


@functools.lru_cache(maxsize=16)
def parse_nets(allow_nets: tuple[str, ...]) -> tuple[Network, ...]:
    """The networks of ``VettingPolicy.allow_nets``, which the policy has checked."""
    return tuple(ipaddress.ip_network(text.strip(), strict=False) for text in allow_nets)


def refuse_reason(address: str, policy: VettingPolicy) -> str | None:
    """Why an address must not be connected to, or None when it may be.

    Text that is no plain address (a scope id, octal, a name) is refused too. An allowed network never lets an
    IPv4-mapped address through, whatever its inner address.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "not an IP address"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.scope_id is not None:
            return "scoped address"
        if parsed.ipv4_mapped is not None:
            return "IPv4-mapped"
    if any(parsed in network for network in parse_nets(policy.allow_nets)):
        return None
    for network, reason in _refused_networks():
        if parsed in network:
            return reason
    if isinstance(parsed, ipaddress.IPv6Address) and parsed not in _GLOBAL_UNICAST_6:
        return "outside global unicast"
    return None if parsed.is_global else "not globally routable"


def vet(addresses: Iterable[str], policy: VettingPolicy) -> Vetted:
    """Split addresses into allowed and refused; IPv4 comes first among the allowed, order and identity kept."""
    allowed: dict[str, None] = {}
    refused: dict[str, str] = {}
    for address in addresses:
        reason = refuse_reason(address, policy)
        if reason is None:
            allowed[address] = None
        else:
            refused[address] = reason
    return Vetted(allowed=tuple(sorted(allowed, key=lambda address: ":" in address)), refused=tuple(refused.items()))
