"""The words of translation: what is known about a station, what its message means, what is kept of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final, NamedTuple

from msgspec import Struct

from voltloom.protocols.ocpp.errors import ErrorCode, Fault
from voltloom.protocols.ocpp.metering import OutletReading
from voltloom.session.authorization import Authorization
from voltloom.session.events import CapabilityReported, Event, HardwareFault, TokenKind


class Outlet(NamedTuple):
    """One EVSE of a station as the site knows it. evse: its column. phases_count: of a DC outlet on its AC side.

    discharge_a: what a vehicle may feed back through it on each phase, 0 where it only charges.
    """

    evse: int
    max_a: float
    phases_count: int = 3
    voltage_v: float = 230.0
    is_dc: bool = False
    discharge_a: float = 0.0


class StationPlace(NamedTuple):
    """A station at its site. outlets: by OCPP's number, a connector in 1.6, an EVSE in 2.x, from 1.

    local_offset_s: what the site's wall clock is ahead of UTC now. meters: by number, 0 for the main meter, the rows of
    the circuit that it measures, each with its line: 0 for L1.
    """

    station_id: str
    outlets: Mapping[int, Outlet]
    local_offset_s: float = 0.0
    meters: Mapping[int, tuple[tuple[int, int], ...]] = MappingProxyType({})


class AdmissionStatus(Enum):
    """Whether a station may take part."""

    ACCEPTED = "Accepted"
    PENDING = "Pending"
    REJECTED = "Rejected"


class Admission(NamedTuple):
    """The answer to a boot. interval_s: of heartbeats, or before the next boot where not accepted."""

    status: AdmissionStatus = AdmissionStatus.ACCEPTED
    interval_s: int = 300


ACCEPTED: Final = Admission()


class Scheduled(NamedTuple):
    """What a station is limited to. pulled: what a dynamic profile of 2.1 says now, by its id, in its unit.

    refusing: outlets that take no kind of limit.
    """

    pulled: Mapping[int, float] = MappingProxyType({})
    refusing: frozenset[int] = frozenset()


class Hearing(NamedTuple):
    """What a message is understood with.

    verdict: on the token the message shows (`shown_token`), None where it shows none. transaction_id: for a 1.6
    transaction that begins now, never used before.
    """

    now_s: float
    place: StationPlace
    admission: Admission = ACCEPTED
    verdict: Authorization | None = None
    transaction_id: int = 1
    scheduled: Scheduled = Scheduled()


class Oddity(Enum):
    """What the store and the operator should know; none of it refuses a message."""

    CLOCK = "clock"
    SAMPLE = "sample"
    UNKNOWN_OUTLET = "unknown_outlet"
    MAIN_METER_READ_AS_OUTLET = "main_meter_read_as_outlet"
    START_REPEATED = "start_repeated"
    STOP_LOST = "stop_lost"  # a transaction began while another was running
    TRANSACTION_UNKNOWN = "transaction_unknown"
    STOP_REPEATED = "stop_repeated"
    EVENT_REPEATED = "event_repeated"
    EVENTS_MISSING = "events_missing"
    BEGIN_AT_ZERO = "begin_at_zero"  # quarantine: the register was far beyond 0 before
    REGISTER_FELL = "register_fell"  # quarantine
    REGISTER_JUMPED = "register_jumped"  # quarantine: more than the outlet can deliver in that time
    WARNING = "warning"  # an error code beside a status that is no fault
    NOT_READ = "not_read"  # kept raw
    STATUS_UNKNOWN = "status_unknown"


QUARANTINED = frozenset({Oddity.BEGIN_AT_ZERO, Oddity.REGISTER_FELL, Oddity.REGISTER_JUMPED})


class Remarked(NamedTuple):
    """One oddity. outlet: OCPP's number, 0 for the whole station."""

    oddity: Oddity
    outlet: int = 0
    transaction_id: str = ""
    shown: str = ""


class Chapter(Enum):
    """What a transaction message tells of its transaction."""

    STARTED = "started"
    UPDATED = "updated"
    ENDED = "ended"


class TransactionTold(NamedTuple):
    """One word of a station about a transaction, for the journal. key: the same for the same word told twice.

    outlet: 0 where unknown. energy_wh: NaN where not told. told_s: by the station's clock, NaN where unreadable.
    """

    chapter: Chapter
    key: str
    transaction_id: str
    outlet: int
    id_token: str
    time_s: float
    told_s: float
    energy_wh: float
    is_offline: bool = False
    reason: str = ""


class OutletMemory(NamedTuple):
    """What must be remembered of one outlet. session_id: "" while no vehicle is there. since_s: when it came.

    visits_count: tells two visits of one moment apart. capability: as last told to the core. one_phase_count: readings in a row with current on one phase only.
    """

    session_id: str = ""
    since_s: float = -math.inf
    visits_count: int = 0
    fault: HardwareFault | None = None
    is_suspended: bool = False
    register_wh: float = math.nan
    register_s: float = math.nan
    capability: CapabilityReported | None = None
    one_phase_count: int = 0
    soc_ratio: float = math.nan

    def with_register(self, register_wh: float, register_s: float) -> OutletMemory:
        """Return the memory with a newer register; `_replace` takes three times as long."""
        return OutletMemory(
            self.session_id, self.since_s, self.visits_count, self.fault, self.is_suspended, register_wh, register_s,
            self.capability, self.one_phase_count, self.soc_ratio,
        )  # fmt: skip


_UNKNOWN_OUTLET: Final = OutletMemory()


class Transaction(NamedTuple):
    """A transaction that runs or ran lately. start_key: what makes a start the same start. outlet: 0 while unknown.

    2.x only: seq_nos: the numbers seen, as (first, last) of each unbroken stretch. seen: keys of the last events.
    """

    transaction_id: str
    outlet: int
    start_key: str
    start_s: float
    start_wh: float
    id_token: str = ""
    is_over: bool = False
    seq_nos: tuple[tuple[int, int], ...] = ()
    seen: tuple[str, ...] = ()


class StationMemory(NamedTuple):
    """All that a translator remembers of one station. transactions: newest last, bounded."""

    outlets: Mapping[int, OutletMemory] = MappingProxyType({})
    transactions: tuple[Transaction, ...] = ()

    def outlet(self, number: int) -> OutletMemory:
        """Return what is remembered of an outlet."""
        return self.outlets.get(number, _UNKNOWN_OUTLET)

    def with_outlet(self, number: int, outlet: OutletMemory) -> StationMemory:
        """Return the memory with one outlet as it is now."""
        return StationMemory(MappingProxyType({**self.outlets, number: outlet}), self.transactions)


class Understood(NamedTuple):
    """What a message means. answer: the payload of the CALLRESULT, or the fault of the CALLERROR; None to a SEND.

    readings: by OCPP's number of the outlet, 0 for the main meter; all of them, also those that tell no current.
    """

    memory: StationMemory
    answer: Struct | Fault | None
    events: tuple[Event, ...] = ()
    told: tuple[TransactionTold, ...] = ()
    remarks: tuple[Remarked, ...] = ()
    readings: tuple[tuple[int, OutletReading], ...] = ()


class Shown(NamedTuple):
    """A token in a message, to be judged before the message is understood."""

    id_token: str
    kind: TokenKind


def is_shut_out(action: str, hearing: Hearing) -> bool:
    """Return whether a station that was rejected says more than that it booted (2.x B03.FR.07)."""
    return hearing.admission.status is AdmissionStatus.REJECTED and action != "BootNotification"


def shut_out() -> Fault:
    """Return the refusal of whatever a rejected station says."""
    return Fault(
        ErrorCode.SECURITY_ERROR, "this station was not accepted; boot again when the interval is over"
    )


def not_served(action: str) -> Fault:
    """Return the refusal of an action that is known and not served."""
    return Fault(ErrorCode.NOT_SUPPORTED, f"{action} is not served here")
