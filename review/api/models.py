"""What the API takes and gives. Fields are only ever added."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from core.records import Case, CaseEvent, Decision, Signal, Verdict
from evidence.report import Report
from review.access import Viewer
from review.reasons import reason_for
from storage.records import Role, StoredBundle, TraceStep


class Output(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(frozen=True)


class Input(BaseModel):
    """Base of request bodies; unknown members are errors, for they are typing mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Problem(Output):
    """A problem detail (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[dict[str, str]] = Field(default_factory=list)


class Credentials(Input):
    """What a login needs."""

    name: str = Field(max_length=200)
    password: str = Field(max_length=5000)


class NewSession(Output):
    """A login. ``token`` is shown this once; send it as ``Authorization: Bearer``."""

    token: str
    expires_in: int
    user: str
    role: str
    organisation: str


class CaseSummary(Output):
    """A case in a list."""

    id: str
    subject: str
    subject_kind: str
    url: str
    organisation: str
    state: str
    sector: str
    score: float
    opened_at: datetime
    updated_at: datetime
    version: int
    assignee: str | None
    tlp: str
    campaign: str | None
    rights_holders: list[str]


class Event(Output):
    """One line of a case's history."""

    seq: int
    at: datetime
    actor: str
    action: str
    detail: str


class CaseDetail(CaseSummary):
    """A case with everything that bears on it."""

    visits: list[str]
    bundles: list[str]
    jurisdictions: dict[str, str]
    decisions: list[str]


class CaseList(Output):
    """One page of cases; ``next`` is the cursor of the next one, null at the end."""

    cases: list[CaseSummary]
    next: str | None


class SignalOut(Output):
    """One reason for or against, with what it means and where it was seen."""

    id: str
    title: str
    explanation: str
    sector: str
    family: str
    weight: float
    quote: str
    references: list[dict[str, Any]]
    detector: str
    version: str
    pack: dict[str, str] | None


class SectorSum(Output):
    """One sector's sum; ``terms`` holds each family's contribution after its cap."""

    sector: str
    score: float
    threshold: float
    terms: dict[str, float]


class VerdictOut(Output):
    """What the classifiers concluded from one visit: a suspicion, never a finding."""

    visit: str
    label: str
    sector: str
    score: float
    scores: list[SectorSum]
    signals: list[SignalOut]
    contrary: list[SignalOut]
    withheld: int
    ruleset: str
    at: datetime
    suppressed: str


class DecisionIn(Input):
    """A decision and its reason."""

    decision: Decision
    reason: str = Field(max_length=20_000)


class NoteIn(Input):
    """A note for the history."""

    text: str = Field(max_length=20_000)


class BundleOut(Output):
    """An evidence bundle."""

    id: str
    case: str
    visit: str
    content_id: str
    state: str
    at: datetime
    artifacts: list[dict[str, Any]]


class CheckOut(Output):
    """One check of a bundle."""

    name: str
    ok: bool
    detail: str
    file: str


class Verification(Output):
    """All checks of a bundle as it is stored now."""

    bundle: str
    ok: bool
    checks: list[CheckOut]


class Step(Output):
    """One stored step in a subject's life."""

    at: datetime
    kind: str
    text: str
    ref: str


def case_summary(viewer: Viewer, case: Case) -> dict[str, Any]:
    """The fields of :class:`CaseSummary` that the viewer may see."""
    outside = viewer.role is Role.RIGHTS_HOLDER
    holders = [name for name in case.rights_holders if not outside or name == viewer.organisation]
    return {
        "id": case.id,
        "subject": case.subject.key,
        "subject_kind": case.subject.kind.value,
        "url": case.url,
        "organisation": case.organisation,
        "state": case.state.value,
        "sector": case.sector,
        "score": case.score,
        "opened_at": case.opened_at,
        "updated_at": case.updated_at,
        "version": case.version,
        "assignee": None if outside else case.assignee,
        "tlp": case.tlp.value,
        "campaign": None if outside else case.campaign,
        "rights_holders": holders,
    }


def case_detail(viewer: Viewer, case: Case, decisions: tuple[Decision, ...]) -> CaseDetail:
    """A case for one viewer."""
    return CaseDetail(
        **case_summary(viewer, case),
        visits=list(case.visits),
        bundles=list(case.bundles),
        jurisdictions=dict(case.jurisdictions),
        decisions=[decision.value for decision in decisions],
    )


def event(record: CaseEvent) -> Event:
    """A line of history."""
    return Event(seq=record.seq, at=record.at, actor=record.actor, action=record.action, detail=record.detail)


def signal_out(signal: Signal) -> SignalOut:
    """A signal with its words."""
    reason = reason_for(signal.id, signal.family)
    return SignalOut(
        id=signal.id,
        title=reason.title,
        explanation=reason.explanation,
        sector=signal.sector,
        family=signal.family.value,
        weight=signal.weight,
        quote=signal.quote,
        references=[
            {
                "type": reference.type.value,
                "sha256": reference.sha256,
                "start": reference.start,
                "end": reference.end,
                "selector": reference.selector,
                "region": reference.region,
                "name": reference.name,
                "pages": list(reference.pages),
            }
            for reference in signal.references
        ],
        detector=signal.detector,
        version=signal.version,
        pack={"id": signal.pack.id, "version": signal.pack.version, "organisation": signal.pack.organisation}
        if signal.pack
        else None,
    )


def verdict_out(verdict: Verdict, signals: list[Signal], contrary: list[Signal]) -> VerdictOut:
    """A verdict with those of its signals that the viewer may see."""
    return VerdictOut(
        visit=verdict.visit,
        label=verdict.label.value,
        sector=verdict.sector,
        score=verdict.score,
        scores=[
            SectorSum(sector=entry.sector, score=entry.score, threshold=entry.threshold, terms=dict(entry.terms))
            for entry in verdict.scores
        ],
        signals=[signal_out(signal) for signal in signals],
        contrary=[signal_out(signal) for signal in contrary],
        withheld=len(verdict.signals) + len(verdict.contrary) - len(signals) - len(contrary),
        ruleset=verdict.ruleset,
        at=verdict.at,
        suppressed=verdict.suppressed,
    )


def bundle_out(stored: StoredBundle) -> BundleOut:
    """A bundle's record."""
    bundle = stored.bundle
    return BundleOut(
        id=bundle.id,
        case=stored.case_id,
        visit=bundle.visit,
        content_id=bundle.content_id,
        state=bundle.state.value,
        at=bundle.at,
        artifacts=[
            {"name": item.name, "media_type": item.media_type, "sha256": item.sha256, "size": item.size}
            for item in bundle.artifacts
        ],
    )


def verification(bundle_id: str, report: Report | str) -> Verification:
    """The checks of a bundle; a file that is no bundle fails its only check."""
    if isinstance(report, str):
        return Verification(
            bundle=bundle_id, ok=False, checks=[CheckOut(name="readable", ok=False, detail=report, file="")]
        )
    return Verification(
        bundle=bundle_id,
        ok=report.ok,
        checks=[
            CheckOut(name=check.name, ok=check.ok, detail=check.detail, file=check.file) for check in report.checks
        ],
    )


def step(record: TraceStep) -> Step:
    """A step of a trace."""
    return Step(at=record.at, kind=record.kind, text=record.text, ref=record.ref)
