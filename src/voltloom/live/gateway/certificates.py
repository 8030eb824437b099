"""Certificates for the demo and the tests: an authority, a server, stations, a revocation list. Not for the internet.

Elliptic curve P-256, as OCPP's security white paper asks. Keys are written with mode 0600 and never leave the folder.
"""

import ipaddress
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_BACKDATED = timedelta(minutes=5)  # for stations whose clock is a little behind


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Who signs, with the key in memory."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom a certificate is for, and until when. names: DNS names and IP addresses, for a server."""

    common_name: str
    names: tuple[str, ...] = ()
    days: int = 30

    @property
    def is_server(self) -> bool:
        """Say whether it is a server's certificate."""
        return bool(self.names)


def authority(common_name: str, now: datetime, *, days: int = 3650) -> Authority:
    """Return a new authority that is valid from now on."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(common_name)
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    certificate = (
        _begun(name, name, key.public_key(), now, timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate=certificate, key=key)


def issued(
    by: Authority, subject: Subject, now: datetime
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """Return a certificate and its key. With subject.days below zero it has already expired."""
    key = ec.generate_private_key(ec.SECP256R1())
    began = now + timedelta(days=min(subject.days, 0) * 2)
    lasts = timedelta(days=abs(subject.days))
    purpose = ExtendedKeyUsageOID.SERVER_AUTH if subject.is_server else ExtendedKeyUsageOID.CLIENT_AUTH
    authority_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key())
    builder = (
        _begun(_name(subject.common_name), by.certificate.subject, key.public_key(), began, lasts)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(authority_key, critical=False)
    )
    if subject.names:
        names = x509.SubjectAlternativeName([_alternative(name) for name in subject.names])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(by.key, hashes.SHA256()), key


def revocation_list(by: Authority, revoked: Iterable[x509.Certificate], now: datetime) -> bytes:
    """Return a list of revoked certificates in PEM, good for 30 days."""
    began = now - _BACKDATED
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(by.certificate.subject)
        .last_update(began)
        .next_update(began + timedelta(days=30))
    )
    for certificate in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number)
        builder = builder.add_revoked_certificate(entry.revocation_date(began).build())
    return builder.sign(by.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def write_pair(
    folder: Path, stem: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> tuple[Path, Path]:
    """Write STEM.pem and STEM.key, the key readable by its owner only. Returns both paths."""
    folder.mkdir(parents=True, exist_ok=True)
    certificate_path, key_path = folder / f"{stem}.pem", folder / f"{stem}.key"
    certificate_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_path.unlink(missing_ok=True)
    descriptor = os.open(key_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    return certificate_path, key_path


def write_demo(folder: Path, identities: Iterable[str], server_names: tuple[str, ...]) -> None:
    """Write authority.pem, server.pem with its key, and one pair for each station. The authority's key is not kept."""
    now = datetime.now(UTC)
    by = authority("Voltloom demo authority", now)
    certificate, key = issued(by, Subject(common_name=server_names[0], names=server_names, days=365), now)
    write_pair(folder, "server", certificate, key)
    (folder / "authority.pem").write_bytes(by.certificate.public_bytes(serialization.Encoding.PEM))
    for identity in identities:
        certificate, key = issued(by, Subject(common_name=identity, days=365), now)
        write_pair(folder, f"station-{identity}", certificate, key)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, began: datetime, lasts: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(began - _BACKDATED)
        .not_valid_after(began + lasts)
    )
