"""``counterwatch cases``: the review queue on the command line."""

from __future__ import annotations

import getpass
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.runtime import globals_of, run_async
from app.cli.table import print_table
from app.output import json_line
from core.errors import UsageError
from core.hosts import defang
from core.ids import is_ulid
from core.records import Case, CaseState, Decision
from storage.records import CaseFilter
from storage.store import Store, open_store

group = typer.Typer(no_args_is_help=True, help="List, show, claim, decide and export cases.")

MAX_ROWS = 1000


def register(cli: typer.Typer) -> None:
    """Add the commands."""
    cli.add_typer(group, name="cases")


class Verb(StrEnum):
    """Decisions as they are typed."""

    CONFIRM = "confirm"
    DISMISS = "dismiss"
    REFER = "refer"
    NEED_EVIDENCE = "need_evidence"
    REOPEN = "reopen"


State = Annotated[list[CaseState] | None, typer.Option("--state", help="Only these states; repeatable.")]
Sector = Annotated[str, typer.Option(help="Only this sector.")]
Search = Annotated[str, typer.Option("--text", help="Only cases whose subject or title holds this text.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON Lines on stdout.")]


@group.command("list")
def list_command(
    context: typer.Context,
    state: State = None,
    sector: Sector = "",
    text: Search = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most this many.")] = 50,
    as_json: AsJson = False,
) -> int:
    """List cases, the most suspicious first."""
    chosen = CaseFilter(states=tuple(state or ()), sector=sector, text=text)
    config = globals_of(context).load()

    async def main() -> int:
        async with open_store(config.settings.store) as store:
            cases = await _all(store, chosen, limit)
        if as_json:
            for case in cases:
                sys.stdout.write(json_line(case_object(case)) + "\n")
            return 0
        rows = [
            (case.id, str(case.state), case.sector, f"{case.score:.1f}", defang(str(case.subject)), case.assignee or "")
            for case in cases
        ]
        print_table(("CASE", "STATE", "SECTOR", "SCORE", "SUBJECT", "ASSIGNEE"), rows, empty="No case matches.")
        return 0

    return run_async(main)


async def _all(store: Store, chosen: CaseFilter, limit: int) -> list[Case]:
    cases: list[Case] = []
    cursor: str | None = None
    while len(cases) < limit:
        page = await store.cases.list(chosen, cursor=cursor, limit=min(200, limit - len(cases)))
        cases += page.cases
        cursor = page.cursor
        if cursor is None:
            break
    return cases


@group.command("show")
def show_command(context: typer.Context, case: str, as_json: AsJson = False) -> int:
    """Show one case: why it was flagged, its visits, bundles and history."""
    config = globals_of(context).load()

    async def main() -> int:
        async with open_store(config.settings.store) as store:
            found = await store.cases.get(_case_id(case))
            latest = await store.visits.get(found.visits[-1], bodies=False) if found.visits else None
            await store.audit.append(
                _me(), found.organisation, "case.viewed", "case", found.id, "command line", case_id=found.id
            )
        if as_json:
            sys.stdout.write(json_line(case_object(found)) + "\n")
            return 0
        sys.stdout.write(f"{found.id}  {defang(found.url)}\n")
        sys.stdout.write(f"  {found.state}, {found.sector} {found.score:.2f}, {found.tlp}, version {found.version}\n")
        sys.stdout.write(f"  assignee {found.assignee or 'nobody'}; rights holders {_joined(found.rights_holders)}\n")
        if latest is not None and latest.verdict is not None:
            for signal in (*latest.verdict.signals, *latest.verdict.contrary):
                quote = " ".join(signal.quote.split())[:90]
                sys.stdout.write(f"  {signal.weight:+.2f}  {signal.id:<32} {quote}\n")
        sys.stdout.write(f"  visits  {_joined(found.visits)}\n  bundles {_joined(found.bundles)}\n")
        for event in found.history:
            sys.stdout.write(f"  {event.at:%Y-%m-%d %H:%M:%S}  {event.actor:<12} {event.action:<12} {event.detail}\n")
        return 0

    return run_async(main)


@group.command("claim")
def claim_command(
    context: typer.Context, case: str, actor: Annotated[str, typer.Option("--as", help="User who claims it.")] = ""
) -> int:
    """Take a case for review."""
    config = globals_of(context).load()

    async def main() -> int:
        async with open_store(config.settings.store) as store:
            found = await store.cases.get(_case_id(case))
            changed = await store.cases.claim(found.id, await _user(store, actor), found.version)
        sys.stdout.write(f"{changed.id} is claimed by {changed.assignee}\n")
        return 0

    return run_async(main)


@group.command("decide")
def decide_command(
    context: typer.Context,
    case: str,
    decision: Verb,
    reason: Annotated[str, typer.Option(help="Why; kept in the history for good.")],
    actor: Annotated[str, typer.Option("--as", help="User who decides.")] = "",
) -> int:
    """Decide a case, with the reason."""
    if len(reason.strip()) < 3:
        raise UsageError("A decision needs a reason.", hint='Say why: --reason "…"')
    config = globals_of(context).load()

    async def main() -> int:
        async with open_store(config.settings.store) as store:
            found = await store.cases.get(_case_id(case))
            changed = await store.cases.decide(
                found.id, Decision(decision.value), reason.strip(), await _user(store, actor), found.version
            )
        sys.stdout.write(f"{changed.id} is {changed.state}\n")
        return 0

    return run_async(main)


@group.command("export")
def export_command(
    context: typer.Context,
    state: State = None,
    sector: Sector = "",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file.")] = None,
) -> int:
    """Write cases as JSON Lines: one complete object each, history included."""
    config = globals_of(context).load()
    chosen = CaseFilter(states=tuple(state or ()), sector=sector)

    async def main() -> list[str]:
        async with open_store(config.settings.store) as store:
            cases = [await store.cases.get(case.id) for case in await _all(store, chosen, 10_000_000)]
            for case in cases:
                await store.audit.append(
                    _me(), case.organisation, "case.exported", "case", case.id, "command line", case_id=case.id
                )
        return [json_line(case_object(case)) + "\n" for case in cases]

    lines = run_async(main)
    if output is None:
        sys.stdout.writelines(lines)
    else:
        try:
            output.write_text("".join(lines), encoding="utf-8")
        except OSError as exc:
            raise UsageError(f"{output} cannot be written: {exc.strerror}.") from exc
        sys.stderr.write(f"{len(lines)} cases written to {output}\n")
    return 0


def case_object(case: Case) -> dict[str, Any]:
    """A case as a plain object."""
    return {
        "id": case.id,
        "subject": str(case.subject),
        "url": case.url,
        "organisation": case.organisation,
        "state": str(case.state),
        "sector": case.sector,
        "score": round(case.score, 4),
        "tlp": str(case.tlp),
        "assignee": case.assignee,
        "campaign": case.campaign,
        "opened_at": case.opened_at.isoformat(),
        "updated_at": case.updated_at.isoformat(),
        "version": case.version,
        "visits": list(case.visits),
        "bundles": list(case.bundles),
        "rights_holders": list(case.rights_holders),
        "jurisdictions": [{"code": code, "reason": reason} for code, reason in case.jurisdictions],
        "history": [
            {
                "seq": event.seq,
                "at": event.at.isoformat(),
                "actor": event.actor,
                "action": event.action,
                "detail": event.detail,
            }
            for event in case.history
        ],
    }


def _case_id(text: str) -> str:
    if not is_ulid(text):
        raise UsageError(f"{text!r} is no case id.", hint="`counterwatch cases list` shows the ids.")
    return text


async def _user(store: Store, name: str) -> str:
    """The user in whose name a change is made; it must exist, so that the history names a person."""
    return (await store.accounts.get_user(name)).name if name else _me()


def _me() -> str:
    return f"os:{getpass.getuser()}"


def _joined(values: tuple[str, ...]) -> str:
    return ", ".join(values) or "none"
