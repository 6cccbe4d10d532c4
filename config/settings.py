"""The settings: one frozen policy for each part of the service. ``docs/settings.md`` lists them all."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from crawler.policies import FetchPolicy, PolitenessPolicy, ResolvePolicy, RevisitPolicy, VettingPolicy
from storage.policy import StorePolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePolicy:
    """The service process and its workers."""

    host: str = "127.0.0.1"
    """Address that the review pages and the API listen on."""

    port: int = 8080
    """Port that they listen on; 0 takes a free one."""

    workers: int = 0
    """Worker processes; 0 means one for each core."""

    concurrency: int = 100
    """Visits at the same time in one worker."""

    batch: int = 100
    """Candidates that a worker leases and finishes at a time."""

    lease_seconds: float = 120.0
    """Time after which another worker may take over a leased candidate."""

    drain_seconds: float = 20.0
    """Time that running visits get to end after the first signal to stop."""

    max_attempts: int = 3
    """Leases of one candidate without a result, after which it becomes a dead letter."""

    organisation: str = "agency"
    """Id of the organisation that the service works for and that owns the cases."""

    instance: str = "counterwatch"
    """Name of this installation, as evidence bundles cite it."""

    lists: tuple[str, ...] = ()
    """List files that are read at the start and again whenever they have changed."""

    list_minutes: float = 5.0
    """Minutes between two looks at whether a list has changed."""

    def __post_init__(self) -> None:
        if self.port > 65_535:
            raise ValueError("port is at most 65535")
        if min(self.concurrency, self.batch, self.max_attempts) < 1:
            raise ValueError("concurrency, batch and max_attempts are at least 1")
        if self.lease_seconds < 1:
            raise ValueError("lease_seconds is at least 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPolicy:
    """The review pages and the API."""

    session_hours: float = 12.0
    """Time after which a login ends."""

    secure_cookie: bool = False
    """Send the session cookie over HTTPS only: set it whenever the pages are reached through HTTPS."""

    base_url: str = ""
    """Address under which people reach the pages, for links in exports; empty means host and port."""

    allowed_hosts: tuple[str, ...] = ()
    """Host names under which the pages answer, besides those of ``base_url`` and of this machine's loopback."""

    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks of reverse proxies whose word on a client's address and scheme is believed."""

    def __post_init__(self) -> None:
        for proxy in self.trusted_proxies:
            try:
                ip_network(proxy, strict=False)
            except ValueError as exc:
                raise ValueError(f"trusted_proxies: {proxy!r} is neither an address nor a network") from exc


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggingPolicy:
    """What is written to stderr."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """Least serious events that are written."""

    format: Literal["text", "json"] = "text"
    """For people, or one JSON object a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifyPolicy:
    """What the classifiers leave alone."""

    allowlist: tuple[str, ...] = ()
    """Hosts and registrable domains that are never flagged, with all hosts below them; the reason is recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings by section."""

    store: StorePolicy
    resolve: ResolvePolicy = field(default_factory=ResolvePolicy)
    fetch: FetchPolicy = field(default_factory=FetchPolicy)
    vetting: VettingPolicy = field(default_factory=VettingPolicy)
    politeness: PolitenessPolicy = field(default_factory=PolitenessPolicy)
    revisit: RevisitPolicy = field(default_factory=RevisitPolicy)
    service: ServicePolicy = field(default_factory=ServicePolicy)
    review: ReviewPolicy = field(default_factory=ReviewPolicy)
    logging: LoggingPolicy = field(default_factory=LoggingPolicy)
    classify: ClassifyPolicy = field(default_factory=ClassifyPolicy)


DEFAULT_DATA_DIR = Path("counterwatch-data")
"""Folder of the store when nothing names one, relative to where the command runs."""
