"""Names to addresses: questions of our own to recursive resolvers, with time-outs, bounds and a cache by TTL.

Nothing the DNS says makes it raise: a dead name, a broken server and a malformed answer are values of
:class:`core.records.Lookup`. The hosts file is never read, so a name means the same on every machine. ``localhost``
is loopback by definition (RFC 6761); vetting then refuses it unless the operator allows it.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from core.errors import UsageError
from core.hosts import is_address
from core.records import Lookup, Resolution, Soa
from crawler.dnswire import Answer, DnsClient, DnsServer, system_servers
from crawler.policies import ResolvePolicy

_FAILED = (Lookup.TIMEOUT, Lookup.SERVFAIL, Lookup.REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What following one record type to its end gave."""

    lookup: Lookup
    values: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    ttl: int | None = None
    soa: Soa | None = None
    wire: tuple[tuple[str, bytes], ...] = ()
    server: str = ""
    detail: str = ""


class Resolver:
    """Resolves host names; made by :func:`open_resolver`. Safe for any number of concurrent callers."""

    def __init__(self, policy: ResolvePolicy, client: DnsClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._policy = policy
        self._client = client
        self._clock = clock
        self._cache: OrderedDict[str, tuple[float, Resolution]] = OrderedDict()
        self._flying: dict[str, asyncio.Future[Resolution | None]] = {}

    async def resolve(self, host: str, *, extra: Sequence[str] = (), keep_wire: bool = False) -> Resolution:
        """A host's addresses (A and AAAA asked in parallel, aliases followed), within the policy's budget.

        ``host`` is parsed already; an IP literal resolves to itself. ``extra`` may name ``NS`` and ``MX`` to be asked
        besides; ``keep_wire`` keeps the raw answers. Both go round the cache.
        """
        if is_address(host):
            return Resolution(host=host, lookup=Lookup.OK, at=_now(), addresses=(host,))
        if host == "localhost" or host.endswith(".localhost"):
            return Resolution(host=host, lookup=Lookup.OK, at=_now(), addresses=("127.0.0.1", "::1"))
        if extra or keep_wire:
            return await self._look_up(host, extra=extra, keep_wire=keep_wire)
        while True:
            cached = self._cached(host)
            if cached is not None:
                return cached
            pending = self._flying.get(host)
            if pending is None:
                return await self._lead(host)
            # The one who asks may be cancelled; then a waiter takes over.
            await asyncio.wait([pending])
            if (shared := pending.result()) is not None:
                return shared

    async def _lead(self, host: str) -> Resolution:
        pending: asyncio.Future[Resolution | None] = asyncio.get_running_loop().create_future()
        self._flying[host] = pending
        found: Resolution | None = None
        try:
            found = await self._look_up(host)
            self._remember(found)
            return found
        finally:
            del self._flying[host]
            pending.set_result(found)

    def _cached(self, host: str) -> Resolution | None:
        entry = self._cache.get(host)
        if entry is None:
            return None
        if entry[0] <= self._clock():
            del self._cache[host]
            return None
        self._cache.move_to_end(host)
        return entry[1]

    def _remember(self, found: Resolution) -> None:
        policy = self._policy
        if found.lookup in _FAILED or not policy.cache_entries:
            return
        ceiling = policy.max_ttl_seconds if found.lookup is Lookup.OK else policy.negative_ttl_seconds
        seconds = max(policy.min_ttl_seconds, min(found.ttl or 0, ceiling))
        self._cache[found.host] = (self._clock() + seconds, found)
        while len(self._cache) > policy.cache_entries:
            self._cache.popitem(last=False)

    async def _look_up(self, host: str, *, extra: Sequence[str] = (), keep_wire: bool = False) -> Resolution:
        at = _now()
        deadline = asyncio.get_running_loop().time() + self._policy.timeout_seconds
        others: list[asyncio.Task[_Found]] = []
        async with asyncio.TaskGroup() as group:
            first = group.create_task(self._follow(host, "A", deadline))
            second = group.create_task(self._follow(host, "AAAA", deadline))
            others += [group.create_task(self._follow(host, rdtype, deadline)) for rdtype in extra]
            done, waiting = await asyncio.wait((first, second), return_when=asyncio.FIRST_COMPLETED)
            if waiting and any(task.result().values for task in done):
                await asyncio.wait(waiting, timeout=self._policy.grace_seconds)
                for task in waiting:
                    task.cancel()
        pair = [_Found(lookup=Lookup.TIMEOUT) if task.cancelled() else task.result() for task in (first, second)]
        resolution = merge_families(host, pair[0], pair[1], at, self._policy.max_addresses)
        named = {rdtype: task.result() for rdtype, task in zip(extra, others, strict=True)}
        wire = tuple(item for found in (*pair, *named.values()) for item in found.wire) if keep_wire else ()
        return replace(
            resolution,
            ns=named["NS"].values if "NS" in named else (),
            mx=named["MX"].values if "MX" in named else (),
            wire=wire,
        )

    async def _follow(self, host: str, rdtype: str, deadline: float) -> _Found:
        """Ask for one type and follow aliases that the server did not follow itself."""
        name = host
        aliases: list[str] = []
        wire: list[tuple[str, bytes]] = []
        ttl: int | None = None
        while True:
            answer = await self._ask(name, rdtype, deadline)
            if answer.wire:
                wire.append((rdtype, answer.wire))
            ttl = answer.ttl if ttl is None else min(ttl, answer.ttl if answer.ttl is not None else ttl)
            aliases += answer.aliases
            lookup, detail = answer.lookup, answer.detail
            if len({host, *aliases}) <= len(aliases):
                lookup, detail = Lookup.SERVFAIL, "the aliases form a loop"
            elif len(aliases) > self._policy.max_aliases:
                lookup, detail = Lookup.SERVFAIL, f"more than {self._policy.max_aliases} aliases in a row"
            elif lookup is Lookup.NO_ANSWER and answer.aliases and answer.soa is None:
                name = aliases[-1]
                continue
            return _Found(
                lookup=lookup,
                values=answer.values if lookup is Lookup.OK else (),
                aliases=tuple(aliases[: self._policy.max_aliases]),
                ttl=ttl,
                soa=answer.soa,
                wire=tuple(wire),
                server=answer.server,
                detail=detail,
            )

    async def _ask(self, name: str, rdtype: str, deadline: float) -> Answer:
        share = self._policy.timeout_seconds / max(1, self._policy.attempts)
        answer = Answer(lookup=Lookup.TIMEOUT, detail="no name server answered in time")
        for attempt in range(max(1, self._policy.attempts)):
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                break
            answer = await self._client.ask(name, rdtype, timeout=min(share, left), attempt=attempt)
            if answer.lookup not in _FAILED:
                break
        return answer


def merge_families(host: str, first: _Found, second: _Found, at: datetime, max_addresses: int) -> Resolution:
    """One resolution from the A and the AAAA answers. Pure.

    An address of either family makes it ``ok``; a failed question wins over "no address", since the name may well
    have one; "no such name" needs both families, or one with the other unanswered.
    """
    addresses = tuple(dict.fromkeys((*first.values, *second.values)))
    pair = (first, second)
    lookups = {found.lookup for found in pair}
    if addresses:
        told = first if first.values else second
    elif Lookup.NXDOMAIN in lookups and Lookup.NO_ANSWER not in lookups:
        told = first if first.lookup is Lookup.NXDOMAIN else second
    else:
        told = next(
            (found for lookup in (*_FAILED, Lookup.NO_ANSWER) for found in pair if found.lookup is lookup), first
        )
    ttls = [found.ttl for found in pair if found.ttl is not None and found.lookup is told.lookup]
    return Resolution(
        host=host,
        lookup=Lookup.OK if addresses else told.lookup,
        at=at,
        addresses=addresses[:max_addresses],
        cnames=told.aliases,
        soa=first.soa or second.soa,
        ttl=min(ttls, default=None),
        server=told.server,
        detail="" if addresses else told.detail,
    )


def _now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def open_resolver(policy: ResolvePolicy) -> AsyncIterator[Resolver]:
    """Open the sockets to the policy's servers (or the system's) for as long as the context lasts.

    Raises :class:`UsageError` when a server's address cannot be read or none is known.
    """
    servers = tuple(DnsServer.parse(text) for text in policy.servers) or system_servers()
    if not servers:
        raise UsageError("No DNS server is known.", hint="Name one with --resolver HOST:PORT.")
    client = DnsClient(servers)
    try:
        yield Resolver(policy, client)
    finally:
        with suppress(OSError):
            client.close()
