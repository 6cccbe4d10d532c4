"""Platform: what the shop is built with. Supports other evidence, never carries a flag."""

from __future__ import annotations

import re
from collections.abc import Iterator

from classifiers.structure.base import Context, Detector, Finding, distinct
from core.records import Family

_MARKS = (
    ("platform.zen-cart", ("main_page=index", "main_page=product_info", "main_page=login", "zcjs", "zen cart")),
    ("platform.oemsaas", ("oemcart_", "staticsoem.com", "oemsaas")),
    ("platform.shoplazza", ("cdn.shoplazza.com", "img.staticdj.com", "shoplazza_")),
    ("platform.shopyy", ("cdn.shopyy.com", "ueeshop.com", "ly200-cdn.com")),
    ("platform.shopline-mass", ("allvaluecdn.com", "img.xshoppy.shop", "funpinpin.com", "funpinpin.top")),
)
"""Platforms that mass-made shops stand on far more often than others, by texts of their markup in lower case."""


def mass_platforms(context: Context) -> Iterator[Finding]:
    """The marks of a platform or template that mass-made shops prefer."""
    if not context.selling:
        return
    lowered = context.source.lower()
    for id_, marks in _MARKS:
        places = ((lowered.find(mark), len(mark)) for mark in marks)
        quotes = distinct((context.source[at : at + size] for at, size in places if at >= 0), 3)
        if quotes:
            yield Finding(id=id_, family=Family.PLATFORM, quotes=quotes)


_GENERATOR = re.compile(r"(?i)shopping cart program by|zen ?cart|oscommerce|ecshop|template ?monster free")


def odd_generator(context: Context) -> Iterator[Finding]:
    """A generator tag that carries a page's own keywords instead of a program's name."""
    if not context.selling:
        return
    for page in context.pages:
        for name, value in page.meta:
            if name.lower() == "generator" and _GENERATOR.search(value):
                yield Finding(id="platform.mass-template", family=Family.PLATFORM, quotes=(value,))


DETECTORS = (
    Detector(id="mass-platforms", version="1", find=mass_platforms),
    Detector(id="generator", version="1", find=odd_generator),
)
