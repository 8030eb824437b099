"""What the gateway tells about itself: structured events and the counters for /metrics."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class EventKind(Enum):
    """What happened; each kind is also a counter."""

    OPENED = "opened"
    PARKED = "parked"
    APPROVED = "approved"
    STATION_REFUSED = "station_refused"
    PROFILE_RAISED = "profile_raised"
    SECRET_PROVED = "secret_proved"  # it has used the secret that it was given
    CLOSED = "closed"
    # before there is a link
    ADDRESS_LIMITED = "address_limited"
    HANDSHAKE_EVICTED = "handshake_evicted"
    HANDSHAKE_TIMED_OUT = "handshake_timed_out"
    HANDSHAKE_MALFORMED = "handshake_malformed"
    TLS_FAILED = "tls_failed"
    UNKNOWN_REFUSED = "unknown_refused"
    REFUSED_STATION = "refused_station"
    PROFILE_TOO_LOW = "profile_too_low"
    CREDENTIALS_MISSING = "credentials_missing"
    CREDENTIALS_WRONG = "credentials_wrong"
    CERTIFICATE_MISMATCH = "certificate_mismatch"
    BACKED_OFF = "backed_off"
    IDENTITY_LIMITED = "identity_limited"
    VERIFIER_FULL = "verifier_full"
    PARKING_FULL = "parking_full"
    CONNECTIONS_FULL = "connections_full"
    NO_SUBPROTOCOL = "no_subprotocol"
    DRAINING = "draining"


class Cause(Enum):
    """Why a link ended."""

    PEER_CLOSED = "peer_closed"
    PEER_VANISHED = "peer_vanished"
    REPLACED = "replaced"
    SILENT = "silent"
    TOO_MANY_MESSAGES = "too_many_messages"
    MESSAGE_TOO_BIG = "message_too_big"
    NOT_TEXT = "not_text"
    INVALID_UTF8 = "invalid_utf8"
    PROTOCOL_ERROR = "protocol_error"
    SLOW_CONSUMER = "slow_consumer"
    STATION_REFUSED = "station_refused"
    PARKED_TOO_LONG = "parked_too_long"
    DRAINED = "drained"
    ASKED = "asked"  # by the code above the gateway
    HANDLER_FAILED = "handler_failed"  # a bug above the gateway


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayEvent:
    """One event. identity is empty before the station has named itself; cause is set for CLOSED only."""

    kind: EventKind
    address: str
    identity: str = ""
    detail: str = ""
    cause: Cause | None = None


class Telling:
    """Counts every event and passes it on."""

    def __init__(self, report: Callable[[GatewayEvent], None]) -> None:
        self._report = report
        self.counts: Counter[EventKind] = Counter()
        self.causes: Counter[Cause] = Counter()
        self.received = 0  # messages, and their bytes
        self.received_bytes = 0
        self.sent = 0
        self.sent_bytes = 0

    def tell(self, event: GatewayEvent) -> None:
        """Count and report."""
        self.counts[event.kind] += 1
        if event.cause is not None:
            self.causes[event.cause] += 1
        self._report(event)

    def count_only(self, kind: EventKind) -> None:
        """Count without a report: the same was reported just before, and a flood must not become a flood of logs."""
        self.counts[kind] += 1

    def as_metrics(self) -> dict[str, int]:
        """Return every counter by its name, those at zero too."""
        return {
            **{f"events_{kind.value}": self.counts[kind] for kind in EventKind},
            **{f"closed_{cause.value}": self.causes[cause] for cause in Cause},
            "messages_received": self.received,
            "bytes_received": self.received_bytes,
            "messages_sent": self.sent,
            "bytes_sent": self.sent_bytes,
        }
