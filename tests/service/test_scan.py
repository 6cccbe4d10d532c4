"""``scan`` as a user runs it, against the practice web."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.records import Outcome

BAD = ["http://", "ftp://files.test/", "foo bar.test", "http://a.test:99999/"]


@pytest.fixture
def scanned(counterwatch: Any, practice_web: Any, tmp_path: Path) -> Any:
    urls = practice_web.urls
    listed = [*urls, *BAD, urls[0], "http://127.0.0.1:1/"]
    (tmp_path / "list.txt").write_text("".join(f"{url}\n" for url in listed))
    done = counterwatch("scan", "-l", "list.txt", "--json", *practice_web.options, timeout=100)
    return listed, done


@pytest.mark.timeout(150)
def test_every_target_gets_one_object(scanned: Any, counterwatch: Any, tmp_path: Path) -> None:
    listed, done = scanned
    assert done.code == 0, done.err
    found = done.objects
    assert sorted(item["target"] for item in found) == sorted(listed)
    known = {str(outcome) for outcome in Outcome}
    for item in found:
        if item["error"] is None:
            assert item["outcome"] in known, item
        else:
            assert item["target"] in BAD, item
        assert (item["label"] is not None) == (item["outcome"] == "content"), item
    flagged = [item for item in found if item["label"] == "flagged"]
    assert len({item["sector"] for item in flagged}) >= 3
    assert all(item["case"] and item["bundle"] for item in flagged)
    cases = [json.loads(line) for line in counterwatch("cases", "list", "--json", "--limit", "500").out.splitlines()]
    assert len(cases) == len({item["subject"] for item in flagged})

    one = flagged[0]
    out = tmp_path / "bundle.zip"
    assert counterwatch("bundle", "export", one["bundle"], "-o", str(out)).code == 0
    verified = counterwatch("bundle", "verify", str(out))
    assert verified.code == 0, verified.out
    trace = counterwatch("trace", one["target"])
    for word in ("sighting", "visit", "verdict", "case", "bundle"):
        assert word in trace.out, trace.out

    content = bytearray(out.read_bytes())
    content[len(content) // 2] ^= 1
    out.write_bytes(content)
    assert counterwatch("bundle", "verify", str(out)).code == 1


def test_loopback_is_refused_without_being_allowed(counterwatch: Any) -> None:
    done = counterwatch("scan", "http://127.0.0.1:1/", "http://[::1]:1/", "http://2130706433:1/", "--json")
    assert done.code == 0, done.err
    assert [item["outcome"] for item in done.objects] == ["refused_by_policy"] * 3


def test_targets_come_from_stdin_and_results_go_to_a_file(counterwatch: Any, practice_web: Any, tmp_path: Path) -> None:
    urls = practice_web.urls[:3]
    done = counterwatch(
        "scan", "-", "-o", "out.jsonl", *practice_web.options, stdin="\n".join(urls).encode(), timeout=55
    )
    assert done.code == 0, done.err
    assert done.out == ""
    written = [json.loads(line)["target"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert sorted(written) == sorted(urls)


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    listed = tmp_path / "list.txt"
    listed.write_text("".join(f"bad target {number}\n" for number in range(5000)))
    scan = f"{sys.executable} -m app scan -l {listed} --json --data-dir {tmp_path / 'pipe'}"
    done = subprocess.run(
        ["/bin/bash", "-c", f"{scan} | head -n 1; exit ${{PIPESTATUS[0]}}"],
        capture_output=True,
        check=False,
        text=True,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
