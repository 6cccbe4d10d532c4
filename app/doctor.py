"""``doctor``: is everything there that the service needs? Each finding says what is wrong and what to do."""

from __future__ import annotations

import asyncio
import shutil
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from app.rules import build_ruleset
from classifiers.classify import compile_rules
from config import Config, load_config
from core.errors import ConfigurationError, CounterwatchError
from core.records import Lookup
from crawler.resolver import open_resolver
from storage.store import open_store

PROBE = "example.com"
SLOW_SECONDS = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check. ``needed`` is false for what the service can do without."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    needed: bool = True


async def examine(config_dir: Path | None, environ: Mapping[str, str], overrides: Mapping[str, Any]) -> list[Finding]:
    """Every finding, in the order in which things depend on each other."""
    findings = [_python()]
    try:
        config = load_config(config_dir, environ, overrides)
    except ConfigurationError as exc:
        return [*findings, Finding(name="configuration", ok=False, detail=str(exc), remedy="Mend the files named.")]
    return [
        *findings,
        Finding(name="configuration", ok=True, detail=f"{len(config.sectors)} sectors, {len(config.packs)} packs"),
        _rules(config),
        await _store(config),
        await _service(config),
        await _resolver(config),
        _browser(),
        _clock(),
    ]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(
        name="python", ok=sys.version_info >= (3, 11), detail=version, remedy="Install Python 3.11 or newer."
    )


def _rules(config: Config) -> Finding:
    try:
        rules = compile_rules(build_ruleset(config))
    except (CounterwatchError, ValueError) as exc:
        return Finding(name="ruleset", ok=False, detail=str(exc), remedy="`counterwatch config check` says where.")
    return Finding(name="ruleset", ok=True, detail=rules.digest)


async def _store(config: Config) -> Finding:
    try:
        async with open_store(config.settings.store) as store:
            await store.check_space()
            status = await store.status(await store.now())
    except CounterwatchError as exc:
        return Finding(name="store", ok=False, detail=exc.message, remedy=exc.hint)
    free = status.free_bytes // 1_000_000
    return Finding(name="store", ok=True, detail=f"{config.settings.store.data_dir}, {free} MB free")


async def _service(config: Config) -> Finding:
    service = config.settings.service
    url = f"http://{service.host}:{service.port}/healthz"
    try:
        async with httpx.AsyncClient(timeout=SLOW_SECONDS, trust_env=False) as client:
            answer = await client.get(url)
    except httpx.ConnectError:
        free = await asyncio.to_thread(_port_free, service.host, service.port)
        told = "not running; the port is free" if free else f"nothing answers at {url}, but the port cannot be had"
        return Finding(
            name="service", ok=free, detail=told, remedy="Choose another with service.port.", needed=not free
        )
    except httpx.HTTPError as exc:
        return Finding(name="service", ok=False, detail=f"{url}: {type(exc).__name__}", remedy="See its log.")
    healthy = answer.status_code == httpx.codes.OK
    return Finding(name="service", ok=healthy, detail=f"{url} answers {answer.status_code}", remedy="See its log.")


def _port_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


async def _resolver(config: Config) -> Finding:
    started = time.monotonic()
    async with open_resolver(config.settings.resolve) as resolver:
        answer = await resolver.resolve(PROBE)
    servers = ", ".join(config.settings.resolve.servers) or "the system's"
    told = f"{servers}: {PROBE} {answer.lookup} in {(time.monotonic() - started) * 1000:.0f} ms"
    ok = answer.lookup in {Lookup.OK, Lookup.NXDOMAIN, Lookup.NO_ANSWER}
    return Finding(name="resolver", ok=ok, detail=told, remedy="Name one with --resolver HOST:PORT.", needed=False)


def _browser() -> Finding:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return Finding(
        name="browser",
        ok=found is not None,
        detail=found or "no Chromium was found; bundles hold the exchange only",
        remedy="Install Chromium (Debian: apt install chromium).",
        needed=False,
    )


def _clock() -> Finding:
    year = time.gmtime().tm_year
    return Finding(name="clock", ok=year >= 2026, detail=time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()),
                   remedy="Set the clock; evidence depends on it.")  # fmt: skip
