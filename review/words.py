"""The words in which states, outcomes and decisions are told to people. One table each, complete over its enum."""

from __future__ import annotations

from core.records import CaseState, Decision, Family, Label, Lookup, Outcome, PageKind, SealState

STATES: dict[CaseState, str] = {
    CaseState.NEW: "New",
    CaseState.CLAIMED: "In review",
    CaseState.CONFIRMED: "Confirmed",
    CaseState.DISMISSED: "Dismissed",
    CaseState.REFERRED: "Referred",
    CaseState.MORE_EVIDENCE: "Needs evidence",
}

DECISIONS: dict[Decision, tuple[str, str]] = {
    Decision.CONFIRM: ("Confirm the suspicion", "You looked at the evidence and share the suspicion."),
    Decision.DISMISS: ("Dismiss", "The site is not what the signals suggest. Say why, so that the next one is spared."),
    Decision.REFER: ("Refer", "Hand the case on to a competent authority, a host or a registrar."),
    Decision.NEED_EVIDENCE: ("Ask for more evidence", "What was captured does not suffice to decide."),
    Decision.REOPEN: ("Reopen", "Something new came up; put the case back into review."),
}
"""A decision's name and what it means."""

SECTORS: dict[str, str] = {
    "luxury": "Luxury goods",
    "sportswear": "Sportswear",
    "spare-parts": "Spare parts",
    "electronics": "Electronics",
    "pharmaceuticals": "Pharmaceuticals",
    "toiletries": "Toiletries",
    "piracy": "Online piracy",
}

FAMILIES: dict[Family, str] = {
    Family.IDENTITY: "Identity",
    Family.PRICE: "Price",
    Family.TEXT: "Text",
    Family.PLATFORM: "Platform",
    Family.NETWORK: "Network",
    Family.LINKAGE: "Linkage",
    Family.CLOAKING: "Cloaking",
    Family.PAYMENT: "Payment",
    Family.VISUAL: "Visual",
    Family.PIRACY_CONTENT: "Piracy content",
    Family.PIRACY_DELIVERY: "Piracy delivery",
    Family.CONTRARY: "Contrary",
}

OUTCOMES: dict[Outcome, tuple[str, str]] = {
    Outcome.CONTENT: ("Content", "The site answered with a page that could be read."),
    Outcome.REDIRECTED_AWAY: ("Redirected away", "The site sends visitors on to another registrable domain."),
    Outcome.CHALLENGE: ("Challenge", "A bot check stood before the content."),
    Outcome.BLOCKED: ("Blocked", "The server refused this visitor."),
    Outcome.PARKED: ("Parked", "The domain shows a parking page."),
    Outcome.PLACEHOLDER: ("Placeholder", "A default or coming-soon page."),
    Outcome.SUSPENDED: ("Suspended", "The host or registrar has suspended the site."),
    Outcome.SEIZED: ("Seized", "The page says that an authority has seized the domain."),
    Outcome.EMPTY: ("Empty", "The answer held no content."),
    Outcome.NOT_HTML: ("Not a page", "The answer was no HTML."),
    Outcome.TOO_LARGE: ("Too large", "The answer outgrew the size limit."),
    Outcome.TLS_ERROR: ("TLS error", "No TLS handshake could be completed."),
    Outcome.HTTP_ERROR: ("HTTP error", "The server answered with an error status."),
    Outcome.CONNECT_ERROR: ("No connection", "No connection could be made."),
    Outcome.TIMEOUT: ("Timeout", "The site did not answer in time."),
    Outcome.NXDOMAIN: ("No such name", "The DNS says that the name does not exist."),
    Outcome.DNS_ERROR: ("DNS error", "The name could not be resolved."),
    Outcome.REFUSED_BY_POLICY: ("Not visited", "Our own rules forbid a visit, for example of a private address."),
    Outcome.GAVE_UP: ("Gave up", "Every attempt was used up without an answer."),
}
"""An outcome's name and one sentence about it."""

LOOKUPS: dict[Lookup, str] = {
    Lookup.OK: "answered",
    Lookup.NXDOMAIN: "no such name",
    Lookup.NO_ANSWER: "no address",
    Lookup.SERVFAIL: "server failure",
    Lookup.TIMEOUT: "no answer in time",
    Lookup.REFUSED: "refused",
}

PAGE_KINDS: dict[PageKind, str] = {
    PageKind.SHOP: "Shop",
    PageKind.LISTING: "Listing",
    PageKind.PIRACY: "Piracy site",
    PageKind.ARTICLE: "Article",
    PageKind.OTHER: "Other",
}

LABELS: dict[Label, str] = {
    Label.FLAGGED: "Flagged",
    Label.UNDECIDED: "Undecided",
    Label.CLEAR: "Clear",
}

SEALS: dict[SealState, str] = {
    SealState.ASSEMBLED: "Assembled, not signed",
    SealState.SIGNED: "Signed",
    SealState.TIMESTAMP_PENDING: "Timestamp pending",
    SealState.SEALED: "Sealed",
}

VANTAGES: dict[str, str] = {
    "direct-desktop": "from this service's own address",
}
"""Where a capture was made from and as whom."""

ROLES: dict[str, str] = {
    "operator": "Operator",
    "analyst": "Analyst",
    "rights_holder": "Rights holder",
}

ACTIONS: dict[str, str] = {
    "opened": "Case opened",
    "open": "Case opened",
    "flagged_again": "Flagged again",
    "visit": "Visit added",
    "visit_added": "Visit added",
    "bundle": "Evidence bundle added",
    "bundle_added": "Evidence bundle added",
    "claim": "Claimed",
    "claimed": "Claimed",
    "note": "Note",
    "confirm": "Suspicion confirmed",
    "dismiss": "Dismissed",
    "refer": "Referred",
    "need_evidence": "More evidence asked for",
    "reopen": "Reopened",
    "decide": "Decided",
}

PURPOSES: dict[str, str] = {
    "investigation": "Criminal investigation",
    "referral": "Referral to another authority",
    "notice": "Notice to a host or registrar",
    "rights_holder": "Request of the rights holder",
    "quality": "Check of the service's quality",
}
"""Why somebody takes a copy of evidence; the answer goes into the audit trail."""


def sector_title(sector: str) -> str:
    """A sector's name for people; an unknown id is made readable."""
    return SECTORS.get(sector) or readable(sector) or "No sector"


def vantage_title(vantage: str) -> str:
    """Where a capture was made from; an unknown vantage is named as it is."""
    return VANTAGES.get(vantage, f"from vantage {vantage}")


def action_title(action: str) -> str:
    """What an event of a case's history is called."""
    return ACTIONS.get(action) or readable(action)


def readable(name: str) -> str:
    """``some.machine_name`` as ``Some machine name``."""
    text = name.replace(".", " ").replace("_", " ").replace("-", " ").strip()
    return text[:1].upper() + text[1:]
