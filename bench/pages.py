"""The pages that benchmarks read: the practice web's shops, or a folder of saved pages."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from app.offline import read_page_file
from lab.pages import Origin, Pages
from lab.plan import plan_sites

Sample = tuple[str, bytes]


def practice_pages(count: int) -> list[Sample]:
    """URL and HTML of the first pages of a practice web."""
    pages = Pages()
    origin = Origin(scheme="http", http_port=8081, https_port=8443)
    found: list[Sample] = []
    for site in plan_sites(count * 4, seed=3):
        content = pages.page(site, site.path, origin)
        if content is not None:
            found.append((f"http://{site.host}{site.path}", content))
    return found[:count]


def corpus_pages(folder: Path, count: int) -> list[Sample]:
    """URL and HTML of saved pages: ``MANIFEST.tsv`` in ``folder`` names ``file`` and ``url``."""
    return list(_read(folder, count))


def _read(folder: Path, count: int) -> Iterator[Sample]:
    with (folder / "MANIFEST.tsv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    for row in rows[:: max(1, len(rows) // count)][:count]:
        yield row["url"] or "http://page.example/", read_page_file(folder / row["file"])
