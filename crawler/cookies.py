"""Cookies of one visit: kept from hop to hop, forgotten at its end. Many shops redirect for ever without them."""

from __future__ import annotations

from collections.abc import Iterable

MAX_COOKIES = 50
MAX_COOKIE_BYTES = 4_096
MAX_HEADER_BYTES = 8_192


class VisitCookies:
    """A jar for the hops of one visit, scoped by host, or by ``Domain`` within the visit's unit (RFC 6265, cut down).

    Paths, dates and flags are ignored: the jar lives for seconds. Bounded in number and size.
    """

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._kept: dict[tuple[str, str], str] = {}

    def take(self, host: str, values: Iterable[str]) -> None:
        """Keep what the ``Set-Cookie`` values of a response from ``host`` set."""
        for value in values:
            pair, *attributes = value[: 2 * MAX_COOKIE_BYTES].split(";")
            name, mark, content = (part.strip() for part in pair.partition("="))
            if not mark or not name or len(pair) > MAX_COOKIE_BYTES or not pair.isprintable() or not pair.isascii():
                continue
            named = {key.strip().lower(): text.strip() for key, _, text in (item.partition("=") for item in attributes)}
            scope = self._scope(host, named.get("domain", "").lower().removeprefix("."))
            if scope is None:
                continue
            if named.get("max-age", "").startswith(("0", "-")):
                self._kept.pop((scope, name), None)
            elif (scope, name) in self._kept or len(self._kept) < MAX_COOKIES:
                self._kept[scope, name] = content

    def _scope(self, host: str, domain: str) -> str | None:
        """``=host`` for a cookie of that host alone, a domain for one that its subdomains get too."""
        if not domain or domain == host == self._unit:
            return domain or f"={host}"
        inside = host == domain or host.endswith(f".{domain}")
        within = domain == self._unit or domain.endswith(f".{self._unit}")
        return domain if inside and within else None

    def header(self, host: str) -> str:
        """The ``Cookie`` value for a request to ``host``; empty when there is nothing to send."""
        text = ""
        for (scope, name), content in self._kept.items():
            if scope == f"={host}" or host == scope or host.endswith(f".{scope}"):
                longer = f"{text}; {name}={content}" if text else f"{name}={content}"
                if len(longer) <= MAX_HEADER_BYTES:
                    text = longer
        return text
