"""Evidence bundles in review: finding one, handing out its zip file, checking it now."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from core.errors import BundleRejected, EvidenceError, NotInStore
from core.records import Case
from evidence.report import Report
from review.access import Viewer, may_take_evidence
from review.casework import open_case, record
from review.deps import Desk
from review.problems import Refusal
from storage.records import StoredBundle


async def find(desk: Desk, viewer: Viewer, bundle_id: str) -> tuple[StoredBundle, Case]:
    """A bundle of a case that the viewer may see. Raises 404."""
    try:
        stored = await desk.store.bundles.get(bundle_id)
    except NotInStore as exc:
        raise Refusal(404, "There is no such bundle.", code="no_bundle") from exc
    try:
        case = await open_case(desk, viewer, stored.case_id)
    except Refusal as exc:
        raise Refusal(404, "There is no such bundle.", code="no_bundle") from exc
    return stored, case


async def take(desk: Desk, viewer: Viewer, bundle_id: str, purpose: str) -> tuple[StoredBundle, bytes]:
    """A bundle's zip file for download, written into the audit with its purpose first."""
    stored, case = await find(desk, viewer, bundle_id)
    if not may_take_evidence(viewer, case):
        raise Refusal(403, "Your role may not download evidence; ask the agency that holds the case.")
    content = await _read(desk, stored)
    await record(
        desk, viewer, "bundle_downloaded", "bundle", bundle_id, purpose=purpose, case=case,
        detail=stored.bundle.content_id,
    )  # fmt: skip
    return stored, content


async def verify(desk: Desk, viewer: Viewer, bundle_id: str) -> tuple[StoredBundle, Report | str]:
    """Check a bundle as it is stored now, against the content id on record.

    Returns the report, or a sentence when the file cannot be read as a bundle at all.
    """
    stored, case = await find(desk, viewer, bundle_id)
    await record(desk, viewer, "bundle_verified", "bundle", bundle_id, purpose="integrity", case=case)
    try:
        content = await _read(desk, stored)
        return stored, await asyncio.to_thread(_verify, desk, content, stored)
    except (BundleRejected, EvidenceError) as exc:
        return stored, exc.message
    except Refusal as exc:
        return stored, str(exc.detail)


async def _read(desk: Desk, stored: StoredBundle) -> bytes:
    try:
        return await desk.store.vault.get(stored.case_id, stored.blob)
    except NotInStore as exc:
        raise Refusal(410, "The bundle's file is not in the vault any more.", code="bundle_gone") from exc


def _verify(desk: Desk, content: bytes, stored: StoredBundle) -> Report:
    with tempfile.TemporaryDirectory(prefix="counterwatch-verify-") as folder:
        path = Path(folder) / f"{stored.bundle.id}.zip"
        path.write_bytes(content)
        return desk.deps.verify(path, content_id=stored.bundle.content_id)
