"""Why a setpoint is what it is, as data. `explain.py` renders it for a driver and for an operator."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from voltloom.decision.plan import Planned
from voltloom.session.outlet_order import OutletOrder
from voltloom.site.outside import OutsideLimit


class Cause(IntEnum):
    """The one thing that fixed a setpoint. Columns hold the number, people read the name."""

    NO_SESSION = 0
    VEHICLE_MAXIMUM = 1  # the car or outlet takes no more
    NEED_MET = 2  # all energy asked for is delivered
    SHARED = 3  # an equal or weighted share of a full circuit
    PRIORITY = 4  # others come first on a full circuit (least laxity, deadline, tier, state of charge)
    QUEUED = 5  # sequential: another visit is being served
    BELOW_MINIMUM = 6  # its share is under the minimum, so it waits for its turn
    FIXED_ALLOCATION = 7  # cannot follow a changing limit: a reserved constant
    NOT_AUTHORIZED = 8
    SUSPENDED_BY_VEHICLE = 9
    RAMP = 10  # rises slowly
    DWELL = 11  # changed too recently
    DEADBAND = 12  # the change was too small to send
    ENVELOPE = 13  # lowered by the safety envelope: a circuit would have been over its rating
    IN_FLIGHT = 14  # waits until another EVSE has confirmed a lower limit
    STALE_READING = 15  # an input is too old
    IMPLAUSIBLE_READING = 16  # an input is frozen, drifting or contradicts others
    STATION_SILENT = 17  # no word from the station: reserved at its last possible draw
    DISOBEYED = 18  # drew more than allowed: reserved at the most it can draw
    FALLBACK_EQUAL = 19
    FALLBACK_FLOOR = 20
    FAULT = 21
    NO_LEASE = 22  # the controller may only hold or lower
    PILOT_STEP = 23  # rounded down to a current the station can offer
    RESTART = 24  # random spread after an outage
    HANDSHAKE = 26  # vehicle and station are still telling each other what they can do
    PLANNED = 27  # the plan gives it its energy at another time
    FALLBACK_RULES = 28  # no plan could be made: least laxity first
    OUTRANKED = 29  # a full circuit serves those of a higher tier
    GUARANTEED = 30  # lacks guaranteed energy, and shares a full circuit only with others who do
    LIMIT_REACHED = 25  # a target from outside (grid operator, EMS) binds
    FEEDS_BACK = 31  # the plan takes energy out of the vehicle's battery
    AT_FLOOR = 32  # what it holds above the least its driver allows is not enough to feed back
    OTHERS_OWED = 33  # a full circuit serves those who lack guaranteed energy
    ORDERED = 34  # an operator limits or pauses this visit by hand
    BOOSTED = 35  # an operator lets this visit come before all others
    AFTER_BOOST = 36  # an operator lets another visit come first; this one shares what is left


# No circuit has a part in these: a row that is known beside them is the next one to bind.
WITHOUT_CIRCUIT: Final = frozenset(
    {
        *(Cause.NO_SESSION, Cause.NEED_MET, Cause.NOT_AUTHORIZED, Cause.HANDSHAKE, Cause.FAULT),
        *(Cause.VEHICLE_MAXIMUM, Cause.SUSPENDED_BY_VEHICLE),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why one EVSE's limit changed, or did not.

    binding_row: id of the limit that fixed it ("grid/L1"), "" where none did. headroom_a: what that row has left
    under the new limits. age_s: age of the oldest input used. imposed: the limit from outside that is the cause.
    ordered: the operator's order that is the cause. boosted: the EVSEs that an operator lets come first, where that is. planned: what the plan in force means for it. is_alone: no other vehicle wants power where it is limited. What would
    lift it follows from the cause; `explain.py` says it.
    """

    cause: Cause
    before_a: float
    after_a: float
    binding_row: str
    headroom_a: float
    age_s: float
    architecture: str
    mode: str
    imposed: OutsideLimit | None = None
    planned: Planned | None = None
    is_alone: bool = False
    ordered: OutletOrder | None = None
    boosted: tuple[str, ...] = ()
