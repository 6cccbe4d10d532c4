"""A leaf certificate in words. It came from a hostile server, so whatever cannot be read is left out."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import NameOID

from core.ids import sha256_hex
from core.records import TlsFacts
from review.text import moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """What a certificate says of itself; all but the digest may be empty."""

    sha256: str
    subject: str = ""
    issuer: str = ""
    names: tuple[str, ...] = ()
    validity: str = ""


def read_leaf(tls: TlsFacts) -> Leaf:
    """Read the leaf of a TLS connection; a malformed one gives its digest only."""
    digest = sha256_hex(tls.leaf)
    try:
        certificate = x509.load_der_x509_certificate(tls.leaf)
        subject = _name(certificate.subject)
        return Leaf(
            sha256=digest,
            subject=subject,
            issuer=_name(certificate.issuer),
            names=_alternative_names(certificate) or (subject,),
            validity=f"valid {moment(certificate.not_valid_before_utc)} to {moment(certificate.not_valid_after_utc)}",
        )
    # The parser's errors are many and depend on the field; none of them matters here.
    except (ValueError, TypeError, OverflowError, x509.InvalidVersion):
        return Leaf(sha256=digest)


def _name(name: x509.Name) -> str:
    for wanted in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in name.get_attributes_for_oid(wanted):
            return str(attribute.value)
    return name.rfc4514_string()


def _alternative_names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return ()
    return tuple(extension.value.get_values_for_type(x509.DNSName))
