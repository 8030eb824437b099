"""From a snapshot to what is stored, fed back, bought and sold in a plan; none of it where energy alone counts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.allocation.adaptive.horizon.building import needs_kwh, stays_s
from voltloom.allocation.adaptive.horizon.grid import steps_s
from voltloom.allocation.adaptive.horizon.pricing import Valued
from voltloom.allocation.adaptive.horizon.problem import (
    Demand,
    Flows,
    Givers,
    Limits,
    Problem,
    Stores,
)
from voltloom.allocation.adaptive.horizon.settings import Objective, PlanningSettings
from voltloom.allocation.adaptive.horizon.standing import factors_of, promised_of, standing_of
from voltloom.allocation.sharing import Division
from voltloom.decision.plan import Plan
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.decision.storage import BatteriesNow
from voltloom.site.network import Bools, Floats, Ints
from voltloom.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

# What is left in a battery at the end of a plan is worth this part of what it saves at the lowest price: a little less than using it.
LEFT_RATIO = 0.98
KEPT_RATIO = 1.02


class Around(NamedTuple):
    """What flows are planned by. edge_s: (t + 1,). last: the plan before."""

    settings: PlanningSettings
    value: Valued
    edge_s: Floats
    last: Plan | None


def has_stores(snapshot: SiteSnapshot, settings: PlanningSettings) -> bool:
    """Return whether a plan places stationary batteries: money counts, and it is known what one of them holds."""
    if snapshot.batteries is None or not counts_money(snapshot, settings):
        return False
    return bool(np.isfinite(snapshot.batteries.soc_ratio).any())


def may_give(snapshot: SiteSnapshot, settings: PlanningSettings) -> Bools:
    """Return which vehicles a plan may let feed back, (n,): money counts, they can, and may be told."""
    sessions = snapshot.sessions
    if not counts_money(snapshot, settings):
        return np.zeros(sessions.present.size, dtype=np.bool_)
    can: Bools = sessions.present & snapshot.controllable & (sessions.most_discharge_a > 0.0)
    return can


def counts_money(snapshot: SiteSnapshot, settings: PlanningSettings) -> bool:
    """Return whether prices count, and are known."""
    return settings.objective is not Objective.ENERGY and snapshot.outlook is not None


def spanned_s(snapshot: SiteSnapshot, edge_s: Floats | None) -> Floats:
    """Return the edges (t + 1,) of a plan with batteries: a day at least, and to the end of the steps that vehicles need."""
    ends = snapshot.now_s + np.cumsum(steps_s(snapshot.period_s, SECONDS_PER_DAY))
    if edge_s is None:
        return np.concatenate([[snapshot.now_s], ends])
    return np.concatenate([edge_s, ends[ends > edge_s[-1] + 1.0]])


def with_flows(
    problem: Problem, snapshot: SiteSnapshot, todo: Division, who: Ints, around: Around
) -> Problem:
    """Return a problem with what flows beside charging, the same where nothing does. problem: of `who` (n,), without prices
    of energy where something does.
    """
    settings, value, edge_s, _ = around
    other_kw = other_load_kw(snapshot, todo, edge_s)
    givers = np.flatnonzero(may_give(snapshot, settings)[who])
    stored = has_stores(snapshot, settings)
    surplus = counts_money(snapshot, settings) and bool((other_kw < 0.0).any())
    if problem.peak is not None:
        problem = problem._replace(peak=problem.peak._replace(base_kw=other_kw))
    if not (givers.size or stored or surplus):
        return problem
    demand = problem.demand
    buy = value.cost_per_kwh
    sell = np.minimum(settings.export_price_per_kwh / value.worth_per_kwh, buy)
    flows = Flows(
        length_h=np.diff(edge_s) / SECONDS_PER_HOUR,
        other_kw=other_kw,
        buy_per_kwh=buy,
        sell_per_kwh=sell,
        kw_per_a=snapshot.sessions.w_per_a[who] / 1000.0,
        back_a=snapshot.network.grid.rating_a[problem.limits.row],
        stores=_stores(snapshot.batteries if stored else None, problem.limits, snapshot, around),
        givers=_givers(snapshot, who, givers, around),
    )
    factor = factors_of(standing_of(snapshot, who, value.guaranteed_kwh))
    high = demand.high_a
    asleep = ~todo.candidates[who]
    if asleep.any():  # what wants nothing now may be charged again once it has fed back
        high = high.copy()
        high[asleep, 0] = 0.0
    cost = _beside_prices(demand, buy, factor)
    return problem._replace(demand=demand._replace(cost_per_a=cost, high_a=high), flows=flows)


def _beside_prices(demand: Demand, buy_per_kwh: Floats, factor: Floats) -> Floats:
    """Return what currents cost beside what is bought for them, (n, t). factor: (n,) by which each counts more for its rank.

    What is bought costs everybody the same, so that a rank may use the sun as well as any other. Where a kWh costs more than it
    is worth, a high rank's own worth goes no further than anybody's.
    """
    alone = demand.cost_per_a / factor[:, None] - demand.kwh_per_a * buy_per_kwh
    worth = (demand.worth_per_kwh / factor)[:, None]
    beyond = np.where(buy_per_kwh >= worth, (factor[:, None] - 1.0) * worth, 0.0)
    found: Floats = alone + demand.kwh_per_a * beyond
    return found


def other_load_kw(snapshot: SiteSnapshot, todo: Division, edge_s: Floats) -> Floats:
    """Return what the site draws beside these vehicles and batteries in each step, (t,): as expected, else as it does now."""
    steps = edge_s.size - 1
    fixed_kw = float(todo.fixed_a @ snapshot.sessions.w_per_a) / 1000.0
    now_kw = snapshot.other_w / 1000.0 if np.isfinite(snapshot.other_w) else 0.0
    held = np.full(steps, fixed_kw + now_kw)
    expected = snapshot.expected
    if expected is None or not expected.other_kw.size:
        return held
    # A day that was measured in part leaves gaps among what is expected: those alone go by what is drawn now.
    is_known, length_s = np.isfinite(expected.other_kw), np.diff(expected.edge_s)
    kw_s = np.cumsum(np.where(is_known, expected.other_kw, 0.0) * length_s)
    known_s = np.cumsum(is_known * length_s)
    total, seconds = np.concatenate([[0.0], kw_s]), np.concatenate([[0.0], known_s])
    whole = np.diff(np.interp(edge_s, expected.edge_s, seconds)) >= np.diff(edge_s) - 2.0
    inside = (edge_s[:-1] >= expected.edge_s[0] - 1.0) & (edge_s[1:] <= expected.edge_s[-1] + 1.0)
    mean = np.diff(np.interp(edge_s, expected.edge_s, total)) / np.diff(edge_s)
    return np.where(inside & whole, fixed_kw + mean, held)


def _stores(batteries: BatteriesNow | None, limits: Limits, snapshot: SiteSnapshot, around: Around) -> Stores:
    """Return the batteries of a plan; one whose charge is unknown rests."""
    steps = around.edge_s.size - 1
    if batteries is None:
        none, nowhere = np.zeros(0), np.zeros((limits.row.size, 0))
        return Stores(
            none, none, none, none, none, none, none, none, none, none, none, np.zeros((0, steps)), nowhere
        )
    network, value = batteries.network, around.value
    is_known = np.isfinite(batteries.soc_ratio)
    shares = network.row_shares
    free_a = np.where(shares > 0.0, np.maximum(snapshot.grid.rating_a, 0.0), np.inf).min(axis=1)
    kw_per_a = network.w_per_a / 1000.0
    capacity_kwh = network.capacity_wh / 1000.0
    wear = network.wear_per_kwh / value.worth_per_kwh
    lowest = float(value.cost_per_kwh.min(initial=np.inf))
    left = np.maximum(LEFT_RATIO * network.discharge_ratio * (lowest - wear), 0.0)
    # What is kept for peaks is worth more than any use of it beside them, and than having it back.
    refilled = lowest / network.charge_ratio + wear
    used = network.discharge_ratio * float(value.cost_per_kwh.max(initial=0.0))
    kept = KEPT_RATIO * np.maximum(used, refilled) - left
    kept_ratio = batteries.peak_soc_ratio if value.price_per_kw > 0.0 else 0.0
    return Stores(
        charge_kw=np.where(is_known, np.minimum(network.charge_a, free_a) * kw_per_a, 0.0),
        discharge_kw=np.where(is_known, network.discharge_a * kw_per_a, 0.0),
        start_kwh=np.where(is_known, batteries.soc_ratio, network.min_soc_ratio) * capacity_kwh,
        least_kwh=network.min_soc_ratio * capacity_kwh,
        most_kwh=network.max_soc_ratio * capacity_kwh,
        charge_ratio=network.charge_ratio,
        discharge_ratio=network.discharge_ratio,
        wear_per_kwh=wear,
        end_worth_per_kwh=left,
        kept_kwh=np.minimum(kept_ratio, network.max_soc_ratio) * capacity_kwh,
        kept_worth_per_kwh=np.where(kept_ratio > 0.0, np.maximum(kept, 0.0), 0.0),
        reference_kw=_reference_kw(around.last, len(network.ids), around.edge_s),
        a_per_kw=(shares[:, limits.row] / kw_per_a[:, None]).T,
    )


def _reference_kw(last: Plan | None, count: int, edge_s: Floats) -> Floats:
    """Return what the last plan gave each battery in each step, (b, t); 0 where it knew nothing of it."""
    reference = np.zeros((count, edge_s.size - 1))
    if last is None or last.battery_w.shape[0] != count or not count:
        return reference
    step = np.searchsorted(last.edge_s, 0.5 * (edge_s[:-1] + edge_s[1:]), side="right") - 1
    known = (step >= 0) & (step < last.battery_w.shape[1])
    reference[:, known] = last.battery_w[:, step[known]] / 1000.0
    return reference


def _givers(snapshot: SiteSnapshot, who: Ints, place: Ints, around: Around) -> Givers:
    """Return the vehicles at some places of `who` that may feed back."""
    sessions, edge_s, mine = snapshot.sessions, around.edge_s, who[place]
    begin = edge_s[:-1] - snapshot.now_s
    share = np.clip((stays_s(snapshot, who)[place][:, None] - begin) / np.diff(edge_s), 0.0, 1.0)
    # What was guaranteed is not taken back: the next plan would buy it again at any price.
    promised_wh = promised_of(snapshot, mine, around.settings.guaranteed_kwh)
    above_wh = np.where(promised_wh > 0.0, np.maximum(snapshot.delivered_wh[mine] - promised_wh, 0.0), np.inf)
    more_wh = sessions.requested_wh[mine] - snapshot.delivered_wh[mine]
    # What it came with is only lent: in the end it has that again.
    lent_wh = snapshot.delivered_wh[mine].clip(0.0)
    short_kwh = np.where(more_wh < 0.0, more_wh / 1000.0, needs_kwh(snapshot, mine))
    return Givers(
        place=place,
        most_a=sessions.most_discharge_a[mine, None] * share,
        spare_kwh=np.minimum(snapshot.spare_wh[mine], above_wh) / 1000.0,
        room_kwh=snapshot.room_wh[mine] / 1000.0,
        short_kwh=short_kwh,
        least_end_kwh=-lent_wh / 1000.0,
        kept_ratio=around.settings.vehicle_kept_ratio,
        wear_per_kwh=around.settings.vehicle_wear_per_kwh / around.value.worth_per_kwh,
    )
