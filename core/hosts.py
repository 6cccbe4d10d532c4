"""Host names, addresses and targets, parsed once at the border.

Inside the service a host is an A-label name in lower case without a trailing dot, or a canonical IP literal
(IPv6 without brackets). Registrable domains follow the public suffix list bundled with ``tldextract``, private
section included; its algorithm is at https://publicsuffix.org/list/ and never fetches anything here.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from dataclasses import dataclass
from typing import NewType
from urllib.parse import SplitResult, quote, unquote_to_bytes, urljoin, urlsplit

import idna
import tldextract

from core.errors import BadTarget
from core.records import Subject

Hostname = NewType("Hostname", str)

MAX_URL = 4096
"""Longest URL accepted as a target or redirect, in characters."""

PATH_HOSTED = frozenset(
    {
        "sites.google.com", "telegra.ph", "linktr.ee", "beacons.ai", "about.me", "medium.com", "pinterest.com",
        "archive.org", "storage.googleapis.com", "s3.amazonaws.com", "docs.google.com", "gitee.com",
    }
)  # fmt: skip
"""Hosts on which the first path segments, not the host, tell who publishes."""

DEFAULT_PORTS = {"http": 80, "https": 443}

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z")
_NUMBER = re.compile(r"(?:0[xX][0-9a-fA-F]*|[0-9]+)\Z")
_OTHER_SCHEME = re.compile(r"(?:mailto|javascript|data|tel|about|blob|view-source):(?![0-9]+(?:/|\Z))", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_DOTS = str.maketrans({"。": ".", "．": ".", "｡": "."})


@functools.cache
def _suffixes() -> tldextract.TLDExtract:
    return tldextract.TLDExtract(cache_dir=None, suffix_list_urls=(), include_psl_private_domains=True)


def parse_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address that a URL's host means, or None when it is a name.

    Takes what browsers take (WHATWG URL, "IPv4 parser"): dotted, decimal, octal and hexadecimal IPv4, and IPv6 with
    or without brackets. Raises :class:`BadTarget` for a host whose last label is numeric and that is no address.
    """
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
        if ":" not in text:
            raise BadTarget(f"{text!r} is no IPv6 address.")
    if ":" in text:
        try:
            return ipaddress.IPv6Address(text.partition("%")[0])
        except ValueError as exc:
            raise BadTarget(f"{text!r} is no IPv6 address.") from exc
    parts = text.removesuffix(".").split(".")
    if not _NUMBER.match(parts[-1]):
        return None
    if len(parts) > 4 or not all(_NUMBER.match(part) for part in parts):
        raise BadTarget(f"{text!r} is neither a host name nor an IPv4 address.")
    try:
        numbers = [_ipv4_number(part) for part in parts]
    except ValueError as exc:
        raise BadTarget(f"{text!r} is no IPv4 address.") from exc
    *head, last = numbers
    if any(number > 255 for number in head) or last >= 256 ** (5 - len(numbers)):
        raise BadTarget(f"{text!r} is no IPv4 address.")
    value = last + sum(number << 8 * (3 - place) for place, number in enumerate(head))
    return ipaddress.IPv4Address(value)


def _ipv4_number(part: str) -> int:
    if part[:2].lower() == "0x":
        return int(part[2:] or "0", 16)
    if len(part) > 1 and part.startswith("0"):
        return int(part, 8)
    return int(part)


def is_address(host: str) -> bool:
    """Whether an already parsed host is an IP literal."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def parse_host(text: str) -> Hostname:
    """Parse a host name or IP literal. Raises :class:`BadTarget`.

    Names become A-labels by UTS 46 without transitional mapping (``straße.de`` stays itself); emoji labels, which
    some registries sold, are kept as punycode. Underscores are accepted because such hosts exist in the DNS.
    """
    cleaned = text.strip().translate(_DOTS)
    if not cleaned or len(cleaned) > 1000:
        raise BadTarget(f"{text[:80]!r} is no host name.")
    address = parse_address(cleaned)
    if address is not None:
        return Hostname(str(address))
    name = cleaned.removesuffix(".").lower()
    if not name.isascii():
        name = ".".join(_to_ascii(label, text) for label in _map(name, text).split("."))
    if len(name) > 253 or not all(_LABEL.match(label) for label in name.split(".")):
        raise BadTarget(f"{text[:80]!r} is no host name.")
    return Hostname(name)


def _map(name: str, original: str) -> str:
    try:
        return idna.uts46_remap(name, std3_rules=False, transitional=False)
    except (idna.IDNAError, IndexError) as exc:
        raise BadTarget(f"{original[:80]!r} is no host name.") from exc


def _to_ascii(label: str, original: str) -> str:
    if label.isascii():
        return label
    try:
        return idna.encode(label).decode()
    except (idna.IDNAError, UnicodeError, IndexError):
        try:
            return "xn--" + label.encode("punycode").decode()
        except UnicodeError as exc:
            raise BadTarget(f"{original[:80]!r} is no host name.") from exc


def to_unicode(host: str) -> str:
    """The U-label form of a host for people to read; a host that has none is returned as it is."""
    if "xn--" not in host:
        return host
    try:
        return idna.decode(host)
    except (idna.IDNAError, UnicodeError, IndexError):
        return host


def registrable_domain(host: str) -> str | None:
    """The registrable domain (public suffix plus one label) in A-labels; None for a suffix or an IP literal.

    A name under an unlisted top-level domain follows the list's default rule ``*``.
    """
    if is_address(host):
        return None
    found = _suffixes()(host)
    if found.suffix:
        return f"{found.domain}.{found.suffix}" if found.domain else None
    labels = host.split(".")
    return ".".join(labels[-2:]) if len(labels) > 1 else None


def unit_of(host: str) -> str:
    """The grouping column for politeness and caps: the registrable domain, else the host itself."""
    return registrable_domain(host) or host


def suffix_of(host: str) -> str:
    """The public suffix of a host, or its last label under an unlisted top-level domain."""
    return _suffixes()(host).suffix or host.rpartition(".")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A parsed target: the subject to watch, the URL to start from, its host and unit.

    ``scheme_given`` is false when only a host was named and ``http`` was assumed.
    """

    subject: Subject
    url: str
    host: Hostname
    port: int
    unit: str
    scheme_given: bool


def parse_url(url: str) -> tuple[SplitResult, Hostname, int]:
    """Split an absolute http(s) URL into parts, host and port. Raises :class:`BadTarget` with the reason."""
    if len(url) > MAX_URL:
        raise BadTarget(f"The URL {url[:60]!r}… is longer than {MAX_URL} characters.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise BadTarget(f"{url[:200]!r} is no URL: {exc}.") from exc
    if parts.scheme not in DEFAULT_PORTS:
        raise BadTarget(f"{url[:200]!r} has the scheme {parts.scheme!r}; only http and https are visited.")
    netloc = parts.netloc.rpartition("@")[2]
    host_text = (
        netloc[: netloc.index("]") + 1] if netloc.startswith("[") and "]" in netloc else netloc.partition(":")[0]
    )
    host = parse_host(_unquote_host(host_text))
    if port == 0:
        raise BadTarget(f"{url[:200]!r} has the port 0.")
    return parts, host, port or DEFAULT_PORTS[parts.scheme]


def _unquote_host(text: str) -> str:
    return unquote_to_bytes(text).decode("utf-8", "replace") if "%" in text else text


def canonical_url(url: str) -> str:
    """The URL as it is requested: lower-case scheme and host, A-labels, no user info, default port or fragment.

    Raises :class:`BadTarget`.
    """
    parts, host, port = parse_url(url)
    shown = f"[{host}]" if ":" in host else host
    if port != DEFAULT_PORTS[parts.scheme]:
        shown = f"{shown}:{port}"
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=-._~")
    query = f"?{quote(parts.query, safe=_QUERY_SAFE)}" if parts.query else ""
    return f"{parts.scheme}://{shown}{path}{query}"


_QUERY_SAFE = "/%:@!$&'()*+,;=-._~?[]{}|\\^`"


def join_url(base: str, reference: str) -> str:
    """Resolve a redirect's ``Location`` against its base. Raises :class:`BadTarget` when it makes no http(s) URL."""
    try:
        joined = urljoin(base, reference.strip())
    except ValueError as exc:
        raise BadTarget(f"{reference[:200]!r} is no URL: {exc}.") from exc
    return canonical_url(joined)


def parse_target(text: str) -> Target:
    """Parse what a person or a list names: a URL, ``host``, ``host:port`` or ``host/path``; defanged forms too.

    Raises :class:`BadTarget` naming what is wrong. The path is part of the subject because a user gave it; the
    query and the fragment are not.
    """
    cleaned = _refang(text.strip().lstrip("\ufeff"))
    if not cleaned:
        raise BadTarget("The target is empty.")
    if _CONTROL.search(cleaned):
        raise BadTarget(f"{cleaned[:80]!r} has white space or control characters inside.")
    if _OTHER_SCHEME.match(cleaned):
        raise BadTarget(f"{cleaned[:80]!r} is no web address; only http and https are visited.")
    if ":" in cleaned and is_address(cleaned):
        cleaned = f"[{cleaned}]"
    scheme_given = bool(re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*://", cleaned))
    url = canonical_url(cleaned if scheme_given else f"http://{cleaned}")
    _, host, port = parse_url(url)
    if "." not in host and not is_address(host) and host != "localhost":
        raise BadTarget(f"{host!r} is a single label, not a public host name.")
    return Target(
        subject=site_subject(url, with_path=True),
        url=url,
        host=host,
        port=port,
        unit=unit_of(host),
        scheme_given=scheme_given,
    )


def _refang(text: str) -> str:
    text = re.sub(r"^hxxp(s?)(?=[:\[])", r"http\1", text, flags=re.IGNORECASE)
    return text.replace("[.]", ".").replace("(.)", ".").replace("[:]", ":").replace("[://]", "://")


def site_subject(url: str, *, with_path: bool = False) -> Subject:
    """The subject of a URL: host without ``www.``, port unless default, path when asked for or path-hosted.

    Raises :class:`BadTarget`.
    """
    parts, host, port = parse_url(url)
    bare = host.removeprefix("www.")
    if "." not in bare:
        bare = host
    key = f"[{bare}]" if ":" in bare else bare
    if port != DEFAULT_PORTS[parts.scheme]:
        key += f":{port}"
    if with_path or bare in PATH_HOSTED:
        key += _normal_path(parts.path)
    return Subject(key=key)


def _normal_path(path: str) -> str:
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(quote(unquote_to_bytes(segment), safe=":@!$&'()*+,;=-._~"))
    return "".join(f"/{segment}" for segment in kept)


def defang(url: str) -> str:
    """A URL or host that no program turns into a live link: ``hxxp://shop[.]example``."""
    text = re.sub(r"^http", "hxxp", url)
    scheme, mark, rest = text.rpartition("://")
    netloc, slash, path = rest.partition("/")
    return f"{scheme}{mark}{netloc.replace('.', '[.]')}{slash}{path}"
