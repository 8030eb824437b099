"""A world to simulate as one frozen value: the site, its visits, its weather of faults, and how it is controlled."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from voltloom.controller.settings import ControlSettings
from voltloom.forecast.visits import Visits
from voltloom.simulation.faults import FaultSpec
from voltloom.simulation.outside_limits import OutsideLimitSpec
from voltloom.simulation.visits import Visit
from voltloom.site.network import Floats, Network
from voltloom.site.tariff import Tariff
from voltloom.site.topology import Site

FAULT_LEVELS = ("none", "mild", "severe")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OtherLoad:
    """What else loads the site's rows (a building, a pump), as steps: current_a[k] holds from start_s[k] on.

    start_s: (k,), ascending. current_a: (k, m) in the order of `Network.row_ids`, already added up to the circuits
    that feed each load. Before the first step the first one holds.
    """

    start_s: Floats
    current_a: Floats

    def at(self, time_s: float) -> Floats:
        """Return the load of each row at a time, (m,)."""
        step = int(np.searchsorted(self.start_s, time_s, side="right")) - 1
        load: Floats = self.current_a[max(step, 0)]
        return load

    def until_s(self, time_s: float) -> float:
        """Return when the load of a time ends, inf for never."""
        step = int(np.searchsorted(self.start_s, time_s, side="right"))
        return float(self.start_s[step]) if step < self.start_s.size else math.inf


def no_other_load(network: Network) -> OtherLoad:
    """Return the load of a site that has nothing but EVSEs."""
    return OtherLoad(start_s=np.zeros(1), current_a=np.zeros((1, len(network.row_ids))))


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleSettings:
    """How all simulated vehicles behave. reaction_s: until the current follows a new limit. draw_ratio: how much of
    its limit a vehicle really draws. tells_maximum: whether the handshake tells the most a vehicle takes; over a plain
    control pilot (IEC 61851-1) it does not.
    """

    reaction_s: float = 0.0
    draw_ratio: float = 1.0
    tells_maximum: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StationSettings:
    """How all simulated stations talk. report_period_s: time between meter readings. delay_s: of each message, and
    jitter_s: the most by which chance lengthens it.
    """

    report_period_s: float = 60.0
    delay_s: float = 0.0
    jitter_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scenario:
    """A world to simulate. visits are ordered by arrival. step_s: step of the physics.

    name: what the command line calls it, the file's name without its ending. title: what people call it.

    repeat_words: the command and options that give this world again, such as ("simulate", "depot", "--set", "a.b=1"); empty
    where no command does.

    history: visits before, which forecasts have learned from.

    generation: what PV feeds into each row, positive; None where there is none.
    battery_soc_ratio: of every battery at the start.

    faults: fault descriptions by level; "none" is always there and empty. default_faults: the level of a run that is not
    told one; a scenario about a fault names it. outside_limits: what a grid operator or another limits. architectures: what `compare` runs when it
    is not told otherwise. notes: what the reader should know (rows skipped on request, assumptions), in words.
    """

    name: str
    site: Site
    network: Network
    visits: tuple[Visit, ...]
    start_s: float
    end_s: float
    step_s: float
    control: ControlSettings
    other_load: OtherLoad
    generation: OtherLoad | None = None
    battery_soc_ratio: float = 0.5
    vehicles: VehicleSettings = field(default_factory=VehicleSettings)
    stations: StationSettings = field(default_factory=StationSettings)
    faults: MappingProxyType[str, tuple[FaultSpec, ...]] = field(
        default_factory=lambda: MappingProxyType(dict.fromkeys(FAULT_LEVELS, ()))
    )
    default_faults: str = "none"
    outside_limits: tuple[OutsideLimitSpec, ...] = ()
    tariff: Tariff | None = None
    seed: int = 1
    architectures: tuple[str, ...] = ("sequential", "parallel", "adaptive")
    notes: tuple[str, ...] = ()
    history: Visits | None = None
    title: str = ""
    repeat_words: tuple[str, ...] = ()
