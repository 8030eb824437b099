"""The electrical place: a tree of circuits per phase with EVSEs as leaves, and power cabinets for DC outlets.

People describe a site with these words; `network.py` turns it into the columns the kernels work on.
A circuit bears `rating_a` on each of its phases. A site that no tree can describe (delta transformers, measured
phasors) adds `PhasorLimit` rows: |sum of coefficient * current * exp(i * angle)| <= rating.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from voltloom.units import MINIMUM_PILOT_A


class Phase(Enum):
    """A grid phase."""

    L1 = 0
    L2 = 1
    L3 = 2


class Wiring(Enum):
    """How an EVSE meets the grid."""

    SINGLE_PHASE = "single_phase"
    LINE_TO_LINE = "line_to_line"
    THREE_PHASE = "three_phase"
    DC = "dc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """A fuse or breaker: what it bears on each phase, and what feeds it ("" for the grid connection).

    other_load_a: the most that anything but EVSEs draws from it directly, on each phase. is_metered: its currents are
    measured. feeds_back: something below it generates (PV, V2G), so that its current may be negative.
    """

    circuit_id: str
    parent_id: str
    rating_a: float
    phases: tuple[Phase, ...] = (Phase.L1, Phase.L2, Phase.L3)
    other_load_a: float = 0.0
    is_metered: bool = False
    feeds_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cabinet:
    """A power cabinet whose modules several DC outlets share."""

    cabinet_id: str
    power_w: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evse:
    """One outlet and its hardware limits.

    phases: the grid phase that each of its conductors meets, in conductor order (the rotation). A one-phase
    vehicle on a three-phase outlet uses the first. Currents of a DC outlet are counted on its AC side.
    pilots_a: the currents it can offer, ascending; empty when any value from min_a to max_a will do.
    offline_a: what it falls back to by itself when no lease is in force. discharge_a: what it can feed back on each phase.
    angle_deg: phase angle of its current, for `PhasorLimit` rows only. x_m, y_m: where it stands on the plan of the car park, NaN
    where nobody said.
    """

    evse_id: str
    circuit_id: str
    wiring: Wiring
    phases: tuple[Phase, ...]
    min_a: float = MINIMUM_PILOT_A
    max_a: float = 32.0
    pilots_a: tuple[float, ...] = ()
    offline_a: float = 0.0
    discharge_a: float = 0.0
    angle_deg: float = 0.0
    cabinet_id: str = ""
    efficiency_ratio: float = 1.0
    group: str = ""
    x_m: float = math.nan
    y_m: float = math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class PhasorLimit:
    """One row of a general constraint matrix, coefficients in EVSE order."""

    limit_id: str
    coefficients: tuple[float, ...]
    rating_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """A stationary battery: what it holds, what it may charge and discharge with, and what its use costs.

    charge_w, discharge_w: the most of each, both positive, at its terminals, even on its phases. Efficiencies from the
    terminals into the cells and back. min_soc_ratio, max_soc_ratio: it goes no further by itself.
    wear_eur_per_kwh: for each kWh that goes through it, in and out counted together. keeps_power: where it hears nothing it
    goes on with what it was told last; any other rests by itself.
    """

    battery_id: str
    circuit_id: str
    phases: tuple[Phase, ...]
    capacity_wh: float
    charge_w: float
    discharge_w: float
    charge_efficiency_ratio: float = 0.96
    discharge_efficiency_ratio: float = 0.96
    min_soc_ratio: float = 0.05
    max_soc_ratio: float = 1.0
    wear_eur_per_kwh: float = 0.0
    keeps_power: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pv:
    """A PV plant: the most it feeds in on its phases together, and where it stands, NaN where nobody tells.

    azimuth_deg: from north over east, 180 looks south.
    """

    pv_id: str
    circuit_id: str
    phases: tuple[Phase, ...]
    peak_w: float
    latitude_deg: float = math.nan
    longitude_deg: float = math.nan
    tilt_deg: float = 30.0
    azimuth_deg: float = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A charging site as its planner describes it.

    voltage_v: phase to neutral; between_phases_v: phase to phase, what a line-to-line outlet sees. transformer_w: the
    rating on the transformer's plate, NaN where the plan names none; the limits are what binds.
    """

    name: str
    time_zone: str
    voltage_v: float
    between_phases_v: float
    circuits: tuple[Circuit, ...]
    evses: tuple[Evse, ...]
    cabinets: tuple[Cabinet, ...] = ()
    phasor_limits: tuple[PhasorLimit, ...] = ()
    transformer_w: float = math.nan
    batteries: tuple[Battery, ...] = ()
    pvs: tuple[Pv, ...] = ()

    def index_of(self, evse_id: str) -> int:
        """Return the column of an EVSE.

        Raises KeyError naming an EVSE that is not on this site.
        """
        for index, evse in enumerate(self.evses):
            if evse.evse_id == evse_id:
                return index
        raise KeyError(evse_id)
