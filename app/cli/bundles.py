"""``counterwatch bundle``: verify, show, export. Verifying needs neither a store nor a network."""

from __future__ import annotations

import getpass
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.cli.files import written_whole
from app.cli.runtime import globals_of, run_async
from app.cli.table import print_table
from app.output import json_line
from core.errors import UsageError
from core.ids import is_ulid
from evidence.verify import Report, report_json, verify_bundle
from storage.records import StoredBundle
from storage.store import open_store

group = typer.Typer(no_args_is_help=True, help="Verify, show and export evidence bundles.")

AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout.")]


class Format(StrEnum):
    """Forms in which a bundle is exported."""

    ZIP = "zip"


def register(cli: typer.Typer) -> None:
    """Add the commands."""
    cli.add_typer(group, name="bundle")


@group.command("verify")
def verify_command(
    bundles: Annotated[list[Path], typer.Argument(metavar="BUNDLE...", help="Folders or zip files.")],
    content_id: Annotated[
        str | None, typer.Option(help="The content id that the bundle must have (from the case or a receipt).")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Check bundles of any origin, offline. Exit code 1 when a check says no."""
    if content_id is not None and len(bundles) > 1:
        raise UsageError("--content-id goes with one bundle only.")
    reports = []
    for path in bundles:
        if not path.exists():
            raise UsageError(f"{path} does not exist.", hint="Give a bundle's folder or zip file.")
        reports.append((path, verify_bundle(path, content_id=content_id)))
    for path, report in reports:
        _tell(path, report, as_json=as_json)
    return 0 if all(report.ok for _, report in reports) else 1


def _tell(path: Path, report: Report, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json_line({"path": str(path), **json.loads(report_json(report))}) + "\n")
        return
    sys.stdout.write(f"{path}: {'every check passed' if report.ok else 'NOT what was sealed or assembled'}\n")
    for check in report.checks:
        place = f" {check.file}" if check.file else ""
        mark = "note" if check.note else ("ok  " if check.ok else "FAIL")
        sys.stdout.write(f"  {mark}  {check.name:<22}{place} {check.detail}".rstrip() + "\n")


@group.command("list")
def list_command(context: typer.Context, as_json: AsJson = False) -> int:
    """List the newest bundles."""
    config = globals_of(context).load()

    async def main() -> tuple[StoredBundle, ...]:
        async with open_store(config.settings.store) as store:
            return await store.bundles.list(limit=1000)

    found = run_async(main)
    if as_json:
        for stored in found:
            sys.stdout.write(json_line(_object(stored)) + "\n")
        return 0
    rows = [
        (stored.bundle.id, stored.case_id, f"{stored.bundle.at:%Y-%m-%d %H:%M}", str(stored.bundle.state))
        for stored in found
    ]
    print_table(("BUNDLE", "CASE", "MADE (UTC)", "STATE"), rows, empty="There are no bundles yet.")
    return 0


@group.command("show")
def show_command(context: typer.Context, bundle: str, as_json: AsJson = False) -> int:
    """Show a bundle of the store: its content id and its files."""
    config = globals_of(context).load()

    async def main() -> StoredBundle:
        async with open_store(config.settings.store) as store:
            return await store.bundles.get(_bundle_id(bundle))

    found = run_async(main)
    if as_json:
        sys.stdout.write(json_line(_object(found)) + "\n")
        return 0
    sys.stdout.write(f"{found.bundle.id}  case {found.case_id}\n")
    sys.stdout.write(f"  content id {found.bundle.content_id}\n  state      {found.bundle.state}\n")
    for artifact in found.bundle.artifacts:
        sys.stdout.write(f"  {artifact.size:>10}  {artifact.sha256}  {artifact.name}\n")
    return 0


@group.command("export")
def export_command(
    context: typer.Context,
    bundle: str,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write; EB-<id>.zip if not given.")] = (
        None
    ),
    form: Annotated[Format, typer.Option("--format", help="Form of the export.")] = Format.ZIP,
) -> int:
    """Take a bundle out of the store as a zip file; the export is written to the audit."""
    config = globals_of(context).load()
    target = output or Path(f"EB-{_bundle_id(bundle)}.{form.value}")

    async def main() -> int:
        async with open_store(config.settings.store) as store:
            stored = await store.bundles.get(_bundle_id(bundle))
            content = await store.vault.get(stored.case_id, stored.blob)
            case = await store.cases.get(stored.case_id)
            with written_whole(target, content):
                await store.audit.append(
                    f"os:{getpass.getuser()}",
                    case.organisation,
                    "bundle.exported",
                    "bundle",
                    stored.bundle.id,
                    "command line",
                    str(target),
                    case_id=stored.case_id,
                )
            return len(content)

    sys.stderr.write(f"{target}: {run_async(main)} bytes\n")
    return 0


def _object(stored: StoredBundle) -> dict[str, object]:
    bundle = stored.bundle
    return {
        "id": bundle.id,
        "case": stored.case_id,
        "visit": bundle.visit,
        "content_id": bundle.content_id,
        "state": str(bundle.state),
        "at": bundle.at.isoformat(),
        "artifacts": [
            {"name": item.name, "media_type": item.media_type, "sha256": item.sha256, "size": item.size}
            for item in bundle.artifacts
        ],
    }


def _bundle_id(text: str) -> str:
    found = text.removeprefix("EB-").removesuffix(".zip")
    if not is_ulid(found):
        raise UsageError(f"{text!r} is no bundle id.", hint="`counterwatch bundle list` shows the ids.")
    return found
