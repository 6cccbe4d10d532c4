"""TLS contexts, and what is recorded of a connection: version, cipher, leaf certificate, faults.

A site with an invalid certificate is looked at all the same (counterfeit shops often have one), so the certificate
is checked first with a verifying context; on a fault the connection is made again without verification and the fault
is recorded. The second context also accepts obsolete protocol versions and ciphers. No secret is ever sent over either.
"""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from core.errors import UsageError
from core.records import TlsFacts

_SOUND_VERSIONS = frozenset({"TLSv1.2", "TLSv1.3"})
_CHAIN_FAULTS = {
    18: "self-signed certificate",
    19: "signed by an unknown authority",
    20: "signed by an unknown authority, or the chain is incomplete",
    21: "signed by an unknown authority, or the chain is incomplete",
}
# OpenSSL's X509_V_ERR_… codes whose phrase the leaf tells better: expired, not yet valid, name and address mismatch.
_LEAF_FAULTS = frozenset({9, 10, 62, 64})


def verified_context(ca_file: str = "") -> ssl.SSLContext:
    """The context that connections are tried with first. Raises :class:`UsageError` for an unreadable ``ca_file``."""
    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(cadata=Path(ca_file).read_text("ascii"))
        except (OSError, ssl.SSLError, UnicodeDecodeError) as exc:
            raise UsageError(f"{ca_file!r} holds no certificates in PEM form.") from exc
    context.set_alpn_protocols(["http/1.1"])
    return context


def unverified_context() -> ssl.SSLContext:
    """The context for recording what a verified one refused: any certificate, any version, any cipher."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.options |= 0x4  # SSL_OP_LEGACY_SERVER_CONNECT, which Python names from 3.12 on
    context.set_alpn_protocols(["http/1.1"])
    return context


def read_tls(session: ssl.SSLObject | ssl.SSLSocket) -> TlsFacts:
    """The facts of a finished handshake; an obsolete version is a fault."""
    version = session.version() or ""
    cipher = session.cipher()
    return TlsFacts(
        version=version,
        cipher=cipher[0] if cipher else "",
        leaf=session.getpeercert(binary_form=True) or b"",
        faults=() if version in _SOUND_VERSIONS else (f"obsolete protocol {version}",),
    )


def certificate_faults(leaf: bytes, host: str, at: datetime, error: ssl.SSLCertVerificationError) -> tuple[str, ...]:
    """What is wrong with a certificate that did not verify, in phrases for people. Pure.

    OpenSSL stops at the first fault, so dates and names are also read from the leaf.
    """
    faults: list[str] = []
    try:
        certificate = x509.load_der_x509_certificate(leaf)
        if certificate.not_valid_after_utc < at:
            faults.append(f"expired on {certificate.not_valid_after_utc:%Y-%m-%d}")
        if certificate.not_valid_before_utc > at:
            faults.append(f"not valid before {certificate.not_valid_before_utc:%Y-%m-%d}")
        if not _names(certificate, host):
            faults.append("name does not match")
    except ValueError:
        faults.append("certificate cannot be read")
    if error.verify_code in _CHAIN_FAULTS:
        faults.append(_CHAIN_FAULTS[error.verify_code])
    elif error.verify_code not in _LEAF_FAULTS or not faults:
        faults.append(error.verify_message or "certificate does not verify")
    return tuple(faults)


def _names(certificate: x509.Certificate, host: str) -> bool:
    """Whether the subject alternative names cover the host (RFC 9525: a wildcard is one whole leftmost label)."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension):
        return False
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        known = {name.lower().rstrip(".") for name in names.get_values_for_type(x509.DNSName)}
        return host in known or "*." + host.partition(".")[2] in known
    return address in names.get_values_for_type(x509.IPAddress)


def now() -> datetime:
    """The present moment, for certificate dates and records."""
    return datetime.now(UTC)
