"""Time cut into stretches in which nothing changes that a plan depends on, so that one current for each is enough.

Rows and batteries are convex: where the same vehicles are there under the same limits and prices, the mean of any
currents is allowed too, delivers and costs the same, and has no higher mean over any demand interval that the stretch
covers. A month of five-minute steps so becomes a few stretches a session, without loss. Only what a battery that tapers
accepts changes as it fills: from where it may taper on, its stretches are a quarter of an hour at most. What it takes in
one is bounded from above (`Stays.tapered_ratio`); cutting finer than that cost twice the time for 0.002 point.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voltloom.bound.stays import Stays
from voltloom.simulation.clock import Clock
from voltloom.site.network import Bools, Floats, Ints
from voltloom.units import SECONDS_PER_HOUR

TAPERING_S = 900.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stretches:
    """Stretch k lasts from step first_step[k] up to but without end_step[k], (k,) each. length_s: in seconds."""

    first_step: Ints
    end_step: Ints
    length_s: Floats


def stretches_between(cuts: Bools, clock: Clock) -> Stretches:
    """Return the stretches of all steps, one from each cut (steps,) to the next."""
    first = np.union1d([0], np.flatnonzero(cuts)).astype(np.int64)
    end = np.append(first[1:], clock.steps)
    return Stretches(first_step=first, end_step=end, length_s=(end - first).astype(np.float64) * clock.step_s)


def cuts_at_stays(stays: Stays, clock: Clock) -> Bools:
    """Return the steps (steps,) at which somebody comes or has gone, or a battery that may taper is looked at again."""
    cuts = np.zeros(clock.steps, dtype=np.bool_)
    cuts[stays.first_step] = True
    cuts[stays.end_step[stays.end_step < clock.steps]] = True
    looks = _looks_at(clock)
    step_wh = stays.most_a * stays.w_per_a * clock.step_s / SECONDS_PER_HOUR
    taken_ratio = stays.tapered_ratio(np.full(stays.visit.size, TAPERING_S))
    tapers_from_wh = stays.missing_wh - step_wh * (TAPERING_S / clock.step_s) / taken_ratio
    quickest = np.floor(tapers_from_wh.clip(0.0) / step_wh).astype(np.int64)
    for stay in np.flatnonzero(np.isfinite(stays.taper_per_h) & (tapers_from_wh < stays.room_wh)):
        steps = slice(stays.first_step[stay] + quickest[stay], stays.end_step[stay])
        cuts[steps] |= looks[steps]
    return cuts


def aligned(cuts: Bools, clock: Clock, interval_s: float) -> Bools:
    """Return cuts (steps,) after which every stretch covers whole demand intervals or lies within one.

    Where the steps do not fit into the intervals every step is a stretch.
    """
    per_interval = interval_s / clock.step_s
    offset = (clock.start_s % interval_s) / clock.step_s
    if abs(per_interval - round(per_interval)) > 1e-9 or abs(offset - round(offset)) > 1e-9:
        return np.ones(clock.steps, dtype=np.bool_)
    size, shift = round(per_interval), round(offset)
    at = np.flatnonzero(cuts)
    before = (at + shift) // size * size - shift
    edges = np.concatenate([before, before + size * (before < at)])
    found = cuts.copy()
    found[edges[(edges >= 0) & (edges < clock.steps)]] = True
    return found


def changes_in(weights: Floats) -> Bools:
    """Return at which steps a row of numbers (steps, m) differs from the one before, (steps,)."""
    changes = np.zeros(len(weights), dtype=np.bool_)
    changes[1:] = np.any(weights[1:] != weights[:-1], axis=1)
    return changes


def _looks_at(clock: Clock) -> Bools:
    """Return the steps with which a quarter of an hour begins, (steps,)."""
    quarter = np.floor((clock.start_s + clock.step_s * np.arange(clock.steps)) / TAPERING_S + 1e-9)
    return changes_in(quarter[:, np.newaxis])
