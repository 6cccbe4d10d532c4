"""A practice web in a process of its own, and the command line as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class PracticeWeb:
    """A running ``counterwatch lab``: its name server and the URLs of its sites."""

    dns: str
    targets: Path

    @property
    def urls(self) -> list[str]:
        return self.targets.read_text().split()

    @property
    def options(self) -> list[str]:
        return ["--resolver", self.dns, "--allow-net", "127.0.0.0/8"]


def clean_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERWATCH_")}
    return {**kept, "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture(scope="session")
def start_lab() -> Iterator[Callable[[Path, int], PracticeWeb]]:
    """Start practice webs of a given size; they end with the test session."""
    running: list[subprocess.Popen[str]] = []

    def start(folder: Path, sites: int) -> PracticeWeb:
        targets = folder / "targets.txt"
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "lab", "--json", "--sites", str(sites), "--targets", str(targets)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=clean_environment(),
        )
        running.append(process)
        assert process.stdout is not None
        described = json.loads(process.stdout.readline())
        return PracticeWeb(dns=described["dns"], targets=targets)

    yield start
    for process in running:
        process.terminate()
    for process in running:
        process.communicate(timeout=20)


@pytest.fixture(scope="session")
def practice_web(
    start_lab: Callable[[Path, int], PracticeWeb], tmp_path_factory: pytest.TempPathFactory
) -> PracticeWeb:
    """A small practice web shared by the tests of this session."""
    return start_lab(tmp_path_factory.mktemp("lab"), 120)


@dataclass(frozen=True)
class Finished:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict]:  # type: ignore[type-arg]
        return [json.loads(line) for line in self.out.splitlines()]


Counterwatch = Callable[..., Finished]


@pytest.fixture
def counterwatch(tmp_path: Path) -> Counterwatch:
    """Run the command line in an empty folder with a store of its own."""

    def run(
        *arguments: str, stdin: bytes | None = None, environment: dict[str, str] | None = None, timeout: float = 50.0
    ) -> Finished:
        done = subprocess.run(
            [sys.executable, "-m", "app", *arguments],
            input=stdin if stdin is not None else b"",
            capture_output=True,
            cwd=tmp_path,
            env={**clean_environment(), "COUNTERWATCH_DATA_DIR": str(tmp_path / "store"), **(environment or {})},
            timeout=timeout,
            check=False,
        )
        return Finished(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run
