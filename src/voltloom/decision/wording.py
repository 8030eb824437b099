"""How each cause is told: whose doing it is, and the words for drivers and operators."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final, NamedTuple

from voltloom.decision.reason import Cause
from voltloom.site.outside import LimitSource


class Causer(Enum):
    """Whose doing it is."""

    VEHICLE = "vehicle"
    DRIVER = "driver"
    SITE = "site"
    GRID = "grid"
    STATION = "station"
    CONTROLLER = "controller"


class Words(NamedTuple):
    """How one cause is told. less: when it holds power back. more: when power rose up to it. {place}, {others} are
    filled in. lifts_when: what would lift it, for "as soon as ...". rule: what the controller did. still: in place of less where
    nothing flows. alone: in place of less where no other car wants power.
    """

    causer: Causer
    less: str
    more: str
    lifts_when: str
    rule: str
    still: str = ""
    alone: str = ""


SOURCES: Final[Mapping[LimitSource, str]] = MappingProxyType(
    {
        LimitSource.GRID_OPERATOR: "the grid operator",
        LimitSource.ENERGY_MANAGEMENT: "the site's energy management",
        LimitSource.COORDINATOR: "the coordinator of the sites",
        LimitSource.OPERATOR: "the site's operator",
    }
)
WORDS: Final[Mapping[Cause, Words]] = MappingProxyType(
    {
        Cause.NO_SESSION: Words(
            Causer.DRIVER,
            "no car is plugged in",
            "the outlet keeps only what is safe without a car",
            "a car is plugged in",
            "An outlet without a session is offered nothing",
        ),
        Cause.VEHICLE_MAXIMUM: Words(
            Causer.VEHICLE,
            "your car takes no more than this at the moment",
            "your car gets all it can take here",
            "the car asks for more",
            "The car's or outlet's own maximum; no circuit binds",
        ),
        Cause.NEED_MET: Words(
            Causer.DRIVER,
            "your car has all the energy you asked for",
            "your car has all the energy you asked for",
            "the driver asks for more energy",
            "All energy asked for is delivered",
        ),
        Cause.SHARED: Words(
            Causer.SITE,
            "{place} shares its power with {others}",
            "your share of {place} has grown",
            "another car on this circuit finishes or takes less",
            "Max-min share of a full circuit, by weight where weights are set",
            alone="{place} has no more power to give at the moment",
        ),
        Cause.PRIORITY: Words(
            Causer.SITE,
            "cars that need it more urgently come first at {place}",
            "more is left at {place} after the cars that come first",
            "a car that comes first finishes or takes less, or this car becomes more urgent",
            "Served in the architecture's order on a full circuit",
            alone="{place} has no more power to give at the moment",
        ),
        Cause.PLANNED: Words(
            Causer.CONTROLLER,
            "your car has time, and its energy is planned for later",
            "the plan gives your car more now",
            "the plan's next steps begin",
            "Receding-horizon plan: its energy by departure, at the best time for the site",
        ),
        Cause.FEEDS_BACK: Words(
            Causer.CONTROLLER,
            "your car helps the site for a while and keeps at least the charge you asked for",
            "your car helps the site for a while and keeps at least the charge you asked for",
            "the plan's next steps begin",
            "Fed back by the plan, above the driver's floor",
        ),
        Cause.AT_FLOOR: Words(
            Causer.DRIVER,
            "your car's charge is near the least you allow, so it feeds back little or nothing",
            "your car's charge is near the least you allow, so it feeds back little or nothing",
            "the car holds more above the driver's floor, or the driver lowers that floor",
            "The driver's floor: what one lease could still take out must be there above it",
        ),
        Cause.OUTRANKED: Words(
            Causer.SITE,
            "cars with a higher priority come first at {place}",
            "more is left at {place} after the cars with a higher priority",
            "a car of a higher tier has enough or takes less",
            "Lexicographic: guaranteed energy first, then tier by tier",
        ),
        Cause.OTHERS_OWED: Words(
            Causer.SITE,
            "cars at {place} that lack their guaranteed energy are charged first",
            "more is left at {place} after the cars that lack their guaranteed energy",
            "a car that lacks guaranteed energy has it or takes less",
            "Lexicographic: guaranteed energy first, then tier by tier",
        ),
        Cause.GUARANTEED: Words(
            Causer.SITE,
            "cars at {place} that lack their guaranteed energy are charged first, yours among them",
            "your car is charged first until it has its guaranteed energy",
            "others have their guaranteed energy",
            "Lexicographic: guaranteed energy first, then tier by tier",
            still="your car is among the first until it has its guaranteed energy, and begins as soon as {place} has power for it",
        ),
        Cause.FALLBACK_RULES: Words(
            Causer.CONTROLLER,
            "no plan could be made just now, so cars that need it most urgently come first",
            "no plan could be made just now, so cars that need it most urgently come first",
            "a plan can be made again",
            "Fallback: least laxity first, as no plan could be made",
        ),
        Cause.QUEUED: Words(
            Causer.SITE,
            "cars at {place} are charged one after the other",
            "it is your turn at {place}",
            "the visits before this one are over",
            "Sequential: one whole visit before the next",
        ),
        Cause.BELOW_MINIMUM: Words(
            Causer.SITE,
            "there is too little power for all cars at once, so they take turns",
            "it is your turn; cars take turns because there is too little power for all at once",
            "its turn comes, or its share reaches the minimum a car can use",
            "IEC 61851-1: nothing or at least the minimum; rotation with a bounded wait",
            alone="{place} has less power left at the moment than a car can charge with",
        ),
        Cause.FIXED_ALLOCATION: Words(
            Causer.VEHICLE,
            "your car cannot follow changes, so a constant power is kept for it",
            "your car cannot follow changes, so a constant power is kept for it",
            "the vehicle reports that it follows a changing limit, or room for its constant becomes free",
            "A reserved constant for a vehicle that is not dynamic",
        ),
        Cause.NOT_AUTHORIZED: Words(
            Causer.DRIVER,
            "please identify yourself at the station or in the app",
            "please identify yourself at the station or in the app",
            "an accepted token is presented",
            "No power without an accepted token",
        ),
        Cause.HANDSHAKE: Words(
            Causer.STATION,
            "your car and the station are agreeing on how to charge",
            "your car and the station are agreeing on how to charge",
            "vehicle and station have told what they can do",
            "The handshake is not done yet",
        ),
        Cause.SUSPENDED_BY_VEHICLE: Words(
            Causer.VEHICLE,
            "your car has stopped taking power by itself; it may be full or on a timer",
            "your car takes little by itself; it may be nearly full",
            "the car asks for power again",
            "The car suspended charging itself",
        ),
        Cause.RAMP: Words(
            Causer.CONTROLLER,
            "power rises gently",
            "power rises gently to its new value",
            "the ramp reaches its end in the next minutes",
            "Falls at once, rises slowly",
        ),
        Cause.DWELL: Words(
            Causer.CONTROLLER,
            "it changed a moment ago and is kept steady for your battery's sake",
            "it changed a moment ago and is kept steady for your battery's sake",
            "the dwell time since the last change is over",
            "Least time between a fall and a rise",
        ),
        Cause.DEADBAND: Words(
            Causer.CONTROLLER,
            "the difference is too small to matter",
            "the difference is too small to matter",
            "the wanted change is larger than the deadband",
            "Station writes are rationed",
        ),
        Cause.ENVELOPE: Words(
            Causer.SITE,
            "the wires of {place} are protected from too much current",
            "as much as the wires of {place} can bear",
            "the circuit has headroom again",
            "Lowered by the safety envelope: the circuit would have been over its rating",
        ),
        Cause.IN_FLIGHT: Words(
            Causer.CONTROLLER,
            "another car is being slowed down first, which takes a moment",
            "another car has made room, the rest follows in a moment",
            "the other outlets have confirmed their lower limits",
            "Lower first, wait for the effect, then raise",
        ),
        Cause.STALE_READING: Words(
            Causer.CONTROLLER,
            "a meter has not answered lately, so the site is careful",
            "a meter has not answered lately, so the site is careful",
            "the meter speaks again",
            "An input is too old: wider margin",
        ),
        Cause.IMPLAUSIBLE_READING: Words(
            Causer.CONTROLLER,
            "a meter shows values that cannot be true, so the site is careful",
            "a meter shows values that cannot be true, so the site is careful",
            "the reading agrees with the others again",
            "An input is frozen, drifts or contradicts others: worst case instead",
        ),
        Cause.STATION_SILENT: Words(
            Causer.STATION,
            "this station cannot be reached; it goes on by itself with a safe power",
            "this station cannot be reached; it goes on by itself with a safe power",
            "the station is heard of again",
            "Reserved at its last possible draw",
        ),
        Cause.DISOBEYED: Words(
            Causer.STATION,
            "more was drawn here than allowed, so nothing is changed until that stops",
            "more was drawn here than allowed, so nothing is changed until that stops",
            "the measured current has followed its limit",
            "Accepted is not obeyed: reserved at the most it can draw",
        ),
        Cause.FALLBACK_EQUAL: Words(
            Causer.CONTROLLER,
            "the site shares power equally for now, to be on the safe side",
            "the site shares power equally for now, to be on the safe side",
            "all inputs have been well for a while",
            "Fallback: equal sharing on conservative ratings",
        ),
        Cause.FALLBACK_FLOOR: Words(
            Causer.CONTROLLER,
            "the site gives everybody only what is always safe for now",
            "the site gives everybody only what is always safe for now",
            "all inputs have been well for a while",
            "Fallback: the limit that is safe without any measurement",
        ),
        Cause.FAULT: Words(
            Causer.STATION,
            "this outlet has a fault; please use another one",
            "this outlet has a fault; please use another one",
            "the fault has cleared or service has repaired the outlet",
            "No power at an outlet at fault",
        ),
        Cause.NO_LEASE: Words(
            Causer.CONTROLLER,
            "the site's controller is being replaced and only keeps what is safe",
            "the site's controller is being replaced and only keeps what is safe",
            "this controller holds the lease on the site",
            "Without a lease a controller may only hold or lower",
        ),
        Cause.PILOT_STEP: Words(
            Causer.STATION,
            "this station offers power in steps",
            "this station offers power in steps",
            "the share reaches the station's next step",
            "Rounded down to a current the station can offer",
        ),
        Cause.RESTART: Words(
            Causer.GRID,
            "power is back and cars start one after the other",
            "power is back and cars start one after the other",
            "this outlet's random delay after the outage is over",
            "Spread after an outage",
        ),
        Cause.LIMIT_REACHED: Words(
            Causer.GRID,
            "the grid asks the site to use less for now",
            "as much as the grid allows the site for now",
            "the limit from outside ends or is raised",
            "A limit or target from outside binds",
        ),
        Cause.ORDERED: Words(
            Causer.SITE,
            "the operator limits this outlet",
            "as much as the operator allows this outlet",
            "the operator takes the order back, or it ends",
            "An operator's order for this visit",
        ),
        Cause.BOOSTED: Words(
            Causer.SITE,
            "the operator lets your car charge first",
            "the operator lets your car charge first",
            "the operator takes the boost back, or it ends",
            "Boosted by an operator: above everybody's minimum, within what circuits bear",
        ),
        Cause.AFTER_BOOST: Words(
            Causer.SITE,
            "the operator lets another car charge first; yours gets what is left",
            "the operator lets another car charge first; yours gets what is left",
            "the operator takes that boost back, or it ends",
            "What a boosted visit leaves is shared; nobody who is served falls below the minimum for it",
        ),
    }
)
