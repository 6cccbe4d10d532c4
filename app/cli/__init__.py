"""The command line: ``counterwatch NOUN VERB``. Results on stdout, everything else on stderr, documented exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from typer.completion import completion_init  # type: ignore[attr-defined]

from app.cli import bundles, cases, classify, configuration, inspect, scan, service, users
from app.cli.globals import Globals, hoist
from core import __version__
from core.errors import CounterwatchError, OutOfDisk

EPILOG = (
    "Options shared by all commands may stand before or after the command. "
    "Exit codes: 0 ok, 1 a check said no, 2 usage, 3 out of disk, 4 invalid configuration, 8 store unavailable, "
    "9 failed but worth retrying, 11 stopped after draining, 13 forced to stop, 17 fatal."
)

COMPLETING = "_COUNTERWATCH_COMPLETE"
"""Variable by which a shell asks for completions."""

cli = typer.Typer(
    name="counterwatch",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EPILOG,
)


def _version(shown: bool) -> None:
    if shown:
        typer.echo(f"counterwatch {__version__}")
        raise typer.Exit


@cli.callback()
def options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(envvar="COUNTERWATCH_CONFIG", help="Folder with settings.yaml, sectors/, rights-holders/."),
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(envvar="COUNTERWATCH_DATA_DIR", help="Folder that holds the store.")
    ] = None,
    quiet: Annotated[bool, typer.Option(help="Only errors on stderr; no progress.")] = False,
    no_color: Annotated[bool, typer.Option(envvar="NO_COLOR", help="Never use colour.")] = False,
    log_format: Annotated[str | None, typer.Option(metavar="text|json", help="Form of the log on stderr.")] = None,
    resolver: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Ask this name server instead of the system's.")
    ] = None,
    allow_net: Annotated[
        list[str] | None,
        typer.Option(metavar="CIDR", help="Let a non-public network through (network lab); repeatable."),
    ] = None,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = (
        False
    ),
) -> None:
    """Find websites suspected of selling counterfeit goods, say why, and keep evidence for review."""
    context.obj = Globals(
        config_dir=config,
        data_dir=data_dir,
        quiet=quiet,
        no_color=no_color,
        log_format=log_format,
        resolver=resolver,
        allow_net=tuple(allow_net or ()),
    )


scan.register(cli)
service.register(cli)
classify.register(cli)
configuration.register(cli)
cases.register(cli)
bundles.register(cli)
users.register(cli)
inspect.register(cli)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; every expected error becomes one clear sentence on stderr."""
    command = typer.main.get_command(cli)
    if COMPLETING in os.environ:
        completion_init()
        command.main(args=list(arguments), prog_name="counterwatch")
    try:
        # Not ``command.main``: that one turns a closed pipe into exit code 1.
        with command.make_context("counterwatch", hoist(arguments)) as context:
            result = command.invoke(context)
    except typer.Exit as exc:
        return exc.exit_code
    except CounterwatchError as exc:
        return _fail(exc)
    except typer.TyperException as exc:
        show = getattr(exc, "show", None)
        show() if callable(show) else sys.stderr.write(f"counterwatch: {exc}\n")
        return 2
    except typer.Abort:
        sys.stderr.write("Aborted.\n")
        return 11
    except KeyboardInterrupt:
        return 11
    except BrokenPipeError:
        # The reader went away (``| head``); the interpreter must not try to flush to it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as exc:
        if exc.errno in (27, 28, 122):
            return _fail(OutOfDisk(f"No space is left to write {exc.filename or 'output'}.", hint="Free some space."))
        raise
    return result if isinstance(result, int) else 0


def _fail(error: CounterwatchError) -> int:
    sys.stderr.write(f"counterwatch: {error.message}\n")
    if error.hint:
        sys.stderr.write(f"  {error.hint}\n")
    return error.exit_code


def main() -> NoReturn:
    """Entry point of the ``counterwatch`` command."""
    sys.exit(run(sys.argv[1:]))
