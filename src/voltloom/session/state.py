"""The life of one session as one table: which move leads where, and how long each state may last.

Nothing fails silently: every state but the last has a deadline, every deadline an alarm and a move. The page
docs/session.md is drawn from these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

from voltloom.session.alarms import CATALOGUE, AlarmKind


class SessionState(Enum):
    """Where a session stands, from plug-in to unplug."""

    __hash__ = object.__hash__  # members are single; Enum hashes their names anew at every look-up

    PLUGGED_IN = "plugged_in"
    AUTHORISING = "authorising"
    REFUSED = "refused"
    NEGOTIATING = "negotiating"
    QUEUED = "queued"
    STARTING = "starting"
    CHARGING = "charging"
    PAUSED_BY_SITE = "paused_by_site"
    SUSPENDED_BY_VEHICLE = "suspended_by_vehicle"
    FINISHING = "finishing"
    FAULT = "fault"
    STATION_SILENT = "station_silent"
    ENDED = "ended"


class Trigger(Enum):
    """What moves a session."""

    __hash__ = object.__hash__  # members are single; Enum hashes their names anew at every look-up

    TOKEN_PRESENTED = "token_presented"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    HANDSHAKE_DONE = "handshake_done"
    OFFERED = "offered"
    WITHHELD = "withheld"
    POWER_BEGAN = "power_began"
    VEHICLE_SUSPENDED = "vehicle_suspended"
    VEHICLE_READY = "vehicle_ready"
    NEED_MET = "need_met"
    NEED_RAISED = "need_raised"
    FAULTED = "faulted"
    WENT_SILENT = "went_silent"
    RECOVERED = "recovered"
    RECOVERED_UNAUTHORISED = "recovered_unauthorised"
    STOPPED = "stopped"
    TIME_UP = "time_up"
    UNPLUGGED = "unplugged"


MEANING: Final[Mapping[Trigger, str]] = MappingProxyType(
    {
        Trigger.TOKEN_PRESENTED: "a driver identified, or the site is free for all",
        Trigger.ACCEPTED: "local list or backend let the token in",
        Trigger.REJECTED: "unknown, blocked, expired, in use elsewhere, or nobody could be asked",
        Trigger.HANDSHAKE_DONE: "the station told what the vehicle can do",
        Trigger.OFFERED: "its limit rose from zero, no current yet",
        Trigger.WITHHELD: "its limit is zero and no current flows",
        Trigger.POWER_BEGAN: "the meter shows current",
        Trigger.VEHICLE_SUSPENDED: "the vehicle asks for nothing, or takes nothing of what it took before",
        Trigger.VEHICLE_READY: "the vehicle asks for power again",
        Trigger.NEED_MET: "the register reached what was asked for",
        Trigger.NEED_RAISED: "the driver asks for more",
        Trigger.FAULTED: "the station reports a fault of the outlet",
        Trigger.WENT_SILENT: "the station's last word is too old",
        Trigger.RECOVERED: "the fault cleared or the station spoke; the driver had been let in",
        Trigger.RECOVERED_UNAUTHORISED: "the same, but the driver had not been let in or has to identify again",
        Trigger.STOPPED: "the operator or a rule ended the delivery",
        Trigger.TIME_UP: "the deadline of the state passed",
        Trigger.UNPLUGGED: "the vehicle left",
    }
)


class IllegalMove(Exception):  # noqa: N818  named for what happened, as the operator reads it
    """A trigger that a state does not know."""

    def __init__(self, state: SessionState, trigger: Trigger) -> None:
        super().__init__(f"a session that is {state.value} cannot be moved by {trigger.value}")
        self.state = state
        self.trigger = trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """How long a state may last; then the alarm is raised and the escalation is the next move.

    An escalation that leads back to the same state raises its alarm once for each stay.
    """

    limit_s: float
    alarm: AlarmKind
    escalation: Trigger


_S, _T = SessionState, Trigger

_OWN_MOVES: Final[Mapping[SessionState, Mapping[Trigger, SessionState]]] = {
    _S.PLUGGED_IN: {
        _T.TOKEN_PRESENTED: _S.AUTHORISING,
        _T.TIME_UP: _S.REFUSED,
    },
    _S.AUTHORISING: {
        _T.TOKEN_PRESENTED: _S.AUTHORISING,
        _T.ACCEPTED: _S.NEGOTIATING,
        _T.REJECTED: _S.REFUSED,
        _T.TIME_UP: _S.REFUSED,
    },
    _S.REFUSED: {
        _T.TOKEN_PRESENTED: _S.AUTHORISING,
        _T.TIME_UP: _S.REFUSED,
    },
    _S.NEGOTIATING: {
        _T.HANDSHAKE_DONE: _S.QUEUED,
        _T.POWER_BEGAN: _S.CHARGING,
        _T.NEED_MET: _S.FINISHING,
        _T.TIME_UP: _S.QUEUED,
    },
    _S.QUEUED: {
        _T.OFFERED: _S.STARTING,
        _T.POWER_BEGAN: _S.CHARGING,
        _T.VEHICLE_SUSPENDED: _S.SUSPENDED_BY_VEHICLE,
        _T.NEED_MET: _S.FINISHING,
        _T.TIME_UP: _S.QUEUED,
    },
    _S.STARTING: {
        _T.POWER_BEGAN: _S.CHARGING,
        _T.WITHHELD: _S.PAUSED_BY_SITE,
        _T.VEHICLE_SUSPENDED: _S.SUSPENDED_BY_VEHICLE,
        _T.NEED_MET: _S.FINISHING,
        _T.TIME_UP: _S.SUSPENDED_BY_VEHICLE,
    },
    _S.CHARGING: {
        _T.OFFERED: _S.STARTING,
        _T.WITHHELD: _S.PAUSED_BY_SITE,
        _T.VEHICLE_SUSPENDED: _S.SUSPENDED_BY_VEHICLE,
        _T.NEED_MET: _S.FINISHING,
        _T.TIME_UP: _S.CHARGING,
    },
    _S.PAUSED_BY_SITE: {
        _T.OFFERED: _S.STARTING,
        _T.POWER_BEGAN: _S.CHARGING,
        _T.VEHICLE_SUSPENDED: _S.SUSPENDED_BY_VEHICLE,
        _T.NEED_MET: _S.FINISHING,
        _T.TIME_UP: _S.PAUSED_BY_SITE,
    },
    _S.SUSPENDED_BY_VEHICLE: {
        _T.VEHICLE_READY: _S.QUEUED,
        _T.POWER_BEGAN: _S.CHARGING,
        _T.NEED_MET: _S.FINISHING,
        _T.TIME_UP: _S.SUSPENDED_BY_VEHICLE,
    },
    _S.FINISHING: {
        _T.NEED_RAISED: _S.QUEUED,
        _T.POWER_BEGAN: _S.CHARGING,
        _T.TIME_UP: _S.FINISHING,
    },
    _S.FAULT: {
        _T.RECOVERED: _S.QUEUED,
        _T.RECOVERED_UNAUTHORISED: _S.PLUGGED_IN,
        _T.TIME_UP: _S.FAULT,
    },
    _S.STATION_SILENT: {
        _T.RECOVERED: _S.QUEUED,
        _T.RECOVERED_UNAUTHORISED: _S.PLUGGED_IN,
        _T.TIME_UP: _S.STATION_SILENT,
    },
}

_MOVES_OF_ALL: Final[Mapping[Trigger, SessionState]] = {
    _T.FAULTED: _S.FAULT,
    _T.WENT_SILENT: _S.STATION_SILENT,
    _T.STOPPED: _S.REFUSED,
    _T.UNPLUGGED: _S.ENDED,
}


def _table() -> Mapping[tuple[SessionState, Trigger], SessionState]:
    """Return the moves of each state together with those that every running session knows."""
    table = {(state, trigger): after for state, own in _OWN_MOVES.items() for trigger, after in own.items()}
    common = {(state, trigger): after for state in _OWN_MOVES for trigger, after in _MOVES_OF_ALL.items()}
    # A faulty outlet stays faulty when its station falls silent or its session is stopped: only clearing ends a fault.
    common[_S.FAULT, _T.WENT_SILENT] = _S.FAULT
    common[_S.FAULT, _T.STOPPED] = _S.FAULT
    common[_S.STATION_SILENT, _T.STOPPED] = _S.STATION_SILENT
    return MappingProxyType(common | table)


MOVES: Final = _table()

WANTS_POWER: Final = frozenset(
    {_S.QUEUED, _S.STARTING, _S.CHARGING, _S.PAUSED_BY_SITE}
)  # authorised, sound, vehicle ready, need not met

KEEPS_MINIMUM: Final = frozenset(
    {_S.SUSPENDED_BY_VEHICLE}
)  # may be left at its minimum where there is room, so that the vehicle can wake, warm itself or go on

DEADLINES: Final[Mapping[SessionState, Deadline]] = MappingProxyType(
    {
        state: Deadline(limit_s=limit_s, alarm=alarm, escalation=_T.TIME_UP)
        for state, limit_s, alarm in (
            (_S.PLUGGED_IN, 600.0, AlarmKind.NOT_IDENTIFIED),
            (_S.AUTHORISING, 60.0, AlarmKind.BACKEND_SLOW),
            (_S.REFUSED, 1800.0, AlarmKind.OUTLET_BLOCKED),
            (_S.NEGOTIATING, 60.0, AlarmKind.HANDSHAKE_FAILED),
            (_S.QUEUED, 7200.0, AlarmKind.WAITED_TOO_LONG),
            (_S.STARTING, 120.0, AlarmKind.NEVER_WOKE),
            (_S.CHARGING, 86_400.0, AlarmKind.CHARGES_TOO_LONG),
            (_S.PAUSED_BY_SITE, 7200.0, AlarmKind.PAUSED_TOO_LONG),
            (_S.SUSPENDED_BY_VEHICLE, 14_400.0, AlarmKind.TAKES_NOTHING),
            (_S.FINISHING, 3600.0, AlarmKind.IDLE_AFTER_FINISH),
            (_S.FAULT, 300.0, AlarmKind.FAULT_LASTS),
            (_S.STATION_SILENT, 900.0, AlarmKind.STATION_SILENT),
        )
    }
)


def next_state(state: SessionState, trigger: Trigger) -> SessionState:
    """Return where a trigger leads.

    Raises IllegalMove naming state and trigger when the table knows no such move.
    """
    try:
        return MOVES[state, trigger]
    except KeyError:
        raise IllegalMove(state, trigger) from None


def wants_power(state: SessionState) -> bool:
    """Return whether a session in this state should be given power."""
    return state in WANTS_POWER


def describe() -> str:
    """Return the table as a mermaid state diagram; moves that every state knows are told in words beside it."""
    lines = ["stateDiagram-v2", f"    [*] --> {_S.PLUGGED_IN.value}"]
    for before, own in _OWN_MOVES.items():
        for after in SessionState:
            labels = [trigger.value for trigger, target in own.items() if target is after]
            if labels and after is not before:
                lines.append(f"    {before.value} --> {after.value}: {', '.join(labels)}")
    lines.append(f"    {_S.FINISHING.value} --> {_S.ENDED.value}: {_T.UNPLUGGED.value}")
    lines.append(f"    {_S.ENDED.value} --> [*]")
    return "\n".join(lines)


def _trigger_table() -> str:
    rows = [f"| {trigger.value} | {meaning} |" for trigger, meaning in MEANING.items()]
    return "\n".join(["| trigger | when |", "|---|---|", *rows])


def _moves_table() -> str:
    rows = [
        f"| {before.value} | {trigger.value} | {after.value} |" for (before, trigger), after in MOVES.items()
    ]
    return "\n".join(["| state | trigger | next state |", "|---|---|---|", *rows])


def _deadline_table() -> str:
    head = ["| state | at most | then | what it means | what to do |", "|---|---|---|---|---|"]
    rows = []
    for state, deadline in DEADLINES.items():
        text = CATALOGUE[deadline.alarm]
        after = MOVES[state, deadline.escalation]
        then = "stays, one alarm" if after is state else f"{after.value}, alarm"
        rows.append(
            f"| {state.value} | {deadline.limit_s:.0f} s | {then} ({text.severity.value}) "
            f"| {text.what}. {text.effect}. | {text.next_step}. |"
        )
    return "\n".join(head + rows)


def page() -> str:
    """Return docs/session.md."""
    return "\n".join(
        (
            "# The life of a session",
            "",
            "Drawn from the tables in `src/voltloom/session/state.py` by `tests/session/test_state.py`; do not edit by hand.",
            "",
            "```mermaid",
            describe(),
            "```",
            "",
            "Every running session also knows four moves that are left out of the picture: `unplugged` always ends it,",
            "`faulted` and `went_silent` take it aside until it has `recovered`, `stopped` refuses it further power.",
            "",
            "## How long a state may last, and what the operator should do",
            "",
            "Before `starting` gives up, the vehicle is woken twice (offer interrupted for a moment).",
            "",
            _deadline_table(),
            "",
            "## What moves a session",
            "",
            _trigger_table(),
            "",
            "## All moves",
            "",
            "What is not in this table moves nothing: the session stays where it is.",
            "",
            _moves_table(),
            "",
        )
    )
