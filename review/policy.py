"""What an operator can set about the pages and the API."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""Host names under which the service always answers, whatever ``base_url`` says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPolicy:
    """Settings of the review part; ``config`` fills them."""

    session_hours: float = 12.0
    """How long a login lasts, in hours."""

    secure_cookie: bool = False
    """Send the session cookie over HTTPS only, and ask browsers to keep to HTTPS. Set it behind a TLS proxy."""

    base_url: str = ""
    """The address that people open, such as ``https://counterwatch.agency.example``; ``Host`` may name its host."""

    allowed_hosts: tuple[str, ...] = ()
    """More host names to accept in the ``Host`` header, without port."""

    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks of reverse proxies whose ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed."""

    instance: str = "Counterwatch"
    """The name of this installation, shown in the header and the window title."""

    demo: bool = False
    """Show a banner that says the sites are the practice web."""

    min_password: int = 12
    """Least length of a password that a person chooses, in characters."""

    min_reason: int = 10
    """Least length of a decision's reason, in characters."""

    page_size: int = 50
    """Cases on one page of the queue."""

    max_request_bytes: int = 1_000_000
    """Largest request body that is read."""

    def hosts(self) -> frozenset[str]:
        """Every host name accepted in a ``Host`` header, in lower case, IPv6 in brackets, without port."""
        named = urlsplit(self.base_url).netloc.rpartition("@")[2]
        return LOOPBACK_HOSTS | {
            host_without_port(host) for host in (*self.allowed_hosts, named) if host_without_port(host)
        }


def host_without_port(header: str) -> str:
    """The host of a ``Host`` header or authority, in lower case, without port or final dot."""
    text = header.strip().lower()
    if text.startswith("["):
        return text.partition("]")[0] + "]" if "]" in text else ""
    return text.partition(":")[0].removesuffix(".")
