"""How this program starts itself again: the same interpreter, the same code, whatever the current folder holds."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import app


def own_command(*arguments: str) -> list[str]:
    """The command line that runs this program with ``arguments``; to be used with :func:`own_environment`."""
    return [sys.executable, "-P", "-m", "app", *arguments]


def own_environment(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for it. ``-P`` keeps a stray ``config.py`` in the current folder from being imported instead."""
    root = str(Path(app.__file__).parent.parent)
    given = os.environ.get("PYTHONPATH", "")
    return {**os.environ, **(changes or {}), "PYTHONPATH": f"{root}{os.pathsep}{given}" if given else root}
