"""``serve``, ``worker``, ``review``, ``demo`` and ``lab``: the parts that stay up."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from app.cli.runtime import globals_of, run_async
from app.demo import Feeder, Rehearsal, Tally, practice_web
from app.output import json_line
from app.processes import own_environment
from app.service import Ready, ServicePlan, run_worker, serve, stop_when_alone
from app.signals import STOPPED, stop_on_signals
from core.errors import UsageError
from lab.plan import plan_sites
from lab.run import run_lab
from storage.store import Store


def register(cli: typer.Typer) -> None:
    """Add the commands."""
    cli.command("serve")(serve_command)
    cli.command("worker")(worker_command)
    cli.command("review")(review_command)
    cli.command("demo")(demo_command)
    cli.command("lab")(lab_command)


Host = Annotated[str | None, typer.Option(help="Address to listen on.")]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")]
Workers = Annotated[int | None, typer.Option(min=0, max=256, help="Worker processes; 0 is one per core.")]


def serve_command(context: typer.Context, host: Host = None, port: Port = None, workers: Workers = None) -> int:
    """Run the whole service: workers, timetable, evidence, and the review pages."""
    return _serve(context, host, port, workers=True, count=workers)


def review_command(context: typer.Context, host: Host = None, port: Port = None) -> int:
    """Serve the review pages and the API only."""
    return _serve(context, host, port, workers=False, count=None)


def _serve(context: typer.Context, host: str | None, port: int | None, *, workers: bool, count: int | None) -> int:
    options = globals_of(context)
    config = options.load(service_overrides(host, port, count))

    async def main() -> int:
        with stop_on_signals() as stop:
            plan = ServicePlan(arguments=options.arguments(), workers=workers)
            await serve(config, plan, stop, lambda ready, _: announce(ready))
        return STOPPED

    return run_async(main)


def service_overrides(host: str | None, port: int | None, workers: int | None) -> dict[str, object]:
    """Settings that the service's own options change."""
    given = {"service.host": host, "service.port": port, "service.workers": workers}
    return {name: value for name, value in given.items() if value is not None}


def announce(ready: Ready) -> None:
    """Say where the service is, and the first password, once."""
    sys.stderr.write(f"\nCounterwatch is at {ready.url}\n")
    if ready.password is not None:
        sys.stderr.write(f"Log in as {ready.admin!r} with the password {ready.password} (shown only now)\n")
    sys.stderr.write("Stop with Ctrl-C.\n\n")
    sys.stderr.flush()


def worker_command(
    context: typer.Context,
    name: Annotated[str | None, typer.Option(help="Name of this worker; unique among those running.")] = None,
    supervised: Annotated[bool, typer.Option("--supervised", hidden=True)] = False,
) -> int:
    """Run one worker process: visits candidates and makes evidence until it is stopped."""
    config = globals_of(context).load()

    async def main() -> int:
        with stop_on_signals(silent=supervised) as stop:
            await run_worker(config, name or f"worker-{os.getpid()}", stop, supervised=supervised)
        return STOPPED

    return run_async(main)


Sites = Annotated[int, typer.Option(min=10, max=20_000, help="Sites in the practice web.")]
Seed = Annotated[int, typer.Option(help="The same seed makes the same practice web.")]


def demo_command(
    context: typer.Context,
    host: Host = None,
    port: Port = None,
    sites: Sites = 300,
    seed: Seed = 1,
    once: Annotated[bool, typer.Option("--once", help="Stop when every site has been dealt with.")] = False,
) -> int:
    """Run the whole service against the practice web on this machine. Nothing outside is contacted.

    The store is a temporary folder unless --data-dir names one.
    """
    options = globals_of(context)

    async def main(folder: Path) -> int:
        with stop_on_signals() as stop:
            async with practice_web(sites, seed, folder) as web:
                demo = dataclasses.replace(options, data_dir=folder, resolver=web.dns, allow_net=("127.0.0.0/8",))
                config = demo.load({**service_overrides(host, port, None), "fetch.ca_file": str(web.ca_file)})
                plan = ServicePlan(
                    arguments=demo.arguments(),
                    environment=own_environment({"COUNTERWATCH_FETCH__CA_FILE": str(web.ca_file)}),
                    demo=True,
                )
                teller = _Teller(stop, once=once)
                feeder = Feeder(web, stop, tell=teller.tell, done=teller.done)

                def ready(state: Ready, _: Store) -> None:
                    sys.stderr.write(f"The practice web has {len(web.sites)} sites on this machine.\n")
                    announce(state)

                await serve(config, plan, stop, ready, feeder.job)
        return teller.exit_code

    with _folder(options.data_dir) as folder:
        return run_async(lambda: main(folder))


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        try:
            given.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise UsageError(f"{given} cannot be made: {exc.strerror}.") from exc
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="counterwatch-demo-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


class _Teller:
    """Tells the demo's progress on stderr: one changing line on a terminal, a line per change elsewhere."""

    def __init__(self, stop: asyncio.Event, *, once: bool) -> None:
        self._stop = stop
        self._once = once
        self._last = ""
        self.exit_code = STOPPED

    def tell(self, tally: Tally) -> None:
        """Show how far it is."""
        line = f"visited {tally.visited} of {tally.sites} sites, {tally.flagged} cases, {tally.bundles} bundles"
        if line == self._last:
            return
        self._last = line
        sys.stderr.write(f"\r\x1b[K{line}" if sys.stderr.isatty() else f"{line}\n")
        sys.stderr.flush()

    def done(self, rehearsal: Rehearsal) -> None:
        """Show how the service did; with ``once``, end the demo."""
        sys.stderr.write(f"\nAll sites dealt with: {rehearsal.as_expected} of {rehearsal.sites} as expected.\n")
        for surprise in rehearsal.surprises:
            sys.stderr.write(f"  unexpected: {surprise}\n")
        if self._once:
            self.exit_code = 0
            self._stop.set()
        else:
            sys.stderr.write("The pages stay up; stop with Ctrl-C.\n")
        sys.stderr.flush()


def lab_command(
    context: typer.Context,
    sites: Sites = 300,
    seed: Seed = 1,
    dns_port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the name server; 0 takes a free one.")] = 0,
    http_port: Annotated[int, typer.Option(min=0, max=65535)] = 0,
    https_port: Annotated[int, typer.Option(min=0, max=65535)] = 0,
    targets: Annotated[Path | None, typer.Option(help="Write the sites' URLs to this file, one a line.")] = None,
    ca_file: Annotated[Path | None, typer.Option(help="Write the lab's certificate authority (PEM) here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Describe the lab as one JSON line on stdout.")] = False,
    supervised: Annotated[bool, typer.Option("--supervised", hidden=True)] = False,
) -> int:
    """Run the practice web alone, on loopback, until it is stopped."""
    globals_of(context).load()

    async def main() -> int:
        with stop_on_signals(what="Stopping", silent=supervised) as stop:
            plan = plan_sites(sites, seed)
            async with run_lab(plan, dns_port=dns_port, http_port=http_port, https_port=https_port) as lab:
                if targets is not None:
                    targets.write_text("".join(f"{url}\n" for url in lab.targets()))
                if ca_file is not None:
                    ca_file.write_bytes(lab.ca_pem)
                described = {"dns": lab.dns, "http_port": lab.http_port, "https_port": lab.https_port}
                if as_json:
                    sys.stdout.write(json_line({**described, "sites": len(lab.sites)}) + "\n")
                    sys.stdout.flush()
                else:
                    sys.stderr.write(
                        f"{len(lab.sites)} sites; name server {lab.dns}, http {lab.http_port}, https {lab.https_port}\n"
                        f"Try: counterwatch scan --resolver {lab.dns} --allow-net 127.0.0.0/8"
                        f" -l {targets or 'FILE'}\n"
                    )
                async with asyncio.TaskGroup() as group:
                    watching = group.create_task(stop_when_alone(stop)) if supervised else None
                    await stop.wait()
                    if watching is not None:
                        watching.cancel()
        return STOPPED

    return run_async(main)
