"""What was asked of a site and what it answered."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime

from core.records.identity import Candidate


class Lookup(enum.StrEnum):
    """How a name resolution ended."""

    OK = "ok"
    NXDOMAIN = "nxdomain"
    NO_ANSWER = "no_answer"
    SERVFAIL = "servfail"
    TIMEOUT = "timeout"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Soa:
    """A zone's start of authority."""

    mname: str
    rname: str
    serial: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What the DNS said of one host. Addresses are canonical text; an IP literal resolves to itself.

    ``wire`` keeps raw answers (qtype, message) where evidence needs them; the bulk path leaves it empty.
    ``detail`` explains a lookup that failed in one phrase for people ("the aliases form a loop").
    """

    host: str
    lookup: Lookup
    at: datetime
    addresses: tuple[str, ...] = ()
    cnames: tuple[str, ...] = ()
    ns: tuple[str, ...] = ()
    mx: tuple[str, ...] = ()
    soa: Soa | None = None
    ttl: int | None = None
    wildcard: bool = False
    wire: tuple[tuple[str, bytes], ...] = ()
    server: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFacts:
    """A TLS connection as it was. ``leaf`` is the DER certificate; ``faults`` are recorded, not fatal."""

    version: str
    cipher: str
    leaf: bytes
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its response.

    ``body`` is as received (content-coded) and at most the cap long; ``truncated`` says that more was offered or
    that the sender stopped early. ``sha256`` is the hex digest of the content-*decoded* body (capped), which
    references cite and byte offsets index. ``headers`` keep order and repetition, decoded as Latin-1.
    ``http_version`` is "1.0", "1.1" or "2". ``faults`` name departures from the protocol that were tolerated.
    ``decoded`` is the content-decoded body that ``sha256`` names; it lives in memory only and is made again from
    ``body`` when a stored exchange is read.
    """

    url: str
    request_headers: tuple[tuple[str, str], ...]
    status: int
    reason: str
    http_version: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    truncated: bool
    sha256: str
    remote_address: str
    remote_port: int
    at: datetime
    elapsed: float
    method: str = "GET"
    tls: TlsFacts | None = None
    faults: tuple[str, ...] = ()
    decoded: bytes = field(default=b"", compare=False, repr=False)

    def header(self, name: str) -> str:
        """The first value of a response header, or ``""``."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")


class Outcome(enum.StrEnum):
    """How a visit ended. Every candidate always has exactly one; only ``content`` is classified."""

    CONTENT = "content"
    REDIRECTED_AWAY = "redirected_away"
    CHALLENGE = "challenge"
    BLOCKED = "blocked"
    PARKED = "parked"
    PLACEHOLDER = "placeholder"
    SUSPENDED = "suspended"
    SEIZED = "seized"
    EMPTY = "empty"
    NOT_HTML = "not_html"
    TOO_LARGE = "too_large"
    TLS_ERROR = "tls_error"
    HTTP_ERROR = "http_error"
    CONNECT_ERROR = "connect_error"
    TIMEOUT = "timeout"
    NXDOMAIN = "nxdomain"
    DNS_ERROR = "dns_error"
    REFUSED_BY_POLICY = "refused_by_policy"
    GAVE_UP = "gave_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """What one vantage saw: resolutions and exchanges in the order they happened, and the outcome.

    ``detail`` explains an outcome in one phrase for people ("connection reset by peer").
    ``redirect_to`` is the URL outside the unit that a ``redirected_away`` points at.
    """

    vantage: str
    resolutions: tuple[Resolution, ...]
    exchanges: tuple[Exchange, ...]
    outcome: Outcome
    detail: str = ""
    redirect_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One look at a candidate from one or more vantages. ``id`` is a ULID."""

    id: str
    candidate: Candidate
    captures: tuple[Capture, ...]
    outcome: Outcome
    at: datetime
