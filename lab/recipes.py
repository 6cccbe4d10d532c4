"""The sites that are neither suspect nor honest: one recipe for each way of being parked, dead, slow or hostile.

``outcomes`` lists every outcome that a correct crawl may end with: where the protocol leaves a choice (a bomb may be
cut off and read, or refused), each defensible choice is allowed.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.records import Outcome
from lab.sites import Behaviour, DnsBehaviour, Door, ExpectedLabel, Kind, TlsBehaviour

O = Outcome  # noqa: E741 - the table below reads better with one letter


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a site of the rest behaves, what a crawl may make of it, and how often it occurs (relative weight)."""

    kind: Kind
    outcomes: frozenset[Outcome]
    weight: int = 1
    label: ExpectedLabel = ExpectedLabel.NOT_FLAGGED
    behaviour: Behaviour = Behaviour.PAGE
    dns: DnsBehaviour = DnsBehaviour.NORMAL
    tls: TlsBehaviour = TlsBehaviour.TRUSTED
    door: Door = Door.OPEN
    status: int = 200
    look: str = ""
    https: bool | None = None


def _notice(kind: Kind, outcome: Outcome, weight: int, look: str, status: int = 200) -> Recipe:
    return Recipe(kind=kind, outcomes=frozenset({outcome}), weight=weight, look=look, status=status)


def _challenge(look: str, weight: int, status: int) -> Recipe:
    return Recipe(
        kind=Kind.CHALLENGE, outcomes=frozenset({O.CHALLENGE}), weight=weight, look=look, status=status,
        behaviour=Behaviour.CHALLENGE,
    )  # fmt: skip


def _status(status: int, weight: int, outcomes: frozenset[Outcome]) -> Recipe:
    kind = Kind.BLOCKED if status in (401, 403, 429, 451) else Kind.HTTP_ERROR
    return Recipe(kind=kind, outcomes=outcomes, weight=weight, behaviour=Behaviour.STATUS, status=status)


def _dns(dns: DnsBehaviour, weight: int, *outcomes: Outcome, kind: Kind = Kind.DNS_FAULT) -> Recipe:
    return Recipe(kind=kind, outcomes=frozenset(outcomes), weight=weight, dns=dns)


def _door(door: Door, weight: int, *outcomes: Outcome) -> Recipe:
    return Recipe(kind=Kind.CONNECT_FAULT, outcomes=frozenset(outcomes), weight=weight, door=door)


def _fault(kind: Kind, behaviour: Behaviour, *outcomes: Outcome, weight: int = 1) -> Recipe:
    return Recipe(kind=kind, outcomes=frozenset(outcomes), weight=weight, behaviour=behaviour)


def _hostile(behaviour: Behaviour, *outcomes: Outcome) -> Recipe:
    return _fault(Kind.HOSTILE, behaviour, *outcomes)


RECIPES: tuple[Recipe, ...] = (
    _notice(Kind.PARKED, O.PARKED, 6, "for_sale"),
    _notice(Kind.PARKED, O.PARKED, 5, "related_links"),
    _notice(Kind.PARKED, O.PARKED, 3, "registrar"),
    _notice(Kind.PLACEHOLDER, O.PLACEHOLDER, 3, "webserver"),
    _notice(Kind.PLACEHOLDER, O.PLACEHOLDER, 3, "coming_soon"),
    _notice(Kind.PLACEHOLDER, O.PLACEHOLDER, 2, "panel"),
    _notice(Kind.PLACEHOLDER, O.PLACEHOLDER, 1, "fresh_install"),
    _notice(Kind.SUSPENDED, O.SUSPENDED, 3, "account"),
    _notice(Kind.SUSPENDED, O.SUSPENDED, 2, "store"),
    _notice(Kind.SEIZED, O.SEIZED, 2, "banner"),
    _notice(Kind.SEIZED, O.SEIZED, 2, "court"),
    _challenge("interstitial", 3, 503),
    _challenge("captcha", 2, 403),
    _challenge("script", 2, 202),
    _challenge("press_hold", 1, 403),
    _challenge("shield", 1, 200),
    _status(403, 5, frozenset({O.BLOCKED})),
    _status(401, 1, frozenset({O.BLOCKED, O.HTTP_ERROR})),
    _status(429, 1, frozenset({O.BLOCKED, O.HTTP_ERROR})),
    _status(451, 1, frozenset({O.BLOCKED, O.HTTP_ERROR})),
    _status(404, 3, frozenset({O.HTTP_ERROR})),
    _status(410, 1, frozenset({O.HTTP_ERROR})),
    _status(500, 2, frozenset({O.HTTP_ERROR})),
    _status(502, 1, frozenset({O.HTTP_ERROR})),
    _status(503, 1, frozenset({O.HTTP_ERROR})),
    _status(522, 1, frozenset({O.HTTP_ERROR})),
    Recipe(kind=Kind.REDIRECT_WITHIN, outcomes=frozenset({O.CONTENT}), weight=5, behaviour=Behaviour.REDIRECT),
    Recipe(kind=Kind.DOORWAY, outcomes=frozenset({O.REDIRECTED_AWAY}), weight=7, behaviour=Behaviour.REDIRECT),
    Recipe(kind=Kind.NOT_HTML, outcomes=frozenset({O.NOT_HTML}), weight=2, behaviour=Behaviour.NOT_HTML, look="json"),
    Recipe(kind=Kind.NOT_HTML, outcomes=frozenset({O.NOT_HTML}), weight=1, behaviour=Behaviour.NOT_HTML, look="pdf"),
    Recipe(kind=Kind.NOT_HTML, outcomes=frozenset({O.NOT_HTML}), weight=1, behaviour=Behaviour.NOT_HTML, look="png"),
    Recipe(kind=Kind.EMPTY, outcomes=frozenset({O.EMPTY}), weight=2, behaviour=Behaviour.EMPTY, look="nothing"),
    Recipe(kind=Kind.EMPTY, outcomes=frozenset({O.EMPTY}), weight=1, behaviour=Behaviour.EMPTY, look="blank"),
    Recipe(kind=Kind.EMPTY, outcomes=frozenset({O.EMPTY}), weight=1, behaviour=Behaviour.EMPTY, look="no_content"),
    _dns(DnsBehaviour.NXDOMAIN, 14, O.NXDOMAIN),
    _dns(DnsBehaviour.SERVFAIL, 4, O.DNS_ERROR),
    _dns(DnsBehaviour.NO_ANSWER, 3, O.DNS_ERROR, O.NXDOMAIN),
    _dns(DnsBehaviour.REFUSED, 1, O.DNS_ERROR),
    _dns(DnsBehaviour.SILENT, 1, O.DNS_ERROR, O.TIMEOUT),
    _dns(DnsBehaviour.CNAME_LOOP, 1, O.DNS_ERROR),
    _dns(DnsBehaviour.CNAME_DANGLING, 1, O.NXDOMAIN, O.DNS_ERROR),
    _dns(DnsBehaviour.MALFORMED, 1, O.DNS_ERROR),
    _dns(DnsBehaviour.PRIVATE, 1, O.REFUSED_BY_POLICY, kind=Kind.HOSTILE),
    _dns(DnsBehaviour.METADATA, 1, O.REFUSED_BY_POLICY, kind=Kind.HOSTILE),
    _dns(DnsBehaviour.CNAME_CHAIN, 1, O.CONTENT, kind=Kind.BUSINESS),
    _dns(DnsBehaviour.TRUNCATED, 1, O.CONTENT, kind=Kind.BUSINESS),
    _dns(DnsBehaviour.MANY_ADDRESSES, 1, O.CONTENT, kind=Kind.BUSINESS),
    _dns(DnsBehaviour.WRONG_ID, 1, O.CONTENT, O.DNS_ERROR, kind=Kind.BUSINESS),
    _door(Door.CLOSED, 6, O.CONNECT_ERROR),
    _door(Door.SILENT, 1, O.TIMEOUT),
    _door(Door.BLACK_HOLE, 2, O.TIMEOUT, O.CONNECT_ERROR),
    _fault(Kind.CONNECT_FAULT, Behaviour.RESET, O.CONNECT_ERROR, weight=2),
    _fault(Kind.CONNECT_FAULT, Behaviour.EARLY_CLOSE, O.CONNECT_ERROR, O.EMPTY, weight=2),
    _fault(Kind.SLOW, Behaviour.SLOW_HEADERS, O.TIMEOUT, weight=2),
    _fault(Kind.SLOW, Behaviour.DRIBBLE_HEADERS, O.TIMEOUT),
    _fault(Kind.SLOW, Behaviour.DRIBBLE, O.TIMEOUT, O.CONTENT, O.EMPTY, O.PLACEHOLDER),
    _fault(Kind.SLOW, Behaviour.STALL_BODY, O.TIMEOUT, O.CONTENT),
    Recipe(kind=Kind.TLS_FAULT, outcomes=frozenset({O.CONTENT}), weight=3, tls=TlsBehaviour.SELF_SIGNED, https=True),
    Recipe(kind=Kind.TLS_FAULT, outcomes=frozenset({O.CONTENT}), weight=3, tls=TlsBehaviour.EXPIRED, https=True),
    Recipe(kind=Kind.TLS_FAULT, outcomes=frozenset({O.CONTENT}), weight=2, tls=TlsBehaviour.WRONG_NAME, https=True),
    Recipe(kind=Kind.TLS_FAULT, outcomes=frozenset({O.TLS_ERROR}), weight=2, tls=TlsBehaviour.REFUSES, https=True),
    _hostile(Behaviour.GZIP_BOMB, O.TOO_LARGE, O.CONTENT, O.EMPTY),
    _hostile(Behaviour.BROTLI_BOMB, O.TOO_LARGE, O.CONTENT, O.EMPTY),
    _hostile(Behaviour.ZSTD_BOMB, O.TOO_LARGE, O.CONTENT, O.EMPTY),
    _hostile(Behaviour.NESTED_GZIP, O.TOO_LARGE, O.CONTENT, O.EMPTY, O.NOT_HTML),
    _hostile(Behaviour.ENDLESS_BODY, O.TOO_LARGE, O.TIMEOUT, O.CONTENT),
    _hostile(Behaviour.ENDLESS_HEADERS, O.TOO_LARGE, O.TIMEOUT, O.HTTP_ERROR, O.CONNECT_ERROR),
    _hostile(Behaviour.ENDLESS_HEADER_LINE, O.TOO_LARGE, O.TIMEOUT, O.HTTP_ERROR, O.CONNECT_ERROR),
    _hostile(Behaviour.HEADER_STORM, O.TOO_LARGE, O.CONTENT, O.HTTP_ERROR, O.CONNECT_ERROR),
    _hostile(Behaviour.COOKIE_STORM, O.TOO_LARGE, O.CONTENT, O.HTTP_ERROR, O.CONNECT_ERROR),
    _hostile(Behaviour.INTERIM_STORM, O.CONTENT, O.TIMEOUT, O.TOO_LARGE, O.HTTP_ERROR, O.CONNECT_ERROR),
    _hostile(Behaviour.REDIRECT_LOOP, O.GAVE_UP, O.HTTP_ERROR),
    _hostile(Behaviour.REDIRECT_CHAIN, O.GAVE_UP, O.HTTP_ERROR),
    _hostile(Behaviour.REDIRECT_PRIVATE, O.REFUSED_BY_POLICY, O.REDIRECTED_AWAY),
    _hostile(Behaviour.REDIRECT_METADATA, O.REFUSED_BY_POLICY, O.REDIRECTED_AWAY),
    _hostile(Behaviour.REDIRECT_FILE, O.REFUSED_BY_POLICY, O.HTTP_ERROR, O.GAVE_UP),
    _hostile(Behaviour.REDIRECT_SCRIPT, O.REFUSED_BY_POLICY, O.HTTP_ERROR, O.GAVE_UP),
    _hostile(Behaviour.LYING_CHARSET, O.CONTENT),
    _hostile(Behaviour.INVALID_TEXT, O.CONTENT),
    _hostile(Behaviour.TRUNCATED_GZIP, O.CONTENT, O.HTTP_ERROR, O.CONNECT_ERROR),
    _hostile(Behaviour.DEEP_NESTING, O.CONTENT, O.TOO_LARGE),
    _hostile(Behaviour.MANY_LINKS, O.CONTENT, O.TOO_LARGE),
    _hostile(Behaviour.NULL_BYTES, O.CONTENT, O.NOT_HTML),
    _hostile(Behaviour.LONG_LENGTH, O.CONTENT, O.CONNECT_ERROR, O.HTTP_ERROR),
    _hostile(Behaviour.SHORT_LENGTH, O.CONTENT, O.HTTP_ERROR, O.CONNECT_ERROR),
    _hostile(Behaviour.NEGATIVE_LENGTH, O.CONTENT, O.HTTP_ERROR, O.CONNECT_ERROR),
    _hostile(Behaviour.DOUBLE_LENGTH, O.CONTENT, O.HTTP_ERROR, O.CONNECT_ERROR),
    _hostile(Behaviour.CHUNK_NONSENSE, O.CONTENT, O.HTTP_ERROR, O.CONNECT_ERROR, O.EMPTY),
    _hostile(Behaviour.HTTP_09, O.CONTENT, O.HTTP_ERROR, O.CONNECT_ERROR),
)
"""Every recipe; a plan of about 450 sites or more holds each at least once."""
