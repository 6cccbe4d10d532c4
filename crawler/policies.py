"""Typed policies of the crawler. ``config`` fills them; durations are in seconds and sizes in bytes unless named."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.errors import BadTarget
from core.hosts import parse_host


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvePolicy:
    """How host names are resolved."""

    servers: tuple[str, ...] = ()
    """Recursive resolvers as ``host:port`` (``[host]:port`` for IPv6); empty means the system's ``resolv.conf``."""

    timeout_seconds: float = 5.0
    """Budget of one whole resolution: both address types, every attempt and every alias."""

    attempts: int = 2
    """Questions sent before giving up on an answer; each waits its share of the budget and may ask another server."""

    grace_seconds: float = 0.3
    """How long to wait for the other address family once one has answered (RFC 8305 calls it resolution delay)."""

    max_aliases: int = 12
    """Longest CNAME chain that is followed."""

    max_addresses: int = 16
    """Addresses kept of one host; a longer answer is cut."""

    cache_entries: int = 50_000
    """Hosts remembered; the least recently used one is dropped first. 0 turns the cache off."""

    min_ttl_seconds: int = 5
    """Floor of an answer's time to live in the cache."""

    max_ttl_seconds: int = 3600
    """Ceiling of an answer's time to live in the cache."""

    negative_ttl_seconds: int = 300
    """Ceiling of the time that "no such name" and "no address" are remembered."""

    def __post_init__(self) -> None:
        for text in self.servers:
            if not _is_server(text):
                raise ValueError(f"{text!r} is no name server; write it like 192.0.2.53:53")


def _is_server(text: str) -> bool:
    try:
        parts = urlsplit(f"dns://{f'[{text}]' if text.count(':') > 1 and '[' not in text else text}")
        return bool(parts.hostname) and parts.port != 0 and bool(parse_host(parts.hostname or ""))
    except (ValueError, BadTarget):
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPolicy:
    """How pages are fetched, and where every kind of excess is cut off."""

    user_agent: str = "Mozilla/5.0 (compatible; Counterwatch/0.1)"
    """Truthful product name; ``contact`` is added to it."""

    contact: str = ""
    """Where a site owner can complain (URL or e-mail address); also sent as ``From`` when it is an e-mail address."""

    accept_language: str = "en-GB,en;q=0.8,*;q=0.5"
    """Value of ``Accept-Language``."""

    connect_seconds: float = 6.0
    """For the connection to one address, TLS handshake included."""

    idle_seconds: float = 10.0
    """Longest silence of a server in the middle of an answer."""

    total_seconds: float = 20.0
    """For a whole visit: every lookup, hop, address and retry."""

    max_body_bytes: int = 3_000_000
    """Of a body as received; more is cut and the exchange marked truncated."""

    max_decoded_bytes: int = 6_000_000
    """Of a body after its content coding is undone."""

    max_other_bytes: int = 65_536
    """Of a body that its content type says is no page (an image, an archive): enough to tell what it is."""

    max_declared_bytes: int = 100_000_000
    """A page whose ``Content-Length`` is over this is not read at all; the outcome is ``too_large``."""

    max_header_bytes: int = 65_536
    """Of one response's head, interim (1xx) responses included."""

    max_redirects: int = 8
    """Hops after the first, ``Refresh`` included."""

    max_addresses: int = 4
    """Addresses of one host that are tried."""

    max_in_flight: int = 200
    """Visits at the same time in one worker."""

    ca_file: str = ""
    """PEM file of certificate authorities trusted in addition to the system's (network lab, intercepting proxy)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VettingPolicy:
    """Which addresses may be connected to."""

    allow_nets: tuple[str, ...] = ()
    """Networks in CIDR form that are let through although they are not globally routable (network lab)."""

    def __post_init__(self) -> None:
        for text in self.allow_nets:
            try:
                ipaddress.ip_network(text.strip(), strict=False)
            except ValueError as exc:
                raise ValueError(f"{text!r} is no network; write it like 127.0.0.0/8 or fd00::/8") from exc


@dataclass(frozen=True, slots=True, kw_only=True)
class PolitenessPolicy:
    """How much load one party may get."""

    unit_delay_seconds: float = 1.0
    """Shortest time between two visits to one registrable domain. 0 turns pacing off (network lab)."""

    max_retry_after_seconds: float = 86_400.0
    """Longest wait that a server's ``Retry-After`` can ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisitPolicy:
    """When a subject is looked at again."""

    flagged_days: float = 1.0
    """A subject whose last verdict was flagged: takedown is watched daily."""

    shop_days: float = 14.0
    """A live shop or listing, or an undecided verdict: the sort of page that turns."""

    live_days: float = 60.0
    """Any other live page, and a site that refuses us or is not HTML."""

    dead_days: float = 90.0
    """A name that is gone, parked, suspended or seized."""

    retry_minutes: float = 5.0
    """First wait after a transient failure; it doubles with every further one."""

    max_retries: int = 6
    """Transient failures in a row after which the dead tier applies."""

    agreeing_answers: int = 3
    """Equal "no such name" answers in a row before a subject counts as gone; until then it is retried."""

    agreeing_hours: float = 12.0
    """Wait between those answers, so that one outage cannot supply them all."""

    jitter: float = 0.2
    """Share of an interval over which visits are spread, to both sides in equal parts."""
