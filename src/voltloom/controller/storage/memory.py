"""What a controller remembers of stationary batteries, and what their words make of it. Currents are on each phase."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.controller.leases.grants import Grants, acknowledged, unknown_grants
from voltloom.safety.freshness import sample_time_s
from voltloom.safety.watch import Extremes, first_extremes
from voltloom.session.events import BatteryReadings, LimitsAcknowledged
from voltloom.site.network import Floats
from voltloom.site.storage import StorageNetwork


class StorageMemory(NamedTuple):
    """Batteries, arrays (k,). charge, discharge: what was granted of each, as leases; one of the two is 0.

    power_w, soc_ratio, sampled_s: the newest reading, charge positive; NaN and -inf before the first. heard_s: the last
    word. changed_s: when the setpoint changed last. fed: the discharge that may have been in force in the last moments.
    over_s: since when more is charged or discharged than any lease allows, inf while it is not.
    """

    charge: Grants
    discharge: Grants
    power_w: Floats
    soc_ratio: Floats
    sampled_s: Floats
    heard_s: Floats
    changed_s: Floats
    fed: Extremes
    over_s: Floats


def first_storage(storage: StorageNetwork | None, now_s: float, lease_s: float) -> StorageMemory | None:
    """Return what must be assumed at the start, any power for one lease; None for a site without batteries."""
    if storage is None or not storage.ids:
        return None
    count = len(storage.ids)
    return StorageMemory(
        charge=unknown_grants(storage.charge_a, now_s, lease_s, lease_s),
        discharge=unknown_grants(storage.discharge_a, now_s, lease_s, lease_s),
        power_w=np.full(count, np.nan),
        soc_ratio=np.full(count, np.nan),
        sampled_s=np.full(count, -np.inf),
        heard_s=np.full(count, -np.inf),
        changed_s=np.full(count, -np.inf),
        fed=first_extremes(count),
        over_s=np.full(count, np.inf),
    )


def told(memory: StorageMemory, event: BatteryReadings) -> StorageMemory:
    """Return the memory after batteries spoke; a reading older than the newest known only counts as a word."""
    where = event.batteries
    sampled_s = sample_time_s(event.sampled_s, np.full(where.size, event.time_s))
    newer = sampled_s >= memory.sampled_s[where]
    power_w, soc_ratio, newest_s = memory.power_w.copy(), memory.soc_ratio.copy(), memory.sampled_s.copy()
    power_w[where[newer]], soc_ratio[where[newer]] = event.power_w[newer], event.soc_ratio[newer]
    newest_s[where[newer]] = sampled_s[newer]
    heard_s = memory.heard_s.copy()
    heard_s[where] = np.maximum(heard_s[where], event.time_s)
    taken = LimitsAcknowledged(time_s=event.time_s, evses=where, serial=event.serial)
    return memory._replace(
        charge=acknowledged(memory.charge, taken),
        discharge=acknowledged(memory.discharge, taken),
        power_w=power_w,
        soc_ratio=soc_ratio,
        sampled_s=newest_s,
        heard_s=heard_s,
    )
