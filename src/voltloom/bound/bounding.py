"""The clairvoyant bound of a scenario: the best plan, checked again with other code, and its figures.

Every relaxation errs upwards. Currents are continuous from 0 (no 6 A minimum, no pilot steps), every limit is followed at
once, nothing fails, batteries that taper keep a linear limit that they never pass in truth, and a row counts what
flows at its true angle also where the control must count the worst draw: |sum| <= rating holds under both. It bounds
every control that keeps every row at every moment; a run that overloads a row until it has noticed that other load
rose may pass the bound by as much.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from voltloom.bound.failing import SolverFailedError
from voltloom.bound.leaving_out import left_out, spared
from voltloom.bound.plans import Plan, Size, Tell, best_plan, energy_wh
from voltloom.bound.setting import Aim, Setting, setting_of
from voltloom.simulation.scenario import Scenario
from voltloom.site.kernels import loads
from voltloom.site.network import Floats
from voltloom.site.tariff import bill_of
from voltloom.units import SECONDS_PER_HOUR, kwh_from_wh

EXCESS_RATIO = 1e-5  # what a plan may pass a limit by, by the limit: the solver's own tolerance and rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What a plan costs and earns in minor units of the tariff's currency, as `bill_of` bills it."""

    revenue_minor: int
    energy_minor: int
    demand_minor: int

    @property
    def cost_minor(self) -> int:
        """Return the bill: energy and demand."""
        return self.energy_minor + self.demand_minor

    @property
    def profit_minor(self) -> int:
        """Return what is left of the revenue."""
        return self.revenue_minor - self.cost_minor


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bound:
    """What no control of a scenario can exceed, and the plan that reaches it.

    money: None where it was not sought; then the plan is one of many. session_wh: (visits,) in the scenario's order.
    power_w: (steps,) from start_s on. peak_w: the highest mean over a demand interval, or a step where money does not
    count. left_out: sentences on what of the scenario is not counted. gap_ratio: how far the solver's proof is from the plan's value. excess_ratio: the most by which the plan
    passes a limit, checked apart from the solver.
    """

    scenario: str
    aim: Aim
    sessions: int
    energy_requested_wh: float
    session_wh: Floats
    start_s: float
    step_s: float
    power_w: Floats
    peak_w: float
    money: Money | None
    gap_ratio: float
    excess_ratio: float
    size: Size
    left_out: tuple[str, ...] = ()

    @property
    def energy_delivered_wh(self) -> float:
        """Return the energy of all sessions."""
        return float(math.fsum(self.session_wh))

    @property
    def delivered_ratio(self) -> float:
        """Return the part of the requested energy that is delivered."""
        return self.energy_delivered_wh / self.energy_requested_wh if self.energy_requested_wh > 0.0 else 1.0

    def as_json(self) -> dict[str, object]:
        """Return the figures with the names and units of a run's; the power where it changes, until the next change."""
        changes = np.flatnonzero(np.diff(self.power_w, prepend=math.nan))
        money = self.money
        return {
            "scenario": self.scenario,
            "objective": self.aim.objective.value,
            "sessions": self.sessions,
            "energy_requested_wh": self.energy_requested_wh,
            "energy_delivered_wh": self.energy_delivered_wh,
            "delivered_ratio": self.delivered_ratio,
            "peak_w": self.peak_w,
            "sell_price_per_kwh": self.aim.sell_price_per_kwh if money else None,
            "revenue_minor": money.revenue_minor if money else None,
            "energy_cost_minor": money.energy_minor if money else None,
            "demand_cost_minor": money.demand_minor if money else None,
            "cost_minor": money.cost_minor if money else None,
            "profit_minor": money.profit_minor if money else None,
            "left_out": list(self.left_out),
            "gap_ratio": self.gap_ratio,
            "excess_ratio": self.excess_ratio,
            "programs": self.size.programs,
            "variables": self.size.variables,
            "rows": self.size.rows,
            "time_s": [self.start_s + self.step_s * int(step) for step in changes],
            "power_w": [round(float(self.power_w[step]), 3) for step in changes],
        }


def bound_of(scenario: Scenario, aim: Aim, tell: Tell | None = None) -> Bound:
    """Return the bound of a scenario; `tell` hears how far each program is.

    Raises NoTariffError or TariffError where money counts and prices are missing, SolverFailedError where there is no
    proven optimum, or its plan does not keep the limits.
    """
    setting = setting_of(scenario, aim.objective)
    plan = best_plan(setting, aim, tell)
    excess_ratio = _excess_ratio(scenario, setting, plan)
    if excess_ratio > EXCESS_RATIO:
        raise SolverFailedError(f"the solver's plan passes a limit by {excess_ratio:.1e} of it: no bound")
    flows, stays = plan.flows, setting.stays
    delivered_wh = np.bincount(flows.stay, weights=energy_wh(plan), minlength=stays.visit.size)
    session_wh: Floats = np.zeros(len(scenario.visits))
    session_wh[stays.visit] = np.minimum(delivered_wh, stays.room_wh)
    count = setting.stretches.length_s.size
    stretch_w = np.bincount(flows.stretch, weights=plan.part_ratio * flows.most_w, minlength=count)
    power_w: Floats = np.repeat(stretch_w, setting.stretches.end_step - setting.stretches.first_step)
    money, peak_w = _money(setting, aim, power_w, float(session_wh.sum()))
    end_s = setting.clock.time_s(setting.clock.steps)
    wanted_wh = [visit.wants_wh for visit in scenario.visits if visit.arrival_s < end_s]
    return Bound(
        scenario=scenario.name,
        aim=aim,
        sessions=len(wanted_wh),
        energy_requested_wh=math.fsum(wanted_wh),
        session_wh=session_wh,
        start_s=setting.clock.start_s,
        step_s=setting.clock.step_s,
        power_w=power_w,
        peak_w=peak_w,
        money=money,
        gap_ratio=abs(plan.value_weight - plan.proven_weight) / max(1.0, abs(plan.value_weight)),
        excess_ratio=excess_ratio,
        size=plan.size,
        left_out=(*left_out(scenario, aim.objective), *spared(scenario, plan.spared_kwh, plan.worth_per_kwh)),
    )


def _money(setting: Setting, aim: Aim, power_w: Floats, sold_wh: float) -> tuple[Money | None, float]:
    """Return what a plan costs and earns, and its peak."""
    clock, tariff = setting.clock, setting.tariff
    if tariff is None:
        return None, float(power_w.max(initial=0.0))
    bill = bill_of(tariff, clock.start_s, clock.step_s, power_w * clock.step_s / SECONDS_PER_HOUR)
    revenue = aim.sell_price_per_kwh * kwh_from_wh(sold_wh) * 10**tariff.minor_digits
    money = Money(
        revenue_minor=round(revenue), energy_minor=bill.energy_minor, demand_minor=bill.demand_minor
    )
    return money, float(bill.peak_w)


def _excess_ratio(scenario: Scenario, setting: Setting, plan: Plan) -> float:
    """Return the most by which a plan passes a row's limit, a need, or what a battery accepts, by the limit."""
    return max(_row_excess_ratio(scenario, setting, plan), _battery_excess_ratio(setting, plan))


def _row_excess_ratio(scenario: Scenario, setting: Setting, plan: Plan) -> float:
    """Return the most by which a row is overloaded, by its limit: the kernels that judge a simulation add it up anew."""
    flows, stays = plan.flows, setting.stays
    grid = scenario.network.grid._replace(worst_draw=False)
    count = len(scenario.network.evse_ids)
    order = np.argsort(flows.stretch, kind="stable")
    stretches, begins = np.unique(flows.stretch[order], return_index=True)
    ends, worst_ratio = np.append(begins, order.size)[1:], 0.0
    for stretch, begin, end in zip(stretches, begins, ends, strict=True):
        mine = order[begin:end]
        column = stays.column[flows.stay[mine]]
        columns, current_a = np.arange(count), np.zeros(count)
        columns[column % count] = column
        current_a[column % count] = plan.part_ratio[mine] * stays.most_a[flows.stay[mine]]
        load_a = loads(grid, columns, current_a)
        worst_ratio = max(worst_ratio, float((load_a / setting.limit_a[stretch]).max()) - 1.0)
    return worst_ratio


def _battery_excess_ratio(setting: Setting, plan: Plan) -> float:
    """Return the most by which a vehicle takes more than it wants, or in a stretch more than it can, by that."""
    flows, stays, taken_wh = plan.flows, setting.stays, energy_wh(plan)
    delivered_wh = np.bincount(flows.stay, weights=taken_wh, minlength=stays.visit.size)
    worst_ratio = float((delivered_wh / stays.room_wh - 1.0).max(initial=0.0))
    total_wh = np.cumsum(taken_wh) - taken_wh
    before_wh = total_wh - total_wh[flows.begin[flows.stay]]
    missing_wh = stays.missing_wh[flows.stay]
    each = stays.those(flows.stay)
    can_wh = each.tapered_ratio(setting.stretches.length_s[flows.stretch]) * (missing_wh - before_wh)
    return max(worst_ratio, float(((taken_wh - can_wh) / missing_wh).max(initial=0.0)))
