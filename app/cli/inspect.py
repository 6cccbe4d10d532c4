"""``trace``, ``status``, ``doctor``, ``db`` and ``completion``: looking inside and keeping house."""

from __future__ import annotations

import dataclasses
import os
import sys
from enum import StrEnum
from typing import Annotated

import typer
from typer.completion import get_completion_script  # type: ignore[attr-defined]

from app.cli.runtime import globals_of, run_async
from app.doctor import examine
from app.output import json_line
from core.hosts import parse_target, site_subject
from core.records import Subject
from storage.records import StoreStatus, TraceStep
from storage.store import Store, open_store

database = typer.Typer(no_args_is_help=True, help="Care for the store.")

AsJson = Annotated[bool, typer.Option("--json", help="JSON Lines on stdout.")]


def register(cli: typer.Typer) -> None:
    """Add the commands."""
    cli.command("trace")(trace_command)
    cli.command("status")(status_command)
    cli.command("doctor")(doctor_command)
    cli.command("completion")(completion_command)
    cli.add_typer(database, name="db")


def trace_command(context: typer.Context, subject: str, as_json: AsJson = False) -> int:
    """Tell every step of a subject: sightings, leases, visits, verdicts, cases, evidence."""
    config = globals_of(context).load()
    target = parse_target(subject)

    async def main() -> tuple[TraceStep, ...]:
        async with open_store(config.settings.store) as store:
            return await _trace(store, target.subject, site_subject(target.url))

    steps = run_async(main)
    if not steps:
        sys.stderr.write(f"Nothing is known of {target.subject}.\n")
        return 1
    for step in steps:
        if as_json:
            sys.stdout.write(json_line({**dataclasses.asdict(step), "at": step.at.isoformat()}) + "\n")
        else:
            sys.stdout.write(
                f"{step.at:%Y-%m-%d %H:%M:%S.%f}"[:-3] + f"  {step.kind:<9} {step.text}  {step.ref}".rstrip()
            )
            sys.stdout.write("\n")
    return 0


async def _trace(store: Store, exact: Subject, host: Subject) -> tuple[TraceStep, ...]:
    return await store.trace(exact) or await store.trace(host)


def status_command(context: typer.Context, as_json: AsJson = False) -> int:
    """Show the queue, the outcomes of the last day, cases, evidence, workers and disk."""
    config = globals_of(context).load()

    async def main() -> StoreStatus:
        async with open_store(config.settings.store) as store:
            return await store.status(await store.now())

    status = run_async(main)
    if as_json:
        told = dataclasses.asdict(status)
        told["at"] = status.at.isoformat()
        told["last_finished_at"] = status.last_finished_at.isoformat() if status.last_finished_at else None
        sys.stdout.write(json_line(told) + "\n")
        return 0
    depth = status.frontier
    lines = [
        ("frontier", f"{depth.due} due, {depth.leased} leased, {depth.scheduled} scheduled, {depth.dead} given up"),
        ("outcomes", _counts(status.outcomes) + " in the last 24 hours"),
        ("cases", _counts(status.cases)),
        (
            "evidence",
            f"{status.evidence.pending} waiting, {status.evidence.done} made, {status.evidence.failed} failed",
        ),
        ("workers", f"{status.workers_alive} alive"),
        ("last visit", f"{status.last_finished_at:%Y-%m-%d %H:%M:%S} UTC" if status.last_finished_at else "never"),
        (
            "disk",
            f"database {_size(status.database_bytes)}, segments {_size(status.segment_bytes)},"
            f" blobs {_size(status.blob_bytes)}, free {_size(status.free_bytes)}",
        ),
    ]
    for name, text in lines:
        sys.stdout.write(f"{name:<11}{text}\n")
    return 0


def _counts(counts: object) -> str:
    assert isinstance(counts, dict)
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items(), key=lambda it: -it[1])) or "none"


def _size(size: int) -> str:
    amount = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def doctor_command(context: typer.Context, as_json: AsJson = False) -> int:
    """Check that everything the service needs is there. Exit code 1 when something is not."""
    options = globals_of(context)
    findings = run_async(lambda: examine(options.config_dir, os.environ, options.overrides()))
    for finding in findings:
        if as_json:
            sys.stdout.write(json_line(dataclasses.asdict(finding)) + "\n")
        else:
            mark = "ok  " if finding.ok else ("FAIL" if finding.needed else "note")
            sys.stdout.write(f"{mark}  {finding.name:<14} {finding.detail}\n")
            if not finding.ok and finding.remedy:
                sys.stdout.write(f"{'':<20} {finding.remedy}\n")
    return 0 if all(finding.ok or not finding.needed for finding in findings) else 1


class Shell(StrEnum):
    """Shells with completion."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion_command(shell: Shell) -> int:
    """Print a completion script: eval "$(counterwatch completion bash)"."""
    script = get_completion_script(prog_name="counterwatch", complete_var="_COUNTERWATCH_COMPLETE", shell=shell.value)
    sys.stdout.write(script + "\n")
    return 0


@database.command("upgrade")
def upgrade_command(context: typer.Context) -> int:
    """Bring the store to this version's schema. Stop the service first."""
    config = globals_of(context).load()

    async def main() -> None:
        async with open_store(config.settings.store, upgrade=True):
            return

    run_async(main)
    sys.stderr.write("The store is up to date.\n")
    return 0
