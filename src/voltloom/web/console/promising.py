"""When a vehicle will have what it wants, told once for every page: by the plan in force, or at its present power."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from voltloom.decision.plan import Plan
from voltloom.site.network import Floats
from voltloom.units import SECONDS_PER_HOUR

LATE_FROM_S = 180.0  # less is told as in time
ON_TIME_TO_S = 60.0  # who was late stays late until it is this near: a warning does not flicker
MET_WH = 1.0


class Wish(NamedTuple):
    """What is left to deliver (inf where the need is unknown), until when (inf for unknown), and the power now."""

    left_wh: float
    departure_s: float
    power_w: float


class Promise(NamedTuple):
    """done_s: NaN where nobody can say. late_s: 0 in time. short_wh: what will be missing at the departure."""

    done_s: float
    late_s: float
    short_wh: float


def promised(wish: Wish, now_s: float, planned_w: tuple[Floats, Floats] | None, *, was_late: bool) -> Promise:
    """Return what can be promised. planned_w: edges (t + 1,) and power (t,) in W of the plan for this vehicle, None without one."""
    if not math.isfinite(wish.left_wh):
        return Promise(math.nan, 0.0, 0.0)
    if wish.left_wh <= MET_WH:
        return Promise(now_s, 0.0, 0.0)
    edge_s, power_w = _steady(wish, now_s) if planned_w is None else planned_w
    if not power_w.size:
        return Promise(math.nan, 0.0, 0.0)
    done_s = _reaches(edge_s, power_w, wish.left_wh, now_s)
    if not math.isfinite(wish.departure_s):
        return Promise(done_s, 0.0, 0.0)
    short_wh = max(0.0, wish.left_wh - _until(edge_s, power_w, wish.departure_s, now_s))
    late_s = max(0.0, done_s - wish.departure_s) if math.isfinite(done_s) else 0.0
    is_late = late_s > (ON_TIME_TO_S if was_late else LATE_FROM_S) or (
        math.isnan(done_s) and short_wh > 0.01 * wish.left_wh
    )
    return Promise(done_s, late_s, short_wh) if is_late else Promise(done_s, 0.0, 0.0)


def planned_power(plan: Plan | None, evse: int) -> tuple[Floats, Floats] | None:
    """Return the edges and the power in W that a plan gives an outlet's vehicle, None where it knows nothing of it."""
    basis = None if plan is None else plan.basis
    if plan is None or basis is None:
        return None
    place = np.flatnonzero(basis.evse == evse)
    if not place.size:
        return None
    return plan.edge_s, plan.current_a[place[0]] * basis.kw_per_a[place[0]] * 1000.0


def _steady(wish: Wish, now_s: float) -> tuple[Floats, Floats]:
    if wish.power_w <= 0.0:
        return np.zeros(0), np.zeros(0)
    last_s = now_s + wish.left_wh / wish.power_w * SECONDS_PER_HOUR
    return np.array([now_s, max(last_s, wish.departure_s) if math.isfinite(wish.departure_s) else last_s]), (
        np.array([wish.power_w])
    )


def _reaches(edge_s: Floats, power_w: Floats, left_wh: float, now_s: float) -> float:
    """Return when so much has been delivered, NaN where the steps end before."""
    start_s = np.maximum(edge_s[:-1], now_s)
    given_wh = np.cumsum(np.maximum(edge_s[1:] - start_s, 0.0) * power_w) / SECONDS_PER_HOUR
    enough = np.flatnonzero(given_wh >= left_wh - MET_WH)
    if not enough.size:
        return math.nan
    step = int(enough[0])
    over_wh = float(given_wh[step]) - left_wh
    if power_w[step] <= 0.0:
        return float(edge_s[step + 1])
    return float(edge_s[step + 1]) - max(0.0, over_wh) / float(power_w[step]) * SECONDS_PER_HOUR


def _until(edge_s: Floats, power_w: Floats, end_s: float, now_s: float) -> float:
    """Return the energy delivered until a moment."""
    start_s, stop_s = np.maximum(edge_s[:-1], now_s), np.minimum(edge_s[1:], end_s)
    return float((np.maximum(stop_s - start_s, 0.0) * power_w).sum()) / SECONDS_PER_HOUR
