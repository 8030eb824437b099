"""What an operator may set of the gateway: listeners, limits, what happens to unknown stations."""

import ipaddress
import ssl
from dataclasses import dataclass, field
from enum import Enum, IntEnum


class SecurityProfile(IntEnum):
    """OCPP's security profiles; a higher one is never weaker (OCPP 1.6 security white paper, OCPP 2.x A00)."""

    NONE = 0
    BASIC = 1
    TLS_BASIC = 2
    MUTUAL_TLS = 3

    @property
    def has_tls(self) -> bool:
        """Say whether the link is encrypted."""
        return self >= SecurityProfile.TLS_BASIC

    @property
    def has_secret(self) -> bool:
        """Say whether the station proves itself with a secret."""
        return self in (SecurityProfile.BASIC, SecurityProfile.TLS_BASIC)


class UnknownStations(Enum):
    """What happens to a station that nobody has announced."""

    REFUSE = "refuse"
    PARK = "park"


class NoSubprotocol(Enum):
    """What happens to a station that offers no OCPP version at all."""

    REFUSE = "refuse"
    AS_OCPP16 = "as_ocpp1.6"


class ListenerError(ValueError):
    """A listener that would be weaker than its security profile says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """One address to listen at, under one security profile.

    port 0 lets the system choose. tls is needed by profiles 2 and 3, see `tls.server_context`.
    is_insecure_wanted must be said for profile 0, which besides is bound to loopback.
    """

    host: str
    port: int
    profile: SecurityProfile
    tls: ssl.SSLContext | None = None
    is_insecure_wanted: bool = False

    def __post_init__(self) -> None:
        if self.profile is SecurityProfile.NONE:
            if not self.is_insecure_wanted:
                raise ListenerError("security profile 0 must be asked for explicitly")
            if not is_loopback(self.host):
                raise ListenerError(f"security profile 0 listens at loopback only, not at {self.host}")
        if self.profile.has_tls != (self.tls is not None):
            raise ListenerError(f"security profile {self.profile} and the TLS context do not fit")
        if self.tls is not None:
            if self.tls.minimum_version < ssl.TLSVersion.TLSv1_2:
                raise ListenerError("TLS below 1.2 is not OCPP")
            if self.profile is SecurityProfile.MUTUAL_TLS and self.tls.verify_mode != ssl.CERT_REQUIRED:
                raise ListenerError("security profile 3 must ask for a certificate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A token bucket: so many at once, so many each second afterwards."""

    burst_count: float
    refill_per_s: float

    def __post_init__(self) -> None:
        if self.burst_count < 1.0 or self.refill_per_s <= 0.0:
            raise ValueError("a rate lets at least one through, and refills")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one connection, one address, one identity and all together may take. docs/gateway.md has the table."""

    # one connection
    message_bytes: int = 128 * 1024
    messages: Rate = field(default_factory=lambda: Rate(burst_count=500.0, refill_per_s=50.0))
    parked_message_bytes: int = 16 * 1024
    parked_messages: Rate = field(default_factory=lambda: Rate(burst_count=20.0, refill_per_s=1.0))
    outgoing_bytes: int = 1024 * 1024
    handshake_s: float = 10.0
    close_s: float = 5.0
    ping_after_s: float = 60.0
    pong_within_s: float = 20.0
    # one address (of IPv6 the /64) and one identity
    attempts_by_address: Rate = field(default_factory=lambda: Rate(burst_count=2000.0, refill_per_s=20.0))
    connects_by_identity: Rate = field(default_factory=lambda: Rate(burst_count=300.0, refill_per_s=1.0))
    back_off_after_failures: int = 3
    back_off_first_s: float = 2.0
    back_off_longest_s: float = 300.0
    # all together
    connections: int = 20_000
    parked: int = 100
    parked_s: float = 24 * 3600.0
    handshakes: int = 2000
    handshake_patience_s: float = (
        2.0  # younger ones are never dropped to make room: others wait in the kernel
    )
    verifications: int = 2000
    verifier_threads: int = 2
    remembered: int = 20_000  # addresses, failures and verified secrets that are kept in memory, each

    def __post_init__(self) -> None:
        durations_s = (self.handshake_s, self.close_s, self.ping_after_s, self.pong_within_s, self.parked_s)
        counts = (self.message_bytes, self.parked_message_bytes, self.outgoing_bytes, self.connections)
        if min(durations_s) <= 0.0 or min(counts) < 1 or self.verifier_threads < 1:
            raise ValueError("a limit that lets nothing through is a mistake")


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySettings:
    """Everything an operator may set."""

    listeners: tuple[Listener, ...]
    limits: Limits = field(default_factory=Limits)
    unknown_stations: UnknownStations = UnknownStations.PARK
    no_subprotocol: NoSubprotocol = NoSubprotocol.REFUSE
    realm: str = "voltloom"


def is_loopback(host: str) -> bool:
    """Say whether an address to listen at is this machine's own."""
    """Say whether a host is this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
