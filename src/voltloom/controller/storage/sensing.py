"""From readings and leases of batteries to what they may be doing: never less than may still be in force or is seen."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.controller.leases.grants import Grants, ceiling_a, obeyed
from voltloom.controller.leases.kernels import with_draw
from voltloom.controller.sensing import BatteryRows
from voltloom.controller.storage.memory import StorageMemory
from voltloom.safety.freshness import age_s
from voltloom.safety.row_watch import WINDOW_S
from voltloom.safety.settings import SafetySettings
from voltloom.safety.watch import extended
from voltloom.site.network import Bools, Floats
from voltloom.site.storage import StorageNetwork


class StorageSensed(NamedTuple):
    """Batteries in one cycle, (k,) each, currents on each phase. charge_a, discharge_a: the most that may be flowing now.

    fed_a: the most discharge of the last moments. power_w: what flows, NaN where that is unknown. drawn_a: what is seen to be
    charged. rising_a: what may be charged beyond that, because more was granted since.
    """

    memory: StorageMemory
    charge_a: Floats
    discharge_a: Floats
    fed_a: Floats
    power_w: Floats
    drawn_a: Floats
    rising_a: Floats
    is_silent: Bools
    age_s: Floats


def storage_sensed(
    memory: StorageMemory, storage: StorageNetwork, settings: SafetySettings, now_s: float
) -> StorageSensed:
    """Return what batteries may be doing; the memory knows who follows and what may have been fed in."""
    ages_s = age_s(now_s, memory.sampled_s)
    usable = (ages_s < settings.silent_s) & np.isfinite(memory.power_w)
    flowing_a = np.where(usable, memory.power_w, 0.0) / storage.w_per_a
    drawn_a, given_a = np.maximum(flowing_a, 0.0), np.maximum(-flowing_a, 0.0)
    charge = _followed(
        memory.charge, drawn_a, usable & (memory.sampled_s >= memory.charge.confirmed_s), settings
    )
    discharge = _followed(
        memory.discharge, given_a, usable & (memory.sampled_s >= memory.discharge.confirmed_s), settings
    )
    # One that keeps its power without a word may be doing anything once no lease is sure any more.
    charge_a = ceiling_a(charge, np.where(storage.keeps_power, storage.charge_a, 0.0), now_s)
    discharge_a = ceiling_a(discharge, np.where(storage.keeps_power, storage.discharge_a, 0.0), now_s)
    tolerance_a = settings.obey_tolerance_a
    over = usable & ((drawn_a > charge_a + tolerance_a) | (given_a > discharge_a + tolerance_a))
    over_s = np.where(over, np.minimum(memory.over_s, memory.sampled_s), np.inf)
    disobeys = now_s - over_s >= settings.confirm_s
    charge_a = with_draw(charge_a, charge.limit_a, drawn_a, usable, tolerance_a)
    discharge_a = with_draw(discharge_a, discharge.limit_a, given_a, usable, tolerance_a)
    charge_a = np.where(disobeys, np.maximum(charge_a, storage.charge_a), charge_a)
    discharge_a = np.where(disobeys, np.maximum(discharge_a, storage.discharge_a), discharge_a)
    fed = extended(memory.fed, discharge_a, now_s, settings.silent_s)
    raised = memory.changed_s >= memory.sampled_s - settings.confirm_s
    return StorageSensed(
        memory=memory._replace(charge=charge, discharge=discharge, fed=fed, over_s=over_s),
        charge_a=charge_a,
        discharge_a=discharge_a,
        fed_a=fed.highest_a,
        power_w=np.where(usable, memory.power_w, np.nan),
        drawn_a=drawn_a,
        rising_a=np.where(raised, np.maximum(charge.limit_a - drawn_a, 0.0), 0.0),
        is_silent=~(age_s(now_s, memory.heard_s) < settings.silent_s),
        age_s=ages_s,
    )


def rows_of(found: StorageSensed, storage: StorageNetwork) -> BatteryRows:
    """Return what batteries load the rows with."""
    is_timely = found.age_s <= WINDOW_S
    return BatteryRows(
        drawn_a=found.drawn_a @ storage.row_shares,
        timely_a=np.where(is_timely, found.drawn_a, 0.0) @ storage.row_shares,
        rising_a=found.rising_a @ storage.row_shares,
        given_a=np.where(is_timely, np.nan_to_num(-found.power_w).clip(0.0) / storage.w_per_a, 0.0)
        @ storage.row_shares,
    )


def _followed(grants: Grants, flowing_a: Floats, is_timely: Bools, settings: SafetySettings) -> Grants:
    """Return the grants where a reading since the confirmation shows that the newest is kept, (k,)."""
    follows = is_timely & (grants.confirmed_serial == grants.serial)
    return obeyed(grants, follows & (flowing_a <= grants.limit_a + settings.obey_tolerance_a))
