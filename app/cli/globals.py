"""Options that every command shares. They may stand before or after the command's name."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.logs import set_up_logging
from config import Config, load_config
from core.errors import UsageError

WITH_VALUE = ("--config", "--data-dir", "--log-format", "--resolver", "--allow-net")
FLAGS = ("--quiet", "--no-color")


@dataclass(frozen=True, slots=True, kw_only=True)
class Globals:
    """The shared options as given; ``None`` and empty mean "as the settings say"."""

    config_dir: Path | None = None
    data_dir: Path | None = None
    quiet: bool = False
    no_color: bool = False
    log_format: str | None = None
    resolver: str | None = None
    allow_net: tuple[str, ...] = ()

    def overrides(self) -> dict[str, Any]:
        """What these options say over files and environment, as setting path to value."""
        found: dict[str, Any] = {}
        if self.data_dir is not None:
            found["store.data_dir"] = str(self.data_dir)
        if self.log_format is not None:
            found["logging.format"] = self.log_format
        if self.resolver is not None:
            found["resolve.servers"] = [self.resolver]
        if self.allow_net:
            found["vetting.allow_nets"] = list(self.allow_net)
        return found

    def load(self, changes: Mapping[str, Any] | None = None) -> Config:
        """Read the configuration and set logging up; ``changes`` come from a command's own options.

        Raises :class:`core.errors.ConfigurationError`.
        """
        config = load_config(self.config_dir, os.environ, {**self.overrides(), **(changes or {})})
        set_up_logging(config.settings.logging, quiet=self.quiet, color=not self.no_color and sys.stderr.isatty())
        return config

    def arguments(self) -> list[str]:
        """The same options as command-line arguments, for the processes that a service starts."""
        found: list[str] = []
        for name, value in (
            ("--config", self.config_dir),
            ("--data-dir", self.data_dir),
            ("--log-format", self.log_format),
            ("--resolver", self.resolver),
        ):
            if value is not None:
                found += [name, str(value)]
        for net in self.allow_net:
            found += ["--allow-net", net]
        return found + ["--quiet"] * self.quiet + ["--no-color"] * self.no_color


def hoist(arguments: Sequence[str]) -> list[str]:
    """Move the shared options in front of the command, so that they work wherever they are written.

    Everything after ``--`` stays as it is.
    """
    front: list[str] = []
    rest: list[str] = []
    pending = list(arguments)
    while pending:
        word = pending.pop(0)
        if word == "--":
            rest += [word, *pending]
            break
        name, equals, _ = word.partition("=")
        if word in FLAGS or (equals and name in WITH_VALUE):
            front.append(word)
        elif word in WITH_VALUE:
            if not pending:
                raise UsageError(f"{word} needs a value.")
            front += [word, pending.pop(0)]
        else:
            rest.append(word)
    return front + rest
