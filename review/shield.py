"""The outermost layer of the web app: whom it answers, how much it reads, and the headers of every response.

It stands around the framework so that error pages, redirects and static files carry the same headers.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from review.policy import ReviewPolicy, host_without_port
from review.problems import problem_response

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
DOWNLOAD_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
"""Content-Security-Policy of everything that was captured from a site: even when opened, it can do nothing."""

_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), clipboard-read=()",
}
_HSTS = "max-age=31536000"


class _TooLarge(Exception):
    """The request body outgrew the limit while it was read."""


class Shield:
    """ASGI layer: checks ``Host`` (DNS rebinding), caps request bodies, sets the security headers."""

    def __init__(self, app: ASGIApp, policy: ReviewPolicy) -> None:
        self._app = app
        self._policy = policy
        self._hosts = policy.hosts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def guarded_send(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._add_headers(MutableHeaders(scope=message))
            await send(message)

        headers = Headers(scope=scope)
        if host_without_port(headers.get("host", "")) not in self._hosts:
            refusal = problem_response(
                421,
                "This service does not answer under that host name. An operator can add it as review.base_url.",
                code="unknown_host",
            )
            await refusal(scope, receive, guarded_send)
            return
        try:
            await self._app(scope, self._capped(headers, receive), guarded_send)
        except _TooLarge:
            if not started:
                limit = self._policy.max_request_bytes
                await problem_response(413, f"A request may hold at most {limit} bytes.")(scope, receive, guarded_send)

    def _capped(self, headers: Headers, receive: Receive) -> Receive:
        limit = self._policy.max_request_bytes
        declared = headers.get("content-length", "")
        if declared.isascii() and declared.isdigit() and int(declared) > limit:
            raise _TooLarge
        seen = 0

        async def capped() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise _TooLarge
            return message

        return capped

    def _add_headers(self, headers: MutableHeaders) -> None:
        for name, value in _FIXED.items():
            headers[name] = value
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        headers.setdefault("Cache-Control", "no-store")
        if self._policy.secure_cookie:
            headers["Strict-Transport-Security"] = _HSTS
