"""Whether a kW of the month's peak is bought now or waited for, by what the days so far were worth under each peak.

What is bought is paid for all month and can never be given back; what is not bought today can be tomorrow, when one more day is known. So a kW is
bought once what it is expected to earn in the days left, less its charge, is more than what waiting is worth, found backwards
from the month's end. Days are taken to differ by their size alone: the curve of a day of another size is the same with all of its peaks
multiplied, so on peaks that grow by a ratio it is the same curve moved, and what is not known yet spreads it.
"""

from __future__ import annotations

import numpy as np

from voltloom.allocation.adaptive.horizon.day_worth import PEAKS_KW
from voltloom.allocation.adaptive.horizon.memory import PeakSeen
from voltloom.site.network import Floats

STEP_LOG = float(np.log(PEAKS_KW[1] / PEAKS_KW[0]))
REACH = 3.5  # standard deviations that a spread reaches
# Before any day is known: of 250 workdays about ten are public holidays, believed as much as a week that was seen.
HOLIDAY_RATIO, BELIEVED_DAYS = 0.04, 5.0


def peak_to_buy_kw(seen: PeakSeen, workdays_left: int, charge_kwh: float) -> float:
    """Return the highest peak whose every kW is better bought now than waited for, 0 for none.

    charge_kwh: what a kW of the peak costs, in delivered kWh.
    """
    days = seen.workdays
    if not days or workdays_left < 1:
        return 0.0
    slope = np.diff(seen.worth_kwh) / np.diff(PEAKS_KW) / days
    deviation_ratio = float(np.sqrt(seen.variance_ratio / days))  # of the size of a day, as a logarithm
    used = 1.0 - (seen.days_off + HOLIDAY_RATIO * BELIEVED_DAYS) / (days + seen.days_off + BELIEVED_DAYS)
    waiting = np.zeros_like(slope)
    bought = waiting
    for passed in range(workdays_left - 1, -1, -1):
        known = days + passed
        # A day to come is as uncertain as one day and the mean of those known by then; what that mean will still tell is spread below.
        of_a_day = _spread(slope, deviation_ratio * np.sqrt(1.0 / days + 1.0 / known))
        bought = used * (workdays_left - passed) * of_a_day - charge_kwh
        waiting = _spread(waiting, deviation_ratio * np.sqrt(1.0 / known - 1.0 / (known + 1)))
        if passed:
            waiting = np.maximum(np.maximum(bought, waiting), 0.0)
    pays = np.logical_and.accumulate((bought >= waiting) & (bought > 0.0))
    return float(PEAKS_KW[int(pays.sum())]) if pays[0] else 0.0


def usual_peak_kw(seen: PeakSeen, workdays_left: int, charge_kwh: float) -> float:
    """Return the peak that would earn most beside its charge if all workdays left were as those so far, 0 before any.

    For the least cost: there energy that is not delivered weighs so much that not knowing would buy a small site half as much again,
    and a single visit would be left half empty.
    """
    if not seen.workdays:
        return 0.0
    earned_kwh = workdays_left * seen.worth_kwh / seen.workdays - charge_kwh * PEAKS_KW
    return float(PEAKS_KW[int(np.argmax(earned_kwh))])


def _spread(of_peak_kwh: Floats, deviation_ratio: float) -> Floats:
    """Return the expected values (k,) where the peaks they stand for may be larger or smaller. deviation_ratio: of the logarithm."""
    steps = deviation_ratio / STEP_LOG
    reach = int(np.ceil(REACH * steps))
    if reach < 1:
        return of_peak_kwh
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / steps) ** 2)
    ends = np.concatenate([np.full(reach, of_peak_kwh[0]), of_peak_kwh, np.full(reach, of_peak_kwh[-1])])
    found: Floats = np.convolve(ends, kernel / kernel.sum(), "valid")
    return found
