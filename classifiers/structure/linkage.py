"""Linkage: parts shared with other sites. Supports other evidence, never carries a flag."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from classifiers.structure.base import Context, Detector, Finding, distinct, quick_host, under
from core.hosts import unit_of
from core.records import Family

_MIN_IMAGES = 6
_SHARED_HOSTS = frozenset(
    {
      "staticsoem.com", "img.staticdj.com", "cdn.shopyy.com", "ly200-cdn.com", "img.xshoppy.shop", "allvaluecdn.com",
      "yupoo.com", "photo.yupoo.com", "alicdn.com", "szwego.com", "wsxc.cn", "dhresource.com",
    }
)  # fmt: skip
"""Image hosts of mass templates, wholesale albums and exporters."""


def foreign_images(context: Context) -> Iterator[Finding]:
    """Most pictures of the goods come straight from a wholesale album or a mass template's image host."""
    if not context.selling:
        return
    urls = [image.url for page in context.pages for image in page.images if image.url]
    if len(urls) < _MIN_IMAGES:
        return
    hosts = Counter(quick_host(url) for url in urls)
    shared = {host: count for host, count in hosts.items() if under(host, _SHARED_HOSTS)}
    if sum(shared.values()) >= 0.5 * len(urls) and unit_of(max(shared, key=lambda host: shared[host])) != context.unit:
        quotes = distinct((url.partition("://")[2] for url in urls if quick_host(url) in shared), 24)
        yield Finding(id="linkage.foreign-images", family=Family.LINKAGE, quotes=quotes)


DETECTORS = (Detector(id="foreign-images", version="1", find=foreign_images),)
