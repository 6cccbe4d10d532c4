"""One visit to a URL: resolve, vet, connect to the vetted address only, read within bounds, follow, record.

Every hop is resolved and vetted anew; the request goes to the address as an IP literal with the host in ``Host`` and
SNI, so no second resolution can take place and a name that changes its answer meanwhile (DNS rebinding) gains nothing.
A dead or hostile site is an outcome, never an exception; time, bytes and memory are bounded by the policy.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from core.errors import BadTarget
from core.hosts import DEFAULT_PORTS, is_address, join_url, parse_url, unit_of
from core.records import Capture, Exchange, Lookup, Outcome, Resolution
from crawler.outcomes import REDIRECTS, Ended, judge_exchange, judge_lookup
from crawler.policies import FetchPolicy, VettingPolicy
from crawler.refresh import refresh_target
from crawler.requester import Requester, VisitState, open_requester
from crawler.resolver import Resolver
from crawler.vetting import BAD_PORTS, parse_nets, refuse_reason, vet

VANTAGE = "direct-desktop"
"""Name of the one vantage so far: no proxy, a desktop's headers."""


@dataclass(slots=True)
class _Trail:
    """What one visit has seen so far; read when it ends, however it ends."""

    unit: str
    state: VisitState
    resolutions: list[Resolution] = field(default_factory=list)
    refreshes: int = 0


class Fetcher:
    """Fetches pages; made by :func:`open_fetcher`. Any number of visits may run at the same time up to the policy's."""

    def __init__(self, policy: FetchPolicy, vetting: VettingPolicy, resolver: Resolver, requester: Requester) -> None:
        self._policy = policy
        self._vetting = vetting
        self._resolver = resolver
        self._requester = requester
        self._slots = asyncio.Semaphore(policy.max_in_flight)

    async def fetch(self, url: str, *, unit: str, referrer: str | None = None, scheme_assumed: bool = False) -> Capture:
        """Visit ``url`` (canonical) and follow redirects inside ``unit``; always ends within ``total_seconds``.

        ``scheme_assumed`` says that nobody wrote ``http``: when port 80 cannot be reached, ``https`` is tried once.
        Waiting for a free slot is not part of the visit's time.
        """
        trail = _Trail(unit=unit, state=VisitState(unit))
        async with self._slots:
            try:
                async with asyncio.timeout(self._policy.total_seconds):
                    ended = await self._walk(url, trail, referrer, scheme_assumed)
            except TimeoutError:
                seconds = f"{self._policy.total_seconds:g} s"
                ended = Ended(outcome=Outcome.TIMEOUT, detail=f"no complete answer within {seconds}")
        return Capture(
            vantage=VANTAGE,
            resolutions=tuple(trail.resolutions),
            exchanges=tuple(trail.state.exchanges),
            outcome=ended.outcome,
            detail=ended.detail,
            redirect_to=ended.redirect_to,
        )

    async def _walk(self, url: str, trail: _Trail, referrer: str | None, scheme_assumed: bool) -> Ended:
        seen: set[tuple[str, str]] = set()
        for hop in range(self._policy.max_redirects + 1):
            _, host, _ = parse_url(url)
            state = (url, trail.state.cookies.header(host))
            if state in seen:
                return Ended(outcome=Outcome.HTTP_ERROR, detail="the redirects form a loop")
            seen.add(state)
            step = await self._hop(url, trail, referrer)
            if hop == 0 and scheme_assumed and isinstance(step, Ended) and (secure := https_instead(url, step)):
                retried = await self._hop(secure, trail, referrer)
                if isinstance(retried, Exchange):
                    url, step = secure, retried
            if isinstance(step, Ended):
                return step
            following = self._following(step, url, trail)
            if isinstance(following, Ended):
                return following
            url, referrer = following, url
        return Ended(outcome=Outcome.HTTP_ERROR, detail=f"more than {self._policy.max_redirects} redirects")

    def _following(self, exchange: Exchange, url: str, trail: _Trail) -> Ended | str:
        """Where an exchange leads: the next URL inside the unit, or the end of the visit."""
        location = exchange.header("location").strip()
        if exchange.status in REDIRECTS and location:
            return self._redirect(url, location, trail)
        ended = judge_exchange(exchange)
        if ended.outcome is Outcome.CONTENT and not trail.refreshes:
            target = refresh_target(exchange.decoded, url, exchange.header("refresh"))
            if target is not None:
                trail.refreshes += 1
                return self._redirect(url, target, trail)
        return ended

    def _redirect(self, url: str, location: str, trail: _Trail) -> Ended | str:
        # Servers write Location in UTF-8; the record keeps it as Latin-1.
        text = location.encode("latin-1", "replace").decode("utf-8", "replace")
        try:
            target = join_url(url, text)
            _, host, port = parse_url(target)
        except BadTarget as exc:
            scheme = text.partition(":")[0].lower() if ":" in text else ""
            if scheme.isalpha() and scheme not in DEFAULT_PORTS:
                return Ended(outcome=Outcome.REFUSED_BY_POLICY, detail=f"redirects to the scheme {scheme[:20]}")
            return Ended(outcome=Outcome.HTTP_ERROR, detail=f"redirects to no usable URL ({exc.message[:200]})")
        refused = refuse_reason(host, self._vetting) if is_address(host) else None
        if refused or port in BAD_PORTS:
            detail = f"redirects to {host}, which is {refused}" if refused else f"redirects to the port {port}"
            return Ended(outcome=Outcome.REFUSED_BY_POLICY, detail=detail)
        if unit_of(host) != trail.unit:
            return Ended(outcome=Outcome.REDIRECTED_AWAY, detail=f"redirects to {host}", redirect_to=target)
        return target

    async def _hop(self, url: str, trail: _Trail, referrer: str | None) -> Ended | Exchange:
        """Resolve, vet and request one URL; the exchange is also added to the trail."""
        _, host, port = parse_url(url)
        if port in BAD_PORTS:
            return Ended(outcome=Outcome.REFUSED_BY_POLICY, detail=f"the port {port} belongs to another protocol")
        found = await self._resolver.resolve(host)
        trail.resolutions.append(found)
        if found.lookup is not Lookup.OK:
            return judge_lookup(found)
        vetted = vet(found.addresses, self._vetting)
        if not vetted.allowed:
            reasons = ", ".join(f"{address} is {reason}" for address, reason in vetted.refused[:3])
            return Ended(outcome=Outcome.REFUSED_BY_POLICY, detail=f"{host}: {reasons}")
        loop = asyncio.get_running_loop()
        latest = loop.time() + self._policy.total_seconds / 2
        ended = Ended(outcome=Outcome.CONNECT_ERROR)
        for address in vetted.allowed[: self._policy.max_addresses]:
            tried = await self._requester.get(url, address, trail.state, referrer=referrer)
            if isinstance(tried, Exchange):
                return tried
            ended = tried
            if ended.outcome not in (Outcome.CONNECT_ERROR, Outcome.TIMEOUT) or loop.time() > latest:
                break
        return ended


def https_instead(url: str, ended: Ended) -> str | None:
    """The ``https`` form of a URL on port 80 that could not be connected to; None in every other case."""
    if not url.startswith("http://") or ended.outcome not in (Outcome.CONNECT_ERROR, Outcome.TIMEOUT):
        return None
    return f"https{url[4:]}" if parse_url(url)[2] == DEFAULT_PORTS["http"] else None


@asynccontextmanager
async def open_fetcher(policy: FetchPolicy, vetting: VettingPolicy, resolver: Resolver) -> AsyncIterator[Fetcher]:
    """A fetcher over one shared connector, closed with the context. Raises :class:`UsageError` for a bad policy."""
    parse_nets(vetting.allow_nets)
    async with open_requester(policy) as requester:
        yield Fetcher(policy, vetting, resolver, requester)
