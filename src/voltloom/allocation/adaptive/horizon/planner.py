"""Adaptive by optimisation: the first step of a plan over the coming hours, made anew in every cycle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voltloom.allocation.adaptive.horizon.conic import solved
from voltloom.allocation.adaptive.horizon.grid import steps_s
from voltloom.allocation.adaptive.horizon.problem import Demand, Limits, Problem
from voltloom.allocation.contract import AllocationMemory, Proposals
from voltloom.allocation.kernels import greedy_fill
from voltloom.allocation.sharing import Division, TurnRules, assumed_need_wh, division, nobody_waits, proposals
from voltloom.decision.reason import Cause
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.kernels import loads
from voltloom.site.network import Floats, Ints
from voltloom.units import SECONDS_PER_HOUR

LONGEST_S = 36 * SECONDS_PER_HOUR
ASSUMED_STAY_S = 8 * SECONDS_PER_HOUR
TILT = 0.1
SOFT = 1e-4
MODE = "rel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Receding-horizon planning."""

    name: str
    rules: TurnRules

    def allocate(
        self, snapshot: SiteSnapshot, memory: AllocationMemory
    ) -> tuple[Proposals, AllocationMemory]:
        """Return the first step of the plan."""
        todo = division(snapshot, whole_periods=self.rules.dwell_s <= 0.0)
        who = np.flatnonzero(todo.candidates & ~todo.courtesy & (todo.upper_a > 0.0))
        current = todo.fixed_a.copy()
        binding = np.full(current.size, -1, dtype=np.int64)
        if who.size:
            problem, hours = problem_of(snapshot, todo, who)
            answer = solved(problem)
            first = np.minimum(answer.current_a[:, 0], todo.upper_a[who])
            target = todo.fixed_a.copy()
            target[who] = first
            order = who[np.argsort(-first, kind="stable")]
            network = snapshot.network
            current, binding = greedy_fill(
                snapshot.grid, snapshot.sessions.column, todo.fixed_a, order, todo.min_a, np.maximum(target, todo.fixed_a), network.pilot_start, network.pilots_a,
            )
        return proposals(snapshot, todo, current, binding, Cause.PRIORITY, nobody_waits(current.size)), AllocationMemory()


def problem_of(snapshot: SiteSnapshot, todo: Division, who: Ints) -> tuple[Problem, Floats]:
    """Return the problem of the vehicles that want power."""
    sessions, network, grid = snapshot.sessions, snapshot.network, snapshot.grid
    departure = sessions.departure_s[who]
    stay = np.where(np.isfinite(departure), departure - snapshot.now_s, ASSUMED_STAY_S)
    stay = np.clip(stay, snapshot.period_s, LONGEST_S)
    length = steps_s(snapshot.period_s, float(stay.max()))
    end = np.cumsum(length)
    begin = end - length
    share = np.clip((stay[:, None] - begin) / length, 0.0, 1.0)
    high = sessions.max_a[who, None] * share
    w_per_a = sessions.w_per_a[who]
    kwh = w_per_a[:, None] * length / SECONDS_PER_HOUR / 1000.0
    need = assumed_need_wh(snapshot)[who] / 1000.0
    middle = np.minimum(begin, stay[:, None])
    if MODE == "abs":
        when = middle / (12 * 3600.0)
    elif MODE == "rel":
        when = middle / stay[:, None]
    elif MODE == "relpow":
        when = (middle / stay[:, None]) ** 0.5
    elif MODE == "lax":
        full = need * 1000 / (sessions.max_a[who] * w_per_a) * 3600
        lax = np.maximum(stay - full, 300.0)
        when = middle / (lax[:, None] + 3600)
        when = when / 4
    cost = kwh * TILT * when
    shape = high.shape
    stiffness = np.broadcast_to(SOFT * length / SECONDS_PER_HOUR, shape).copy()
    demand = Demand(np.zeros(shape), high, cost, kwh, stiffness, np.zeros(shape), need, np.ones(who.size))
    return Problem(demand, limits_of(snapshot, todo, who, length.size), None), length


def limits_of(snapshot: SiteSnapshot, todo: Division, who: Ints, steps: int) -> Limits:
    """Return the limits that these vehicles load, less what is not up for division."""
    grid = snapshot.grid
    columns = snapshot.sessions.column[who]
    rows = grid.rating_a.size
    weight = np.zeros((rows, who.size), dtype=np.complex128)
    for place, column in enumerate(columns):
        at = slice(grid.start[column], grid.start[column + 1])
        row, group = grid.row[at], grid.group[at]
        weight[row, place] = grid.coefficient[at] * (grid.unit_x[row, group] + 1j * grid.unit_y[row, group])
    fixed = loads(grid, snapshot.sessions.column, todo.fixed_a)
    rating = np.maximum(grid.rating_a - fixed, 0.0)
    loaded = np.abs(weight).sum(axis=1) > 0.0
    weight, rating = weight[loaded], rating[loaded]
    unit = weight / np.maximum(np.abs(weight), 1e-300)
    is_line = np.array([np.ptp(np.angle(u[np.abs(u) > 0.5])) < 1e-9 for u in unit])
    return Limits(weight, np.repeat(rating[:, None], steps, axis=1), is_line)
