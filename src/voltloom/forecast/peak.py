"""Which peak is worth planning for under a demand charge: what past days could have been flattened to, and days left.

A month is charged for its highest mean power. Holding a quiet day far below what a busy day of the same month will need saves
nothing and makes vehicles wait; starting the month too high is paid until its end. So each past day is asked, with
hindsight, for the lowest peak at which all its vehicles could have been served (`flattened_peak_w`), and the target is
the highest of such days that the rest of the month is likely to bring, never below the peak that is paid already.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.site.network import Floats
from voltloom.units import SECONDS_PER_HOUR

KEPT_PEAKS = 90
TARGET_PROBABILITY = 0.5  # that no day left in the month needs more


class DayVisits(NamedTuple):
    """The visits of one day, (v,). arrival_s, departure_s: on any one clock; most_w: what each can draw."""

    arrival_s: Floats
    departure_s: Floats
    energy_wh: Floats
    most_w: Floats


def flattened_peak_w(visits: DayVisits, start_s: float, step_s: float, base_w: Floats) -> float:
    """Return the lowest peak in W of building and charging together at which all vehicles could have been served.

    base_w: (t,) what else is drawn in steps from start_s on. In each window of whole steps the energy that had to flow within it (what
    does not fit a vehicle's stay outside it at its own most) must fit beneath the peak. This bound is met where no
    vehicle's own maximum gets in the way of another's; else the true peak is a little higher. Energy that a vehicle
    could not have taken in its stay is left out.
    """
    count = base_w.size
    edge_s = start_s + step_s * np.arange(count + 1)
    length_s = np.maximum(visits.departure_s - visits.arrival_s, 0.0)
    energy_wh = np.minimum(visits.energy_wh, visits.most_w * length_s / SECONDS_PER_HOUR)
    present_s = np.clip(edge_s[None, :] - visits.arrival_s[:, None], 0.0, length_s[:, None])
    base_wh = np.append(0.0, base_w.cumsum()) * step_s / SECONDS_PER_HOUR
    peak_w = float(base_w.max(initial=0.0))
    for first in range(count):
        within_s = present_s[:, first + 1 :] - present_s[:, first : first + 1]
        elsewhere_wh = visits.most_w[:, None] * (length_s[:, None] - within_s) / SECONDS_PER_HOUR
        needed_wh = np.maximum(energy_wh[:, None] - elsewhere_wh, 0.0).sum(axis=0)
        hours = step_s * np.arange(1, count - first + 1) / SECONDS_PER_HOUR
        peak_w = max(peak_w, float(((needed_wh + base_wh[first + 1 :] - base_wh[first]) / hours).max()))
    return peak_w


def with_peak(peaks_w: Floats, peak_w: float, *, kept: int = KEPT_PEAKS) -> Floats:
    """Return the flattened peaks of past days, (d,), with one more at the end, without the oldest beyond `kept`."""
    return np.append(peaks_w, peak_w)[-kept:]


def peak_target_w(
    peaks_w: Floats, days_left: int, reached_w: float, *, probability: float = TARGET_PROBABILITY
) -> float:
    """Return the peak worth planning for, in W.

    peaks_w: (d,) flattened peaks of days like those left in the month, today among days_left. reached_w: the month's
    highest so far, paid already. The least peak that none of the days left needs more than, with a probability, if they come
    as past days did, each by itself.
    """
    if peaks_w.size == 0 or days_left <= 0:
        return reached_w
    level = probability ** (1.0 / days_left)
    place = np.arange(1, peaks_w.size + 1) / (peaks_w.size + 1)
    return max(reached_w, float(np.interp(level, place, np.sort(peaks_w))))
