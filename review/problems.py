"""Errors as answers: problem details for programs (RFC 9457), and which status an error of the tree becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from core.errors import (
    Conflict,
    CounterwatchError,
    EvidenceError,
    NotInStore,
    OutOfDisk,
    StoreBusy,
    StoreError,
    UsageError,
)

_STATUS: tuple[tuple[type[CounterwatchError], int], ...] = (
    (NotInStore, 404),
    (Conflict, 409),
    (UsageError, 400),
    (EvidenceError, 409),
    (OutOfDisk, 507),
    (StoreBusy, 503),
    (StoreError, 503),
)


class Refusal(HTTPException):
    """An answer other than 200: a sentence for people, a stable ``code`` for programs, perhaps more members."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        code: str = "",
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, str]] = (),
    ) -> None:
        super().__init__(status, detail, dict(headers) if headers else None)
        self.code = code or default_code(status)
        self.errors = tuple(errors)


class SignInNeeded(Exception):
    """A page was asked for without a valid session; answered with the way to the login page."""


def default_code(status: int) -> str:
    """``not_found`` for 404 and so on, from the status's standard phrase."""
    return phrase(status).lower().replace(" ", "_").replace("-", "_").replace("'", "")


def phrase(status: int) -> str:
    """The standard phrase of a status code."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def status_of(error: CounterwatchError) -> int:
    """The HTTP status for an expected error."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def problem_response(
    status: int,
    detail: str,
    *,
    code: str = "",
    headers: Mapping[str, str] | None = None,
    errors: Sequence[Mapping[str, str]] = (),
) -> JSONResponse:
    """An ``application/problem+json`` answer. ``type`` is a relative URI that names the code."""
    name = code or default_code(status)
    content: dict[str, Any] = {
        "type": f"/api/problems/{name}",
        "title": phrase(status),
        "status": status,
        "detail": detail,
        "code": name,
    }
    if errors:
        content["errors"] = [dict(error) for error in errors]
    return JSONResponse(
        content, status, headers=dict(headers) if headers else None, media_type="application/problem+json"
    )
