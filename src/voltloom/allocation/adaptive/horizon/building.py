"""From a snapshot to the plan's problem."""

from __future__ import annotations

import numpy as np

from voltloom.allocation.adaptive.horizon.grid import steps_s, with_prices
from voltloom.allocation.adaptive.horizon.pricing import Valued
from voltloom.allocation.adaptive.horizon.problem import Demand, Limits, Peak, Phasors, Problem
from voltloom.allocation.adaptive.horizon.standing import factors_of, standing_of, worth_of_each
from voltloom.allocation.adaptive.horizon.tapering import knows_taper, tapered_a
from voltloom.allocation.sharing import Division, assumed_need_wh
from voltloom.decision.outlook import Outlook
from voltloom.decision.plan import Plan
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.kernels import loads
from voltloom.site.network import Bools, Floats, Ints
from voltloom.units import SECONDS_PER_HOUR

LONGEST_S = 36 * SECONDS_PER_HOUR
ASSUMED_STAY_S = 8 * SECONDS_PER_HOUR  # of a driver who does not tell
LEAST_STAY_S = SECONDS_PER_HOUR  # of one who has stayed longer than that
# How strongly a current is drawn to the last plan's: 32 A more or less for an hour cost a kWh this much of its worth. Enough
# to settle ties, too little to move energy to a worse time.
STIFFNESS = 1e-4
# How much of the haste a vehicle loses that could be left alone for all of its stay: of equals those come first that can wait least.
PATIENCE = 0.9
READY_RATIO = 0.2  # of a stay, at most, a vehicle is to be ready before it ends
HARDLY_RATIO = 1.2  # of the time that its energy takes at full current, at least, is left to it


def edges_s(snapshot: SiteSnapshot, who: Ints, prices: Outlook | None = None, least_s: float = 0.0) -> Floats:
    """Return where the steps of a plan for some EVSEs begin and end, (t + 1,). prices: that it is made for. least_s: how far it looks at least."""
    stay_s = max(float(stays_s(snapshot, who).max()), least_s)
    length = steps_s(snapshot.period_s, stay_s)
    edge_s: Floats = snapshot.now_s + np.concatenate([[0.0], np.cumsum(length)])
    if prices is None:
        return edge_s
    return with_prices(edge_s, prices, snapshot.period_s, snapshot.now_s + max(stay_s, float(length[0])))


def stays_s(snapshot: SiteSnapshot, who: Ints) -> Floats:
    """Return how long each vehicle is expected to stay yet, (n,)."""
    departure = snapshot.sessions.departure_s[who]
    # Counted from its arrival: a stay that always had eight hours to go would always be left for later.
    untold = np.maximum(snapshot.sessions.arrival_s[who] + ASSUMED_STAY_S - snapshot.now_s, LEAST_STAY_S)
    stay = np.where(np.isfinite(departure), departure - snapshot.now_s, untold)
    if snapshot.expected is not None:
        likely = snapshot.expected.departure_s[who]
        stay = np.where(np.isfinite(likely), likely - snapshot.now_s, stay)
    result: Floats = np.clip(stay, snapshot.period_s, LONGEST_S)
    return result


def departures_s(snapshot: SiteSnapshot, who: Ints) -> tuple[Floats, Bools]:
    """Return when each vehicle leaves by what plans go by, and where that is a forecast, (n,) each."""
    told = snapshot.sessions.departure_s[who]
    departure = np.where(np.isfinite(told), told, snapshot.now_s + stays_s(snapshot, who))
    is_forecast = np.zeros(who.size, dtype=np.bool_)
    if snapshot.expected is not None:
        likely = snapshot.expected.departure_s[who]
        is_forecast = np.isfinite(likely)
        departure = np.where(is_forecast, likely, departure)
    return departure, is_forecast


def needs_kwh(snapshot: SiteSnapshot, who: Ints) -> Floats:
    """Return what each vehicle is expected to take yet, (n,)."""
    need_wh = assumed_need_wh(snapshot)[who]
    if snapshot.expected is not None:
        likely = snapshot.expected.need_wh[who]
        need_wh = np.where(np.isfinite(likely), np.minimum(likely, snapshot.need_wh[who]), need_wh)
    result: Floats = need_wh / 1000.0
    return result


def problem_of(
    snapshot: SiteSnapshot, todo: Division, who: Ints, edge_s: Floats, value: Valued, last: Plan | None
) -> Problem:
    """Return the problem of the vehicles that want power (who: n EVSEs) over steps with some edges."""
    sessions = snapshot.sessions
    stay, begin, length = stays_s(snapshot, who), edge_s[:-1] - snapshot.now_s, np.diff(edge_s)
    w_per_a = sessions.w_per_a[who]
    kwh_per_a = w_per_a[:, None] * length / SECONDS_PER_HOUR / 1000.0
    need = needs_kwh(snapshot, who)
    ready = _ready_s(snapshot, who, stay, need, value)
    share = np.clip((ready[:, None] - begin) / length, 0.0, 1.0)
    high = sessions.max_a[who, None] * share
    if value.tapers:
        known, later = knows_taper(snapshot, who), begin >= value.soon_s
        slow = tapered_a(snapshot, who[known], stay[known], need[known], edge_s)
        high[known] = np.where(later, np.minimum(high[known], slow), high[known])
    elapsed = np.minimum(begin, stay[:, None]) / stay[:, None]
    fastest_kwh = sessions.max_a[who] * w_per_a * stay / SECONDS_PER_HOUR / 1000.0
    slack = np.clip(1.0 - need / np.maximum(fastest_kwh, 1e-9), 0.0, 1.0)
    weight = sessions.weight[who] / sessions.weight[who].max(initial=1e-9)
    early = value.early_ratio * elapsed * ((1.0 - PATIENCE * slack) * weight)[:, None]
    standing = standing_of(snapshot, who, value.guaranteed_kwh)
    factor = factors_of(standing)
    stiffness = np.broadcast_to(STIFFNESS * length / SECONDS_PER_HOUR, high.shape)
    demand = Demand(
        low_a=np.zeros(high.shape),
        high_a=high,
        cost_per_a=factor[:, None] * kwh_per_a * (value.cost_per_kwh + early),
        kwh_per_a=kwh_per_a,
        stiffness_per_a=stiffness,
        reference_a=_reference_a(last, sessions.serial[who], edge_s),
        need_kwh=need,
        worth_per_kwh=factor
        * worth_of_each(standing, float(value.cost_per_kwh.max()), value.price_per_kw, stay),
    )
    peak = None
    if value.price_per_kw > 0.0:
        others_kw = float(todo.fixed_a @ sessions.w_per_a) / 1000.0
        peak = Peak(w_per_a / 1000.0, np.full(length.size, others_kw), value.paid_kw, value.price_per_kw)
    return Problem(demand, limits_of(snapshot, todo, sessions.column[who], length.size), peak)


def _ready_s(snapshot: SiteSnapshot, who: Ints, stay_s: Floats, need_kwh: Floats, value: Valued) -> Floats:
    """Return within which time each vehicle shall have its energy, (n,): some time before it leaves, where that can be and its taper is unknown."""
    if value.ready_before_s <= 0.0:
        return stay_s
    sessions = snapshot.sessions
    whole_s = np.maximum(snapshot.now_s + stay_s - sessions.arrival_s[who], stay_s)
    most_kw = sessions.max_a[who] * sessions.w_per_a[who] / 1000.0
    least_s = HARDLY_RATIO * need_kwh / np.maximum(most_kw, 1e-9) * SECONDS_PER_HOUR
    earlier_s = stay_s - np.minimum(value.ready_before_s, READY_RATIO * whole_s)
    ready_s = np.minimum(stay_s, np.maximum(earlier_s, np.maximum(least_s, value.soon_s)))
    found: Floats = np.where(knows_taper(snapshot, who), stay_s, ready_s)
    return found


def _reference_a(last: Plan | None, serial: Ints, edge_s: Floats) -> Floats:
    """Return what the last plan gave each session in each step, (n, t); 0 where it knew nothing of it."""
    reference = np.zeros((serial.size, edge_s.size - 1))
    if last is None or not last.serial.size:
        return reference
    middle = 0.5 * (edge_s[:-1] + edge_s[1:])
    step = np.searchsorted(last.edge_s, middle, side="right") - 1
    known_step = (step >= 0) & (step < last.current_a.shape[1])
    order = np.argsort(last.serial)
    place = np.minimum(np.searchsorted(last.serial[order], serial), order.size - 1)
    known = last.serial[order][place] == serial
    rows = order[place][known]
    reference[np.ix_(known, known_step)] = last.current_a[np.ix_(rows, step[known_step])].clip(0.0)
    return reference


def limits_of(snapshot: SiteSnapshot, todo: Division, columns: Ints, steps: int) -> Limits:
    """Return the limits that vehicles in some columns of the grid (n,) load, less what is not up for division."""
    grid, count = snapshot.grid, columns.size
    if not count:
        return Limits(
            np.zeros((0, 0), dtype=np.complex128), np.zeros((0, steps)), np.zeros(0, dtype=np.bool_)
        )
    first, end = grid.start[columns], grid.start[columns + 1]
    entry = np.concatenate([np.arange(a, b) for a, b in zip(first, end, strict=True)])
    place = np.repeat(np.arange(count), end - first)
    row, group = grid.row[entry], grid.group[entry]
    by_group = np.zeros((3, grid.rating_a.size, count))
    by_group[group, row, place] = grid.coefficient[entry]
    unit = grid.unit_x + 1j * grid.unit_y
    fixed_a = loads(grid, snapshot.sessions.column, todo.fixed_a)
    rating = np.maximum(grid.rating_a - fixed_a, 0.0)
    weights, ratings, rows = [], [], []
    every_draw: Bools = ~grid.row_is_plain & np.full(grid.rating_a.size, grid.worst_draw)
    used: Bools = np.any(by_group != 0.0, axis=2)
    for limit in np.flatnonzero(used.any(axis=0)):
        for subset in _subsets(used[:, limit], unit[limit], is_judged_by_worst=bool(every_draw[limit])):
            weights.append(sum(by_group[group, limit] * unit[limit, group] for group in subset))
            ratings.append(rating[limit])
            rows.append(limit)
    weight = np.array(weights).reshape(len(weights), count)
    turned = weight * np.conj(_first_angle(weight))[:, None]
    is_line = (np.abs(turned.imag) < 1e-9).all(axis=1) & (turned.real > -1e-9).all(axis=1)
    return Limits(
        weight, np.repeat(np.array(ratings)[:, None], steps, axis=1), is_line, np.array(rows, dtype=np.int64)
    )


def _first_angle(weight: Phasors) -> Phasors:
    """Return the direction of the first ampere that counts in each limit, (k,)."""
    first = weight[np.arange(len(weight)), np.abs(weight).argmax(axis=1)]
    result: Phasors = first / np.maximum(np.abs(first), 1e-12)
    return result


def _subsets(used: Bools, unit: Phasors, *, is_judged_by_worst: bool) -> list[tuple[int, ...]]:
    """Return which angle groups of a limit count together: all, or with the worst draw each set that pulls one way."""
    groups = [int(group) for group in np.flatnonzero(used)]
    if not is_judged_by_worst or len(groups) == 1:
        return [tuple(groups)]
    found: list[tuple[int, ...]] = [(group,) for group in groups]
    pairs = [(a, b) for a in groups for b in groups if a < b and (unit[a] * unit[b].conjugate()).real > 1e-9]
    found += pairs
    if len(groups) == 3 and len(pairs) >= 2:
        found.append(tuple(groups))
    return found
