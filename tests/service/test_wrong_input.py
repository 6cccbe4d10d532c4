"""Wrong input: one clear sentence, the documented exit code, nothing half-written."""

from __future__ import annotations

import os
import resource
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SECTOR = """\
sector: luxury
version: "1"
title: Luxury
terms:
  - kind: replica
    weight: 1.0
    words: {en: ["replica watches"]}
"""

PACK = """\
pack: aurelle
version: "1"
organisation: aurelle-sa
title: Aurelle
sectors: [luxury]
brands: [Aurelle]
"""


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("settings.yaml", "fetch:\n  total_secnds: 3\n", ["settings.yaml:2:3", "total_secnds", "total_seconds"]),
        ("settings.yaml", "fetsh:\n  total_seconds: 3\n", ["settings.yaml:1:1", "fetsh", "fetch"]),
        ("settings.yaml", "fetch:\n  total_seconds: soon\n", ["settings.yaml:2:18", "number"]),
        ("settings.yaml", "fetch: [\n", ["settings.yaml:"]),
        ("sectors/luxury.yaml", SECTOR.replace("en:", "no_:"), ["luxury.yaml:7:", "no_"]),
        ("sectors/luxury.yaml", SECTOR.replace("en:", "false:"), ["luxury.yaml:7:", "false"]),
        (
            "sectors/luxury.yaml",
            SECTOR + "expressions:\n  - {kind: claim, weight: 1.0, pattern: '(unclosed'}\n",
            ["luxury.yaml:9:", "unclosed"],
        ),
        ("rights-holders/a.yaml", PACK.replace("[luxury]", "[luxuri]"), ["a.yaml:5:", "luxuri", "luxury"]),
        ("rights-holders/a.yaml", PACK + "brnads: [x]\n", ["a.yaml:7:1", "brnads", "brands"]),
    ],
)
def test_a_wrong_file_is_told_by_place(
    counterwatch: Any, tmp_path: Path, file: str, text: str, told: list[str]
) -> None:
    path = tmp_path / "etc" / file
    path.parent.mkdir(parents=True)
    path.write_text(text)
    for command in (["config", "check"], ["scan", "a.test"]):
        done = counterwatch(*command, "--config", "etc")
        assert done.code == 4, done
        for part in told:
            assert part in done.err, done.err
        assert "Traceback" not in done.err
    assert not (tmp_path / "store").exists()


def test_norwegian_is_a_language(counterwatch: Any, tmp_path: Path) -> None:
    path = tmp_path / "etc" / "sectors" / "luxury.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(SECTOR.replace("en:", "no:"))
    assert counterwatch("config", "check", "--config", "etc").code == 0


def test_an_unknown_variable_in_the_environment(counterwatch: Any) -> None:
    done = counterwatch("config", "check", environment={"COUNTERWATCH_FETCH__TOTAL_SECNDS": "3"})
    assert done.code == 4
    assert "COUNTERWATCH_FETCH__TOTAL_SECNDS" in done.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["scan"], "nothing to scan"),
        (["scan", "-l", "missing.txt"], "missing.txt"),
        (["scan", "-l", "folder"], "folder"),
        (["scan", "-l", "binary.txt"], "binary.txt"),
        (["scan", "-l", "empty.txt"], "nothing to scan"),
        (["scan", "--resume", "nonsense"], "nonsense"),
        (["scan", "--no-such-option"], "--no-such-option"),
        (["scan", "a.test", "--resolver", "not an address"], "not an address"),
        (["scan", "a.test", "--allow-net", "127.0.0.0/99"], "127.0.0.0/99"),
        (["nonsense"], "nonsense"),
        (["classify", "page.html"], "--url"),
        (["bundle", "verify", "missing.zip"], "missing.zip"),
        (["cases", "show", "nonsense"], "nonsense"),
    ],
)
def test_an_unusable_command_line(counterwatch: Any, tmp_path: Path, arguments: list[str], told: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary.txt").write_bytes(b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)) * 40)
    (tmp_path / "empty.txt").write_text("# only a comment\n\n")
    done = counterwatch(*arguments)
    assert done.code in ({2, 4} if "--resolver" in arguments or "--allow-net" in arguments else {2}), done
    assert told in done.err
    assert "Traceback" not in done.err
    assert len(done.err.splitlines()) <= 8


def test_an_unreadable_list(counterwatch: Any) -> None:
    """A file that nobody can read from, root included."""
    done = counterwatch("scan", "-l", "/proc/self/mem")
    assert done.code == 2, done
    assert "/proc/self/mem cannot be read" in done.err
    assert "Traceback" not in done.err


def test_a_busy_port(counterwatch: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = counterwatch("serve", "--port", str(port))
    assert done.code == 2, done
    assert str(port) in done.err
    assert "Traceback" not in done.err


def test_a_store_from_a_newer_version(counterwatch: Any, tmp_path: Path) -> None:
    assert counterwatch("db", "upgrade").code == 0
    with sqlite3.connect(tmp_path / "store" / "counterwatch.sqlite3") as connection:
        connection.execute("update alembic_version set version_num = '9999_future'")
    for command in (["scan", "a.test"], ["db", "upgrade"], ["status"]):
        done = counterwatch(*command)
        assert done.code == 8, done
        assert "newer" in done.err
        assert "Traceback" not in done.err


def test_a_store_that_is_none(counterwatch: Any, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "counterwatch.sqlite3").write_bytes(b"this is no database at all" * 100)
    done = counterwatch("status")
    assert done.code == 8, done
    assert "Traceback" not in done.err


def limited(tmp_path: Path, arguments: list[str], size: int) -> subprocess.CompletedProcess[str]:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "COUNTERWATCH_DATA_DIR": str(tmp_path / "store"), "PYTHONDONTWRITEBYTECODE": "1"},
        timeout=50,
        preexec_fn=limit,
        check=False,
    )


@pytest.mark.timeout(120)
def test_a_full_disk_loses_nothing(counterwatch: Any, practice_web: Any, tmp_path: Path) -> None:
    """A file-size limit stands for the full disk; after it is lifted the run goes on where it was."""
    assert counterwatch("db", "upgrade").code == 0
    size = max(path.stat().st_size for path in (tmp_path / "store").rglob("*") if path.is_file())
    (tmp_path / "list.txt").write_text("".join(f"{url}\n" for url in practice_web.urls[:40]))
    done = limited(tmp_path, ["scan", "-l", "list.txt", "--json", *practice_web.options], size + 600_000)
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    run = next(line.split()[1] for line in done.stderr.splitlines() if line.startswith("run "))
    again = counterwatch("scan", "--resume", run, "--json", *practice_web.options, timeout=60)
    assert again.code == 0, again.err
    assert len(again.objects) == 40
    assert len({item["target"] for item in again.objects}) == 40


def test_a_file_for_results_that_cannot_be_written_is_found_first(counterwatch: Any, tmp_path: Path) -> None:
    done = counterwatch("scan", "a.test", "-o", "missing/out.jsonl")
    assert done.code == 2
    assert "missing/out.jsonl" in done.err
    assert not (tmp_path / "store").exists()


def test_a_resumed_run_takes_no_new_targets(counterwatch: Any) -> None:
    done = counterwatch("scan", "--resume", "01M869HW3ZM1VC9Y11CSW9B15H", "a.test")
    assert done.code == 2
    assert "no new targets" in done.err
