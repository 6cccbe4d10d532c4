"""The records that flow through the service. All frozen; each carries where it came from.

``bytes`` fields hold what was received; ``str`` fields are already decoded. Every datetime is aware and in UTC.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime

# --- identity -----------------------------------------------------------------------------------


class SubjectKind(enum.StrEnum):
    """What sort of thing is watched."""

    SITE = "site"
    ACCOUNT = "account"
    LISTING = "listing"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Subject:
    """The thing watched. ``key`` of a site: host (``www.`` folded), port unless default, path when given."""

    kind: SubjectKind = SubjectKind.SITE
    key: str

    def __str__(self) -> str:
        return self.key if self.kind is SubjectKind.SITE else f"{self.kind}:{self.key}"


class Lane(enum.IntEnum):
    """Queue lanes; each has a quota of every claim, so that none starves."""

    URGENT = 0
    NORMAL = 1
    BULK = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A subject that a source wants looked at, and the URL to start from.

    ``parent_visit`` and ``referrer`` are set when another visit led here (a doorway's redirect).
    ``organisation`` is the organisation on whose behalf it was submitted, if any.
    """

    subject: Subject
    url: str
    unit: str
    source: str
    reason: str
    seen_at: datetime
    lane: Lane = Lane.NORMAL
    parent_visit: str | None = None
    referrer: str | None = None
    organisation: str | None = None


# --- resolving and fetching ---------------------------------------------------------------------


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


# --- reading ------------------------------------------------------------------------------------


class PageKind(enum.StrEnum):
    """What a page is, for ``content`` only."""

    SHOP = "shop"
    LISTING = "listing"
    PIRACY = "piracy"
    ARTICLE = "article"
    OTHER = "other"


class Field(enum.StrEnum):
    """Where on a page a text stands; keyword terms may be limited to some fields."""

    TITLE = "title"
    META = "meta"
    HEADING = "heading"
    BODY = "body"
    ALT = "alt"
    LINK = "link"
    URL = "url"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSpan:
    """One run of visible text, white space folded, in document order."""

    field: Field
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A hyperlink: absolute URL when it could be resolved, the raw ``href``, its text and ``rel``.

    ``hidden`` says that it stands in a part of the page that an attribute keeps from being shown.
    """

    url: str
    href: str
    text: str = ""
    rel: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FormInput:
    """A control of a form."""

    type: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form: resolved action, method in lower case, its controls."""

    action: str
    method: str
    inputs: tuple[FormInput, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image reference with its alternative text."""

    url: str
    alt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A script: its absolute source, or the start of its inline text (at most 20,000 characters)."""

    src: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A price as shown: amount, ISO 4217 code (``""`` when the page does not say), the quoted text.

    ``struck`` marks a crossed-out or explicitly former price.
    """

    amount: float
    currency: str
    quote: str
    struck: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """A token that links sites; kinds: ``google_analytics``, ``facebook_pixel``, ``email``, ``phone``, ``vat``…"""

    kind: str
    value: str
    quote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What was read from one exchange's body.

    ``sha256`` is the exchange's; ``charset`` is the one decoded with. ``structured`` holds JSON-LD and microdata
    objects as canonical JSON texts; ``meta`` the meta and Open Graph pairs in order. ``frames`` are the absolute URLs
    of embedded documents and media (iframe, embed, object, video, audio, source). ``truncated`` is true when a cap on
    size, depth or count was reached while reading.
    """

    url: str
    sha256: str
    charset: str
    kind: PageKind
    language: str
    title: str
    spans: tuple[TextSpan, ...] = ()
    links: tuple[Link, ...] = ()
    forms: tuple[Form, ...] = ()
    images: tuple[Image, ...] = ()
    scripts: tuple[Script, ...] = ()
    prices: tuple[Price, ...] = ()
    meta: tuple[tuple[str, str], ...] = ()
    structured: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    shingles: tuple[int, ...] = ()
    frames: tuple[str, ...] = ()
    truncated: bool = False


# --- deciding -----------------------------------------------------------------------------------


class Family(enum.StrEnum):
    """Families of signals; a flag needs two, one of which is not platform, network or linkage."""

    IDENTITY = "identity"
    PRICE = "price"
    TEXT = "text"
    PLATFORM = "platform"
    NETWORK = "network"
    LINKAGE = "linkage"
    CLOAKING = "cloaking"
    PAYMENT = "payment"
    VISUAL = "visual"
    PIRACY_CONTENT = "piracy-content"
    PIRACY_DELIVERY = "piracy-delivery"
    CONTRARY = "contrary"


SUPPORTING_FAMILIES = frozenset({Family.PLATFORM, Family.NETWORK, Family.LINKAGE})
"""Families that cannot carry a flag without one from outside this set."""


class ReferenceType(enum.StrEnum):
    """What a reference points at."""

    BYTES = "bytes"
    DOM = "dom"
    REGION = "region"
    LOOKUP = "lookup"
    DIFFERENCE = "difference"
    ABSENCE = "absence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Where a quote stands, or where something was looked for and not found.

    - ``bytes``: ``sha256`` of a content-decoded body, ``start`` and ``end`` (half-open) in it; ``selector``, where one
      is given, names the elements around the place, as an aid to find it.
    - ``dom``: ``sha256`` of a rendered capture and a ``selector``.
    - ``region``: ``sha256`` of an image and ``region`` (x, y, width, height in pixels).
    - ``lookup``: ``name`` of a lookup artifact and its ``sha256``.
    - ``difference``: ``pages`` holds the two digests compared.
    - ``absence``: ``pages`` holds the digests of every page searched, ``name`` what was looked for.
    """

    type: ReferenceType
    sha256: str = ""
    start: int = 0
    end: int = 0
    selector: str = ""
    region: tuple[int, int, int, int] | None = None
    name: str = ""
    pages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PackReference:
    """The pack that a signal's term came from."""

    id: str
    version: str
    organisation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One reason for or against suspicion. ``weight`` is in log-odds; contrary signals have negative weights.

    ``sector`` is empty for a signal that counts in every sector. At every ``bytes`` reference stands the quote and
    nothing else, after charset decoding, entity unescaping and white-space folding. What rests on several quotes is
    several signals of one id, which share its weight.
    """

    id: str
    sector: str
    family: Family
    weight: float
    quote: str
    references: tuple[Reference, ...]
    detector: str
    version: str
    pack: PackReference | None = None


class Label(enum.StrEnum):
    """A verdict's label: a suspicion, never a finding."""

    FLAGGED = "flagged"
    UNDECIDED = "undecided"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorScore:
    """One sector's sum: ``terms`` lists (family, capped contribution); ``threshold`` is what a flag needs."""

    sector: str
    score: float
    threshold: float
    terms: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the classifiers concluded from one visit, replayable from the stored bytes and the ruleset.

    ``sector`` and ``score`` are those of the highest sector (``""`` and 0 when none scored). ``suppressed``
    says why a score over the threshold was not flagged (official site, authorised reseller, allowlist).
    """

    visit: str
    label: Label
    sector: str
    score: float
    scores: tuple[SectorScore, ...]
    signals: tuple[Signal, ...]
    contrary: tuple[Signal, ...]
    ruleset: str
    at: datetime
    suppressed: str = ""


# --- evidence and review ------------------------------------------------------------------------


class SealState(enum.StrEnum):
    """Where a bundle stands on its way to a qualified seal. Only a timestamped bag is ``sealed``."""

    ASSEMBLED = "assembled"
    SIGNED = "signed"
    TIMESTAMP_PENDING = "timestamp_pending"
    SEALED = "sealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One payload file of a bundle. ``name`` is its path below ``data/``."""

    name: str
    media_type: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """An evidence bundle. ``content_id`` is the SHA-256 of the tagmanifest."""

    id: str
    visit: str
    artifacts: tuple[Artifact, ...]
    content_id: str
    state: SealState
    at: datetime


class Tlp(enum.StrEnum):
    """Traffic Light Protocol 2.0 markings."""

    RED = "TLP:RED"
    AMBER_STRICT = "TLP:AMBER+STRICT"
    AMBER = "TLP:AMBER"
    GREEN = "TLP:GREEN"
    CLEAR = "TLP:CLEAR"


class CaseState(enum.StrEnum):
    """A case's place in review; the decided states are final until somebody reopens the case."""

    NEW = "new"
    CLAIMED = "claimed"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    REFERRED = "referred"
    MORE_EVIDENCE = "more_evidence"


class Decision(enum.StrEnum):
    """What an analyst can decide; each needs a reason."""

    CONFIRM = "confirm"
    DISMISS = "dismiss"
    REFER = "refer"
    NEED_EVIDENCE = "need_evidence"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    """One line of a case's append-only history."""

    seq: int
    at: datetime
    actor: str
    action: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A flagged subject under review by one organisation, with every visit and bundle that bears on it.

    ``jurisdictions`` pairs an ISO 3166 code with the reason it was suggested. ``version`` counts changes and
    serves optimistic locking.
    """

    id: str
    subject: Subject
    url: str
    organisation: str
    state: CaseState
    sector: str
    score: float
    opened_at: datetime
    updated_at: datetime
    version: int = 1
    assignee: str | None = None
    tlp: Tlp = Tlp.AMBER
    campaign: str | None = None
    visits: tuple[str, ...] = ()
    bundles: tuple[str, ...] = ()
    rights_holders: tuple[str, ...] = ()
    jurisdictions: tuple[tuple[str, str], ...] = ()
    history: tuple[CaseEvent, ...] = field(default=())
