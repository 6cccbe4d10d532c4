"""What an exchange, a failed connection or a failed lookup means for the visit. Pure.

- 2xx: ``content`` for HTML (cut or not), ``empty`` when nothing but white space came, else ``not_html``. A page that
  announces more than ``max_declared_bytes`` is ``too_large`` and not read.
- 3xx with a ``Location``: the next hop. Without one, like 304 and 305: ``http_error``.
- 401, 403, 407, 429, 451: ``blocked``, with the body kept (challenges are recognised by what it says).
- Every other status (404, 410, 5xx, made-up ones): ``http_error``, with the body kept.
- A body that the connection's end cut short: as above with what came, marked truncated; ``http_error`` when nothing
  that looks like a page came. A body whose framing is broken (bad chunks): ``http_error`` with what came.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from dataclasses import dataclass

import aiohttp

from core.records import Exchange, Lookup, Outcome, Resolution
from crawler.sniff import is_page, looks_like_html

REDIRECTS = frozenset({301, 302, 303, 307, 308})
BLOCKED = frozenset({401, 403, 407, 429, 451})

BROKEN_FRAMING = "broken framing"
CUT_SHORT = "the body ends early"
FRAMING_OUTWEIGHS = "the framing outweighs the body"
ANNOUNCED_TOO_LARGE = "announced too large a body"
"""Faults of an exchange that decide about its outcome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a visit ended, with a phrase for people."""

    outcome: Outcome
    detail: str = ""
    redirect_to: str | None = None


def judge_lookup(found: Resolution) -> Ended:
    """The end of a visit whose host has no address."""
    if found.lookup is Lookup.NXDOMAIN:
        return Ended(outcome=Outcome.NXDOMAIN, detail=f"{found.host} does not exist")
    if found.lookup is Lookup.NO_ANSWER:
        return Ended(outcome=Outcome.DNS_ERROR, detail=f"{found.host} has no address")
    return Ended(
        outcome=Outcome.DNS_ERROR, detail=found.detail or f"the lookup of {found.host} failed ({found.lookup})"
    )


UNDECODED = ("declared ", "unknown content coding")
DAMAGED = "stream is damaged"
"""How decoding names a body that it could not undo; without a page in it there is nothing to judge."""


def judge_exchange(exchange: Exchange) -> Ended:
    """The end of a visit at a final response (a redirect that is followed never comes here)."""
    status = exchange.status
    phrase = f"status {status}"
    if status in BLOCKED:
        return Ended(outcome=Outcome.BLOCKED, detail=phrase)
    if 300 <= status < 400:
        return Ended(outcome=Outcome.HTTP_ERROR, detail=f"{phrase} leads nowhere")
    if not 200 <= status < 300:
        return Ended(outcome=Outcome.HTTP_ERROR, detail=phrase)
    if ANNOUNCED_TOO_LARGE in exchange.faults:
        return Ended(outcome=Outcome.TOO_LARGE, detail=f"{exchange.header('content-length')[:20]} bytes announced")
    for fault in exchange.faults:
        if fault.startswith(BROKEN_FRAMING):
            return Ended(outcome=Outcome.HTTP_ERROR, detail=fault)
    for fault in exchange.faults:
        if (fault.startswith(UNDECODED) or fault.endswith(DAMAGED)) and not looks_like_html(exchange.decoded):
            return Ended(outcome=Outcome.HTTP_ERROR, detail=f"no readable body ({fault})")
    page = is_page(exchange.header("content-type"), exchange.decoded)
    empty = not exchange.decoded.strip(b" \t\r\n\0\xef\xbb\xbf")
    if CUT_SHORT in exchange.faults and (empty or not page):
        return Ended(outcome=Outcome.HTTP_ERROR, detail=CUT_SHORT)
    if empty:
        return Ended(outcome=Outcome.EMPTY)
    if not page:
        return Ended(outcome=Outcome.NOT_HTML, detail=exchange.header("content-type")[:100])
    return Ended(outcome=Outcome.CONTENT)


def judge_failure(error: Exception) -> Ended:
    """The end of a request that brought no response."""
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return Ended(outcome=Outcome.TIMEOUT, detail="no connection in time")
    if isinstance(error, TimeoutError):
        return Ended(outcome=Outcome.TIMEOUT, detail="the server fell silent")
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return Ended(outcome=Outcome.TLS_ERROR, detail=tls_phrase(error))
    if isinstance(error, ssl.SSLError):
        return Ended(outcome=Outcome.TLS_ERROR, detail=(error.reason or "TLS failed").lower().replace("_", " "))
    if isinstance(error, aiohttp.ServerDisconnectedError | asyncio.IncompleteReadError):
        return Ended(outcome=Outcome.CONNECT_ERROR, detail="the server closed the connection without an answer")
    if isinstance(error, OSError):
        return Ended(outcome=Outcome.CONNECT_ERROR, detail=os_phrase(error))
    return Ended(outcome=Outcome.HTTP_ERROR, detail=f"no valid HTTP response ({protocol_phrase(error)})")


def os_phrase(error: OSError) -> str:
    """What the operating system said, in lower case: "connection refused"."""
    if isinstance(error, socket.gaierror) or not error.errno:
        return "cannot connect"
    return os.strerror(error.errno).lower()


def tls_phrase(error: Exception) -> str:
    """Why a TLS handshake failed: OpenSSL's reason in lower case."""
    cause = error.__cause__ or getattr(error, "certificate_error", None) or error
    reason = getattr(cause, "reason", None)
    return f"TLS handshake failed ({reason.lower().replace('_', ' ')})" if reason else "TLS handshake failed"


def protocol_phrase(error: Exception) -> str:
    """One line of what a parser complained about."""
    text = str(getattr(error, "message", "") or error).strip()
    return text.splitlines()[0].rstrip(":")[:120] if text else "unreadable"
