"""Platform: what the shop is built with. Supports other evidence, never carries a flag."""

from __future__ import annotations

import re
from collections.abc import Iterator

from classifiers.structure.base import Context, Detector, Finding, quoted
from core.records import Family

_MARKS = (
    ("platform.zen-cart", re.compile(r"main_page=(?:index|product_info|login)|zcJS|Zen ?Cart", re.IGNORECASE)),
    ("platform.oemsaas", re.compile(r"oemcart_\w+|staticsoem\.com|oemsaas\w*", re.IGNORECASE)),
    ("platform.shoplazza", re.compile(r"cdn\.shoplazza\.com|img\.staticdj\.com|shoplazza_\w+", re.IGNORECASE)),
    ("platform.shopyy", re.compile(r"cdn\.shopyy\.com|shopyy\w*\.com|ueeshop\.\w+|ly200-cdn\.com", re.IGNORECASE)),
    ("platform.shopline-mass", re.compile(r"allvaluecdn?\.com|img\.xshoppy\.shop|funpinpin\.\w+", re.IGNORECASE)),
)  # fmt: skip
"""Platforms that mass-made shops stand on far more often than others; patterns of ASCII markup."""


def mass_platforms(context: Context) -> Iterator[Finding]:
    """The marks of a platform or template that mass-made shops prefer."""
    if not context.selling:
        return
    for id_, pattern in _MARKS:
        quotes = quoted(pattern, context.source, 3)
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
