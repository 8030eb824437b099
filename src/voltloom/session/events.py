"""What can happen at a site, told to the controller. Frozen, timed by the sender, without any decision in them.

`evse` is the EVSE's column (its place in `Site.evses`). Events that come for many EVSEs at once, meter readings and
acknowledgements, are columns, so a thousand EVSEs cost one event.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voltloom.session.policy import GUARDS, Guards, Policy
from voltloom.site.outside import LimitSource, OutsideLimit
from voltloom.site.tariff import PriceSeries


class TokenKind(Enum):
    """What a driver identifies with."""

    RFID = "rfid"
    APP = "app"
    PLUG_AND_CHARGE = "plug_and_charge"
    FREE_VEND = "free_vend"


class HardwareFault(Enum):
    """What a station can report broken or unsafe."""

    GROUND_FAULT = "ground_fault"
    OVER_TEMPERATURE = "over_temperature"
    OVER_VOLTAGE = "over_voltage"
    UNDER_VOLTAGE = "under_voltage"
    CONTACTOR_WELDED = "contactor_welded"
    CONNECTOR_LOCK = "connector_lock"
    OVER_CURRENT = "over_current"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True, kw_only=True)
class PluggedIn:
    """A vehicle was connected. energy_wh: the outlet's register then, NaN where the station does not tell.

    It may be told again for the same session once the register is known.
    """

    time_s: float
    evse: int
    session_id: str
    energy_wh: float = math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPresented:
    """A driver identified at an EVSE."""

    time_s: float
    evse: int
    id_token: str
    kind: TokenKind


@dataclass(frozen=True, slots=True, kw_only=True)
class CapabilityReported:
    """The handshake told what station and vehicle can do together.

    is_dynamic: whether the vehicle follows a changing limit. uses_all_phases: False for one phase of several.
    phases_known: False counts as using all.
    """

    time_s: float
    evse: int
    is_dynamic: bool
    uses_all_phases: bool
    min_a: float
    max_a: float
    phases_known: bool = True
    discharges: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedStated:
    """The driver or vehicle told the energy wanted, by when, and the state of charge; NaN where unknown.

    floor_ratio: the least state of charge down to which the vehicle may feed back; NaN, as before anybody told it, is no
    consent. battery_wh: what its battery holds when it is full. is_from_vehicle: the vehicle told it, not its driver; it
    neither gives nor takes consent.
    """

    time_s: float
    evse: int
    energy_wh: float
    departure_s: float
    soc_ratio: float
    floor_ratio: float = math.nan
    battery_wh: float = math.nan
    is_from_vehicle: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SocMeasured:
    """A meter told the vehicle's state of charge; what else is known of its need stays."""

    time_s: float
    evse: int
    soc_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleRequested:
    """The battery management system changed the most it will take; 0 means it suspended charging itself."""

    time_s: float
    evse: int
    request_a: float


class EvseReadings(NamedTuple):
    """Meter readings of some EVSEs: evses (k,), current_a (k,) on the most loaded phase, negative while the vehicle feeds
    back, energy_wh (k,) registers of imported energy.

    sampled_s: (k,) when each was measured, by the sender; time_s is when they arrived. exported_wh: (k,) registers of what was
    fed back, NaN where the meter has none; None where no outlet feeds back.
    """

    time_s: float
    evses: NDArray[np.int64]
    sampled_s: NDArray[np.float64]
    current_a: NDArray[np.float64]
    energy_wh: NDArray[np.float64]
    exported_wh: NDArray[np.float64] | None = None


class RowReadings(NamedTuple):
    """Meter readings of some limits (a circuit on one phase): rows (k,) of the network, current_a (k,)."""

    time_s: float
    rows: NDArray[np.int64]
    sampled_s: NDArray[np.float64]
    current_a: NDArray[np.float64]


class BatteryReadings(NamedTuple):
    """What stationary batteries tell: batteries (k,), power_w (k,) charge positive, soc_ratio (k,), and the serial (k,) of the
    newest power that each was told.
    """

    time_s: float
    batteries: NDArray[np.int64]
    sampled_s: NDArray[np.float64]
    power_w: NDArray[np.float64]
    soc_ratio: NDArray[np.float64]
    serial: NDArray[np.int64]


class LimitsAcknowledged(NamedTuple):
    """Stations confirmed limits: evses (k,), serial (k,) of the limit each now holds.

    until_s: (k,) how long each surely holds it, where that is less than its lease; None for the whole lease.
    """

    time_s: float
    evses: NDArray[np.int64]
    serial: NDArray[np.int64]
    until_s: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultReported:
    """A station reported a fault at an EVSE."""

    time_s: float
    evse: int
    fault: HardwareFault


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultCleared:
    """A station reported its fault gone."""

    time_s: float
    evse: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StationBooted:
    """A station (re)started and holds only its offline limit; evse is each of its outlets, told one by one."""

    time_s: float
    evse: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsRefused:
    """A station takes no kind of limit at an EVSE: whatever its outlet can deliver may be drawn."""

    time_s: float
    evse: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsTaken:
    """A station that took no limit at an EVSE takes them again."""

    time_s: float
    evse: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplugged:
    """The vehicle left. energy_wh, exported_wh: the registers then, the second NaN where nothing is fed back."""

    time_s: float
    evse: int
    energy_wh: float
    exported_wh: float = math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchitectureChosen:
    """An operator chose another architecture for the running site."""

    time_s: float
    architecture: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchitectureFailed:
    """The chosen architecture gave no sane answer in time; the shell watched its deadline."""

    time_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CanarySet:
    """An operator tries a policy: on these outlets, or in shadow on none. The same policy again moves it to other outlets."""

    time_s: float
    policy: Policy
    evses: tuple[int, ...] = ()
    guards: Guards = GUARDS


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryEnded:
    """An operator ends a trial. is_promoted: its policy comes into force for all outlets."""

    time_s: float
    is_promoted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletOrdered:
    """An operator orders something for the visit at an outlet, in place of what was ordered there before.

    most_a: the most on each phase, 0 pauses, None bounds nothing. is_boosted: before all others. until_s: its end, inf for that
    of the visit. With neither it takes back what was ordered; without a visit there it says nothing.
    """

    time_s: float
    evse: int
    most_a: float | None
    is_boosted: bool
    until_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideLimitSet:
    """Somebody outside limits a circuit; what the same source told under the same id before ends."""

    time_s: float
    limit: OutsideLimit


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideLimitWithdrawn:
    """A source takes back a limit before its end."""

    time_s: float
    source: LimitSource
    limit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PricesTold:
    """A price service told what the site pays by moment, charges included; it replaces what was told before."""

    time_s: float
    series: PriceSeries


SessionEvent = (
    PluggedIn | TokenPresented | CapabilityReported | NeedStated | SocMeasured | VehicleRequested | Unplugged
)
StationEvent = FaultReported | FaultCleared | StationBooted | LimitsRefused | LimitsTaken
ColumnEvent = EvseReadings | RowReadings | BatteryReadings | LimitsAcknowledged
OutsideEvent = OutsideLimitSet | OutsideLimitWithdrawn
PolicyEvent = CanarySet | CanaryEnded
Event = (
    SessionEvent
    | StationEvent
    | ColumnEvent
    | OutsideEvent
    | PricesTold
    | PolicyEvent
    | OutletOrdered
    | ArchitectureChosen
    | ArchitectureFailed
)
