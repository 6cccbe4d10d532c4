"""Start and stop the practice web as one context."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from core.hosts import unit_of
from lab.dns import serve_names
from lab.server import Ports, serve_sites
from lab.sites import Door, LabSite, TlsBehaviour
from lab.tls import Authority
from lab.zone import Zone, planned_hosts


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """The running practice web. ``dns`` is "address:port"; ``ca_pem`` the authority an operator may trust."""

    dns: str
    http_port: int
    https_port: int
    ports: Ports
    sites: tuple[LabSite, ...]
    ca_pem: bytes

    def target(self, site: LabSite) -> str:
        """The URL with port from which a scan of the site starts."""
        host = f"www.{site.host}" if site.www and site.seed % 2 else site.host
        scheme = "https" if site.https else "http"
        port = {
            Door.OPEN: self.https_port if site.https else self.http_port, Door.CLOSED: self.ports.closed,
            Door.SILENT: self.ports.silent, Door.BLACK_HOLE: self.ports.black_hole,
        }[site.door]  # fmt: skip
        return f"{scheme}://{host}:{port}{site.path}"

    def targets(self) -> list[str]:
        """The targets of all sites, in the plan's order."""
        return [self.target(site) for site in self.sites]


@asynccontextmanager
async def run_lab(
    sites: Sequence[LabSite], *, bind: str = "127.0.0.1", http_port: int = 0, https_port: int = 0, dns_port: int = 0
) -> AsyncIterator[Lab]:
    """Serve the sites and their names on loopback while the context is open; port 0 takes a free one.

    Raises ``OSError`` when a named port is busy. Everything is closed on leaving, open connections included.
    """
    behaviours = _tls_behaviours(sites)
    async with AsyncExitStack() as stack:
        now = dt.datetime.fromtimestamp(time.time(), dt.UTC)
        authority = stack.enter_context(Authority(behaviours, now=now))
        ports = await stack.enter_async_context(
            serve_sites(sites, authority, bind=bind, http_port=http_port, https_port=https_port)
        )
        names = await stack.enter_async_context(serve_names(Zone(sites, bind), bind=bind, port=dns_port))
        yield Lab(
            dns=f"{bind}:{names}", http_port=ports.http, https_port=ports.https, ports=ports, sites=tuple(sites),
            ca_pem=authority.ca_pem,
        )  # fmt: skip


def _tls_behaviours(sites: Sequence[LabSite]) -> dict[str, TlsBehaviour]:
    by_host = {site.host: site.tls for site in sites}
    found = {}
    for name in planned_hosts(sites):
        found[name] = by_host.get(name) or by_host.get(name.removeprefix("www.")) or by_host.get(unit_of(name))
    return {name: behaviour or TlsBehaviour.TRUSTED for name, behaviour in found.items()}
