"""Small problems in which energy is stored, fed back, bought and sold: steps of an hour, an ampere is a kW."""

from __future__ import annotations

import numpy as np

from voltloom.allocation.adaptive.horizon.problem import (
    Answer,
    Demand,
    Flows,
    Givers,
    Limits,
    Peak,
    Problem,
    Stores,
)
from voltloom.site.network import Floats


def vehicles(need_kwh: list[float], steps: int, most_a: float = 10.0) -> Demand:
    """Return vehicles that stay for all steps."""
    shape = (len(need_kwh), steps)
    return Demand(
        low_a=np.zeros(shape),
        high_a=np.full(shape, most_a),
        cost_per_a=np.zeros(shape),
        kwh_per_a=np.ones(shape),
        stiffness_per_a=np.full(shape, 1e-6),
        reference_a=np.zeros(shape),
        need_kwh=np.array(need_kwh),
        worth_per_kwh=np.ones(shape[0]),
    )


def fuse(count: int, steps: int, rating_a: float = 1000.0) -> Limits:
    """Return one limit on all vehicles."""
    return Limits(
        np.ones((1, count), dtype=np.complex128),
        np.full((1, steps), rating_a),
        np.ones(1, dtype=np.bool_),
        np.zeros(1, dtype=np.int64),
    )


def batteries(*start_kwh: float, power_kw: float = 5.0, steps: int = 2, **given: Floats) -> Stores:
    """Return batteries of 10 kWh without losses and wear."""
    count = len(start_kwh)
    made = Stores(
        charge_kw=np.full(count, power_kw),
        discharge_kw=np.full(count, power_kw),
        start_kwh=np.array(start_kwh),
        least_kwh=np.zeros(count),
        most_kwh=np.full(count, 10.0),
        charge_ratio=np.ones(count),
        discharge_ratio=np.ones(count),
        wear_per_kwh=np.zeros(count),
        end_worth_per_kwh=np.zeros(count),
        kept_kwh=np.zeros(count),
        kept_worth_per_kwh=np.zeros(count),
        reference_kw=np.zeros((count, steps)),
        a_per_kw=np.ones((1, count)),
    )
    return made._replace(**given)


def givers(place: list[int], steps: int, **given: Floats | float) -> Givers:
    """Return vehicles that may feed back 5 kW, hold 10 kWh above their floors, take 10 kWh yet, and have all they asked for."""
    count = len(place)
    made = Givers(
        place=np.array(place, dtype=np.int64),
        most_a=np.full((count, steps), 5.0),
        spare_kwh=np.full(count, 10.0),
        room_kwh=np.full(count, 10.0),
        short_kwh=np.zeros(count),
        least_end_kwh=np.full(count, -10.0),
        kept_ratio=1.0,
        wear_per_kwh=0.0,
    )
    return made._replace(**given)  # type: ignore[arg-type]  # columns by name


def problem(
    buy: list[float],
    other_kw: list[float],
    stores: Stores | None = None,
    feeding: Givers | None = None,
    demand: Demand | None = None,
    peak: Peak | None = None,
) -> Problem:
    """Return a problem in which what is sold brings nothing."""
    steps = len(buy)
    demand = vehicles([], steps) if demand is None else demand
    count = demand.need_kwh.size
    flows = Flows(
        length_h=np.ones(steps),
        other_kw=np.array(other_kw),
        buy_per_kwh=np.array(buy),
        sell_per_kwh=np.zeros(steps),
        kw_per_a=np.ones(count),
        back_a=np.full(1, 1000.0),
        stores=batteries(steps=steps) if stores is None else stores,
        givers=givers([], steps) if feeding is None else feeding,
    )
    return Problem(demand, fuse(count, steps), peak, flows)


def paid(asked: Problem, answer: Answer) -> float:
    """Return what a plan costs: bought and sold energy, wear, and the peak, less what is left in batteries."""
    flows, stored = asked.flows, answer.stored
    assert flows is not None
    assert stored is not None
    grid = stored.grid_kw
    money = flows.buy_per_kwh * grid.clip(0.0) - flows.sell_per_kwh * (-grid).clip(0.0)
    cost = float((money * flows.length_h).sum())
    stores, vehicles_kw = flows.stores, flows.kw_per_a @ stored.given_a
    cost += float((np.abs(stored.battery_kw) * stores.wear_per_kwh[:, None] * flows.length_h).sum())
    cost += float((vehicles_kw * flows.givers.wear_per_kwh * flows.length_h).sum())
    cost -= float(stores.end_worth_per_kwh @ (stored.stored_kwh[:, -1] - stores.start_kwh))
    if asked.peak is not None:
        cost += asked.peak.price_per_kw * max(float(grid.max()), asked.peak.least_kw)
    return cost
