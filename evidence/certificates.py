"""What a leaf certificate says, read for people; the certificate itself is in the bag as PEM."""

from __future__ import annotations

import base64
import hashlib
import warnings
from collections.abc import Iterable
from typing import Any

from cryptography import x509

from evidence.canonical import not_collected, utc


def certificate_facts(der: bytes) -> dict[str, Any]:
    """Digest, subject, issuer, serial, validity and names of a certificate.

    A certificate that breaks the standard's rules keeps its digest, and the rest says that it was not readable.
    """
    facts: dict[str, Any] = {"sha256": hashlib.sha256(der).hexdigest()}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd serial numbers and dates of a stranger's certificate are its facts
            read = x509.load_der_x509_certificate(der)
            facts |= {
                "subject": read.subject.rfc4514_string(),
                "issuer": read.issuer.rfc4514_string(),
                "serial": f"{read.serial_number:x}",
                "not_before": utc(read.not_valid_before_utc),
                "not_after": utc(read.not_valid_after_utc),
                "names": _names(read),
            }
    except (ValueError, TypeError, OverflowError, x509.InvalidVersion, x509.DuplicateExtension) as exc:
        return {"sha256": facts["sha256"], "reading": not_collected(f"the certificate is not readable: {exc}")}
    return facts


def _names(read: x509.Certificate) -> list[str]:
    try:
        extension = read.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    names = extension.value
    return [
        *names.get_values_for_type(x509.DNSName),
        *(str(address) for address in names.get_values_for_type(x509.IPAddress)),
    ]


def render_pem(certificates: Iterable[bytes]) -> bytes:
    """PEM of distinct DER certificates in the order first seen (RFC 7468)."""
    blocks = []
    for der in dict.fromkeys(certificates):
        text = base64.b64encode(der).decode()
        lines = "\n".join(text[start : start + 64] for start in range(0, len(text), 64))
        blocks.append(f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")
    return "".join(blocks).encode()
