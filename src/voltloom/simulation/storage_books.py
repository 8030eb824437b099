"""What a run notes of PV and batteries step by step, and what becomes of it when the run is over."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from voltloom.decision.storage import BatterySetpoint
from voltloom.simulation.world import World
from voltloom.site.network import Floats
from voltloom.site.topology import Site
from voltloom.units import kwh_from_wh, wh_from_w


@dataclass(slots=True, kw_only=True)  # mutable: filled step by step, read when the run is over
class StorageBooks:
    """What is noted of PV and batteries in every step, arrays (T,) and (T, k)."""

    grid_w: Floats
    pv_w: Floats
    power_w: Floats
    soc_ratio: Floats
    changes: list[BatterySetpoint] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StorageTrace:
    """What became of PV and batteries: arrays (T,) a step, (T, k) by battery, charge positive.

    grid_w: what the site drew from the grid, export negative. pv_w: what PV gave. changes: of the batteries' powers, with
    reasons, newest last.
    """

    ids: tuple[str, ...]
    step_s: float
    grid_w: Floats
    pv_w: Floats
    power_w: Floats
    soc_ratio: Floats
    wear_minor: int
    changes: tuple[BatterySetpoint, ...]

    @property
    def peak_w(self) -> float:
        """Return the most that the site drew from the grid."""
        return float(self.grid_w.max(initial=0.0))

    @property
    def imported_wh(self) -> float:
        """Return what was bought."""
        return wh_from_w(float(self.grid_w.clip(0.0).sum()), self.step_s)

    @property
    def exported_wh(self) -> float:
        """Return what was fed into the grid."""
        return wh_from_w(float((-self.grid_w).clip(0.0).sum()), self.step_s)

    @property
    def generated_wh(self) -> float:
        """Return what PV gave."""
        return wh_from_w(float(self.pv_w.sum()), self.step_s)

    @property
    def charged_wh(self) -> Floats:
        """Return what went into each battery at its terminals, (k,)."""
        charged: Floats = self.power_w.clip(0.0).sum(axis=0) * wh_from_w(1.0, self.step_s)
        return charged

    @property
    def discharged_wh(self) -> Floats:
        """Return what came out of each battery at its terminals, (k,)."""
        given: Floats = (-self.power_w).clip(0.0).sum(axis=0) * wh_from_w(1.0, self.step_s)
        return given

    def changes_of(self, battery_id: str) -> tuple[BatterySetpoint, ...]:
        """Return the changes of one battery."""
        return tuple(change for change in self.changes if change.battery_id == battery_id)

    def as_json(self) -> dict[str, object]:
        """Return the figures by name."""
        return {
            "peak_grid_w": round(self.peak_w, 1),
            "imported_wh": round(self.imported_wh, 1),
            "exported_wh": round(self.exported_wh, 1),
            "generated_wh": round(self.generated_wh, 1),
            "wear_minor": self.wear_minor,
            "batteries": {
                battery_id: {
                    "charged_wh": round(float(self.charged_wh[battery]), 1),
                    "discharged_wh": round(float(self.discharged_wh[battery]), 1),
                    "soc_ratio": round(float(self.soc_ratio[-1, battery]), 4)
                    if self.soc_ratio.size
                    else None,
                }
                for battery, battery_id in enumerate(self.ids)
            },
        }


def storage_books(world: World, steps: int) -> StorageBooks | None:
    """Return the books before the first step, None where nothing feeds in."""
    if world.drawn_a is world.other_a:
        return None
    count = 0 if world.batteries is None else world.batteries.power_w.size
    return StorageBooks(
        grid_w=np.zeros(steps),
        pv_w=np.zeros(steps),
        power_w=np.zeros((steps, count)),
        soc_ratio=np.zeros((steps, count)),
    )


def note_storage(books: StorageBooks, world: World, steps: slice) -> None:
    """Note what flowed in some steps that were alike."""
    is_root, voltage_v = world.network.is_root, world.voltage_v
    books.grid_w[steps] = world.load_a[is_root].sum() * voltage_v
    books.pv_w[steps] = world.pv_a[is_root].sum() * voltage_v
    if world.batteries is not None:
        books.power_w[steps] = world.batteries.power_w
        books.soc_ratio[steps] = world.batteries.soc_ratio


def trace_of(books: StorageBooks, site: Site, step_s: float, steps: int) -> StorageTrace:
    """Return what became of PV and batteries in the steps that were played."""
    power_w = books.power_w[:steps]
    through_wh = wh_from_w(1.0, step_s) * np.abs(power_w).sum(axis=0)
    wear_eur = sum(
        battery.wear_eur_per_kwh * kwh_from_wh(float(through))
        for battery, through in zip(site.batteries, through_wh, strict=True)
    )
    return StorageTrace(
        ids=tuple(battery.battery_id for battery in site.batteries),
        step_s=step_s,
        grid_w=books.grid_w[:steps],
        pv_w=books.pv_w[:steps],
        power_w=power_w,
        soc_ratio=books.soc_ratio[:steps],
        wear_minor=round(100.0 * wear_eur),
        changes=tuple(books.changes),
    )
