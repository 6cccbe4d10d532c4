"""Login, logout and the own account."""

from __future__ import annotations

import asyncio
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from review.auth import hash_password, new_token, same_token
from review.deps import Desk
from review.login import check_password, open_session
from review.problems import Refusal
from review.rendering import render
from review.session import (
    LOGIN_COOKIE,
    AppDesk,
    PageViewer,
    client_address,
    find_viewer,
    refuse_foreign_origin,
    session_cookie,
    set_cookie,
)

router = APIRouter(include_in_schema=False)


def local_path(text: str) -> str:
    """``text`` when it is a path on this very service, else the queue; guards the way back after a login."""
    parts = urlsplit(text)
    safe = text.startswith("/") and not text.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return text if safe and text.isprintable() and "\\" not in text and not text.startswith("/login") else "/"


@router.get("/login")
async def login_page(request: Request, desk: AppDesk, next: str = "/", left: bool = False) -> Response:
    viewer, by_bearer = await find_viewer(request, desk)
    if viewer is not None and not by_bearer:
        return RedirectResponse(local_path(next), 303)
    message = "You are signed out." if left else ""
    return _login_form(request, desk, next=next, message=message, tone="good")


@router.post("/login")
async def login(
    request: Request,
    desk: AppDesk,
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=5000)] = "",
    csrf: Annotated[str, Form(max_length=200)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    refuse_foreign_origin(request)
    if not same_token(csrf, request.cookies.get(LOGIN_COOKIE, "")):
        message = "The page had grown old. Please sign in once more."
        return _login_form(request, desk, next=next, name=name, message=message, tone="warn", status=403)
    try:
        user = await check_password(desk, name, password, client_address(request))
    except Refusal as exc:
        response = _login_form(
            request, desk, next=next, name=name, message=str(exc.detail), tone="bad", status=exc.status_code
        )
        response.headers.update(exc.headers or {})
        return response
    token, length = await open_session(desk, user, client_address(request))
    answer = RedirectResponse(local_path(next), 303)
    set_cookie(answer, desk, session_cookie(desk), token, seconds=length)
    answer.delete_cookie(LOGIN_COOKIE, path="/")
    return answer


def _login_form(
    request: Request, desk: Desk, *, next: str, message: str, tone: str, name: str = "", status: int = 200
) -> Response:
    known = request.cookies.get(LOGIN_COOKIE, "")
    token = known if 20 <= len(known) <= 100 else new_token()
    context = {"next": local_path(next), "message": message, "tone": tone, "name": name, "login_token": token}
    response = render(request, "login.html", context, status=status)
    set_cookie(response, desk, LOGIN_COOKIE, token, seconds=3600)
    return response


@router.post("/logout")
async def logout(request: Request, desk: AppDesk, viewer: PageViewer) -> Response:
    await desk.store.accounts.close_session(viewer.session)
    answer = RedirectResponse("/login?left=1", 303)
    answer.delete_cookie(session_cookie(desk), path="/", secure=desk.policy.secure_cookie, httponly=True)
    return answer


@router.get("/account")
async def account(request: Request, viewer: PageViewer, changed: bool = False) -> Response:
    message = "Your password is changed. Every other session of yours has ended." if changed else ""
    return render(request, "account.html", {"message": message, "tone": "good"})


@router.post("/account/password")
async def change_password(
    request: Request,
    desk: AppDesk,
    viewer: PageViewer,
    current: Annotated[str, Form(max_length=5000)] = "",
    fresh: Annotated[str, Form(max_length=5000)] = "",
    repeated: Annotated[str, Form(max_length=5000)] = "",
) -> Response:
    problem = password_problem(fresh, repeated, viewer.name, desk.policy.min_password)
    if problem:
        return render(request, "account.html", {"message": problem, "tone": "bad"}, status=422)
    try:
        user = await check_password(desk, viewer.name, current, viewer.address)
    except Refusal as exc:
        message = "The current password is not right." if exc.status_code == 401 else str(exc.detail)
        return render(request, "account.html", {"message": message, "tone": "bad"}, status=exc.status_code)
    async with desk.hashing:
        hashed = await asyncio.to_thread(hash_password, fresh)
    await desk.store.accounts.reset_password(user.name, hashed)
    await desk.store.audit.append(
        actor=user.name,
        organisation=user.organisation,
        action="password_changed",
        object_kind="account",
        object_id=user.name,
        purpose="",
        detail="",
        address=viewer.address,
    )
    token, length = await open_session(desk, user, viewer.address)
    answer = RedirectResponse("/account?changed=1", 303)
    set_cookie(answer, desk, session_cookie(desk), token, seconds=length)
    return answer


def password_problem(fresh: str, repeated: str, name: str, shortest: int) -> str:
    """What is wrong with a new password, in a sentence; empty when it may be used."""
    if fresh != repeated:
        return "The two new passwords differ."
    if len(fresh) < shortest:
        return f"A password needs at least {shortest} characters."
    if len(fresh) > 1024:
        return "A password may have at most 1,024 characters."
    if name.lower() in fresh.lower() or len(set(fresh)) < 5:
        return "That password is too easy to guess."
    return ""
