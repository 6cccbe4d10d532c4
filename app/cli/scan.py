"""``counterwatch scan``: look at targets now and print what was found."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.console import Console
from rich.text import Text

from app.cli.files import unwritable
from app.cli.progress import ScanProgress
from app.cli.runtime import globals_of, run_async
from app.output import json_line, target_object
from app.scan import Intake, Scan, ScanRequest
from app.signals import STOPPED, stop_on_signals
from core.errors import UsageError
from core.records import Label
from storage.records import RunCounts, RunResult
from storage.store import open_store

SHOWN_REASONS = 4
PAINT = {Label.FLAGGED: "bold red", Label.UNDECIDED: "yellow", Label.CLEAR: "green"}


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command("scan")(scan)


def scan(
    context: typer.Context,
    targets: Annotated[list[str] | None, typer.Argument(metavar="[TARGET]...", help="URLs or host names.")] = None,
    lists: Annotated[
        list[str] | None, typer.Option("--list", "-l", metavar="FILE|-", help="A list of targets; - is stdin.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON Lines on stdout, one object per target.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write JSON Lines to this file.")] = None,
    rate: Annotated[float | None, typer.Option(min=0.01, help="At most this many visits per second.")] = None,
    concurrency: Annotated[int | None, typer.Option(min=1, max=2000, help="Visits at the same time.")] = None,
    resume: Annotated[str | None, typer.Option(metavar="RUN", help="Go on with a run that was stopped.")] = None,
) -> int:
    """Look at targets now: resolve, fetch, classify, and bundle what is flagged.

    Prints one object per target as JSON Lines (always when stdout is no terminal). A resumed run prints all of its
    targets, those finished earlier included.
    """
    given = tuple(targets or ())
    names = tuple(lists or ())
    if "-" in given:
        given, names = tuple(text for text in given if text != "-"), (*names, "-")
    if not (given or names or resume):
        raise UsageError("There is nothing to scan.", hint="Name targets, give -l FILE, or - to read stdin.")
    if resume is not None and given:
        raise UsageError(
            "A run that is resumed takes no new targets.", hint="Scan them on their own; -l FILE repeats a list."
        )
    options = globals_of(context)
    config = options.load()
    request = ScanRequest(targets=given, lists=names, resume=resume, rate=rate, concurrency=concurrency)
    intake = Intake(request)
    intake.begin()
    if output is not None:
        _check_writable(output)
    plain = as_json or not sys.stdout.isatty()

    async def main() -> int:
        with stop_on_signals(what="Stopping after the visits under way") as stop:
            async with open_store(config.settings.store) as store:
                task = Scan(intake, config=config, store=store, stop=stop)
                run = await task.prepare()
                if not options.quiet:
                    sys.stderr.write(f"run {run.id}\n")
                with ScanProgress(quiet=options.quiet, color=not options.no_color) as progress:
                    console = progress.console or Console(no_color=options.no_color, highlight=False)
                    with Printer(output, plain=plain, console=console) as printer:
                        counts = await task.run(run, printer.emit, progress.report)
                if not options.quiet:
                    _close(counts, run.id, stopped=stop.is_set())
                return STOPPED if stop.is_set() else 0

    return run_async(main)


def _check_writable(path: Path) -> None:
    try:
        with path.open("ab"):
            return
    except OSError as exc:
        raise unwritable(path, exc) from exc


class Printer:
    """Writes results: JSON Lines to stdout or a file, or a line for people."""

    def __init__(self, output: Path | None, *, plain: bool, console: Console) -> None:
        self._path = output
        self._file: TextIO | None = None
        self._plain = plain
        self._console = console

    def __enter__(self) -> Printer:
        if self._path is not None:
            try:
                self._file = self._path.open("w", encoding="utf-8")
            except OSError as exc:
                raise unwritable(self._path, exc) from exc
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None and self._path is not None:
            try:
                self._file.close()
            except OSError as exc:
                raise unwritable(self._path, exc) from exc

    def emit(self, result: RunResult) -> None:
        """Write one result and hand it to the reader at once."""
        if self._file is not None and self._path is not None:
            try:
                self._file.write(json_line(result_object(result)) + "\n")
                self._file.flush()
            except OSError as exc:
                raise unwritable(self._path, exc) from exc
        elif self._plain:
            sys.stdout.write(json_line(result_object(result)) + "\n")
            sys.stdout.flush()
        if self._file is None and not self._plain:
            self._console.print(_line(result), soft_wrap=True)


def result_object(result: RunResult) -> dict[str, object]:
    """A run's result as the documented object."""
    return target_object(
        target=result.text,
        subject=result.subject,
        unit=result.unit,
        url=result.url,
        outcome=result.outcome,
        detail=result.detail,
        verdict=result.verdict,
        page_kind=result.page_kind,
        language=result.language,
        title=result.title,
        bundle=result.bundle_id if result.bundle_ready else None,
        case=result.case_id,
        error=result.error,
        elapsed_ms=result.elapsed_ms,
        ruleset=result.ruleset,
    )


def _line(result: RunResult) -> Text:
    line = Text()
    if result.error:
        return line.append(f"{'not usable':<12}", style="magenta").append(f"{result.text[:80]}  {result.error[1]}")
    verdict = result.verdict
    if verdict is None:
        line.append(f"{result.outcome or '-':<12}", style="dim").append(str(result.subject))
        return line.append(f"  {result.detail}" if result.detail else "", style="dim")
    line.append(f"{verdict.label:<12}", style=PAINT[verdict.label]).append(str(result.subject))
    if verdict.label is not Label.CLEAR:
        weights: dict[str, float] = {}
        for signal in verdict.signals:
            weights[signal.id] = weights.get(signal.id, 0.0) + signal.weight
        heaviest = ", ".join(sorted(weights, key=weights.__getitem__, reverse=True)[:SHOWN_REASONS])
        line.append(f"  {verdict.sector} {verdict.score:.1f}  ", style="bold").append(heaviest, style="dim")
    return line


def _close(counts: RunCounts, run_id: str, *, stopped: bool) -> None:
    outcomes = ", ".join(f"{number} {name}" for name, number in sorted(counts.outcomes.items(), key=lambda it: -it[1]))
    sys.stderr.write(f"{counts.done} of {counts.total} targets, {counts.flagged} flagged: {outcomes or 'none'}\n")
    if stopped:
        sys.stderr.write(f"Go on with: counterwatch scan --resume {run_id}\n")
    elif counts.flagged:
        sys.stderr.write("Review them with: counterwatch cases list, or counterwatch serve\n")
