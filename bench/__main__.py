"""``make bench``: each stage against a peer, in alternating rounds; medians and ratios on stdout."""

from __future__ import annotations

import argparse
import asyncio
import re
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bs4 import BeautifulSoup

from app.offline import EPOCH, offline_visit
from app.rules import build_ruleset
from bench.pages import Sample, corpus_pages, practice_pages
from classifiers import keywords
from classifiers.classify import CompiledRules, compile_rules, judge
from classifiers.page import read_page
from config import load_config
from core.hosts import parse_target
from core.records import Page
from crawler.sources.base import to_candidate
from storage.policy import StorePolicy
from storage.store import open_store

ROUNDS = 5
ROWS = 5_000
BATCH = 100


def compare(what: str, ours: Callable[[], None], peer: Callable[[], None], per: int, unit: str) -> None:
    """Alternate the two, and print medians in ms of CPU per ``unit`` and the ratio peer/ours."""
    mine: list[float] = []
    theirs: list[float] = []
    ours()
    for _ in range(ROUNDS):
        for run, times in ((ours, mine), (peer, theirs)):
            started = time.process_time()
            run()
            times.append((time.process_time() - started) * 1000 / per)
    one, other = statistics.median(mine), statistics.median(theirs)
    print(f"{what:<52} {one:>9.3f} {other:>9.3f} ms/{unit:<5} {other / one:>7.1f} times")


def read_with_soup(samples: Sequence[Sample]) -> None:
    for _, content in samples:
        soup = BeautifulSoup(content, "html.parser")
        soup.get_text(" ", strip=True)
        [(link.get("href"), link.get_text(" ", strip=True)) for link in soup.find_all("a")]
        [(image.get("src"), image.get("alt")) for image in soup.find_all("img")]
        [meta.get("content") for meta in soup.find_all("meta")]


def pages_of(samples: Sequence[Sample]) -> list[Page]:
    visits = [offline_visit(content, parse_target(url)) for url, content in samples]
    return [read_page(visit.captures[0].exchanges[0], url=visit.candidate.url) for visit in visits]


def classifiers_against_peers(samples: Sequence[Sample], rules: CompiledRules) -> None:
    visits = [offline_visit(content, parse_target(url)) for url, content in samples]
    count = len(samples)
    compare(
        "read a page (peer: BeautifulSoup, html.parser)",
        lambda: [read_page(visit.captures[0].exchanges[0]) for visit in visits] and None,
        lambda: read_with_soup(samples),
        count,
        "page",
    )
    few = pages_of(samples[:5])
    terms = {term.text for sector in rules.ruleset.sectors for term in sector.terms}
    alternation = re.compile("|".join(sorted(map(re.escape, terms), key=len, reverse=True)), re.IGNORECASE)
    compare(
        f"match {len(terms):,} terms (peer: one re alternation)",
        lambda: [keywords.match(page, rules.keywords) for page in few] and None,
        lambda: [alternation.findall(" ".join(span.text for span in page.spans)) for page in few] and None,
        len(few),
        "page",
    )
    compare(
        "judge a page, all stages (peer: BeautifulSoup alone)",
        lambda: [judge(visit, rules, at=EPOCH) for visit in visits] and None,
        lambda: read_with_soup(samples),
        count,
        "page",
    )


async def claim_and_release(folder: Path) -> None:
    async with open_store(StorePolicy(data_dir=folder)) as store:
        now = await store.now()
        candidates = [
            to_candidate(parse_target(f"shop{number}.test"), source="bench", reason="bench", seen_at=now)
            for number in range(ROWS)
        ]
        await store.frontier.add(candidates, now)
        for _ in range(ROWS // BATCH):
            await store.frontier.lease("bench", BATCH, now, lease_seconds=60)


def claim_one_by_one(folder: Path) -> None:
    with sqlite3.connect(folder / "peer.sqlite3", isolation_level=None) as connection:
        connection.execute("pragma journal_mode=wal")
        connection.execute("create table if not exists queue (id integer primary key, host text, due integer)")
        connection.execute("delete from queue")
        for number in range(ROWS):
            connection.execute("insert into queue (host, due) values (?, 0)", (f"shop{number}.test",))
        for _ in range(ROWS):
            (row,) = connection.execute("select id from queue where due <= 0 order by due limit 1").fetchone()
            connection.execute("update queue set due = 60 where id = ?", (row,))


def store_against_peer() -> None:
    folders = [tempfile.TemporaryDirectory(prefix="counterwatch-bench-") for _ in range(ROUNDS * 2 + 2)]
    fresh = iter(folders)
    try:
        compare(
            f"add and lease {ROWS:,} rows (peer: SQL, one row at a time)",
            lambda: asyncio.run(claim_and_release(Path(next(fresh).name))),
            lambda: claim_one_by_one(Path(next(fresh).name)),
            ROWS,
            "row",
        )
    finally:
        for folder in folders:
            folder.cleanup()


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--corpus", type=Path, help="folder with MANIFEST.tsv and saved pages; else the practice web")
    parser.add_argument("--pages", type=int, default=60)
    arguments = parser.parse_args()
    samples = corpus_pages(arguments.corpus, arguments.pages) if arguments.corpus else practice_pages(arguments.pages)
    size = statistics.median(len(content) for _, content in samples) / 1000
    print(f"{len(samples)} pages, median {size:.0f} kB; {ROUNDS} alternating rounds, medians of CPU time\n")
    print(f"{'':<52} {'ours':>9} {'peer':>9}")
    classifiers_against_peers(samples, compile_rules(build_ruleset(load_config(None, {}))))
    store_against_peer()
    return 0


if __name__ == "__main__":
    sys.exit(main())
