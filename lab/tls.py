"""Certificates of the practice web: an authority of its own, and a leaf for each server name, made when first asked.

One EC key serves all leaves, so a leaf costs one signature. The faults (expired, self-signed, wrong name) are those
of :class:`lab.sites.TlsBehaviour`.
"""

from __future__ import annotations

import datetime as dt
import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lab.sites import TlsBehaviour

_DAY = dt.timedelta(days=1)


class Authority:
    """The practice web's certificate authority. Use as a context manager: certificate files live in a private folder.

    ``ca_pem`` is what an operator may trust; ``context`` is the server's, choosing the certificate by server name.
    ``behaviours`` maps planned host names to their TLS behaviour; other names are shown a certificate that does not
    match.
    """

    def __init__(self, behaviours: Mapping[str, TlsBehaviour], *, now: dt.datetime) -> None:
        self._behaviours = behaviours
        self._now = now
        self._folder = tempfile.TemporaryDirectory(prefix="practice-web-")
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._ca_key = ec.generate_private_key(ec.SECP256R1())
        self._ca_name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Practice Web"),
                x509.NameAttribute(NameOID.COMMON_NAME, "Practice Web Authority"),
            ]
        )
        ca = (
            x509.CertificateBuilder()
            .subject_name(self._ca_name)
            .issuer_name(self._ca_name)
            .public_key(self._ca_key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _DAY)
            .not_valid_after(now + 365 * _DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._ca_key.public_key()), critical=False)
            .add_extension(_usage(sign=False), critical=True)
            .sign(self._ca_key, hashes.SHA256())
        )
        self.ca_pem = ca.public_bytes(serialization.Encoding.PEM)
        self._ca = ca
        self._key_pem = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.context = self._make_context("practice-web.test", TlsBehaviour.TRUSTED)
        self.context.sni_callback = self._choose

    def __enter__(self) -> Authority:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.cleanup()

    def _choose(self, connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> int | None:
        """Set the certificate for the server name; refuse the handshake where the plan says so."""
        behaviour = self._behaviours.get((name or "").lower())
        if name is None or behaviour is None:
            return None
        if behaviour is TlsBehaviour.REFUSES:
            return int(ssl.AlertDescription.ALERT_DESCRIPTION_HANDSHAKE_FAILURE)
        context = self._contexts.get(name)
        if context is None:
            context = self._contexts[name] = self._make_context(name, behaviour)
        connection.context = context
        return None

    def _make_context(self, host: str, behaviour: TlsBehaviour) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        file = Path(self._folder.name) / "leaf.pem"
        file.write_bytes(self._leaf(host, behaviour) + self._key_pem)
        context.load_cert_chain(file)
        file.unlink()
        return context

    def _leaf(self, host: str, behaviour: TlsBehaviour) -> bytes:
        shown = "default.webhotel.test" if behaviour is TlsBehaviour.WRONG_NAME else host
        bare = shown.removeprefix("www.")
        # Names over 64 characters do not fit a common name; the alternative names are what clients read.
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, bare[:64])])
        own = behaviour is TlsBehaviour.SELF_SIGNED
        ends = self._now - _DAY * 9 if behaviour is TlsBehaviour.EXPIRED else self._now + _DAY * 80
        names = [x509.DNSName(bare), x509.DNSName(f"www.{bare}")]
        signer = self._key if own else self._ca_key
        leaf = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if own else self._ca_name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(ends - 90 * _DAY)
            .not_valid_after(ends)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(sign=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
            .sign(signer, hashes.SHA256())
        )
        return leaf.public_bytes(serialization.Encoding.PEM)


def _usage(*, sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=sign, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=not sign, crl_sign=not sign, encipher_only=False, decipher_only=False,
    )  # fmt: skip
