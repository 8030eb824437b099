"""The tables of a site plan as people write them in TOML; `plan.py` turns them into a `Site`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from voltloom.site.mistakes import Table
from voltloom.units import MINIMUM_PILOT_A

WiringWord = Literal["single_phase", "line_to_line", "three_phase", "dc"]
PhaseWord = Literal["L1", "L2", "L3"]


class TransformerTable(Table):
    """The transformer that ratings given "per transformer kW" scale with."""

    rating_kw: float = Field(gt=0)


class CircuitTable(Table):
    """A fuse or breaker; parent "" is the grid connection.

    other_load_a: the most that anything but EVSEs draws from it directly, on each phase; a scenario's [other_load] says
    it where this does not. metered: its currents are measured; left out, where something else draws or a battery is below it.
    feeds_back: something below it generates; known by itself where the plan has a battery or PV there.
    """

    id: str = Field(min_length=1)
    parent: str = ""
    rating_a: float | None = Field(default=None, gt=0)
    rating_a_per_transformer_kw: float | None = Field(default=None, gt=0)
    phases: list[PhaseWord] = Field(default=["L1", "L2", "L3"], min_length=1)
    other_load_a: float = Field(default=0.0, ge=0)
    metered: bool | None = None
    feeds_back: bool = False


class CabinetTable(Table):
    """A power cabinet whose modules several DC outlets share."""

    id: str = Field(min_length=1)
    power_kw: float = Field(gt=0)


class EvseTable(Table):
    """A block of like outlets: `ids`, or `count` with `prefix`. rotation: "L2L3L1", or "alternating".

    pilots: the currents it can offer, as a list or "6..32"; left out, any current from min_a to max_a will do.
    discharge_a: what a vehicle can feed back through it on each phase; 0 for outlets that only charge.
    x_m, y_m: where each outlet of the block stands on the plan of the car park, from any point, y downwards; both or neither.
    """

    name: str = ""
    ids: list[str] = Field(default_factory=list)
    count: int | None = Field(default=None, gt=0)
    prefix: str = ""
    circuit: str = ""
    wiring: WiringWord = "three_phase"
    rotation: str = ""
    min_a: float = Field(default=MINIMUM_PILOT_A, ge=0)
    max_a: float = Field(default=32.0, gt=0)
    pilots_a: list[float] | str = Field(default="", alias="pilots")
    offline_a: float | None = Field(default=None, ge=0)
    discharge_a: float = Field(default=0.0, ge=0)
    angle_deg: float = 0.0
    cabinet: str = ""
    efficiency_ratio: float = Field(default=1.0, gt=0, le=1)
    group: str = ""
    x_m: list[float] = Field(default_factory=list)
    y_m: list[float] = Field(default_factory=list)

    def evse_ids(self) -> list[str]:
        """Return the outlets of this block, "P01", "P02", … where they are counted."""
        if self.count is None:
            return list(self.ids)
        width = len(str(self.count))
        return [f"{self.prefix}{number:0{width}d}" for number in range(1, self.count + 1)]


class PhasorLimitTable(Table):
    """A limit on a sum of phasors; coefficients by block name or EVSE id, the EVSE's own word counts."""

    id: str = Field(min_length=1)
    rating_a: float | None = Field(default=None, gt=0)
    rating_a_per_transformer_kw: float | None = Field(default=None, gt=0)
    coefficients: dict[str, float] = Field(min_length=1)


class BatteryTable(Table):
    """A stationary battery. discharge_kw is charge_kw where it is left out, phases those of its circuit.

    wear_eur_per_kwh: what each kWh through it costs, in and out counted together (`site/ageing.py` finds it). keeps_power: it
    has nothing that lets it rest when it hears no more.
    """

    id: str = Field(min_length=1)
    circuit: str = ""
    phases: list[PhaseWord] = Field(default_factory=list)
    capacity_kwh: float = Field(gt=0)
    charge_kw: float = Field(gt=0)
    discharge_kw: float | None = Field(default=None, ge=0)
    charge_efficiency_ratio: float = Field(default=0.96, gt=0, le=1)
    discharge_efficiency_ratio: float = Field(default=0.96, gt=0, le=1)
    min_soc_ratio: float = Field(default=0.05, ge=0, le=1)
    max_soc_ratio: float = Field(default=1.0, ge=0, le=1)
    wear_eur_per_kwh: float = Field(default=0.0, ge=0)
    keeps_power: bool = False


class PvTable(Table):
    """A PV plant. With latitude_deg and longitude_deg the controller knows that it is dark at night.

    peak_kw: the most its inverters feed in. phases: those of its circuit where they are left out.
    """

    id: str = Field(min_length=1)
    circuit: str = ""
    phases: list[PhaseWord] = Field(default_factory=list)
    peak_kw: float = Field(gt=0)
    latitude_deg: float | None = Field(default=None, ge=-90, le=90)
    longitude_deg: float | None = Field(default=None, ge=-180, le=180)
    tilt_deg: float = Field(default=30.0, ge=0, le=90)
    azimuth_deg: float = Field(default=180.0, ge=0, le=360)


class SiteTable(Table):
    """A whole site. Give voltage_v (phase to neutral) or between_phases_v, or both.

    offline_a: what stations hold by themselves; "auto": in their order the outlets hold their minimum as long as the site
    bears that, the others 0.
    """

    name: str = "site"
    time_zone: str = "UTC"
    voltage_v: float | None = Field(default=None, gt=0)
    between_phases_v: float | None = Field(default=None, gt=0)
    offline_a: float | Literal["auto"] = "auto"
    transformer: TransformerTable | None = None
    circuit: list[CircuitTable] = Field(default_factory=list)
    cabinet: list[CabinetTable] = Field(default_factory=list)
    evse: list[EvseTable] = Field(min_length=1)
    phasor_limit: list[PhasorLimitTable] = Field(default_factory=list)
    battery: list[BatteryTable] = Field(default_factory=list)
    pv: list[PvTable] = Field(default_factory=list)
