"""Adaptive by optimisation: the first step of a plan over the coming hours.

The plan is made anew every few minutes, and at once where vehicles, needs or limits change. Where none can be made the last one goes
on for a while; where there is none, or a vehicle it does not know, the rules take over (least laxity).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from voltloom.allocation.adaptive.horizon.basis import basis_of
from voltloom.allocation.adaptive.horizon.building import edges_s, problem_of
from voltloom.allocation.adaptive.horizon.capping import most_w_of
from voltloom.allocation.adaptive.horizon.counting import ahead_s, answered
from voltloom.allocation.adaptive.horizon.day_worth import PEAKS_KW
from voltloom.allocation.adaptive.horizon.flowing import (
    Around,
    has_stores,
    may_give,
    spanned_s,
    with_flows,
)
from voltloom.allocation.adaptive.horizon.grid import with_prices
from voltloom.allocation.adaptive.horizon.hindsight import (
    empty_day,
    first_kw,
    in_next_month,
    with_day,
    with_today,
    with_visits,
)
from voltloom.allocation.adaptive.horizon.memory import PeakSeen
from voltloom.allocation.adaptive.horizon.pricing import (
    prices_of,
    valued,
    with_planned,
    with_readings,
)
from voltloom.allocation.adaptive.horizon.problem import Answer, Flows, Problem
from voltloom.allocation.adaptive.horizon.rounding import HOLD_A, Wish, as_it_is, with_minimums
from voltloom.allocation.adaptive.horizon.settings import Objective, PlanningSettings
from voltloom.allocation.adaptive.horizon.standing import standing_of, with_ranks_told
from voltloom.allocation.contract import AllocationMemory, Architecture, Proposals, Queue
from voltloom.allocation.kernels import admitted
from voltloom.allocation.sharing import Division, TurnRules, division, proposals
from voltloom.decision.plan import Plan, step_at
from voltloom.decision.reason import Cause
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.session.need import MET_WH
from voltloom.site.network import Bools, Floats, Ints

RATING_MOVED_RATIO = 0.02  # a limit that changed by more makes a plan out of date
LEAST_FED_A = 1.0  # less is not fed back
SOLD_KW = 0.1  # less is not meant to be sold
NEED_MOVED_RATIO, NEED_MOVED_WH = 0.02, 100.0  # the same of a need that is stated anew
SPOKEN_S = 30.0  # no younger plan is renewed for that, however much a station talks
SAME_PRICE = 1e-4  # of the currency, a kWh
NOTHING_A_S = 10.0  # a plan that gives no more gives nothing
OUTLIVES_S = 1800.0  # how long a plan that cannot be renewed is followed: it fits less and less


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Receding-horizon planning. solver: makes an answer of a problem. rules_instead: takes over where no plan can be made."""

    name: str
    rules: TurnRules
    settings: PlanningSettings
    solver: Callable[[Problem], Answer]
    rules_instead: Architecture

    def allocate(
        self, snapshot: SiteSnapshot, memory: AllocationMemory
    ) -> tuple[Proposals, AllocationMemory]:
        """Return what the plan gives now, as far as it fits and stations can offer it."""
        network = snapshot.network
        has_minimum = bool(network.pilots_a.size) or bool((snapshot.sessions.min_a > 0.0).any())
        todo = division(snapshot, whole_periods=not has_minimum)
        gives = may_give(snapshot, self.settings)
        if gives.any():  # they may take more than was asked for, and give it back
            todo = todo._replace(upper_a=np.where(gives, snapshot.sessions.max_a, todo.upper_a))
        who = np.flatnonzero((todo.candidates & ~todo.courtesy) | gives)
        seen = self._seen(memory.peak_seen, snapshot)
        if not who.size and not has_stores(snapshot, self.settings):
            after = memory._replace(plan=None, peak_seen=seen, is_takeover=False)
            quiet, _ = self.rules_instead.allocate(snapshot, memory)
            return quiet, after
        plan = memory.plan
        if plan is None or memory.prices_moved or not is_current(plan, snapshot, who, self.settings.replan_s):
            plan = self._planned(snapshot, todo, who, memory.plan, seen)
        after = AllocationMemory(plan=plan, peak_seen=seen)
        if plan.is_failed:
            instead, _ = self.rules_instead.allocate(snapshot, memory)
            ruled = instead.cause == int(Cause.PRIORITY)
            return instead._replace(cause=np.where(ruled, int(Cause.FALLBACK_RULES), instead.cause)), after
        if not who.size:
            quiet, _ = self.rules_instead.allocate(snapshot, memory)
            return quiet, after
        return self._first_step(snapshot, todo, who, (plan, seen), has_minimum=has_minimum), after

    def _first_step(
        self,
        snapshot: SiteSnapshot,
        todo: Division,
        who: Ints,
        by: tuple[Plan, PeakSeen | None],
        *,
        has_minimum: bool,
    ) -> Proposals:
        """Return what a plan gives now: as stations can offer it to those who charge, negative to those who feed back."""
        plan, _ = by
        first_a = np.zeros(todo.candidates.size)
        first_a[who] = _not_sold(plan, snapshot, who, _now_of(plan, snapshot, who))
        gives, whole = may_give(snapshot, self.settings), todo
        feeds = gives & (first_a <= -LEAST_FED_A)
        rests = gives & (np.abs(first_a) < LEAST_FED_A) & (snapshot.need_wh <= MET_WH)
        apart = feeds | rests  # nobody waits among them, so no turn comes to them
        todo = todo._replace(candidates=todo.candidates & ~apart, courtesy=todo.courtesy & ~apart)
        takers = who[todo.candidates[who] & ~todo.courtesy[who]]
        standing = standing_of(snapshot, who, self.settings.guaranteed_kwh)
        if has_minimum:

            def again(is_on: Bools) -> Floats:
                on = np.zeros(apart.size, dtype=np.bool_)
                on[takers] = is_on
                return self._again(snapshot, whole, who, by, on)[np.isin(who, takers)]

            fills = self.settings.objective is Objective.ENERGY
            planned_a, ranks = first_a[takers].clip(0.0), standing.rank[np.isin(who, takers)]
            waits, most_w = _waits_for_less(plan, snapshot, takers), most_w_of(plan, snapshot, todo)
            wish = Wish(takers, planned_a, again, fills, ranks, waits, most_w)
            current, binding = with_minimums(snapshot, todo, wish, self.rules)
        else:
            current, binding = as_it_is(snapshot, todo, takers, first_a[takers].clip(0.0))
        current = _with_courtesy(snapshot, todo, current, HOLD_A if self.rules.dwell_s > 0.0 else 0.0)
        queue = _queue(plan, snapshot, takers, current)
        made = proposals(snapshot, todo, current, binding, Cause.PRIORITY, queue)
        chosen = (made.binding_row < 0) & (made.cause == int(Cause.PRIORITY))
        waits = (
            (made.binding_row < 0)
            & (made.cause == int(Cause.BELOW_MINIMUM))
            & (queue.expected_start_s > snapshot.now_s)
        )
        cause = with_ranks_told(snapshot, who, standing, current, made.cause)
        is_met = apart & (snapshot.need_wh <= MET_WH)
        is_planned = ((chosen | waits) & (cause == made.cause) | feeds) & ~is_met
        cause = np.where(is_met, int(Cause.NEED_MET), cause)
        return made._replace(
            current_a=np.where(apart, np.where(feeds, first_a, 0.0), made.current_a),
            cause=np.where(is_planned, int(Cause.PLANNED), cause),
            binding_row=np.where(apart, -1, made.binding_row),
        )

    def _seen(self, seen: PeakSeen | None, snapshot: SiteSnapshot) -> PeakSeen | None:
        """Return what is known of the month's peak, None where it does not matter."""
        outlook = snapshot.outlook
        if (
            outlook is None
            or outlook.demand_price_per_kw <= 0.0
            or self.settings.objective is Objective.ENERGY
        ):
            return None
        interval_s = outlook.demand_interval_s
        if seen is None or seen.month_start_s != outlook.month_start_s:
            begun = PeakSeen(
                month_start_s=outlook.month_start_s,
                highest_kw=0.0,
                interval=int(snapshot.now_s // interval_s),
                drawn_kwh=0.0,
                seen_s=snapshot.now_s,
                today=empty_day(outlook),
                worth_kwh=np.zeros(PEAKS_KW.size),
                workdays=0,
                target_kw=first_kw(snapshot, outlook, self.settings),
                judged_s=-np.inf,
            )
            seen = begun if seen is None else in_next_month(seen, begun, snapshot)
        if np.isfinite(snapshot.other_w) and snapshot.planned_other_w > 0.0:
            # Days teach of vehicles alone; here all that the site draws is paid for.
            return with_readings(with_planned(seen, snapshot), snapshot, interval_s)
        if outlook.day_start_s != seen.today.start_s:
            seen = with_day(seen, outlook, self.settings, self.solver)
        seen = with_readings(seen, snapshot, interval_s)
        seen = seen._replace(today=with_visits(seen.today, snapshot))
        return with_today(seen, outlook, self.settings, self.solver, snapshot.now_s)

    def _planned(
        self, snapshot: SiteSnapshot, todo: Division, who: Ints, last: Plan | None, seen: PeakSeen | None
    ) -> Plan:
        """Return a new plan, the last one where none can be made and it knows everybody, else one that says it failed."""
        around, problem = self._problem(snapshot, todo, who, seen, last)
        value, edge_s = around.value, around.edge_s
        here = answered(problem, self.solver, snapshot, todo, who, around)
        serial, requested_wh = snapshot.sessions.serial[who], snapshot.sessions.requested_wh[who]
        if here is None:
            if last is not None and _goes_on(last, snapshot, who):
                return last
            current_a = np.zeros((who.size, edge_s.size - 1))
            return Plan(
                snapshot.now_s,
                edge_s,
                serial,
                current_a,
                snapshot.sessions.departure_s[who],
                snapshot.grid.rating_a,
                is_failed=True,
                requested_wh=requested_wh,
            )
        basis = basis_of(snapshot, who, edge_s, value, here)
        departure_s, rating_a = snapshot.sessions.departure_s[who], snapshot.grid.rating_a
        current_a, stored = here.answer.current_a, here.answer.stored
        if stored is not None:
            current_a = current_a - stored.given_a
        made = Plan(snapshot.now_s, edge_s, serial, current_a, departure_s, rating_a, basis=basis)
        made = made._replace(requested_wh=requested_wh)
        return made if stored is None else made._replace(battery_w=stored.battery_kw * 1000.0)

    def _again(
        self,
        snapshot: SiteSnapshot,
        todo: Division,
        who: Ints,
        by: tuple[Plan, PeakSeen | None],
        is_on: Bools,
    ) -> Floats:
        """Return the first step (k,) of a plan in which some (n,) have their minimum now and the others nothing, or feed back."""
        plan, seen = by
        on = is_on[who]
        around, problem = self._problem(snapshot, todo, who, seen, plan)
        demand, flows = problem.demand, problem.flows
        low, high = demand.low_a.copy(), demand.high_a.copy()
        high[:, 0] = np.where(on, np.maximum(high[:, 0], todo.min_a[who]), 0.0)
        low[:, 0] = np.where(on, todo.min_a[who], 0.0)
        least_kwh = (low * demand.kwh_per_a).sum(axis=1)
        need = np.maximum(demand.need_kwh, least_kwh)
        if flows is not None:
            problem = problem._replace(flows=_charged(flows, on, least_kwh))
        bounded = problem._replace(demand=demand._replace(low_a=low, high_a=high, need_kwh=need))
        here = answered(bounded, self.solver, snapshot, todo, who, around)
        if here is None:
            return np.where(on, np.maximum(_now_of(plan, snapshot, who), todo.min_a[who]), 0.0)
        first: Floats = here.answer.current_a[:, 0]
        return first

    def _problem(
        self,
        snapshot: SiteSnapshot,
        todo: Division,
        who: Ints,
        seen: PeakSeen | None,
        last: Plan | None,
    ) -> tuple[Around, Problem]:
        """Return what a problem of these vehicles is made for, and the problem."""
        prices = prices_of(self.settings, snapshot.outlook)
        if who.size and not has_stores(snapshot, self.settings):
            edge_s = edges_s(snapshot, who, prices, ahead_s(snapshot, self.settings))
        else:
            edge_s = spanned_s(snapshot, edges_s(snapshot, who) if who.size else None)
            if prices is not None:
                edge_s = with_prices(edge_s, prices, snapshot.period_s, float(edge_s[-1]))
        value = valued(self.settings, snapshot.outlook, seen, edge_s)
        problem = problem_of(snapshot, todo, who, edge_s, value, last)
        around = Around(self.settings, value, edge_s, last)
        return around, with_flows(problem, snapshot, todo, who, around)


def _charged(flows: Flows, on: Bools, least_kwh: Floats) -> Flows:
    """Return flows in which those who are on (n,) feed nothing back in the first step and may have what they get in it."""
    givers = flows.givers
    most_a = givers.most_a.copy()
    most_a[on[givers.place], 0] = 0.0
    short_kwh = np.maximum(givers.short_kwh, np.where(on, least_kwh, -np.inf)[givers.place])
    return flows._replace(givers=givers._replace(most_a=most_a, short_kwh=short_kwh))


def is_current(plan: Plan, snapshot: SiteSnapshot, who: Ints, replan_s: float) -> bool:
    """Return whether a plan still holds: for these vehicles with these departures and needs, under like limits, and young enough."""
    sessions, grid = snapshot.sessions, snapshot.grid
    if snapshot.now_s >= min(plan.made_s + replan_s, plan.edge_s[-1]) - 1e-6:
        return False
    if not np.array_equal(plan.serial, sessions.serial[who]):
        return False
    if not np.array_equal(plan.departure_s, sessions.departure_s[who]):
        return False
    if snapshot.now_s >= plan.made_s + SPOKEN_S and _asks_otherwise(plan, sessions.requested_wh[who]):
        return False
    moved = np.abs(grid.rating_a - plan.rating_a) > RATING_MOVED_RATIO * np.abs(plan.rating_a)
    return not bool(moved.any())


def _asks_otherwise(plan: Plan, requested_wh: Floats) -> bool:
    """Return whether any of a plan's vehicles (n,) asks for another energy than it was made with."""
    before = plan.requested_wh
    if before.size != requested_wh.size:
        return False
    known = np.isfinite(before) & np.isfinite(requested_wh)
    moved_wh = np.abs(np.where(known, requested_wh, 0.0) - np.where(known, before, 0.0))
    at_least_wh = np.maximum(NEED_MOVED_WH, NEED_MOVED_RATIO * np.where(known, before, 0.0))
    return bool(
        np.where(known, moved_wh > at_least_wh, np.isfinite(before) != np.isfinite(requested_wh)).any()
    )


def _goes_on(last: Plan, snapshot: SiteSnapshot, who: Ints) -> bool:
    """Return whether a plan that could not be renewed is still better than none: it knows everybody, and is young enough."""
    if last.is_failed or snapshot.now_s >= min(last.made_s + OUTLIVES_S, last.edge_s[-1]):
        return False
    return bool(np.isin(snapshot.sessions.serial[who], last.serial).all())


def _now_of(plan: Plan, snapshot: SiteSnapshot, who: Ints) -> Floats:
    """Return what a plan gives each of these EVSEs now, (k,); nothing to those it does not know."""
    step = int(np.searchsorted(plan.edge_s, snapshot.now_s + 1e-6, side="right")) - 1
    step = min(max(step, 0), plan.current_a.shape[1] - 1)
    serial = snapshot.sessions.serial[who]
    order = np.argsort(plan.serial)
    place = np.minimum(np.searchsorted(plan.serial[order], serial), order.size - 1)
    rows = order[place]
    found: Floats = np.where(plan.serial[rows] == serial, plan.current_a[rows, step], 0.0)
    return found


def _not_sold(plan: Plan, snapshot: SiteSnapshot, who: Ints, first_a: Floats) -> Floats:
    """Return the first step (k,) with no more fed back than the site draws now, where the plan means to sell nothing.

    A plan is minutes old, and who is to charge in it rises slowly while who feeds back begins at once.
    """
    w_per_a = snapshot.sessions.w_per_a[who]
    fed_w = float((-first_a).clip(0.0) @ w_per_a)
    if fed_w <= 0.0 or plan.basis is None or not np.isfinite(snapshot.other_w):
        return first_a
    if plan.basis.grid_kw[step_at(plan, snapshot.now_s)] < -SOLD_KW:
        return first_a
    draws_w = snapshot.other_w + float(snapshot.measured_a.clip(0.0) @ snapshot.sessions.w_per_a)
    if snapshot.batteries is not None:
        draws_w += float(np.nan_to_num(snapshot.batteries.power_w).sum())
    return np.where(first_a < 0.0, first_a * min(max(draws_w, 0.0) / fed_w, 1.0), first_a)


def _waits_for_less(plan: Plan, snapshot: SiteSnapshot, who: Ints) -> Bools:
    """Return whose energy a plan for prices leaves to cheaper steps, or does not buy at all, (k,)."""
    waits = np.zeros(who.size, dtype=np.bool_)
    basis = plan.basis
    if basis is None or np.isnan(basis.worth_per_kwh):
        return waits
    step = step_at(plan, snapshot.now_s)
    price, energy = basis.price_per_kwh[step:], (plan.current_a * np.diff(plan.edge_s))[:, step:]
    total = energy.sum(axis=1)
    cheaper = energy @ price < (price[0] - SAME_PRICE) * total
    by_serial = dict(zip(plan.serial.tolist(), (cheaper | (total <= NOTHING_A_S)).tolist(), strict=True))
    for place, serial in enumerate(snapshot.sessions.serial[who].tolist()):
        waits[place] = by_serial.get(serial, False)
    return waits


def _with_courtesy(snapshot: SiteSnapshot, todo: Division, current_a: Floats, spare_a: float) -> Floats:
    """Return the currents with minimums for vehicles that suspended themselves, where nobody else can use them.

    spare_a: so much more must be left where one starts, or the next small rise of another would stop it again.
    """
    asleep = np.flatnonzero(todo.courtesy)
    if not asleep.size:
        return current_a
    kept = asleep[np.argsort(snapshot.setpoint_a[asleep] <= 0.0, kind="stable")]
    least_a = todo.min_a + np.where(snapshot.setpoint_a > 0.0, 0.0, spare_a)
    left, _ = admitted(snapshot.grid, snapshot.sessions.column, current_a, kept, least_a)
    found: Floats = np.where(left, todo.min_a, current_a)
    return found


def _queue(plan: Plan, snapshot: SiteSnapshot, who: Ints, current_a: Floats) -> Queue:
    """Return who waits, in the order in which the plan lets them start."""
    count = current_a.size
    start_s = np.full(count, np.nan)
    waiting = who[current_a[who] <= 0.0]
    rows = {int(serial): row for row, serial in enumerate(plan.serial)}
    for evse in waiting:
        row = rows.get(int(snapshot.sessions.serial[evse]))
        if row is None:
            continue
        later = np.flatnonzero((plan.current_a[row] >= 1.0) & (plan.edge_s[1:] > snapshot.now_s))
        if later.size:
            start_s[evse] = max(plan.edge_s[later[0]], snapshot.now_s)
    place = np.zeros(count, dtype=np.int64)
    order = waiting[np.argsort(np.where(np.isnan(start_s[waiting]), np.inf, start_s[waiting]), kind="stable")]
    place[order] = np.arange(1, order.size + 1)
    return Queue(place=place, expected_start_s=start_s)
