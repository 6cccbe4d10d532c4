"""One request to one vetted address, recorded: bounded reading, content decoding, TLS facts.

The address stands in the URL as an IP literal, the host in ``Host`` and in SNI, so nothing is resolved here.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from multidict import CIMultiDict
from yarl import URL

from core.hosts import is_address, parse_url
from core.ids import sha256_hex
from core.records import Exchange, Outcome, TlsFacts
from crawler.cookies import VisitCookies
from crawler.decode import decode_body
from crawler.outcomes import (
    ANNOUNCED_TOO_LARGE,
    BROKEN_FRAMING,
    CUT_SHORT,
    FRAMING_OUTWEIGHS,
    Ended,
    judge_failure,
    protocol_phrase,
)
from crawler.policies import FetchPolicy
from crawler.sniff import may_be_page
from crawler.tls import certificate_faults, now, unverified_context, verified_context
from crawler.wire import MAX_HEADERS, PinnedConnector, RecordedResponse, WireLimits, WireOverrun, buffered

_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
_FAILURES = (aiohttp.ClientError, HttpProcessingError, OSError, TimeoutError, ValueError)
_HUNG_UP = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)


class VisitState:
    """What the requests of one visit share: cookies, exchanges so far, certificates already found faulty."""

    def __init__(self, unit: str) -> None:
        self.cookies = VisitCookies(unit)
        self.exchanges: list[Exchange] = []
        self.distrusted: dict[str, ssl.SSLCertVerificationError | str] = {}


@dataclass(slots=True)
class _Reading:
    """A body while it is read."""

    body: bytearray = field(default_factory=bytearray)
    truncated: bool = False
    faults: list[str] = field(default_factory=list)

    def break_off(self, fault: str) -> None:
        self.truncated = True
        self.faults.append(fault)


class Requester:
    """Sends requests over one shared connector; made by :func:`open_requester`."""

    def __init__(self, policy: FetchPolicy, session: aiohttp.ClientSession) -> None:
        self._policy = policy
        self._session = session
        self._verified = verified_context(policy.ca_file)
        self._unverified = unverified_context()
        agent = f"{policy.user_agent} (+{policy.contact})" if policy.contact else policy.user_agent
        self._agent = [("User-Agent", agent)] + ([("From", policy.contact)] if "@" in policy.contact else [])

    async def get(self, url: str, address: str, state: VisitState, *, referrer: str | None = None) -> Exchange | Ended:
        """GET ``url`` (canonical) from ``address``; over TLS once more unverified if that is what failed.

        The exchange is appended to ``state.exchanges`` as soon as its head has come, so that it is kept when the
        caller is cancelled in the middle of the body. A failure to get any response is an :class:`Ended`.
        """
        host = parse_url(url)[1]
        for last in (False, True):
            try:
                return await self._request(url, address, state, referrer)
            except aiohttp.ClientConnectorCertificateError as exc:
                error = exc.certificate_error
                if last or not isinstance(error, ssl.SSLCertVerificationError):
                    return judge_failure(exc)
                state.distrusted[host] = error
            except aiohttp.ClientConnectorSSLError as exc:
                if last or host in state.distrusted:
                    return judge_failure(exc)
                reason = getattr(exc.os_error, "reason", None) or "handshake failed"
                state.distrusted[host] = f"refused by current TLS settings: {reason.lower().replace('_', ' ')}"
            except aiohttp.ClientConnectorError as exc:
                if not url.startswith("https:") or not isinstance(exc.os_error, _HUNG_UP):
                    return judge_failure(exc)
                if last or host in state.distrusted:
                    return Ended(outcome=Outcome.TLS_ERROR, detail="the server hung up during the TLS handshake")
                # An old server may close without a word when it knows none of the versions offered.
                state.distrusted[host] = "refused by current TLS settings: the server hung up"
            except _FAILURES as exc:
                return judge_failure(exc)
        raise AssertionError("the second round always returns")

    async def _request(self, url: str, address: str, state: VisitState, referrer: str | None) -> Exchange:
        parts, host, port = parse_url(url)
        secure = parts.scheme == "https"
        distrust = state.distrusted.get(host)
        pinned = f"[{address}]" if ":" in address else address
        target = URL(f"{parts.scheme}://{pinned}:{port}{url.partition(parts.netloc)[2]}", encoded=True)
        at = now()
        started = asyncio.get_running_loop().time()
        async with self._session.get(
            target,
            headers=self._headers(parts.netloc, referrer, state.cookies.header(host)),
            allow_redirects=False,
            ssl=(self._verified if distrust is None else self._unverified) if secure else True,
            server_hostname=host if secure and not is_address(host) else None,
        ) as response:
            assert isinstance(response, RecordedResponse)
            head = Exchange(
                url=url,
                request_headers=tuple(response.request_info.headers.items()),
                status=response.status,
                reason=response.reason or "",
                http_version=f"{response.version.major}.{response.version.minor}" if response.version else "1.1",
                headers=tuple(
                    (name.decode("latin-1"), value.decode("latin-1")) for name, value in response.raw_headers
                ),
                body=b"",
                truncated=False,
                sha256="",
                remote_address=address,
                remote_port=port,
                at=at,
                elapsed=0.0,
                tls=_with_faults(response.tls, host, distrust),
            )
            state.cookies.take(host, (value for name, value in head.headers if name.lower() == "set-cookie"))
            reading = _Reading()
            try:
                await self._read_body(response, head, reading)
            finally:
                exchange = self._complete(head, reading, asyncio.get_running_loop().time() - started)
                state.exchanges.append(exchange)
        return exchange

    def _headers(self, netloc: str, referrer: str | None, cookies: str) -> CIMultiDict[str]:
        headers = CIMultiDict(
            [
                ("Host", netloc),
                *self._agent,
                ("Accept", _ACCEPT),
                ("Accept-Language", self._policy.accept_language),
                ("Accept-Encoding", "gzip, deflate, br, zstd"),
            ]
        )
        if referrer:
            headers["Referer"] = referrer
        if cookies:
            headers["Cookie"] = cookies
        return headers

    async def _read_body(self, response: aiohttp.ClientResponse, head: Exchange, reading: _Reading) -> None:
        """Read up to the cap into ``reading``; a broken body keeps what came and is a fault, not an exception."""
        policy = self._policy
        page = may_be_page(head.header("content-type"))
        if page and _announced(head) > policy.max_declared_bytes:
            reading.break_off(ANNOUNCED_TOO_LARGE)
            return
        cap = policy.max_body_bytes if page else min(policy.max_other_bytes, policy.max_body_bytes)
        try:
            async for piece in response.content.iter_any():
                reading.body += piece
                if len(reading.body) > cap:
                    reading.truncated = True
                    break
        except asyncio.CancelledError:
            reading.break_off(CUT_SHORT)
            raise
        except (TimeoutError, WireOverrun) as exc:
            reading.break_off(CUT_SHORT if isinstance(exc, TimeoutError) else FRAMING_OUTWEIGHS)
            reading.body += buffered(response.content)
        except (aiohttp.ClientError, HttpProcessingError, OSError) as exc:
            reading.break_off(_body_fault(exc))
            reading.body += buffered(response.content)
        finally:
            del reading.body[cap:]

    def _complete(self, head: Exchange, reading: _Reading, elapsed: float) -> Exchange:
        body = bytes(reading.body)
        codings = ",".join(value for name, value in head.headers if name.lower() == "content-encoding")
        decoded = decode_body(body, codings, self._policy.max_decoded_bytes)
        # A coded body that was cut ends early by our own doing.
        fault = "" if reading.truncated and decoded.fault.endswith("ends early") else decoded.fault
        return replace(
            head,
            body=body,
            truncated=reading.truncated or decoded.truncated,
            sha256=sha256_hex(decoded.body),
            elapsed=elapsed,
            faults=(*reading.faults, fault) if fault else tuple(reading.faults),
            decoded=decoded.body,
        )


def _announced(head: Exchange) -> int:
    """The response's ``Content-Length``, 0 when it has none that can be read."""
    text = head.header("content-length").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def _body_fault(error: Exception) -> str:
    """Whether the body's framing is broken or its sender just stopped."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError):
            return CUT_SHORT
        if isinstance(cause, HttpProcessingError):
            text = protocol_phrase(cause)
            return CUT_SHORT if "Not enough data" in text else f"{BROKEN_FRAMING} ({text})"
        cause = cause.__cause__
    return f"{BROKEN_FRAMING} ({protocol_phrase(error)})"


def _with_faults(
    facts: TlsFacts | None, host: str, distrust: ssl.SSLCertVerificationError | str | None
) -> TlsFacts | None:
    if facts is None or distrust is None:
        return facts
    found = (distrust,) if isinstance(distrust, str) else certificate_faults(facts.leaf, host, now(), distrust)
    return replace(facts, faults=(*found, *facts.faults))


@asynccontextmanager
async def open_requester(policy: FetchPolicy) -> AsyncIterator[Requester]:
    """Open the shared connector for as long as the context lasts. Raises :class:`UsageError` for a bad ``ca_file``."""
    session = aiohttp.ClientSession(
        connector=PinnedConnector(WireLimits.of(policy)),
        response_class=RecordedResponse,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=policy.connect_seconds, sock_read=policy.idle_seconds),
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        auto_decompress=False,
        trust_env=False,
        max_line_size=policy.max_header_bytes,
        max_field_size=policy.max_header_bytes,
        max_headers=MAX_HEADERS,
    )
    async with session:
        yield Requester(policy, session)
