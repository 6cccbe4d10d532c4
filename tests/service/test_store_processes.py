"""Several real processes on one store: no lock errors, nothing lost, nothing twice, kill -9 and full disks."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from contextlib import closing
from pathlib import Path

import pytest

from storage.policy import StorePolicy
from storage.store import open_store

PRELUDE = """
import asyncio, os, resource, sys
from datetime import timedelta
from pathlib import Path
from core.errors import CounterwatchError, OutOfDisk
from core.hosts import parse_target
from core.ids import new_ulid, sha256_hex
from core.records import *
from storage.policy import StorePolicy
from storage.records import CaseOpening, Finished
from storage.store import open_store

folder, name = Path(sys.argv[1]), sys.argv[2]
policy = StorePolicy(data_dir=folder)

def candidate(number, now):
    target = parse_target(f"s{number}.test")
    return Candidate(subject=target.subject, url=target.url, unit=target.unit, source="t", reason="t", seen_at=now)

def visit(lease, now, size=2000):
    body = os.urandom(size)
    exchange = Exchange(
        url=lease.candidate.url, request_headers=(), status=200, reason="OK", http_version="1.1", headers=(),
        body=body, truncated=False, sha256=sha256_hex(body), remote_address="192.0.2.1", remote_port=80, at=now,
        elapsed=0.1,
    )
    capture = Capture(vantage="v", resolutions=(), exchanges=(exchange,), outcome=Outcome.CONTENT)
    return Visit(id=new_ulid(now), candidate=lease.candidate, captures=(capture,), outcome=Outcome.CONTENT, at=now)

async def work(store, writer, leases, now, size=2000):
    items = []
    for lease in leases:
        seen = visit(lease, now, size)
        items.append(Finished(lease=lease, visit=seen, bodies=await writer.append(seen), title="t",
                              case=CaseOpening(organisation="ag") if lease.subject_id % 3 == 0 else None))
    await writer.sync()
    return await store.finish(items, now)
"""

WORKER = """
async def main():
    async with open_store(policy) as store, store.segments.open_writer(name) as writer:
        while True:
            now = await store.now()
            leases = await store.frontier.lease(name, 7, now, lease_seconds=float(sys.argv[3]))
            if not leases:
                depth = await store.frontier.depth(now)
                if not depth.due and not depth.leased:
                    break
                await asyncio.sleep(0.05)
                continue
            await work(store, writer, leases, now)
            await store.workers.beat(name, os.getpid(), "busy", now)
asyncio.run(main())
"""

FILL = """
async def main():
    async with open_store(policy) as store, store.segments.open_writer(name) as writer:
        now = await store.now()
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
        number = 0
        try:
            while True:
                await store.frontier.add([candidate(number + step, now) for step in range(20)], now)
                number += 20
                leases = await store.frontier.lease(name, 20, now, lease_seconds=600)
                await work(store, writer, leases, now, int(sys.argv[4]))
        except OutOfDisk as exc:
            print("full:", exc)
        try:
            for number in range(100):
                await store.blobs.put(os.urandom(int(sys.argv[3]) + number))
        except OutOfDisk as exc:
            print("full:", exc)
asyncio.run(main())
"""

OPEN = """
async def main():
    async with open_store(policy) as store:
        now = await store.now()
        await store.frontier.add([candidate(int(name) * 1000 + step, now) for step in range(50)], now)
asyncio.run(main())
"""


def start(script: str, *arguments: object, **options: object) -> subprocess.Popen[str]:
    code = textwrap.dedent(PRELUDE) + textwrap.dedent(script)
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,  # type: ignore[call-overload]
    )


def finish(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=50)
    assert process.returncode == 0, err
    return out


async def seed(folder: Path, count: int) -> None:
    names: dict[str, object] = {}
    exec(PRELUDE.replace("folder, name = Path(sys.argv[1]), sys.argv[2]", f"folder = Path({str(folder)!r})"), names)
    async with open_store(StorePolicy(data_dir=folder)) as store:
        now = await store.now()
        await store.frontier.add([names["candidate"](number, now) for number in range(count)], now)  # type: ignore[operator]


async def check_whole(folder: Path, subjects: int) -> None:
    """Every subject has exactly one visit, every third exactly one case and job, every indexed body is readable."""
    database = sqlite3.connect(folder / "counterwatch.sqlite3")
    ask = lambda question: database.execute(question).fetchone()[0]  # noqa: E731
    assert ask("PRAGMA integrity_check") == "ok"
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    assert ask("SELECT count(*) FROM visits") == ask("SELECT count(DISTINCT subject_id) FROM visits") == subjects
    assert ask("SELECT count(*) FROM cases") == ask("SELECT count(*) FROM evidence_jobs") == subjects // 3
    visits = [row[0] for row in database.execute("SELECT id FROM visits")]
    database.close()
    async with open_store(StorePolicy(data_dir=folder)) as store:
        for visit_id in visits:
            assert (await store.visits.get(visit_id)).missing == ()
        assert await store.audit.verify() == ()


async def test_four_processes_share_the_work_without_a_lock_error(tmp_path):
    await seed(tmp_path, 150)
    processes = [start(WORKER, tmp_path, f"w{number}", 60) for number in range(4)]
    for process in processes:
        finish(process)
    await check_whole(tmp_path, 150)


async def test_fresh_folder_opened_by_several_processes_at_once(tmp_path):
    processes = [start(OPEN, tmp_path / "new", number) for number in range(4)]
    for process in processes:
        finish(process)
    async with open_store(StorePolicy(data_dir=tmp_path / "new")) as store:
        assert (await store.frontier.depth(await store.now())).due == 200


def count_visits(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "counterwatch.sqlite3")) as database:
        return int(database.execute("SELECT count(*) FROM visits").fetchone()[0])


def wait_for_progress(folder: Path) -> None:
    """Return as soon as somebody has recorded a visit more."""
    recorded = count_visits(folder)
    while count_visits(folder) == recorded:
        time.sleep(0.01)


async def test_killed_workers_lose_and_repeat_nothing(tmp_path):
    await seed(tmp_path, 150)
    for round_ in range(3):
        process = start(WORKER, tmp_path, f"w{round_}", 0.5)
        wait_for_progress(tmp_path)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    finish(start(WORKER, tmp_path, "last", 0.5))
    await check_whole(tmp_path, 150)


@pytest.mark.parametrize(("limit", "body"), [(1_500_000, 10), (700_000, 20_000)], ids=["database", "segment"])
async def test_a_file_size_limit_is_out_of_disk_and_leaves_the_store_whole(tmp_path, limit, body):
    async with open_store(StorePolicy(data_dir=tmp_path)):
        pass
    out = finish(start(FILL, tmp_path, "w1", limit, body))
    assert out.count("full:") == 2, out
    assert list((tmp_path / "blobs" / "tmp").iterdir()) == []
    async with open_store(StorePolicy(data_dir=tmp_path)) as store:
        await store.frontier.release_worker("w1", await store.now())
    finish(start(WORKER, tmp_path, "w2", 60))
    database = sqlite3.connect(tmp_path / "counterwatch.sqlite3")
    (subjects,) = database.execute("SELECT count(*) FROM subjects").fetchone()
    database.close()
    await check_whole(tmp_path, subjects)


@pytest.mark.parametrize("folder", ["/proc/counterwatch", "a-file/store"])
async def test_a_folder_that_cannot_be_written_is_one_clear_sentence(tmp_path, folder):
    (tmp_path / "a-file").write_text("no folder")
    process = start(OPEN, tmp_path / folder, 1)
    _, err = process.communicate(timeout=50)
    assert "core.errors.StoreError" in err
