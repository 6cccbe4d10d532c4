"""The progress of a scan on a terminal: rate, remaining time, outcomes so far. Silent elsewhere."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Task as RichTask
from rich.text import Text

from storage.records import RunCounts


class _Rate(ProgressColumn):
    """Targets per second over the last moments."""

    def render(self, task: RichTask) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "–/s", style="dim")


class ScanProgress:
    """A progress bar on stderr when that is a terminal and ``quiet`` was not asked for."""

    def __init__(self, *, quiet: bool, color: bool) -> None:
        self._shown = sys.stderr.isatty() and not quiet
        self._progress = Progress(
            TextColumn("scanning"),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[outcomes]}"),
            console=Console(stderr=True, no_color=not color, highlight=False),
            transient=True,
            disable=not self._shown,
        )
        self._task: TaskID | None = None

    @property
    def console(self) -> Console | None:
        """What lines must be printed with so that they stand above the bar; None when no bar is shown."""
        return self._progress.console if self._shown else None

    def __enter__(self) -> ScanProgress:
        self._progress.start()
        self._task = self._progress.add_task("scanning", total=None, outcomes="")
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def report(self, counts: RunCounts) -> None:
        """Show the counts."""
        if self._task is None or not self._shown:
            return
        most = sorted(counts.outcomes.items(), key=lambda item: -item[1])[:4]
        told = f"[bold red]{counts.flagged} flagged[/] " + " ".join(f"[dim]{name} {number}[/]" for name, number in most)
        self._progress.update(self._task, completed=counts.done, total=counts.total, outcomes=told)
