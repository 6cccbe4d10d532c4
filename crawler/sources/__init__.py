"""Where candidates come from."""

from crawler.sources.base import ListEntry, Source, to_candidate
from crawler.sources.lists import ListSource

SOURCES = (ListSource,)
"""Every kind of source; adding one is a module and a line here."""

__all__ = ["SOURCES", "ListEntry", "ListSource", "Source", "to_candidate"]
