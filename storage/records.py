"""Records that only the store makes or takes; what flows through the whole service is in :mod:`core.records`.

All are frozen; datetimes are aware and in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.hosts import Target
from core.records import (
    Bundle,
    Candidate,
    Case,
    CaseState,
    Label,
    Lane,
    Outcome,
    PageKind,
    Subject,
    Verdict,
    Visit,
)
from storage.service_records import (
    AuditProblem,
    AuditRecord,
    Organisation,
    Role,
    Session,
    StoredPack,
    TraceStep,
    User,
    WorkerState,
)

# --- frontier -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """How many candidates were new subjects, and how many were known and only gained a sighting."""

    new: int
    known: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to visit a subject until ``expires_at``.

    ``token`` fences: once another worker holds the subject, a result under an older token changes nothing.
    ``attempt`` counts leases since the last recorded visit, this one included; a caller that receives one above its
    limit records the outcome ``gave_up`` with a ``dead_reason`` instead of trying the subject once more.
    """

    subject_id: int
    candidate: Candidate
    worker: str
    token: int
    attempt: int
    leased_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneDepth:
    """Rows of one lane: claimable now, and all that will become so (``due`` included)."""

    lane: Lane
    due: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """The frontier in numbers. ``due`` is claimable now, ``scheduled`` later; ``resting`` has no next visit."""

    due: int
    leased: int
    scheduled: int
    resting: int
    dead: int
    by_lane: tuple[LaneDepth, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A subject that was given up, with the reason."""

    subject: Subject
    url: str
    reason: str
    attempt: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontierRow:
    """Everything the frontier holds of one subject.

    ``visible_at`` is the due time, or the end of the lease when ``worker`` is set; None when nothing is planned.
    """

    subject_id: int
    subject: Subject
    unit: str
    lane: Lane
    visible_at: datetime | None
    worker: str | None
    token: int
    attempt: int
    dead_reason: str
    unit_free_at: datetime | None


# --- visits -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyPlace:
    """Where one body, as received, lies in a segment: half-open ``offset`` … ``offset + length``.

    ``sha256`` is the hex digest of these very bytes (not of the decoded body).
    """

    segment: str
    offset: int
    length: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpening:
    """What a flagged visit needs to open its case. ``jurisdictions`` pairs ISO 3166 codes with reasons."""

    organisation: str
    rights_holders: tuple[str, ...] = ()
    jurisdictions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A visit's whole effect, applied in one transaction or not at all.

    ``bodies`` has one place per exchange, over all captures in order. ``due_at`` is the next visit; None means that
    none is planned. A non-empty ``dead_reason`` makes the row a dead letter.
    """

    lease: Lease
    visit: Visit
    bodies: tuple[BodyPlace, ...] = ()
    page_kind: PageKind | None = None
    language: str = ""
    title: str = ""
    verdict: Verdict | None = None
    discovered: tuple[Candidate, ...] = ()
    due_at: datetime | None = None
    dead_reason: str = ""
    case: CaseOpening | None = None
    elapsed_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishResult:
    """What became of one :class:`Finished`. A stale lease is not accepted and has had no effect.

    ``bundle_id`` names the bundle that the evidence job enqueued for a flagged visit will make.
    """

    accepted: bool
    visit_id: str
    case_id: str | None = None
    case_opened: bool = False
    bundle_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVisit:
    """A visit read back, with what was concluded from it.

    Exchanges carry their ``body`` as received and an empty ``decoded``. ``missing`` lists the exchanges (their
    number over all captures) whose bodies are gone: past their time to live, or erased with their case.
    """

    visit: Visit
    page_kind: PageKind | None
    language: str
    title: str
    verdict: Verdict | None
    elapsed_ms: int
    due_at: datetime | None
    missing: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitSummary:
    """One line of a subject's visits."""

    id: str
    at: datetime
    outcome: Outcome
    detail: str
    url: str
    page_kind: PageKind | None
    label: Label | None
    sector: str
    score: float
    elapsed_ms: int


# --- runs ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTarget:
    """One target of a run as it was given; either ``target`` or ``error`` (code, message) is set."""

    position: int
    text: str
    target: Target | None = None
    error: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A scan: its options as given, and whether all its targets are known (``intake_closed``)."""

    id: str
    created_at: datetime
    options: Mapping[str, Any]
    intake_closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCounts:
    """Progress of a run. ``outcomes`` maps an outcome's name, or ``error``, to its number of targets."""

    total: int
    done: int
    outcomes: Mapping[str, int]
    flagged: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What became of one target of a run. ``seq`` numbers results in the order they came in, from 1.

    ``seq`` is None and ``outcome`` too while the target is not done (full listings only). ``bundle_id`` names the
    bundle of a flagged visit; ``bundle_ready`` says whether it is already made.
    """

    position: int
    text: str
    seq: int | None = None
    subject: Subject | None = None
    unit: str = ""
    url: str = ""
    outcome: Outcome | None = None
    detail: str = ""
    visit_id: str | None = None
    verdict: Verdict | None = None
    page_kind: PageKind | None = None
    language: str = ""
    title: str = ""
    case_id: str | None = None
    bundle_id: str | None = None
    bundle_ready: bool = False
    error: tuple[str, str] | None = None
    elapsed_ms: int = 0
    ruleset: str = ""


# --- cases and evidence -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which cases to list; an empty field does not filter.

    ``organisation`` owns the case; ``rights_holder`` is one of those affected. ``text`` is looked for in the
    subject, the URL and the page title, without regard to ASCII case.
    """

    states: tuple[CaseState, ...] = ()
    sector: str = ""
    organisation: str = ""
    rights_holder: str = ""
    assignee: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """One page of a listing; ``cursor`` fetches the next one, None at the end.

    Listed cases have their rights holders and jurisdictions, but no visits, bundles or history.
    """

    cases: tuple[Case, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacets:
    """How many cases each state and each sector would list, everything else in the filter kept.

    ``states`` names every state, ``sectors`` only those that have cases, the most frequent first.
    """

    states: Mapping[str, int]
    sectors: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceJob:
    """The task of making one bundle, leased until ``expires_at`` under a fencing ``token``."""

    case_id: str
    visit_id: str
    bundle_id: str
    organisation: str
    worker: str
    token: int
    attempt: int
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceCounts:
    """Evidence jobs by state; ``failed`` ones are not retried any more."""

    pending: int
    leased: int
    done: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBundle:
    """A bundle, the case it belongs to and ``blob``, the name under which the vault keeps its zip file."""

    bundle: Bundle
    case_id: str
    blob: str


# --- operating -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreStatus:
    """The store in numbers, for ``status`` and metrics. Sizes are in bytes.

    ``outcomes`` counts the visits of the last 24 hours by outcome; ``cases`` counts by state.
    """

    at: datetime
    frontier: Depth
    outcomes: Mapping[str, int]
    cases: Mapping[str, int]
    evidence: EvidenceCounts
    workers_alive: int
    last_finished_at: datetime | None
    database_bytes: int
    segment_bytes: int
    blob_bytes: int
    free_bytes: int


__all__ = [
    "Added", "AuditProblem", "AuditRecord", "BodyPlace", "CaseFilter", "CaseOpening", "CasePage", "DeadLetter",
    "Depth", "EvidenceCounts", "EvidenceJob", "FinishResult", "Finished", "FrontierRow", "LaneDepth", "Lease",
    "Organisation", "Role", "Run", "RunCounts", "RunResult", "RunTarget", "Session", "StoreStatus",
    "StoredBundle", "StoredPack", "StoredVisit", "TraceStep", "User", "VisitSummary", "WorkerState",
]  # fmt: skip
