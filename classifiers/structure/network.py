"""Network: what the connection itself shows. Nothing is looked up here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta

from cryptography import x509

from classifiers.structure.base import Context, Detector, Finding
from core.records import Exchange, Family

_FRESH = timedelta(days=14)


def _certificate(exchange: Exchange) -> x509.Certificate | None:
    if exchange.tls is None or not exchange.tls.leaf:
        return None
    try:
        return x509.load_der_x509_certificate(exchange.tls.leaf)
    except ValueError:
        return None


def _lookup(exchange: Exchange) -> tuple[str, str]:
    leaf = exchange.tls.leaf if exchange.tls else b""
    return "certificate", hashlib.sha256(leaf).hexdigest()


def tls_faults(context: Context) -> Iterator[Finding]:
    """A certificate that does not verify."""
    exchange = context.exchanges[0]
    if exchange.tls is not None and exchange.tls.faults:
        shown = "; ".join(exchange.tls.faults)
        yield Finding(id="network.tls-fault", family=Family.NETWORK, lookup=_lookup(exchange), shown=shown)


def fresh_certificate(context: Context) -> Iterator[Finding]:
    """A certificate issued within the last two weeks. Renewals look the same, so this weighs little."""
    if not context.offering:
        return
    exchange = context.exchanges[0]
    certificate = _certificate(exchange)
    if certificate is None:
        return
    issued = certificate.not_valid_before_utc
    if timedelta(0) <= exchange.at - issued <= _FRESH:
        shown = f"issued {issued:%Y-%m-%d}"
        yield Finding(id="network.fresh-certificate", family=Family.NETWORK, lookup=_lookup(exchange), shown=shown)


def wildcard(context: Context) -> Iterator[Finding]:
    """A zone that answers for any name, as mass hosts of doorway pages set up."""
    for capture in context.visit.captures:
        for resolution in capture.resolutions:
            if resolution.wildcard and resolution.host == context.host:
                shown = f"any name under {context.unit} resolves"
                digest = hashlib.sha256("\n".join(resolution.addresses).encode()).hexdigest()
                yield Finding(
                    id="network.wildcard", family=Family.NETWORK, lookup=(f"dns:{resolution.host}", digest), shown=shown
                )
                return


DETECTORS = (
    Detector(id="tls-faults", version="1", find=tls_faults),
    Detector(id="fresh-certificate", version="1", find=fresh_certificate),
    Detector(id="wildcard", version="1", find=wildcard),
)
