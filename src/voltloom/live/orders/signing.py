"""A site's own authority for station certificates: a request is checked against who asks, then signed (OCPP A02, A03)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_BACKDATED: Final = timedelta(minutes=5)  # for stations whose clock is a little behind
_LEAST_RSA_BITS_COUNT: Final = 2048  # OCPP A00.FR.503
_LEAST_CURVE_BITS_COUNT: Final = 224
_SHOWN: Final = (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)


class SigningError(ValueError):
    """A certificate request that is not signed, or an authority that cannot sign; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """An authority with its key. days: how long a certificate is good."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    days: int = 365

    def checked(self, request: str, names: Collection[str]) -> x509.CertificateSigningRequest:
        """Return a request in PEM, if it is whole and for one of these names. Raises SigningError."""
        try:
            csr = x509.load_pem_x509_csr(request.encode("utf-8"))
            is_whole = csr.is_signature_valid
        except (ValueError, InvalidSignature) as wrong:
            raise SigningError("the request is no certificate request in PEM") from wrong
        if not is_whole:
            raise SigningError("the request is not signed with its own key")
        common = csr.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        if len(common) != 1 or common[0].value not in names:
            shown = ", ".join(str(one.value) for one in common) or "nobody"
            raise SigningError(f"the request is for {shown}, not for {' or '.join(sorted(names))}")
        key = csr.public_key()
        is_short_rsa = isinstance(key, rsa.RSAPublicKey) and key.key_size < _LEAST_RSA_BITS_COUNT
        is_short_curve = isinstance(key, ec.EllipticCurvePublicKey) and key.key_size < _LEAST_CURVE_BITS_COUNT
        if (
            is_short_rsa
            or is_short_curve
            or not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
        ):
            raise SigningError("the request's key is weaker than RSA 2048 or a curve of 224 bits")
        return csr

    def signed(self, csr: x509.CertificateSigningRequest, now: datetime) -> str:
        """Return the station's certificate and the authority's, in PEM. Of the request only name and key are taken."""
        kept = [attribute for oid in _SHOWN for attribute in csr.subject.get_attributes_for_oid(oid)]
        until = min(now + timedelta(days=self.days), self.certificate.not_valid_after_utc)
        public_key = self.certificate.public_key()
        if not isinstance(public_key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
            raise SigningError("the authority's key is of a kind that stations do not know")
        usage = x509.KeyUsage(
            digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
            key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(public_key)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name(kept))
            .issuer_name(self.certificate.subject)
            .public_key(csr.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _BACKDATED)
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(issuer, critical=False)
            .sign(self.key, hashes.SHA256())
        )
        chain = (certificate, self.certificate)
        return "".join(one.public_bytes(serialization.Encoding.PEM).decode("ascii") for one in chain)


def signer_of(certificate: Path, key: Path, days: int = 365) -> Signer:
    """Return the authority of two PEM files. Raises SigningError, OSError."""
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        secret = serialization.load_pem_private_key(key.read_bytes(), password=None)
        is_authority = found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (ValueError, TypeError, x509.ExtensionNotFound) as wrong:
        raise SigningError("is no authority's certificate with its unencrypted key, both in PEM") from wrong
    if not is_authority:
        raise SigningError("is no authority's certificate: it may not sign others")
    if not isinstance(secret, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise SigningError("has a key of a kind that stations do not know; make one of P-256 or RSA")
    mine = found.public_key()
    if isinstance(mine, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey) or mine != secret.public_key():
        raise SigningError("does not belong to this key")
    return Signer(certificate=found, key=secret, days=days)
