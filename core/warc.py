"""WARC 1.1 records rendered from exchanges and resolutions: pure, deterministic, SHA-256 digests.

Source: ISO 28500:2017 (https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/).
Bodies are written as received. A chunked transfer coding was already undone by the client, so its header is renamed
to ``x-orig-transfer-encoding``; nothing else is changed.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from core.records import Exchange, Resolution

_NAMESPACE = uuid.UUID("6f1b3f6e-7f0a-5d0f-9a53-0c8ad4a1f3b7")


@dataclass(frozen=True, slots=True, kw_only=True)
class WarcRecord:
    """A rendered record: ``head`` ends with the empty line, ``block`` is the content, four bytes end the record.

    ``body_offset`` is where an HTTP body starts inside ``block``.
    """

    record_id: str
    head: bytes
    block: bytes
    body_offset: int = 0

    @property
    def size(self) -> int:
        """Length of the whole record in bytes."""
        return len(self.head) + len(self.block) + 4

    def __bytes__(self) -> bytes:
        return b"".join((self.head, self.block, b"\r\n\r\n"))


def record_id(seed: str) -> str:
    """A reproducible ``urn:uuid`` for a record, from text that names its place (visit, position, type)."""
    return f"urn:uuid:{uuid.uuid5(_NAMESPACE, seed)}"


def digest(content: bytes) -> str:
    """A WARC digest: ``sha256:`` and base 32 with its padding, without which warcio reads another value."""
    return "sha256:" + base64.b32encode(hashlib.sha256(content).digest()).decode()


def warc_date(at: datetime) -> str:
    """W3C date with microseconds, UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def render(
    type_: str,
    *,
    seed: str,
    at: datetime,
    block: bytes,
    content_type: str,
    target: str = "",
    extra: Sequence[tuple[str, str]] = (),
    body_offset: int = 0,
) -> WarcRecord:
    """Render one record. ``extra`` headers are written in the order given."""
    identity = record_id(seed)
    headers = [("WARC-Type", type_), ("WARC-Record-ID", f"<{identity}>"), ("WARC-Date", warc_date(at))]
    if target:
        headers.append(("WARC-Target-URI", target))
    headers += extra
    headers += [
        ("WARC-Block-Digest", digest(block)),
        ("Content-Type", content_type),
        ("Content-Length", str(len(block))),
    ]
    text = "".join(f"{name}: {_one_line(value)}\r\n" for name, value in headers)
    return WarcRecord(record_id=identity, head=f"WARC/1.1\r\n{text}\r\n".encode(), block=block, body_offset=body_offset)


def _one_line(value: str) -> str:
    return value.replace("\r", " ").replace("\n", " ")


def render_warcinfo(*, seed: str, at: datetime, fields: Sequence[tuple[str, str]], filename: str) -> WarcRecord:
    """The record that opens a file and says who made it."""
    block = "".join(f"{name}: {_one_line(value)}\r\n" for name, value in fields).encode()
    return render(
        "warcinfo",
        seed=f"{seed}/warcinfo",
        at=at,
        block=block,
        content_type="application/warc-fields",
        extra=(("WARC-Filename", filename),),
    )


def render_dns(resolution: Resolution, *, seed: str) -> WarcRecord:
    """A ``dns:`` resource record in ``text/dns`` (RFC 4027): addresses, aliases, name servers and mail hosts."""
    ttl = resolution.ttl or 0
    lines = [resolution.at.astimezone(UTC).strftime("%Y%m%d%H%M%S")]
    owner = resolution.host
    for alias in resolution.cnames:
        lines.append(f"{owner}.\t{ttl}\tIN\tCNAME\t{alias}.")
        owner = alias
    for address in resolution.addresses:
        lines.append(f"{owner}.\t{ttl}\tIN\t{'AAAA' if ':' in address else 'A'}\t{address}")
    lines += [f"{resolution.host}.\t{ttl}\tIN\tNS\t{server}." for server in resolution.ns]
    lines += [f"{resolution.host}.\t{ttl}\tIN\tMX\t{host}." for host in resolution.mx]
    if not resolution.addresses:
        lines.append(f"; {resolution.lookup}")
    return render(
        "resource",
        seed=f"{seed}/dns",
        at=resolution.at,
        block="".join(f"{line}\r\n" for line in lines).encode(),
        content_type="text/dns",
        target=f"dns:{resolution.host}",
        extra=(("WARC-IP-Address", _without_port(resolution.server)),) if resolution.server else (),
    )


def _without_port(server: str) -> str:
    """The address of a name server given as ``192.0.2.53``, ``192.0.2.53:53`` or ``[2001:db8::53]:53``."""
    if server.startswith("["):
        return server[1:].partition("]")[0]
    return server.partition(":")[0] if server.count(":") == 1 else server


def http_head(exchange: Exchange) -> bytes:
    """The status line and headers of a response as they are recorded, with the empty line."""
    version = exchange.http_version if "." in exchange.http_version else f"{exchange.http_version}.0"
    lines = [f"HTTP/{version} {exchange.status} {_one_line(exchange.reason)}".rstrip()]
    for name, value in exchange.headers:
        shown = "x-orig-transfer-encoding" if name.lower() == "transfer-encoding" else name
        lines.append(f"{shown}: {_one_line(value)}")
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1", "replace") + b"\r\n"


def render_exchange(exchange: Exchange, *, seed: str) -> tuple[WarcRecord, WarcRecord]:
    """The ``response`` and ``request`` records of one exchange, the request naming its response as concurrent."""
    head = http_head(exchange)
    protocol = [("WARC-Protocol", f"http/{exchange.http_version}")]
    if exchange.tls is not None:
        protocol.append(("WARC-Protocol", exchange.tls.version.lower().replace("tlsv", "tls/")))
        protocol.append(("WARC-Cipher-Suite", exchange.tls.cipher))
    shared = [("WARC-IP-Address", exchange.remote_address), *protocol]
    extra = [*shared, ("WARC-Payload-Digest", digest(exchange.body))]
    if exchange.truncated:
        extra.append(("WARC-Truncated", "length"))
    response = render(
        "response",
        seed=f"{seed}/response",
        at=exchange.at,
        block=head + exchange.body,
        content_type="application/http; msgtype=response",
        target=exchange.url,
        extra=extra,
        body_offset=len(head),
    )
    request = render(
        "request",
        seed=f"{seed}/request",
        at=exchange.at,
        block=_request_block(exchange),
        content_type="application/http; msgtype=request",
        target=exchange.url,
        extra=[*shared, ("WARC-Concurrent-To", f"<{response.record_id}>")],
    )
    return response, request


def _request_block(exchange: Exchange) -> bytes:
    parts = urlsplit(exchange.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"{exchange.method} {target} HTTP/1.1"]
    lines += [f"{name}: {_one_line(value)}" for name, value in exchange.request_headers]
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1", "replace") + b"\r\n"


def render_visit(
    resolutions: Sequence[Resolution], exchanges: Sequence[Exchange], *, seed: str
) -> Iterator[WarcRecord]:
    """Every record of one capture in order: the lookups, then each response with its request."""
    for place, resolution in enumerate(resolutions):
        yield render_dns(resolution, seed=f"{seed}/{place}")
    for place, exchange in enumerate(exchanges):
        yield from render_exchange(exchange, seed=f"{seed}/{place}")
