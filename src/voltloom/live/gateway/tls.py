"""TLS for security profiles 2 and 3: contexts, and the names a client certificate bears."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from voltloom.live.gateway.settings import SecurityProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """Where the server's certificate chain and key lie and, for profile 3, what station certificates rest on.

    revocation_list_path: a CRL in PEM of the station authority; None: revocation is by refusing the identity only.
    """

    certificate_path: Path
    key_path: Path
    station_authority_path: Path | None = None
    revocation_list_path: Path | None = None
    minimum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2


def server_context(profile: SecurityProfile, files: TlsFiles) -> ssl.SSLContext:
    """Return the context of a listener. Raises ValueError or OSError when a file is missing or unreadable.

    TLS 1.2 at least, only suites with forward secrecy. Under profile 3 no tickets are given, so TLS 1.3 never resumes.
    TLS 1.2 may resume by session id, which `ssl` cannot turn off: then the certificate is the one of the first
    handshake, and `certificate_name` looks at its end again. Sessions belong to a context: a new revocation
    list wants a new context, and that knows none.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = max(files.minimum, ssl.TLSVersion.TLSv1_2)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    context.load_cert_chain(files.certificate_path, files.key_path)
    # aiofastnet then lets OpenSSL read from the socket itself, as it does for kernel TLS: 27 KB less for each idle link.
    context._aiofastnet_force_socket_bio = True  # type: ignore[attr-defined]  # its own name; unknown, it changes nothing
    if profile is SecurityProfile.MUTUAL_TLS:
        if files.station_authority_path is None:
            raise ValueError("security profile 3 needs the authority that signs the stations' certificates")
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(files.station_authority_path)
        context.options |= ssl.OP_NO_TICKET
        context.num_tickets = 0
        if files.revocation_list_path is not None:
            context.load_verify_locations(files.revocation_list_path)
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    return context


def certificate_name(certificate: Mapping[str, object] | None, now_s: float) -> str | None:
    """Return the one name that a verified certificate bears, as `ssl` tells it, or None. now_s: Unix time.

    Its common name; without one, its only DNS or URI alternative name. A certificate never stands for two
    stations: with two common names, or several alternative names and no common one, it stands for none.
    One that has ended since it was verified (a resumed session) stands for none either.
    """
    if not certificate or ssl.cert_time_to_seconds(str(certificate["notAfter"])) < now_s:
        return None
    subject = certificate.get("subject", ())
    alternatives = certificate.get("subjectAltName", ())
    assert isinstance(subject, tuple)
    assert isinstance(alternatives, tuple)
    common = [str(value) for part in subject for name, value in part if name == "commonName"]
    names = common or [str(value) for kind, value in alternatives if kind in ("DNS", "URI")]
    return names[0] if len(names) == 1 else None
