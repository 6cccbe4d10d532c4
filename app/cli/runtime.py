"""How a command runs its asyncio part: on uvloop, with an open store, and with errors left to the caller."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import typer
import uvloop

from app.cli.globals import Globals

T = TypeVar("T")


def run_async(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end. An exception group of one expected error is raised as that error."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            return runner.run(main())
        except BaseExceptionGroup as group:
            raise first_error(group) from group


def first_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first leaf of an exception group: what went wrong first, not what was cancelled because of it."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def globals_of(context: typer.Context) -> Globals:
    """The shared options of this invocation."""
    found = context.find_object(Globals)
    return found if found is not None else Globals()
