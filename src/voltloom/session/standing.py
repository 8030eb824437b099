"""Which alarms last, when each of them is over, and what of it can be seen at an outlet and its session."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from voltloom.session.alarms import Alarm, AlarmKind
from voltloom.session.evidence import FLOWS_A, MAY_NOT_DRAW
from voltloom.session.facts import Seat, SessionFacts
from voltloom.session.monitoring import REACTIONS
from voltloom.session.state import SessionState

# A kind that is not here tells of a moment; it has no end.
OVER_WHEN: Final[Mapping[AlarmKind, str]] = MappingProxyType(
    {
        AlarmKind.NOT_IDENTIFIED: "A token is checked or was accepted, or the vehicle left",
        AlarmKind.OUTLET_BLOCKED: "The vehicle left, or its token was taken",
        AlarmKind.HANDSHAKE_FAILED: "The handshake was finished after all, or the vehicle left",
        AlarmKind.WAITED_TOO_LONG: "It was offered power, or the vehicle left",
        AlarmKind.NEVER_WOKE: "The vehicle charges or asks for power, or left",
        AlarmKind.CHARGES_TOO_LONG: "It no longer charges",
        AlarmKind.TAKES_NOTHING: "The vehicle asks for power again, or left",
        AlarmKind.PAUSED_TOO_LONG: "The vehicle was offered power, or left",
        AlarmKind.IDLE_AFTER_FINISH: "The vehicle left, or charges again",
        AlarmKind.FAULT_LASTS: "The fault cleared, or the vehicle left",
        AlarmKind.STATION_SILENT: "The station was heard again, or the vehicle left",
        AlarmKind.POWER_UNAUTHORIZED: "No current flows any more, or a token was taken",
        AlarmKind.POWER_DURING_FAULT: "No current flows any more, or the fault cleared",
        AlarmKind.GROUND_FAULT: "The station reports it cleared",
        AlarmKind.OVER_TEMPERATURE: "The station reports it cleared",
        AlarmKind.OVER_VOLTAGE: "The station reports it cleared",
        AlarmKind.UNDER_VOLTAGE: "The station reports it cleared",
        AlarmKind.CONTACTOR_WELDED: "The station reports it cleared",
        AlarmKind.CONNECTOR_LOCK: "The station reports it cleared",
        AlarmKind.OVER_CURRENT: "The station reports it cleared",
        AlarmKind.STATION_INTERNAL: "The station reports it cleared",
        AlarmKind.DISOBEYED_LIMIT: "It kept to its limit for ten minutes, or the vehicle left",
        AlarmKind.LIMITS_REFUSED: "The station takes limits",
        AlarmKind.BATTERY_SILENT: "The battery was heard again",
        AlarmKind.BATTERY_DISOBEYS: "The battery keeps to what it is told",
        AlarmKind.METER_STALE: "Its readings are fresh again, or the vehicle at the outlet left",
        AlarmKind.METER_IMPLAUSIBLE: "Its readings were good for ten minutes, longer after each relapse",
        AlarmKind.MODE_LOWERED: "The chosen architecture decides again",
        AlarmKind.OPTIMISER_LATE: "The chosen architecture decides again",
        AlarmKind.CORE_FAILED: "Decisions have succeeded for a minute",
        AlarmKind.ONE_WAY: "The station can be told to feed back",
        AlarmKind.LIMIT_OUT_OF_REACH: "The circuit was within its limit for a minute",
        AlarmKind.LEASE_LOST: "The station confirmed a limit",
        AlarmKind.JOURNAL_FAILING: "The journal is written again",
    }
)

_S = SessionState
# Deadlines of a state: the alarm lasts as long as its session stays in one of these.
_STAYS: Final[Mapping[AlarmKind, frozenset[SessionState]]] = MappingProxyType(
    {
        AlarmKind.OUTLET_BLOCKED: frozenset({_S.REFUSED}),
        AlarmKind.WAITED_TOO_LONG: frozenset({_S.QUEUED}),
        AlarmKind.NEVER_WOKE: frozenset({_S.STARTING, _S.SUSPENDED_BY_VEHICLE}),
        AlarmKind.CHARGES_TOO_LONG: frozenset({_S.CHARGING}),
        AlarmKind.TAKES_NOTHING: frozenset({_S.SUSPENDED_BY_VEHICLE}),
        AlarmKind.PAUSED_TOO_LONG: frozenset({_S.PAUSED_BY_SITE}),
        AlarmKind.IDLE_AFTER_FINISH: frozenset({_S.FINISHING}),
        AlarmKind.FAULT_LASTS: frozenset({_S.FAULT}),
        AlarmKind.STATION_SILENT: frozenset({_S.STATION_SILENT}),
        AlarmKind.POWER_UNAUTHORIZED: MAY_NOT_DRAW - {_S.FAULT},
        AlarmKind.POWER_DURING_FAULT: frozenset({_S.FAULT}),
    }
)
_DRAWS: Final = frozenset({AlarmKind.POWER_UNAUTHORIZED, AlarmKind.POWER_DURING_FAULT})
_FAULTS: Final = MappingProxyType({kind: fault for fault, (_, kind) in REACTIONS.items()})


def is_lasting(kind: AlarmKind) -> bool:
    """Say whether alarms of a kind have an end; the others tell of a moment."""
    return kind in OVER_WHEN


def state_of(alarm: Alarm) -> Literal["active", "over", "once"]:
    """Return whether an alarm lasts, is over, or tells of a moment."""
    if alarm.is_over:
        return "over"
    return "active" if is_lasting(alarm.kind) else "once"


def lasts_at(seat: Seat, alarm: Alarm, current_a: float) -> bool:
    """Say whether an outlet's alarm is still true there. current_a: of its newest reading.

    Only for kinds that the choreography raises; others are the controller's business.
    """
    kind, facts = alarm.kind, seat.session
    if kind in _FAULTS:
        return seat.fault is _FAULTS[kind]
    if kind is AlarmKind.LIMITS_REFUSED:
        return seat.refuses_limits
    if kind in _DRAWS and not current_a >= FLOWS_A:
        return False
    if facts is None:
        return kind is AlarmKind.POWER_UNAUTHORIZED
    return facts.arrival_s <= alarm.time_s and _lasts_in(facts, kind)


def _lasts_in(facts: SessionFacts, kind: AlarmKind) -> bool:
    if kind is AlarmKind.NOT_IDENTIFIED:
        return not facts.is_authorized and facts.state is not SessionState.AUTHORISING
    if kind is AlarmKind.HANDSHAKE_FAILED:
        return not facts.capability.is_reported
    return facts.state in _STAYS[kind]
