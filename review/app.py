"""The web app put together: pages, API, static files, health, metrics, and what errors become."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import CounterwatchError
from review.access import Viewer
from review.api import cases as api_cases
from review.api import evidence as api_evidence
from review.api import service as api_service
from review.deps import Desk, ReviewDeps
from review.metrics import Meters
from review.pages import case as case_pages
from review.pages import docs as docs_pages
from review.pages import entry as entry_pages
from review.pages import queue as queue_pages
from review.pages import service as service_pages
from review.problems import Refusal, SignInNeeded, problem_response, status_of
from review.rendering import STATIC, error_page, make_templates
from review.session import AppDesk, find_viewer, from_loopback, session_cookie
from review.shield import Shield
from storage.records import Role


def create_app(deps: ReviewDeps) -> FastAPI:
    """The app for an open store. It holds no connection of its own and may be made again at any time."""
    app = FastAPI(
        title="Counterwatch",
        version=deps.version,
        description="Cases of suspected counterfeit and piracy sites, with reasons and evidence.",
        openapi_url="/api/schema",
        docs_url=None,
        redoc_url=None,
    )
    desk = Desk(deps=deps, templates=make_templates(deps))
    app.state.desk = desk
    for module in (entry_pages, queue_pages, case_pages, service_pages, docs_pages):
        app.include_router(module.router)
    for api in (api_cases, api_evidence, api_service):
        app.include_router(api.router, prefix="/api/v1")
    app.mount("/static", _Cached(directory=STATIC), name="static")
    app.add_api_route("/healthz", health, include_in_schema=False)
    app.add_api_route("/metrics", metrics, include_in_schema=False)
    app.add_exception_handler(SignInNeeded, _sign_in)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(CounterwatchError, _expected_error)
    app.add_middleware(_Counting, meters=desk.meters)
    app.add_middleware(Shield, policy=deps.policy)
    return app


class _Cached(StaticFiles):
    """Static files; their addresses carry their digest, so browsers may keep them."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "public, max-age=86400"
        return response


class _Counting:
    """Counts responses by class of status."""

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self._app = app
        self._meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._meters.responses.labels(f"{message['status'] // 100}xx").inc()
            await send(message)

        await self._app(scope, receive, counting)


async def health(desk: AppDesk) -> Response:
    """Whether the store answers; for probes, without login."""
    try:
        await desk.store.now()
    except CounterwatchError:
        return JSONResponse({"status": "store unavailable"}, 503)
    return JSONResponse({"status": "ok"})


async def metrics(request: Request, desk: AppDesk) -> Response:
    """Figures for Prometheus, for this machine or an operator."""
    if not from_loopback(request):
        viewer, _ = await find_viewer(request, desk)
        if viewer is None or viewer.role is not Role.OPERATOR:
            raise Refusal(403, "Metrics are served to this machine or to an operator.")
    content = desk.meters.render(await desk.store.status(await desk.store.now()))
    return Response(content, media_type="text/plain; version=0.0.4; charset=utf-8")


def _for_programs(request: Request) -> bool:
    return request.url.path.startswith("/api/") and request.url.path != "/api/docs"


async def _sign_in(request: Request, exc: Exception) -> Response:
    if request.headers.get("hx-request") == "true":
        return Response(status_code=401, headers={"HX-Redirect": "/login"})
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    where = f"/login?{_query(path)}" if request.method == "GET" and path != "/" else "/login"
    response = RedirectResponse(where, 303)
    desk: Desk = request.app.state.desk
    if session_cookie(desk) in request.cookies:
        response.delete_cookie(session_cookie(desk), path="/", secure=desk.policy.secure_cookie, httponly=True)
    return response


def _query(path: str) -> str:
    return urlencode({"next": path})


async def _http_error(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)
    if exc.status_code == HTTPStatus.NOT_MODIFIED:
        return Response(status_code=304, headers=exc.headers)
    if _for_programs(request):
        code = exc.code if isinstance(exc, Refusal) else ""
        errors = exc.errors if isinstance(exc, Refusal) else ()
        return problem_response(exc.status_code, str(exc.detail), code=code, headers=exc.headers, errors=errors)
    await _remember_viewer(request)
    texts = {404: "There is no such page.", 405: "That address does not take this kind of request."}
    message = str(exc.detail) if isinstance(exc, Refusal) else texts.get(exc.status_code, str(exc.detail))
    response = error_page(request, exc.status_code, message)
    response.headers.update(exc.headers or {})
    return response


async def _invalid(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, RequestValidationError)
    errors = [
        {"pointer": "/" + "/".join(str(part) for part in fault["loc"]), "detail": str(fault["msg"])}
        for fault in exc.errors()
    ]
    if _for_programs(request):
        return problem_response(422, "The request does not fit the schema.", code="invalid", errors=errors)
    await _remember_viewer(request)
    return error_page(request, 422, "The form was not complete. Go back, load the page again and repeat.")


async def _expected_error(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, CounterwatchError)
    status = status_of(exc)
    if _for_programs(request):
        return problem_response(status, exc.message, code=exc.code)
    return error_page(request, status, exc.message, hint=exc.hint)


async def _remember_viewer(request: Request) -> None:
    """Let an error page show the frame of a signed-in person; not when the store is what failed."""
    if getattr(request.state, "viewer", None) is None:
        viewer: Viewer | None
        try:
            viewer, by_bearer = await find_viewer(request, request.app.state.desk)
        except CounterwatchError:
            return
        request.state.viewer = None if by_bearer else viewer
