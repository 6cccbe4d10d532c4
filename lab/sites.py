"""What a site of the practice web is: who plays it, how it behaves, and what the service should make of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from core.records import Label, Outcome


class Kind(enum.StrEnum):
    """The role a site plays. The first group is suspect, the second honest, the rest neither."""

    COUNTERFEIT_SHOP = "counterfeit_shop"
    REPLICA_LANDING = "replica_landing"
    ROGUE_PHARMACY = "rogue_pharmacy"
    STREAMING = "streaming"
    TORRENT_INDEX = "torrent_index"

    HONEST_SHOP = "honest_shop"
    RESELLER = "reseller"
    BRAND_SITE = "brand_site"
    SECOND_HAND = "second_hand"
    LICENSED_PHARMACY = "licensed_pharmacy"
    MODEL_SHOP = "model_shop"
    NEWS = "news"
    PROTECTION_BLOG = "protection_blog"
    OPEN_FILMS = "open_films"
    BUSINESS = "business"

    PARKED = "parked"
    PLACEHOLDER = "placeholder"
    SUSPENDED = "suspended"
    SEIZED = "seized"
    CHALLENGE = "challenge"
    BLOCKED = "blocked"
    REDIRECT_WITHIN = "redirect_within"
    DOORWAY = "doorway"
    NOT_HTML = "not_html"
    EMPTY = "empty"
    HTTP_ERROR = "http_error"

    DNS_FAULT = "dns_fault"
    CONNECT_FAULT = "connect_fault"
    SLOW = "slow"
    TLS_FAULT = "tls_fault"
    HOSTILE = "hostile"


SUSPECT = frozenset(
    {Kind.COUNTERFEIT_SHOP, Kind.REPLICA_LANDING, Kind.ROGUE_PHARMACY, Kind.STREAMING, Kind.TORRENT_INDEX}
)
HONEST = frozenset(
    {
        Kind.HONEST_SHOP, Kind.RESELLER, Kind.BRAND_SITE, Kind.SECOND_HAND, Kind.LICENSED_PHARMACY, Kind.MODEL_SHOP,
        Kind.NEWS, Kind.PROTECTION_BLOG, Kind.OPEN_FILMS, Kind.BUSINESS,
    }
)  # fmt: skip


class Behaviour(enum.StrEnum):
    """What the site server does after the request. ``PAGE`` is the only ordinary one."""

    PAGE = "page"
    REDIRECT = "redirect"
    CHALLENGE = "challenge"
    STATUS = "status"
    NOT_HTML = "not_html"
    EMPTY = "empty"

    SLOW_HEADERS = "slow_headers"
    DRIBBLE = "dribble"
    DRIBBLE_HEADERS = "dribble_headers"
    STALL_BODY = "stall_body"
    RESET = "reset"
    EARLY_CLOSE = "early_close"

    GZIP_BOMB = "gzip_bomb"
    BROTLI_BOMB = "brotli_bomb"
    ZSTD_BOMB = "zstd_bomb"
    NESTED_GZIP = "nested_gzip"
    ENDLESS_BODY = "endless_body"
    ENDLESS_HEADERS = "endless_headers"
    ENDLESS_HEADER_LINE = "endless_header_line"
    HEADER_STORM = "header_storm"
    COOKIE_STORM = "cookie_storm"
    INTERIM_STORM = "interim_storm"
    REDIRECT_LOOP = "redirect_loop"
    REDIRECT_CHAIN = "redirect_chain"
    REDIRECT_PRIVATE = "redirect_private"
    REDIRECT_METADATA = "redirect_metadata"
    REDIRECT_FILE = "redirect_file"
    REDIRECT_SCRIPT = "redirect_script"
    LYING_CHARSET = "lying_charset"
    INVALID_TEXT = "invalid_text"
    TRUNCATED_GZIP = "truncated_gzip"
    DEEP_NESTING = "deep_nesting"
    MANY_LINKS = "many_links"
    NULL_BYTES = "null_bytes"
    LONG_LENGTH = "long_length"
    SHORT_LENGTH = "short_length"
    NEGATIVE_LENGTH = "negative_length"
    DOUBLE_LENGTH = "double_length"
    CHUNK_NONSENSE = "chunk_nonsense"
    HTTP_09 = "http_09"


class DnsBehaviour(enum.StrEnum):
    """How the authoritative server answers for the host."""

    NORMAL = "normal"
    WILDCARD = "wildcard"
    CNAME = "cname"
    CNAME_CHAIN = "cname_chain"
    TRUNCATED = "truncated"
    MANY_ADDRESSES = "many_addresses"
    NXDOMAIN = "nxdomain"
    NO_ANSWER = "no_answer"
    SERVFAIL = "servfail"
    REFUSED = "refused"
    SILENT = "silent"
    CNAME_LOOP = "cname_loop"
    CNAME_DANGLING = "cname_dangling"
    MALFORMED = "malformed"
    WRONG_ID = "wrong_id"
    PRIVATE = "private"
    METADATA = "metadata"


class TlsBehaviour(enum.StrEnum):
    """What certificate the host shows, if it gets that far."""

    TRUSTED = "trusted"
    EXPIRED = "expired"
    SELF_SIGNED = "self_signed"
    WRONG_NAME = "wrong_name"
    REFUSES = "refuses"


class Door(enum.StrEnum):
    """Which port a target names: a served one, a closed one, one that accepts and stays silent, one that drops."""

    OPEN = "open"
    CLOSED = "closed"
    SILENT = "silent"
    BLACK_HOLE = "black_hole"


class ExpectedLabel(enum.StrEnum):
    """The label that a good service gives. ``ANY`` where reasonable services differ or no verdict is due."""

    FLAGGED = "flagged"
    NOT_FLAGGED = "not_flagged"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """The outcomes a correct crawl may end with, and the label expected when the outcome is ``content``."""

    outcomes: frozenset[Outcome]
    label: ExpectedLabel


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What an operator leaves on every site it runs; a campaign's sites share one record.

    ``company``, ``street``, ``phone`` and ``vat`` are empty where the operator hides. ``theme`` selects colours and
    wording, ``favicon`` the icon's bytes, and ``image_host`` is a host of the practice web that serves the pictures.
    """

    email: str
    company: str = ""
    street: str = ""
    phone: str = ""
    vat: str = ""
    register: str = ""
    person: str = ""
    analytics: str = ""
    pixel: str = ""
    favicon: int = 0
    theme: int = 0
    image_host: str = ""
    nameserver: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabSite:
    """One target of the practice web.

    ``host`` is in A-labels; ``path`` is where the target starts ("/" unless the site squats below a path).
    ``www`` says that the site lives at ``www.`` and its bare host redirects there. ``leads_to`` is the host that a
    redirect names, ``look`` the vendor or variant of a notice, and ``seed`` drives what the pages say.
    """

    host: str
    kind: Kind
    sector: str
    language: str
    platform: str
    name: str
    brand: str
    operator: str
    campaign: str
    marks: Marks
    expected: Expectation
    seed: int
    path: str = "/"
    https: bool = False
    www: bool = False
    behaviour: Behaviour = Behaviour.PAGE
    dns: DnsBehaviour = DnsBehaviour.NORMAL
    tls: TlsBehaviour = TlsBehaviour.TRUSTED
    door: Door = Door.OPEN
    status: int = 200
    look: str = ""
    leads_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Whether a site was treated as expected, and one sentence saying why not (or that it was)."""

    ok: bool
    why: str


def score_expectation(site: LabSite, outcome: Outcome | str, label: Label | str | None) -> Score:
    """Judge what a service made of a site: its outcome and, for ``content``, its label (None when not classified).

    ``undecided`` counts as not flagged. Raises ``ValueError`` for an unknown outcome or label.
    """
    outcome = Outcome(outcome)
    if outcome not in site.expected.outcomes:
        allowed = ", ".join(sorted(site.expected.outcomes))
        return Score(ok=False, why=f"{site.host} ({site.kind}) ended as {outcome}; expected {allowed}.")
    if outcome is not Outcome.CONTENT or site.expected.label is ExpectedLabel.ANY:
        return Score(ok=True, why=f"{site.host} ended as {outcome}, as expected.")
    flagged = label is not None and Label(label) is Label.FLAGGED
    if flagged is (site.expected.label is ExpectedLabel.FLAGGED):
        return Score(ok=True, why=f"{site.host} ended as {outcome} and {label or 'unclassified'}, as expected.")
    wanted = "flagged" if site.expected.label is ExpectedLabel.FLAGGED else "not flagged"
    return Score(ok=False, why=f"{site.host} ({site.kind}) is {label or 'unclassified'}; expected {wanted}.")
