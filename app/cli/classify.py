"""``counterwatch classify``: judge saved pages offline."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from rich.console import Console

from app.cli.runtime import globals_of
from app.offline import MAX_LINE, classify_line, classify_page, read_page_file
from app.output import json_line
from app.rules import build_ruleset
from classifiers.classify import CompiledRules, compile_rules
from core.errors import UsageError
from core.hosts import parse_target


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command("classify")(classify)


def classify(
    context: typer.Context,
    files: Annotated[list[Path] | None, typer.Argument(metavar="[FILE.html]...", help="Saved pages.")] = None,
    url: Annotated[str | None, typer.Option(help="The URL that the page came from.")] = None,
    batch: Annotated[
        bool, typer.Option("--batch", help='Read JSON Lines {"url", "html" or "file"} from stdin.')
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON Lines instead of text.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show the sum, term by term.")] = False,
) -> int:
    """Judge saved pages offline: no network, no store."""
    if batch == bool(files):
        raise UsageError("Name files, or use --batch and give JSON Lines on stdin.")
    if not batch and url is None:
        raise UsageError("A saved page needs its --url: host and path are part of what is judged.")
    if url is not None:
        parse_target(url)
    rules = compile_rules(build_ruleset(globals_of(context).load()))
    if batch:
        for line in _lines(sys.stdin.buffer):
            sys.stdout.write(json_line(classify_line(line, rules)) + "\n")
        sys.stdout.flush()
        return 0
    results = [_one(path, str(url), rules) for path in files or ()]
    for result in results:
        if as_json or (not sys.stdout.isatty() and not explain):
            sys.stdout.write(json_line(result) + "\n")
        else:
            _show(result, explain=explain, color=not globals_of(context).no_color)
    return 0


def _one(path: Path, url: str, rules: CompiledRules) -> dict[str, Any]:
    return classify_page(read_page_file(path), url, rules, label=str(path))


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    while line := stream.readline(MAX_LINE + 1):
        while len(line) > MAX_LINE and not line.endswith(b"\n"):
            rest = stream.readline(MAX_LINE)
            if not rest or rest.endswith(b"\n"):
                break
        yield line


def _show(result: dict[str, Any], *, explain: bool, color: bool) -> None:
    console = Console(no_color=not color, highlight=False, soft_wrap=True, markup=False)
    told = f"{result['outcome']}, {result['page_kind'] or 'no page kind'}, language {result['language'] or 'unknown'}"
    console.print(f"{result['target']}: {told}")
    if result["label"] is None:
        return
    scored = f"{result['sector']} {result['score']:.2f}" if result["sector"] else "no sector"
    console.print(f"  {result['label']} ({scored})" + (f": {result['suppressed']}" if result["suppressed"] else ""))
    for signal in [*result["signals"], *result["contrary"]]:
        quote = " ".join(str(signal["quote"]).split())
        console.print(f"  {signal['weight']:+.2f}  {signal['family']:<16} {signal['id']:<32} {quote[:100]}")
        if explain:
            for reference in signal["references"]:
                place = {key: value for key, value in reference.items() if key != "type"}
                console.print(f"         {reference['type']}: {place}")
