"""Evidence bundles: find, download, verify."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from review import bundlework, casework, words
from review.api import models
from review.downloads import zip_response
from review.problems import Refusal
from review.session import ApiViewer, AppDesk

router = APIRouter(tags=["Evidence"])


@router.get("/cases/{case_id}/bundles", summary="List a case's bundles")
async def list_bundles(desk: AppDesk, viewer: ApiViewer, case_id: str) -> list[models.BundleOut]:
    case = await casework.open_case(desk, viewer, case_id)
    return [models.bundle_out(stored) for stored in await desk.store.bundles.by_case(case.id)]


@router.get("/bundles/{bundle_id}", summary="Read a bundle's record")
async def get_bundle(desk: AppDesk, viewer: ApiViewer, bundle_id: str) -> models.BundleOut:
    stored, _ = await bundlework.find(desk, viewer, bundle_id)
    return models.bundle_out(stored)


@router.get(
    "/bundles/{bundle_id}/download",
    summary="Download a bundle as a zip file",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}, "description": "The bundle"}},
)
async def download_bundle(
    desk: AppDesk,
    viewer: ApiViewer,
    bundle_id: str,
    purpose: Annotated[str, Query(max_length=40, description=f"What for: {', '.join(words.PURPOSES)}")],
) -> Response:
    if purpose not in words.PURPOSES:
        raise Refusal(422, f"The purpose must be one of {', '.join(words.PURPOSES)}.", code="no_purpose")
    stored, content = await bundlework.take(desk, viewer, bundle_id, purpose)
    return zip_response(stored.bundle.id, content)


@router.post("/bundles/{bundle_id}/verification", summary="Check a bundle as it is stored now")
async def verify_bundle(desk: AppDesk, viewer: ApiViewer, bundle_id: str) -> models.Verification:
    stored, report = await bundlework.verify(desk, viewer, bundle_id)
    return models.verification(stored.bundle.id, report)
