"""The case page: why a site was flagged, what speaks against it, the evidence, and the decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from core.errors import Conflict, NotInStore
from core.ids import is_ulid
from core.records import Case, Decision
from review import bundlework, casefile, casework, words
from review.access import Viewer, may_act, may_take_evidence
from review.certificates import read_leaf
from review.deps import Desk
from review.downloads import source_response, zip_response
from review.pages.queue import score_percent
from review.problems import Refusal
from review.rendering import render
from review.session import AppDesk, PageViewer
from storage.records import Role

router = APIRouter(include_in_schema=False)

_NOTICES = {
    "claimed": "The case is yours.",
    "decided": "Your decision is recorded.",
    "noted": "Your note is added.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A decision as the form offers it."""

    value: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody had typed when a form could not be accepted, so that nothing is lost."""

    decision: str = ""
    reason: str = ""
    note: str = ""


@router.get("/cases/{case_id}")
async def case_page(
    request: Request,
    desk: AppDesk,
    viewer: PageViewer,
    case_id: str,
    visit: Annotated[str, Query(max_length=26)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    case = await casework.open_case(desk, viewer, case_id)
    await casework.record(desk, viewer, "case_viewed", "case", case.id, purpose="review", case=case)
    return await _show(request, desk, viewer, case, visit=visit, notice=_NOTICES.get(done, ""), tone="good")


async def _show(
    request: Request,
    desk: Desk,
    viewer: Viewer,
    case: Case,
    *,
    visit: str = "",
    notice: str = "",
    tone: str = "",
    draft: Draft | None = None,
    status: int = 200,
) -> Response:
    try:
        file = await casefile.load(desk, viewer, case, visit or None)
    except NotInStore as exc:
        raise Refusal(404, "This case has no such visit.", code="no_visit") from exc
    verdict = file.visit.verdict if file.visit else None
    context = {
        "section": "queue",
        "case": case,
        "file": file,
        "verdict": verdict,
        "other_scores": [entry for entry in verdict.scores if entry.sector != verdict.sector] if verdict else [],
        "percent": score_percent(case.score, file.threshold),
        "acts": may_act(viewer, case),
        "can_claim": casework.claimable(case, viewer),
        "may_take": may_take_evidence(viewer, case),
        "shown_rights_holders": shown_rights_holders(viewer, case),
        "options": options(desk, case),
        "draft": draft or Draft(),
        "certificate": read_leaf,
        "notice": notice,
        "tone": tone,
    }
    return render(request, "case.html", context, status=status)


def options(desk: Desk, case: Case) -> list[Option]:
    """The decisions that the form offers in the case's state."""
    return [
        Option(value=choice.value, title=words.DECISIONS[choice][0], text=words.DECISIONS[choice][1])
        for choice in casework.choices(desk, case)
    ]


def shown_rights_holders(viewer: Viewer, case: Case) -> tuple[str, ...]:
    """The rights holders named to a viewer; one rights holder is not told of the others."""
    if viewer.role is Role.RIGHTS_HOLDER:
        return tuple(name for name in case.rights_holders if name == viewer.organisation)
    return case.rights_holders


@router.post("/cases/{case_id}/claim")
async def claim(
    request: Request, desk: AppDesk, viewer: PageViewer, case_id: str, version: Annotated[int, Form()]
) -> Response:
    try:
        await casework.claim(desk, viewer, case_id, version)
    except Conflict:
        return await _conflict(request, desk, viewer, case_id, Draft())
    return RedirectResponse(f"/cases/{case_id}?done=claimed", 303)


@router.post("/cases/{case_id}/decide")
async def decide(
    request: Request,
    desk: AppDesk,
    viewer: PageViewer,
    case_id: str,
    version: Annotated[int, Form()],
    decision: Annotated[str, Form(max_length=40)] = "",
    reason: Annotated[str, Form(max_length=20_000)] = "",
) -> Response:
    draft = Draft(decision=decision, reason=reason)
    try:
        if decision not in {choice.value for choice in Decision}:
            raise Refusal(422, "Choose a decision.", code="no_decision")
        await casework.decide(desk, viewer, case_id, Decision(decision), reason, version)
    except Conflict:
        return await _conflict(request, desk, viewer, case_id, draft)
    except Refusal as exc:
        return await _refused(request, desk, viewer, case_id, exc, draft)
    return RedirectResponse(f"/cases/{case_id}?done=decided", 303)


@router.post("/cases/{case_id}/note")
async def note(
    request: Request,
    desk: AppDesk,
    viewer: PageViewer,
    case_id: str,
    note: Annotated[str, Form(max_length=20_000)] = "",
) -> Response:
    try:
        await casework.note(desk, viewer, case_id, note)
    except Refusal as exc:
        return await _refused(request, desk, viewer, case_id, exc, Draft(note=note))
    return RedirectResponse(f"/cases/{case_id}?done=noted#history", 303)


async def _conflict(request: Request, desk: Desk, viewer: Viewer, case_id: str, draft: Draft) -> Response:
    case = await casework.open_case(desk, viewer, case_id)
    last = case.history[-1] if case.history else None
    change = f" The last change: {words.action_title(last.action)} by {last.actor}." if last and last.actor else ""
    notice = (
        f"Somebody changed this case while you had it open, so nothing was recorded.{change} Look again, then repeat."
    )
    return await _show(request, desk, viewer, case, notice=notice, tone="warn", draft=draft, status=409)


async def _refused(
    request: Request, desk: Desk, viewer: Viewer, case_id: str, refusal: Refusal, draft: Draft
) -> Response:
    if refusal.status_code not in (409, 422):
        raise refusal
    case = await casework.open_case(desk, viewer, case_id)
    return await _show(
        request, desk, viewer, case, notice=str(refusal.detail), tone="bad", draft=draft, status=refusal.status_code
    )


@router.get("/cases/{case_id}/visits/{visit_id}/source/{sha256}")
async def source(desk: AppDesk, viewer: PageViewer, case_id: str, visit_id: str, sha256: str) -> Response:
    """A captured body as plain text for download: never rendered, never sniffed, in a sandbox if opened at all."""
    case = await casework.open_case(desk, viewer, case_id)
    if not may_take_evidence(viewer, case):
        raise Refusal(403, "Your role may not download captured source.")
    if visit_id not in case.visits or not is_ulid(visit_id):
        raise Refusal(404, "This case has no such visit.", code="no_visit")
    stored = await desk.store.visits.get(visit_id)
    body = casefile.decoded_bodies(stored).get(sha256)
    if body is None:
        raise Refusal(404, "That page's bytes are not in the store.", code="no_source")
    await casework.record(
        desk, viewer, "source_downloaded", "visit", visit_id, purpose="review", case=case, detail=sha256
    )
    return source_response(sha256, body.content, body.charset)


@router.get("/bundles/{bundle_id}/download")
async def download(
    desk: AppDesk, viewer: PageViewer, bundle_id: str, purpose: Annotated[str, Query(max_length=40)] = ""
) -> Response:
    if purpose not in words.PURPOSES:
        raise Refusal(422, "Say what the evidence is needed for; it goes into the record.", code="no_purpose")
    stored, content = await bundlework.take(desk, viewer, bundle_id, purpose)
    return zip_response(stored.bundle.id, content)


@router.post("/bundles/{bundle_id}/verify")
async def verify(request: Request, desk: AppDesk, viewer: PageViewer, bundle_id: str) -> Response:
    stored, report = await bundlework.verify(desk, viewer, bundle_id)
    context = {"section": "queue", "stored": stored, "report": None, "failure": ""}
    context |= {"failure": report} if isinstance(report, str) else {"report": report}
    return render(request, "verify.html", context)
