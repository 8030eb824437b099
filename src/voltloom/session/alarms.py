"""Alarms: what is wrong, what it does to charging, and what to do about it. One catalogue, no alarm without advice."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final, NamedTuple


class Severity(Enum):
    """How soon somebody should look."""

    NOTICE = "notice"  # when there is time
    WARNING = "warning"  # today
    CRITICAL = "critical"  # now


class AlarmKind(Enum):
    """Everything that can be wrong at a site, as the operator sees it."""

    NOT_IDENTIFIED = "not_identified"
    BACKEND_SLOW = "backend_slow"
    OUTLET_BLOCKED = "outlet_blocked"
    HANDSHAKE_FAILED = "handshake_failed"
    WAITED_TOO_LONG = "waited_too_long"
    NEVER_WOKE = "never_woke"
    CHARGES_TOO_LONG = "charges_too_long"
    TAKES_NOTHING = "takes_nothing"
    PAUSED_TOO_LONG = "paused_too_long"
    IDLE_AFTER_FINISH = "idle_after_finish"
    FAULT_LASTS = "fault_lasts"
    STATION_SILENT = "station_silent"
    MISSED_UNPLUG = "missed_unplug"
    LATE_MESSAGE = "late_message"
    UNKNOWN_SESSION = "unknown_session"
    FOREIGN_TOKEN = "foreign_token"
    CAPABILITY_CONTRADICTS = "capability_contradicts"
    NEED_IMPLAUSIBLE = "need_implausible"
    STATION_BOOTED = "station_booted"
    POWER_UNAUTHORIZED = "power_unauthorized"
    POWER_DURING_FAULT = "power_during_fault"
    ENERGY_QUARANTINED = "energy_quarantined"
    GROUND_FAULT = "ground_fault"
    OVER_TEMPERATURE = "over_temperature"
    OVER_VOLTAGE = "over_voltage"
    UNDER_VOLTAGE = "under_voltage"
    CONTACTOR_WELDED = "contactor_welded"
    CONNECTOR_LOCK = "connector_lock"
    OVER_CURRENT = "over_current"
    STATION_INTERNAL = "station_internal"
    DISOBEYED_LIMIT = "disobeyed_limit"
    LIMITS_REFUSED = "limits_refused"
    BATTERY_SILENT = "battery_silent"
    BATTERY_DISOBEYS = "battery_disobeys"
    METER_STALE = "meter_stale"
    METER_IMPLAUSIBLE = "meter_implausible"
    MODE_LOWERED = "mode_lowered"
    OPTIMISER_LATE = "optimiser_late"
    CORE_FAILED = "core_failed"
    ONE_WAY = "one_way"
    LIMIT_OUT_OF_REACH = "limit_out_of_reach"
    LEASE_LOST = "lease_lost"
    CONTROLLER_RESTARTED = "controller_restarted"
    CANARY_ROLLED_BACK = "canary_rolled_back"
    JOURNAL_FAILING = "journal_failing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One thing that is wrong. source: the EVSE, circuit or part of the program it is about.

    over_s: when that ended, inf while it lasts; one that tells of a moment has no end (`standing.OVER_WHEN`).
    """

    time_s: float
    severity: Severity
    source: str
    kind: AlarmKind
    what: str
    effect: str
    next_step: str
    over_s: float = math.inf

    @property
    def is_over(self) -> bool:
        """Say whether what it tells of has ended."""
        return self.over_s < math.inf


class AlarmText(NamedTuple):
    """What the catalogue knows about a kind of alarm."""

    severity: Severity
    what: str
    effect: str
    next_step: str


_N, _W, _C = Severity.NOTICE, Severity.WARNING, Severity.CRITICAL

CATALOGUE: Final[Mapping[AlarmKind, AlarmText]] = MappingProxyType(
    {
        AlarmKind.NOT_IDENTIFIED: AlarmText(
            _N,
            "A vehicle is plugged in, but nobody identified",
            "It gets no power until a token is presented",
            "Help the driver to identify, or ask for the outlet to be freed",
        ),
        AlarmKind.BACKEND_SLOW: AlarmText(
            _W,
            "The token check got no answer in time",
            "The token was refused; the driver may present it again",
            "Check the link to the roaming or billing backend; add regular drivers to the local list",
        ),
        AlarmKind.OUTLET_BLOCKED: AlarmText(
            _N,
            "A refused vehicle stays plugged in",
            "The outlet cannot serve anybody else",
            "Contact the driver, or add the token to the local list and have it presented again",
        ),
        AlarmKind.HANDSHAKE_FAILED: AlarmText(
            _W,
            "Vehicle and station did not finish their handshake",
            "The vehicle counts as using all phases and as unable to follow a limit: it gets a fixed allocation",
            "Have the plug reseated; if it comes again with this outlet, check cable and station firmware",
        ),
        AlarmKind.WAITED_TOO_LONG: AlarmText(
            _W,
            "A vehicle has waited too long for its first power",
            "Its driver may leave without energy",
            "Raise the site limit, free an outlet, or choose an architecture that shares",
        ),
        AlarmKind.NEVER_WOKE: AlarmText(
            _W,
            "A vehicle takes no current although it is offered",
            "Its share goes to others; it keeps the offer of its minimum where there is room",
            "Ask the driver to unlock the vehicle or to replug; look for a charging timer in the vehicle",
        ),
        AlarmKind.CHARGES_TOO_LONG: AlarmText(
            _N,
            "A session has been charging for more than a day",
            "Either a very large need, or the meter or the session's end was missed",
            "Compare the register at the station with the session; stop the session if no vehicle is there",
        ),
        AlarmKind.TAKES_NOTHING: AlarmText(
            _N,
            "A vehicle has suspended charging for a long time",
            "It is most likely full; the outlet stays occupied",
            "Tell the driver that the vehicle can be moved",
        ),
        AlarmKind.PAUSED_TOO_LONG: AlarmText(
            _W,
            "The site has paused a vehicle for too long",
            "Its driver may leave with less energy than wanted",
            "Look which circuit binds (Decisions page); raise its limit or lower the tier of others",
        ),
        AlarmKind.IDLE_AFTER_FINISH: AlarmText(
            _N,
            "A finished vehicle stays plugged in",
            "The outlet cannot serve anybody else",
            "Tell the driver that the vehicle can be moved; consider an idle fee",
        ),
        AlarmKind.FAULT_LASTS: AlarmText(
            _C,
            "A fault has not cleared by itself",
            "The outlet gives no power",
            "Reset the station once; if the fault returns, lock the outlet and call service",
        ),
        AlarmKind.STATION_SILENT: AlarmText(
            _W,
            "A station has not been heard of",
            "Its last possible draw stays reserved, so others get less; it falls back to its offline limit",
            "Check the station's power and network; do not raise other limits by hand",
        ),
        AlarmKind.MISSED_UNPLUG: AlarmText(
            _N,
            "A new vehicle was plugged in before the old one was reported gone",
            "The old session was closed with its last known register",
            "Check the station's log if the closed session's energy looks wrong",
        ),
        AlarmKind.LATE_MESSAGE: AlarmText(
            _N,
            "A message arrived that belongs to an earlier time",
            "It was ignored; the running session goes on",
            "Check the station's clock and link if this comes often",
        ),
        AlarmKind.UNKNOWN_SESSION: AlarmText(
            _N,
            "A message arrived for an outlet without a session",
            "It was ignored",
            "Compare the station's transactions with the journal; import what was charged offline",
        ),
        AlarmKind.FOREIGN_TOKEN: AlarmText(
            _N,
            "Another token was presented at a running session",
            "The token was refused; the session goes on",
            "Nothing, unless it comes often: then check for a driver at the wrong outlet",
        ),
        AlarmKind.CAPABILITY_CONTRADICTS: AlarmText(
            _W,
            "Vehicle and outlet have no current in common, or the report is no number",
            "The outlet's own limits and a fixed allocation are used",
            "Check what the station reports against the outlet's rating in the site's plan",
        ),
        AlarmKind.NEED_IMPLAUSIBLE: AlarmText(
            _N,
            "A stated need cannot be true",
            "The need known before stays in force",
            "Ask the driver for energy and departure again",
        ),
        AlarmKind.STATION_BOOTED: AlarmText(
            _N,
            "A station restarted during a session",
            "It holds its offline limit until it is given a new one",
            "Nothing, unless it comes often: then check its supply and firmware",
        ),
        AlarmKind.POWER_UNAUTHORIZED: AlarmText(
            _C,
            "Current flows without an authorised session",
            "The draw is counted against the circuit; the station was told to stop",
            "Check that the station obeys; lock the outlet if the current goes on",
        ),
        AlarmKind.POWER_DURING_FAULT: AlarmText(
            _C,
            "Current flows at an outlet that reported a fault",
            "The draw is counted against the circuit; the station was told to stop",
            "Switch the outlet off at its breaker and call service",
        ),
        AlarmKind.ENERGY_QUARANTINED: AlarmText(
            _W,
            "A session's registers cannot be true",
            "The session is kept aside and not billed",
            "Compare with the station's register and release or correct the session by hand",
        ),
        AlarmKind.GROUND_FAULT: AlarmText(
            _C,
            "Residual current was detected",
            "The session was stopped; the outlet gives no power",
            "Keep people away from cable and vehicle, have an electrician test before the outlet is used again",
        ),
        AlarmKind.OVER_TEMPERATURE: AlarmText(
            _W,
            "The outlet is too hot",
            "It gives no power until it has cooled down",
            "Check plug and contacts for wear and the cabinet's fan and filter",
        ),
        AlarmKind.OVER_VOLTAGE: AlarmText(
            _W,
            "The voltage is too high",
            "The outlet gives no power until the voltage is back in its band",
            "Call the grid operator if other outlets report it too",
        ),
        AlarmKind.UNDER_VOLTAGE: AlarmText(
            _W,
            "The voltage is too low",
            "The outlet gives no power until the voltage is back in its band",
            "Check whether the feeder is overloaded; call the grid operator if it is not",
        ),
        AlarmKind.CONTACTOR_WELDED: AlarmText(
            _C,
            "The contactor does not open",
            "The outlet cannot be switched off; its full rating stays reserved",
            "Switch the outlet off at its breaker and replace the contactor",
        ),
        AlarmKind.CONNECTOR_LOCK: AlarmText(
            _W,
            "The connector does not lock",
            "The outlet gives no power",
            "Have the plug reseated; clean or replace the lock",
        ),
        AlarmKind.OVER_CURRENT: AlarmText(
            _C,
            "The station switched off because too much current was drawn",
            "The session was stopped",
            "Ask the driver to use another cable or outlet; check the vehicle if it comes again",
        ),
        AlarmKind.STATION_INTERNAL: AlarmText(
            _W,
            "The station reports an inner fault",
            "The outlet gives no power until the fault has cleared",
            "Reset the station once; call service with the error code in its log",
        ),
        AlarmKind.DISOBEYED_LIMIT: AlarmText(
            _W,
            "More current flows than was allowed",
            "What this outlet draws, or the most it can, stays reserved, so others get less",
            "Switch smart charging on in the station's settings; if it comes again, unplug the vehicle to see which of both it is",
        ),
        AlarmKind.LIMITS_REFUSED: AlarmText(
            _C,
            "A station refuses every kind of limit",
            "The most this outlet can draw stays reserved, so others get less",
            "Switch smart charging on in the station's settings, or have its firmware mended; restart it then",
        ),
        AlarmKind.BATTERY_SILENT: AlarmText(
            _W,
            "A battery has not been heard of",
            "It is told to rest; what it may still draw stays reserved, so vehicles may get less",
            "Check the inverter's supply and network, and whether another program holds its Modbus link",
        ),
        AlarmKind.BATTERY_DISOBEYS: AlarmText(
            _W,
            "A battery charges or discharges with more than it was told",
            "The most it can draw stays reserved, so vehicles may get less, until it keeps to what it is told",
            "Switch external control on in the inverter; check the sign, the scale and the register of its setpoint",
        ),
        AlarmKind.METER_STALE: AlarmText(
            _W,
            "A meter has not been heard of",
            "A circuit keeps a wider margin, and in the end its planned other load counts; an outlet counts with all that it may draw",
            "Check the meter's link and supply; for an outlet, that its station sends readings while it charges",
        ),
        AlarmKind.METER_IMPLAUSIBLE: AlarmText(
            _W,
            "A meter is frozen, drifts or contradicts the others",
            "Its readings are not used; the site plans with the worst case",
            "Compare with a clamp meter; check direction, ratio and phase of its transformers",
        ),
        AlarmKind.MODE_LOWERED: AlarmText(
            _W,
            "The controller trusts its inputs less",
            "Power is shared by a simpler and more careful rule",
            "Mend the inputs named in the newest decisions; trust comes back by itself",
        ),
        AlarmKind.ONE_WAY: AlarmText(
            _W,
            "The station only charges, though its outlets shall feed back",
            "Vehicles there are charged as everywhere; none of them is discharged",
            "Let the station speak OCPP 2.1 and follow setpoints, or leave discharge_a out of its outlets",
        ),
        AlarmKind.OPTIMISER_LATE: AlarmText(
            _W,
            "The architecture did not decide in time",
            "Power is shared equally and carefully; the architecture is tried again after ten good minutes",
            "Nothing, unless it comes often: then choose another architecture, or give the program more processor",
        ),
        AlarmKind.CORE_FAILED: AlarmText(
            _C,
            "The controller failed to decide",
            "Every outlet goes to its offline limit and stays there until a decision succeeds",
            "Read the error in the program's log and report it; restart the program where it does not end by itself",
        ),
        AlarmKind.LIMIT_OUT_OF_REACH: AlarmText(
            _C,
            "More than a circuit bears is drawn on it, or may be, and nothing more can be lowered",
            "Its outlets that obey get nothing; its breaker may trip",
            "Switch off other load on this circuit, or the outlets that do not obey; raise its limit where that was set too low",
        ),
        AlarmKind.LEASE_LOST: AlarmText(
            _W,
            "A limit ran out before its station confirmed the next one",
            "The outlet is at its offline limit by now; the most that it may draw stays reserved, so others get less",
            "Check the station's link; where it is connected, look on its page how it answers limits, and restart it",
        ),
        AlarmKind.CANARY_ROLLED_BACK: AlarmText(
            _W,
            "A policy on trial was rolled back by itself",
            "All outlets are ruled by the policy in force again; running sessions go on",
            "Look at what tripped it on the page of policies, change the candidate or its guards, and try it in shadow first",
        ),
        AlarmKind.CONTROLLER_RESTARTED: AlarmText(
            _N,
            "The controller restarted",
            "Limits from before may still be in force and stay reserved at first, so power comes back over some minutes",
            "Nothing, unless it comes often: then read the program's log",
        ),
        AlarmKind.JOURNAL_FAILING: AlarmText(
            _C,
            "The journal cannot be written",
            "Limits are renewed and lowered, but none rises; what stations tell is not answered, and nobody new begins",
            "Free space on its disk, or mend the disk or the database; nothing needs to be restarted",
        ),
    }
)


def raised(kind: AlarmKind, *, time_s: float, source: str, detail: str = "") -> Alarm:
    """Return an alarm of the catalogue; the detail says which, how much or since when."""
    text = CATALOGUE[kind]
    detail = detail.encode("utf-8", "backslashreplace").decode()  # of a failure, whose words may be no UTF-8
    return Alarm(
        time_s=time_s,
        severity=text.severity,
        source=source,
        kind=kind,
        what=f"{text.what}: {detail}" if detail else text.what,
        effect=text.effect,
        next_step=text.next_step,
    )
