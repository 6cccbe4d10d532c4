"""Answers that hand out captured bytes: never rendered, never sniffed, in a sandbox if opened at all."""

from __future__ import annotations

from starlette.responses import Response

from review.shield import DOWNLOAD_POLICY


def zip_response(bundle_id: str, content: bytes) -> Response:
    """A bundle's zip file."""
    return _attachment(content, f"EB-{bundle_id}.zip", "application/zip")


def source_response(sha256: str, content: bytes, charset: str) -> Response:
    """A captured body as plain text; ``charset`` is the one it is read in."""
    return _attachment(content, f"source-{sha256[:16]}.txt", f"text/plain; charset={charset}")


def _attachment(content: bytes, name: str, content_type: str) -> Response:
    headers = {
        "Content-Type": content_type,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": DOWNLOAD_POLICY,
    }
    return Response(content, headers=headers)
