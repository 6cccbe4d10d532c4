"""``counterwatch config``: check, show, schema."""

from __future__ import annotations

import json
import os
import sys
from enum import StrEnum
from typing import Annotated

import typer

import config as configuration
from app.cli.runtime import globals_of

group = typer.Typer(no_args_is_help=True, help="Check and show settings, sectors and packs.")


def register(cli: typer.Typer) -> None:
    """Add the commands."""
    cli.add_typer(group, name="config")


class SchemaKind(StrEnum):
    """The files that have a published schema."""

    SETTINGS = "settings"
    SECTOR = "sector"
    SHARED = "shared"
    PACK = "pack"
    WEIGHTS = "weights"


@group.command("schema")
def schema_command(
    kind: Annotated[SchemaKind, typer.Argument(help="Which file.")] = SchemaKind.SETTINGS,
) -> int:
    """Print the JSON Schema of a file, for editors and other programs."""
    sys.stdout.write(json.dumps(configuration.schema(kind.value), indent=2, ensure_ascii=False) + "\n")
    return 0


@group.command("check")
def check_command(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on stdout.")] = False,
) -> int:
    """Read every file and say every mistake with file, line and column. Exit code 4 when there is one."""
    options = globals_of(context)
    report = configuration.check(options.config_dir, os.environ, options.overrides())
    if as_json:
        sys.stdout.write(json.dumps(report.to_object(), ensure_ascii=False) + "\n")
    else:
        for problem in report.problems:
            sys.stderr.write(f"{problem}\n")
        for line in report.summary():
            sys.stdout.write(f"{line}\n")
    return 4 if report.problems else 0


@group.command("show")
def show_command(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on stdout.")] = False,
) -> int:
    """Print every setting in force and where its value comes from; secrets are masked."""
    loaded = globals_of(context).load()
    rows = configuration.show(loaded)
    if as_json:
        sys.stdout.write(
            json.dumps({row.name: {"value": row.value, "origin": row.origin} for row in rows}, ensure_ascii=False)
            + "\n"
        )
        return 0
    width = max(len(row.name) for row in rows)
    for row in rows:
        sys.stdout.write(f"{row.name:<{width}}  {json.dumps(row.value, ensure_ascii=False)}  ({row.origin})\n")
    return 0
