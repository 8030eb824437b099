"""The rule of batteries without an optimiser: shave peaks, store surplus, cover own use. Charge is positive."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.controller.storage.settings import StorageSettings
from voltloom.decision.storage import StorageCause
from voltloom.site.network import Floats, Ints
from voltloom.site.storage import StorageNetwork

FULL_RATIO = 0.002  # a state of charge this near to its bound has reached it
BAND_RATIO = (
    0.05  # around what is kept for peaks: it is not filled by the grid and emptied into the site in turn
)
REFILL_RATIO = 0.9  # of the target: what is left of it between charging from the grid and a peak


class Wanted(NamedTuple):
    """What each battery should do, (k,), W and `StorageCause` numbers."""

    power_w: Floats
    cause: Ints


def asked_w(
    site_w: float, soc_ratio: float, before_w: float, settings: StorageSettings
) -> tuple[float, StorageCause]:
    """Return what all batteries together should do, charge positive, for a site that draws site_w without them.

    soc_ratio, before_w: of all of them together, and what they do now. The order is: peaks, surplus, being ready for peaks,
    own use. Refilling and own use go on to what is kept for peaks; each begins a band away from it.
    """
    refill_below_ratio = settings.peak_soc_ratio - (0.0 if before_w > 0.0 else BAND_RATIO)
    use_above_ratio = settings.peak_soc_ratio + (0.0 if before_w < 0.0 else BAND_RATIO)
    if site_w > settings.peak_w:
        return settings.peak_w - site_w, StorageCause.PEAK
    if site_w < 0.0:
        return (-site_w, StorageCause.SURPLUS) if settings.stores_surplus else (0.0, StorageCause.IDLE)
    if soc_ratio < refill_below_ratio and np.isfinite(settings.peak_w):
        return max(REFILL_RATIO * settings.peak_w - site_w, 0.0), StorageCause.REFILL
    if settings.covers_own_use and soc_ratio > use_above_ratio:
        return -site_w, StorageCause.OWN_USE
    return 0.0, StorageCause.IDLE


def wanted(
    site_w: float, soc_ratio: Floats, before_w: Floats, storage: StorageNetwork, settings: StorageSettings
) -> Wanted:
    """Return what each battery should do, the first of the site first, within its power and state of charge.

    soc_ratio: (k,) NaN where unknown: such a battery rests. before_w: (k,) what it does now; a change within the deadband is
    none.
    """
    is_known = np.isfinite(soc_ratio)
    held_wh = float((np.where(is_known, soc_ratio, 0.0) * storage.capacity_wh).sum())
    all_wh = float(np.where(is_known, storage.capacity_wh, 0.0).sum())
    mean_ratio = held_wh / all_wh if all_wh > 0.0 else np.nan
    left_w, why = asked_w(site_w, mean_ratio, float(before_w.sum()), settings)
    power_w, cause = np.zeros(soc_ratio.size), np.full(soc_ratio.size, int(why), dtype=np.int64)
    is_full = soc_ratio >= storage.max_soc_ratio - FULL_RATIO
    is_empty = soc_ratio <= storage.min_soc_ratio + FULL_RATIO
    for battery in range(soc_ratio.size):
        if not is_known[battery]:
            cause[battery] = int(StorageCause.SILENT)
        elif left_w > 0.0 and is_full[battery]:
            cause[battery] = int(StorageCause.FULL)
        elif left_w < 0.0 and is_empty[battery]:
            cause[battery] = int(StorageCause.EMPTY)
        else:
            most_w, least_w = storage.charge_a[battery], -storage.discharge_a[battery]
            w_per_a = storage.w_per_a[battery]
            power_w[battery] = min(max(left_w, least_w * w_per_a), most_w * w_per_a)
            left_w -= power_w[battery]
    return Wanted(steadied(power_w, before_w, settings), cause)


def steadied(power_w: Floats, before_w: Floats, settings: StorageSettings) -> Floats:
    """Return the powers (k,), before_w where a change lies within the deadband and neither stops nor turns."""
    is_small = (
        (abs(power_w - before_w) < settings.deadband_w) & (power_w * before_w >= 0.0) & (power_w != 0.0)
    )
    return np.where(is_small, before_w, power_w)
