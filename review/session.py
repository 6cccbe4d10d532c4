"""Who is asking: sessions, bearer tokens, and the defence against forged requests.

A browser carries the session in a cookie and must send the session's CSRF token with every unsafe request (form field
``csrf`` or header ``X-CSRF-Token``). A program carries the same kind of token in ``Authorization: Bearer`` and needs
no CSRF token, because no browser adds that header by itself.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.responses import Response

from core.errors import NotInStore
from review.access import Viewer
from review.auth import same_token, token_digest
from review.deps import Desk, desk_of
from review.policy import LOOPBACK_HOSTS, host_without_port
from review.problems import Refusal, SignInNeeded
from storage.records import Role

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LOGIN_COOKIE = "counterwatch_login"


def session_cookie(desk: Desk) -> str:
    """The cookie's name; with HTTPS it gets the prefix that forbids subdomains to set it (RFC 6265bis, 4.1.3)."""
    return "__Host-counterwatch" if desk.policy.secure_cookie else "counterwatch"


def set_cookie(response: Response, desk: Desk, name: str, value: str, *, seconds: int) -> None:
    """Set a cookie that scripts cannot read and other sites' requests do not carry."""
    response.set_cookie(
        name, value, max_age=seconds, path="/", httponly=True, samesite="lax", secure=desk.policy.secure_cookie
    )


def client_address(request: Request) -> str:
    """Where the connection came from (or the proxy said so, when it is trusted)."""
    return request.client.host if request.client else ""


def from_loopback(request: Request) -> bool:
    """Whether the request was made on this very machine, and for it."""
    host = host_without_port(request.headers.get("host", ""))
    return client_address(request) in ("127.0.0.1", "::1") and host in LOOPBACK_HOSTS


async def find_viewer(request: Request, desk: Desk) -> tuple[Viewer | None, bool]:
    """The viewer of a request, and whether a bearer token named them. None without a valid session."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    by_bearer = scheme.lower() == "bearer"
    token = bearer.strip() if by_bearer else request.cookies.get(session_cookie(desk), "")
    if not token or len(token) > 200:
        return None, by_bearer
    now = await desk.store.now()
    found = await desk.store.accounts.session(token_digest(token), now)
    if found is None:
        return None, by_bearer
    session, user = found
    viewer = Viewer(
        name=user.name,
        role=user.role,
        organisation=user.organisation,
        organisation_name=await organisation_name(desk, user.organisation),
        session=session.token_digest,
        csrf=session.csrf,
        address=client_address(request),
    )
    return viewer, by_bearer


async def organisation_name(desk: Desk, organisation: str) -> str:
    """An organisation's name for people, or its id when none is stored."""
    try:
        return (await desk.store.accounts.organisation(organisation)).name
    except NotInStore:
        return organisation


async def signed_in(request: Request) -> Viewer:
    """Dependency of pages: the viewer; a forged request is refused, an anonymous one sent to the login page."""
    desk = desk_of(request)
    viewer, by_bearer = await find_viewer(request, desk)
    if viewer is None or by_bearer:
        raise SignInNeeded
    request.state.viewer = viewer
    await refuse_forgery(request, viewer)
    return viewer


async def api_caller(request: Request) -> Viewer:
    """Dependency of the API: the viewer by bearer token or session cookie, else 401."""
    desk = desk_of(request)
    viewer, by_bearer = await find_viewer(request, desk)
    if viewer is None:
        raise Refusal(
            401,
            "Sign in first: POST /api/v1/sessions gives a bearer token.",
            headers={"WWW-Authenticate": 'Bearer realm="counterwatch"'},
        )
    if not by_bearer:
        await refuse_forgery(request, viewer)
    return viewer


async def refuse_forgery(request: Request, viewer: Viewer) -> None:
    """Raise 403 when an unsafe request carries no proof that our own page sent it."""
    if request.method in SAFE_METHODS:
        return
    refuse_foreign_origin(request)
    given = request.headers.get("x-csrf-token", "")
    if not given and "form" in request.headers.get("content-type", ""):
        form = await request.form()
        value = form.get("csrf", "")
        given = value if isinstance(value, str) else ""
    if not same_token(given, viewer.csrf):
        raise Refusal(403, "This form is no longer valid. Load the page again and repeat.", code="csrf")


def refuse_foreign_origin(request: Request) -> None:
    """Raise 403 when the browser says that another site sent the request."""
    site = request.headers.get("sec-fetch-site", "")
    origin = request.headers.get("origin", "")
    same_host = urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower()
    # Our own pages send no referrer, so some browsers send "Origin: null" with a form that is our own.
    foreign_origin = origin not in ("", "null") and not same_host
    if site in ("cross-site", "same-site") or (foreign_origin and site != "same-origin"):
        raise Refusal(403, "The request came from another site.", code="foreign_origin")


def operator_only(viewer: Viewer) -> None:
    """Raise 403 unless the viewer is an operator."""
    if viewer.role is not Role.OPERATOR:
        raise Refusal(403, "Only an operator may do that.")


PageViewer = Annotated[Viewer, Depends(signed_in)]
ApiViewer = Annotated[Viewer, Depends(api_caller)]
AppDesk = Annotated[Desk, Depends(desk_of)]
