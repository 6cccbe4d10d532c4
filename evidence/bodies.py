"""How each body stands in the WARC, and how the bytes that references cite follow from it.

References cite the content-decoded body by its digest. A body is recorded as received, with one exception: public WARC
tools disagree about Brotli (warcio 1.8 stops at it), so such a response is recorded decoded, its header renamed to
``x-orig-content-encoding``, and the bytes as received follow in a ``resource`` record of their own.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from core.records import Exchange, Visit
from evidence.decoding import codings, decode, decoded_digest

RECEIVED = "urn:received:"
"""Starts the target of a ``resource`` record that holds a body as received; the URL follows."""

MAX_DECODED = 1 << 30
"""Most bytes that a body is decoded to while its digest is computed."""


class Form(enum.StrEnum):
    """How the cited bytes follow from the WARC."""

    DECODED = "decoded"
    """The recorded payload after undoing ``Content-Encoding``, cut at ``size`` bytes."""

    AS_RECORDED = "as recorded"
    """The recorded payload itself, cut at ``size`` bytes: no coding, or one that the server only claimed."""

    CONVERSION = "conversion"
    """The block of a ``conversion`` record: the payload is damaged, and decoders may differ about it."""

    UNKNOWN = "unknown"
    """Nobody kept the bytes; nothing may cite them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One response's cited bytes: which record holds them, in which form, their digest in hex and size in bytes.

    ``recorded`` is the exchange as the WARC holds it; ``unpacked`` says that it differs from what was received.
    """

    capture: int
    place: int
    exchange: Exchange
    recorded: Exchange
    form: Form
    sha256: str
    size: int

    @property
    def unpacked(self) -> bool:
        """Whether the WARC holds the body decoded, and the bytes as received beside it."""
        return self.recorded is not self.exchange


def bodies_of(visit: Visit) -> tuple[Body, ...]:
    """The bodies of a visit in capture order."""
    return tuple(
        _body(exchange, number, place)
        for number, capture in enumerate(visit.captures)
        for place, exchange in enumerate(capture.exchanges)
    )


def content_encoding(values: Iterable[str]) -> str:
    """The value of all ``Content-Encoding`` headers together (RFC 9110, section 5.3)."""
    return ", ".join(values)


def encoding_of(exchange: Exchange) -> str:
    """The content codings of a response as one header value."""
    return content_encoding(value for name, value in exchange.headers if name.lower() == "content-encoding")


def recorded_visit(visit: Visit, bodies: Sequence[Body]) -> Visit:
    """The visit with every exchange as the WARC holds it."""
    by_place = {(body.capture, body.place): body.recorded for body in bodies}
    return replace(
        visit,
        captures=tuple(
            replace(
                capture,
                exchanges=tuple(by_place[number, place] for place in range(len(capture.exchanges))),
            )
            for number, capture in enumerate(visit.captures)
        ),
    )


def _body(exchange: Exchange, capture: int, place: int) -> Body:
    form, size = next(_forms(exchange), (Form.UNKNOWN, 0))
    recorded = exchange
    if "br" in codings(encoding_of(exchange)):
        recorded, form = _unpacked(exchange, form, size)
    return Body(
        capture=capture,
        place=place,
        exchange=exchange,
        recorded=recorded,
        form=form,
        sha256=exchange.sha256,
        size=size,
    )


def _unpacked(exchange: Exchange, form: Form, size: int) -> tuple[Exchange, Form]:
    headers = tuple(
        ("x-orig-content-encoding" if name.lower() == "content-encoding" else name, value)
        for name, value in exchange.headers
    )
    if form is Form.DECODED:
        body = decode(exchange.body, encoding_of(exchange), size)
    elif form is Form.CONVERSION:
        body = exchange.decoded
    else:
        body = exchange.body
    return replace(exchange, headers=headers, body=body), form if form is Form.UNKNOWN else Form.AS_RECORDED


def _forms(exchange: Exchange) -> Iterator[tuple[Form, int]]:
    wanted, encoding = exchange.sha256, encoding_of(exchange)
    cap = len(exchange.decoded) or MAX_DECODED
    size = min(len(exchange.body), cap)
    if hashlib.sha256(memoryview(exchange.body)[:size]).hexdigest() == wanted:
        yield Form.AS_RECORDED, size
    if encoding:
        digest, size = decoded_digest((exchange.body,), encoding, cap)
        if digest == wanted:
            yield Form.DECODED, size
    if exchange.decoded and hashlib.sha256(exchange.decoded).hexdigest() == wanted:
        yield Form.CONVERSION, len(exchange.decoded)
