"""What feeds a site besides the grid: stationary batteries and PV, and the rows of the network that they load."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from voltloom.site.network import Bools, Floats, Network
from voltloom.site.sun import is_up
from voltloom.site.topology import Phase, Pv, Site


class PvPlace(NamedTuple):
    """A PV plant and what its peak feeds into each row, (m,)."""

    pv: Pv
    peak_a: Floats


class StorageNetwork(NamedTuple):
    """A site's batteries (k,) and PV as columns; rows (m,) are those of `Network`.

    row_shares: (k, m) 1 where a battery's current flows through a row. w_per_a: (k,) power of one ampere on each of its
    phases. charge_a, discharge_a: (k,) its most, both positive. wear_per_kwh: (k,) of a kWh in or out. unknown: (m,) rows that feed back by something that is not here.
    keeps_power: (k,) goes on with what it was told last where it hears nothing.
    """

    ids: tuple[str, ...]
    row_shares: Floats
    w_per_a: Floats
    charge_a: Floats
    discharge_a: Floats
    capacity_wh: Floats
    charge_ratio: Floats
    discharge_ratio: Floats
    min_soc_ratio: Floats
    max_soc_ratio: Floats
    pvs: tuple[PvPlace, ...]
    unknown: Bools
    voltage_v: float
    wear_per_kwh: Floats
    keeps_power: Bools

    def pv_most_a(self, now_s: float) -> Floats:
        """Return the most that PV may feed into each row at a moment, (m,), whatever the weather."""
        most_a: Floats = np.zeros(self.row_shares.shape[1])
        for pv, peak_a in self.pvs:
            if math.isnan(pv.latitude_deg) or is_up(pv.latitude_deg, pv.longitude_deg, now_s):
                most_a += peak_a
        return most_a


def storage_of(site: Site, network: Network) -> StorageNetwork | None:
    """Return the columns of what feeds a site, None where nothing does."""
    if not (site.batteries or site.pvs):
        return None
    rows = [rows_of(site, network, battery.circuit_id, battery.phases) for battery in site.batteries]
    w_per_a = np.array([len(battery.phases) * site.voltage_v for battery in site.batteries])
    pvs = tuple(PvPlace(pv, pv_row_a(site, network, pv, pv.peak_w)) for pv in site.pvs)
    row_shares = np.array(rows).reshape(len(rows), len(network.row_ids))
    is_known = row_shares.any(axis=0)
    for place in pvs:
        is_known = is_known | (place.peak_a > 0.0)
    return StorageNetwork(
        ids=tuple(battery.battery_id for battery in site.batteries),
        row_shares=row_shares,
        w_per_a=w_per_a,
        charge_a=np.array([battery.charge_w for battery in site.batteries]) / w_per_a,
        discharge_a=np.array([battery.discharge_w for battery in site.batteries]) / w_per_a,
        capacity_wh=np.array([battery.capacity_wh for battery in site.batteries]),
        charge_ratio=np.array([battery.charge_efficiency_ratio for battery in site.batteries]),
        discharge_ratio=np.array([battery.discharge_efficiency_ratio for battery in site.batteries]),
        min_soc_ratio=np.array([battery.min_soc_ratio for battery in site.batteries]),
        max_soc_ratio=np.array([battery.max_soc_ratio for battery in site.batteries]),
        pvs=pvs,
        unknown=network.feeds_back & ~is_known,
        voltage_v=site.voltage_v,
        wear_per_kwh=np.array([battery.wear_eur_per_kwh for battery in site.batteries]),
        keeps_power=np.array([battery.keeps_power for battery in site.batteries], dtype=np.bool_),
    )


def kept_charge_a(site: Site, network: Network) -> Floats:
    """Return what batteries that keep their power may go on charging with while nobody is in charge, (m,)."""
    charge_a: Floats = np.zeros(len(network.row_ids))
    for battery in site.batteries:
        if battery.keeps_power:
            most_a = battery.charge_w / (len(battery.phases) * site.voltage_v)
            charge_a += rows_of(site, network, battery.circuit_id, battery.phases) * most_a
    return charge_a


def pv_row_a(site: Site, network: Network, pv: Pv, power_w: float) -> Floats:
    """Return what a PV's power feeds into each row, (m,), positive."""
    fed_a: Floats = rows_of(site, network, pv.circuit_id, pv.phases) * (
        power_w / (len(pv.phases) * site.voltage_v)
    )
    return fed_a


def rows_of(site: Site, network: Network, circuit_id: str, phases: tuple[Phase, ...]) -> Floats:
    """Return 1 for the rows that a current on these phases of a circuit flows through, up to the grid, (m,)."""
    circuits = {circuit.circuit_id: circuit for circuit in site.circuits}
    loaded: Floats = np.zeros(len(network.row_ids))
    while circuit_id:
        for phase in phases:
            loaded[network.row_ids.index(f"{circuit_id}/{phase.name}")] = 1.0
        circuit_id = circuits[circuit_id].parent_id
    return loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class FedRow:
    """A row that could be overloaded by all that may feed in at once, with no load at all."""

    row_id: str
    fed_a: float
    rating_a: float


def overfed(site: Site, network: Network) -> tuple[FedRow, ...]:
    """Return the rows that do not bear all that may feed in; none where export is safe whatever stops."""
    storage = storage_of(site, network)
    if storage is None:
        return ()
    fed_a = storage.discharge_a @ storage.row_shares
    for _, peak_a in storage.pvs:
        fed_a = fed_a + peak_a
    over = np.flatnonzero(fed_a > network.grid.rating_a + 1e-6)
    return tuple(
        FedRow(
            row_id=network.row_ids[row], fed_a=float(fed_a[row]), rating_a=float(network.grid.rating_a[row])
        )
        for row in over
    )
