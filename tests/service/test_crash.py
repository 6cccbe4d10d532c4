"""``kill -9`` in the middle: every candidate has one outcome, every flagged site one case."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from core.hosts import parse_target


def start(tmp_path: Path, *arguments: str) -> subprocess.Popen[bytes]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERWATCH_")}
    with (tmp_path / "log.txt").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "app", *arguments],
            stdout=subprocess.DEVNULL,
            stderr=log,
            cwd=tmp_path,
            env={**kept, "COUNTERWATCH_DATA_DIR": str(tmp_path / "store")},
        )


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def check(counterwatch: Any, urls: list[str], results: list[dict[str, Any]]) -> None:
    """One outcome per target, one case per flagged subject, one bundle per case's flagged visit."""
    assert Counter(item["target"] for item in results) == Counter(urls)
    assert all(item["outcome"] and item["error"] is None for item in results)
    flagged = {item["subject"] for item in results if item["label"] == "flagged"}
    cases = lines(counterwatch("cases", "list", "--json", "--limit", "10000").out)
    assert Counter(case["subject"] for case in cases) == Counter(flagged)
    bundles = lines(counterwatch("bundle", "list", "--json").out)
    assert len({bundle["visit"] for bundle in bundles}) == len(bundles)
    assert {bundle["case"] for bundle in bundles} == {case["id"] for case in cases}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_scan_that_is_killed_again_and_again(counterwatch: Any, start_lab: Any, tmp_path: Path) -> None:
    web = start_lab(tmp_path, 500)
    urls = web.urls
    chance = random.Random(7)
    process = start(tmp_path, "scan", "-l", str(web.targets), "--json", *web.options)
    time.sleep(4)
    process.send_signal(signal.SIGKILL)
    process.wait()
    run = (tmp_path / "log.txt").read_text().split("run ", 1)[1].split()[0]
    for _ in range(6):
        process = start(tmp_path, "scan", "--resume", run, "--json", *web.options)
        time.sleep(chance.uniform(1.5, 4.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = counterwatch("scan", "--resume", run, "--json", *web.options, timeout=400)
    assert done.code == 0, done.err
    check(counterwatch, urls, done.objects)
    for item in done.objects[:5]:
        assert "visit" in counterwatch("trace", item["target"]).out


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_service_whose_workers_and_self_are_killed(counterwatch: Any, start_lab: Any, tmp_path: Path) -> None:
    web = start_lab(tmp_path, 500)
    urls = web.urls
    settings = tmp_path / "etc" / "settings.yaml"
    settings.parent.mkdir()
    settings.write_text(f"service:\n  port: 0\n  workers: 2\n  lists: [{json.dumps(str(web.targets))}]\n")
    arguments = ("serve", "--config", str(settings.parent), *web.options)
    chance = random.Random(11)
    service = start(tmp_path, *arguments)
    for round_ in range(8):
        time.sleep(chance.uniform(2.0, 4.0))
        if round_ % 3 == 2:
            service.send_signal(signal.SIGKILL)
            service.wait()
            service = start(tmp_path, *arguments)
        else:
            for worker in workers_of(service.pid)[:1]:
                os.kill(worker, signal.SIGKILL)
    subjects = {str(parse_target(url).subject) for url in urls}
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and not settled(counterwatch, len(subjects)):
        time.sleep(2)
    service.send_signal(signal.SIGTERM)
    assert service.wait(timeout=60) == 11
    for url in chance.sample(urls, 25):
        steps = lines(counterwatch("trace", url, "--json").out)
        assert sum(step["kind"] == "visit" for step in steps) == 1, steps
    cases = lines(counterwatch("cases", "export").out)
    assert len({case["subject"] for case in cases}) == len(cases) > 50
    assert all(len(set(case["bundles"])) == len(case["bundles"]) == len(case["visits"]) for case in cases)


def settled(counterwatch: Any, subjects: int) -> bool:
    """Whether every subject has an outcome and every flagged one its bundle."""
    status = json.loads(counterwatch("status", "--json").out)
    waiting = status["evidence"]["pending"] + status["evidence"]["leased"]
    return sum(status["outcomes"].values()) >= subjects and waiting == 0


def workers_of(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(number) for number in children.read_text().split()]
