"""Cloaking: a page that shows search engines or chosen visitors something else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from classifiers.structure.base import Context, Detector, Finding, distinct, quick_host, quoted
from core.hosts import unit_of
from core.records import Family

_MIN_HIDDEN = 8
_REFERRER = re.compile(
    r"document\s*\.\s*referrer[^\n]{0,400}?(?:google|bing|yahoo|baidu|yandex|search)[^\n]{0,600}?"
    r"(?:location(?:\.href|\.replace|\.assign)?\s*[=(]|window\.open\()",
    re.IGNORECASE,
)
_REFERRER_TOKEN = re.compile(r"document\s*\.\s*referrer", re.IGNORECASE)


def hidden_links(context: Context) -> Iterator[Finding]:
    """A block of hidden links that lead to many other sites."""
    hidden = [link for page in context.pages for link in page.links if link.hidden and link.url]
    foreign = [link for link in hidden if unit_of(quick_host(link.url)) not in ("", context.unit)]
    if len({quick_host(link.url) for link in foreign}) >= _MIN_HIDDEN:
        quotes = distinct((link.href for link in foreign), 24)
        yield Finding(id="cloaking.hidden-links", family=Family.CLOAKING, quotes=quotes)


def referrer_script(context: Context) -> Iterator[Finding]:
    """A script that sends visitors elsewhere when they come from a search engine."""
    for page in context.pages:
        for script in page.scripts:
            flat = " ".join(script.text.split()) if "referrer" in script.text else ""
            if flat and _REFERRER.search(flat):
                yield Finding(
                    id="cloaking.referrer-script", family=Family.CLOAKING, quotes=quoted(_REFERRER_TOKEN, flat, 1)
                )
                return


DETECTORS = (
    Detector(id="hidden-links", version="1", find=hidden_links),
    Detector(id="referrer-script", version="1", find=referrer_script),
)
