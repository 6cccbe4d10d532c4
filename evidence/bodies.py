"""Finding, for every response, the bytes that references cite: the content-decoded body with the exchange's digest."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.records import Exchange, Visit
from evidence.decoding import decoded_digest

MAX_DECODED = 1 << 30
"""Most bytes that a body is decoded to while its digest is computed."""


class Form(enum.StrEnum):
    """How the cited bytes follow from the WARC."""

    DECODED = "decoded"
    """The response's payload after undoing ``Content-Encoding``, cut at ``size`` bytes."""

    AS_RECEIVED = "as received"
    """The payload itself, cut at ``size`` bytes: no coding, or one that the server only claimed."""

    CONVERSION = "conversion"
    """The block of a ``conversion`` record: the payload is damaged, and decoders may differ about it."""

    UNKNOWN = "unknown"
    """Nobody kept the bytes; nothing may cite them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One response's cited bytes: which record holds them, in which form, their digest in hex and size in bytes."""

    capture: int
    place: int
    exchange: Exchange
    form: Form
    sha256: str
    size: int


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


def _body(exchange: Exchange, capture: int, place: int) -> Body:
    for form, size in _forms(exchange):
        return Body(capture=capture, place=place, exchange=exchange, form=form, sha256=exchange.sha256, size=size)
    return Body(capture=capture, place=place, exchange=exchange, form=Form.UNKNOWN, sha256=exchange.sha256, size=0)


def _forms(exchange: Exchange) -> Iterator[tuple[Form, int]]:
    wanted = exchange.sha256
    cap = len(exchange.decoded) or MAX_DECODED
    encoding = encoding_of(exchange)
    if not encoding:
        size = min(len(exchange.body), cap)
        if hashlib.sha256(memoryview(exchange.body)[:size]).hexdigest() == wanted:
            yield Form.AS_RECEIVED, size
    else:
        digest, size = decoded_digest((exchange.body,), encoding, cap)
        if digest == wanted:
            yield Form.DECODED, size
        size = min(len(exchange.body), cap)
        if hashlib.sha256(memoryview(exchange.body)[:size]).hexdigest() == wanted:
            yield Form.AS_RECEIVED, size
    if exchange.decoded and hashlib.sha256(exchange.decoded).hexdigest() == wanted:
        yield Form.CONVERSION, len(exchange.decoded)
