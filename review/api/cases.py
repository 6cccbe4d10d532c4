"""Cases: list, read, claim, decide, note."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.responses import Response

from core.errors import Conflict, UsageError
from core.records import Case, CaseState
from review import casefile, casework
from review.access import limited
from review.api import models
from review.api.conditions import checked_key, etag, fingerprint, not_modified, wanted_version
from review.problems import Refusal
from review.replies import Reply
from review.session import ApiViewer, AppDesk
from storage.records import CaseFilter

router = APIRouter(prefix="/cases", tags=["Cases"])

IfMatch = Annotated[str | None, Header(alias="If-Match")]


@router.get("", summary="List cases, the highest score first")
async def list_cases(
    desk: AppDesk,
    viewer: ApiViewer,
    state: Annotated[list[CaseState] | None, Query(description="May be repeated; all states when missing")] = None,
    sector: Annotated[str, Query(max_length=60)] = "",
    text: Annotated[str, Query(max_length=200, description="Part of the subject, the URL or the title")] = "",
    assignee: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=500, description="`next` of the page before")] = None,
) -> models.CaseList:
    wanted = CaseFilter(states=tuple(state or ()), sector=sector, text=text, assignee=assignee)
    try:
        page = await desk.store.cases.list(limited(viewer, wanted), cursor, limit)
    except UsageError as exc:
        raise Refusal(400, exc.message, code="bad_cursor") from exc
    return models.CaseList(
        cases=[models.CaseSummary(**models.case_summary(viewer, case)) for case in page.cases], next=page.cursor
    )


@router.get("/{case_id}", summary="Read a case", responses={304: {"description": "Not modified"}})
async def get_case(
    desk: AppDesk,
    viewer: ApiViewer,
    response: Response,
    case_id: str,
    if_none_match: Annotated[str | None, Header(alias="If-None-Match")] = None,
) -> models.CaseDetail:
    case = await casework.open_case(desk, viewer, case_id)
    await casework.record(desk, viewer, "case_viewed", "case", case.id, purpose="review", case=case)
    if not_modified(if_none_match, case):
        raise Refusal(304, "Not modified", headers={"ETag": etag(case)})
    response.headers["ETag"] = etag(case)
    return models.case_detail(viewer, case, casework.choices(desk, case))


@router.get("/{case_id}/verdict", summary="Why the case was flagged, and what speaks against it")
async def get_verdict(
    desk: AppDesk,
    viewer: ApiViewer,
    case_id: str,
    visit: Annotated[
        str | None, Query(max_length=26, description="One of the case's visits; the latest if missing")
    ] = None,
) -> models.VerdictOut:
    case = await casework.open_case(desk, viewer, case_id)
    await casework.record(desk, viewer, "case_viewed", "case", case.id, purpose="review", case=case)
    verdict = await casefile.load_verdict(desk, case, visit)
    if verdict is None:
        raise Refusal(404, "No verdict is stored for that visit.", code="no_verdict")
    return models.verdict_out(
        verdict, casefile.shown_to(viewer, verdict.signals), casefile.shown_to(viewer, verdict.contrary)
    )


@router.get("/{case_id}/history", summary="Read a case's append-only history")
async def get_history(desk: AppDesk, viewer: ApiViewer, case_id: str) -> list[models.Event]:
    case = await casework.open_case(desk, viewer, case_id)
    return [models.event(entry) for entry in casefile.history_for(viewer, case)]


@router.post("/{case_id}/claim", summary="Take a case on")
async def claim_case(
    desk: AppDesk, viewer: ApiViewer, response: Response, case_id: str, if_match: IfMatch = None
) -> models.CaseDetail:
    case = await casework.case_to_act_on(desk, viewer, case_id)
    try:
        changed = await casework.claim(desk, viewer, case_id, wanted_version(if_match, case))
    except Conflict as exc:
        raise stale(case) from exc
    response.headers["ETag"] = etag(changed)
    return models.case_detail(viewer, changed, casework.choices(desk, changed))


@router.post("/{case_id}/decision", summary="Decide a case with a reason", response_model=models.CaseDetail)
async def decide_case(
    desk: AppDesk,
    viewer: ApiViewer,
    case_id: str,
    body: models.DecisionIn,
    if_match: IfMatch = None,
    idempotency_key: Annotated[
        str | None, Header(alias="Idempotency-Key", description="A repeat under the same key gives the same answer")
    ] = None,
) -> Response:
    key = checked_key(idempotency_key)
    asked = fingerprint(case_id, body.decision.value, body.reason, if_match or "")
    known = desk.replies.find(viewer.name, key) if key else None
    if known is not None and known.fingerprint != asked:
        raise Refusal(422, "That Idempotency-Key was used for another request.", code="idempotency_key_reused")
    if known is None:
        case = await casework.case_to_act_on(desk, viewer, case_id)
        version = wanted_version(if_match, case)
        try:
            changed = await casework.decide(desk, viewer, case_id, body.decision, body.reason, version)
        except Conflict as exc:
            raise stale(case) from exc
        content = models.case_detail(viewer, changed, casework.choices(desk, changed)).model_dump_json().encode()
        known = Reply(fingerprint=asked, status=200, body=content, etag=etag(changed))
        if key:
            desk.replies.keep(viewer.name, key, known)
    return Response(known.body, known.status, headers={"ETag": known.etag}, media_type="application/json")


@router.post("/{case_id}/notes", summary="Add a note to the history", status_code=201)
async def add_note(
    desk: AppDesk, viewer: ApiViewer, response: Response, case_id: str, body: models.NoteIn
) -> models.CaseDetail:
    changed = await casework.note(desk, viewer, case_id, body.text)
    response.headers["ETag"] = etag(changed)
    return models.case_detail(viewer, changed, casework.choices(desk, changed))


def stale(case: Case) -> Refusal:
    """The answer to a write that is based on an older state."""
    return Refusal(412, "The case was changed since you read it; read it again.", code="stale")
