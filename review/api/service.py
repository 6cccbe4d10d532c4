"""Sessions, the trace of a subject, and the state of the service."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from core.records import Subject, SubjectKind
from review.access import may_see
from review.api import models
from review.login import check_password, open_session
from review.problems import Refusal
from review.session import ApiViewer, AppDesk, client_address
from storage.records import Role

router = APIRouter()

_NEUTRAL_STEPS = frozenset({"sighting", "lease", "visit", "verdict", "frontier"})


@router.post("/sessions", tags=["Sessions"], summary="Sign in and get a bearer token", status_code=201)
async def create_session(request: Request, desk: AppDesk, body: models.Credentials) -> models.NewSession:
    user = await check_password(desk, body.name, body.password, client_address(request))
    token, length = await open_session(desk, user, client_address(request))
    return models.NewSession(
        token=token, expires_in=length, user=user.name, role=str(user.role), organisation=user.organisation
    )


@router.delete("/sessions/current", tags=["Sessions"], summary="Sign out", status_code=204)
async def end_session(desk: AppDesk, viewer: ApiViewer) -> Response:
    await desk.store.accounts.close_session(viewer.session)
    return Response(status_code=204)


@router.get("/subjects/{key:path}/trace", tags=["Service"], summary="Every stored step in a subject's life")
async def trace(
    desk: AppDesk, viewer: ApiViewer, key: str, kind: Annotated[SubjectKind, Query()] = SubjectKind.SITE
) -> list[models.Step]:
    """Steps that belong to a case of another organisation are left out."""
    if viewer.role is Role.RIGHTS_HOLDER:
        raise Refusal(403, "Traces are shown to operators and analysts.")
    subject = Subject(kind=kind, key=key)
    steps = await desk.store.trace(subject)
    if not steps:
        raise Refusal(404, "Nothing is stored about that subject.", code="no_subject")
    cases = await desk.store.cases.find(subject)
    everything = all(may_see(viewer, case) for case in cases)
    return [models.step(entry) for entry in steps if everything or entry.kind in _NEUTRAL_STEPS]


@router.get("/status", tags=["Service"], summary="The service in numbers")
async def status(desk: AppDesk, viewer: ApiViewer) -> dict[str, Any]:
    if not viewer.sees_service:
        raise Refusal(403, "The state of the service is shown to operators and analysts.")
    now = await desk.store.now()
    workers = [asdict(worker) for worker in await desk.store.workers.list(now)]
    return asdict(await desk.store.status(now)) | {"workers": workers}
