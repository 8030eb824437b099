"""The best plan in a setting: most energy for each group of stays that meet, or least cost or most profit for all at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from voltloom.bound.flows import Flows, flows_of, from_0_to_1, within_needs, within_tapers
from voltloom.bound.money import Demand, demand_of
from voltloom.bound.program import Program, solved
from voltloom.bound.setting import Aim, Objective, Setting
from voltloom.bound.site_rows import site_rows
from voltloom.bound.stays import components_of
from voltloom.site.network import Floats, Ints
from voltloom.units import SECONDS_PER_HOUR, kwh_from_wh

# Under "cost" a kWh is worth so many times what it can cost at most by itself. That the most energy be delivered was a row once: nearly no plan
# keeps it, so the solver had no inside to walk in and halted.
WORTH_RATIO = 4.0
Tell = Callable[[Sequence[float]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How great the programs were. kept_count of possible_count rows times stretches may bind at all."""

    programs: int
    variables: int
    rows: int
    kept_count: int
    possible_count: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """Flows, and the part of its greatest current that each of them draws, (f,), 0 to 1.

    value_weight: the objective, in kWh or the tariff's currency; proven_weight: no plan has a better one. Under "cost" no plan that
    delivers the most energy costs less than proven_weight; spared_kwh of it are not delivered, because each would cost more than
    worth_per_kwh.
    """

    flows: Flows
    part_ratio: Floats
    value_weight: float
    proven_weight: float
    size: Size
    spared_kwh: float = 0.0
    worth_per_kwh: float = 0.0


def best_plan(setting: Setting, aim: Aim, tell: Tell | None = None) -> Plan:
    """Return the best plan; `tell` hears how far each of its programs is.

    Raises SolverFailedError where the solver does not report an optimum.
    """
    if setting.stays.visit.size == 0:
        return _together(setting, [], [])
    groups = components_of(setting.stays) if aim.objective is not Objective.PROFIT else []
    done_ratio = [0.0] * (len(groups) + (aim.objective is not Objective.ENERGY))
    hear = tell or (lambda done_ratio: None)
    plans: list[Plan] = []
    hear(done_ratio)
    for number, group in enumerate(groups):
        plans.append(_most_energy(setting, group))
        done_ratio[number] = 1.0
        hear(done_ratio)
    if aim.objective is Objective.ENERGY:
        return _together(setting, groups, plans)
    best = _with_money(setting, aim, groups, plans)
    hear([1.0] * len(done_ratio))
    return best


def energy_wh(plan: Plan) -> Floats:
    """Return what each flow delivers, (f,)."""
    delivered_wh: Floats = plan.part_ratio * plan.flows.most_wh
    return delivered_wh


def _most_energy(setting: Setting, group: Ints) -> Plan:
    """Return the plan that delivers most to some stays that meet no others."""
    flows = flows_of(setting.stays.those(group), setting.stretches)
    return _solved(setting, group, flows, -kwh_from_wh(1.0) * flows.most_wh)


def _with_money(setting: Setting, aim: Aim, groups: Sequence[Ints], plans: Sequence[Plan]) -> Plan:
    """Return the plan that earns most, or that delivers what others do at the least cost.

    A month's peak is one variable, so all its days are one program.
    """
    assert setting.tariff is not None
    stays = np.arange(setting.stays.visit.size)
    flows = flows_of(setting.stays, setting.stretches)
    demand = demand_of(setting.tariff, setting.clock, flows, setting.stretches)
    earned = aim.sell_price_per_kwh if aim.objective is Objective.PROFIT else 0.0
    weights = (setting.price_per_kwh[flows.stretch] - earned) * kwh_from_wh(1.0) * flows.most_wh
    if aim.objective is Objective.PROFIT:
        return _solved(setting, stays, flows, weights, demand)
    worth = WORTH_RATIO * _dearest_per_kwh(setting, demand)
    most_kwh = sum(kwh_from_wh(float(energy_wh(plan).sum())) for plan in plans)
    weights -= worth * kwh_from_wh(1.0) * flows.most_wh
    found = _solved(setting, stays, flows, weights, demand, unit_weight=worth)
    return replace(
        found,
        value_weight=found.value_weight + worth * most_kwh,
        proven_weight=found.proven_weight + worth * most_kwh,
        spared_kwh=most_kwh - kwh_from_wh(float(energy_wh(found).sum())),
        worth_per_kwh=worth,
    )


def _dearest_per_kwh(setting: Setting, demand: Demand) -> float:
    """Return what a kWh costs at most that is drawn within one demand interval and makes the month's highest power; above 0."""
    assert setting.tariff is not None
    interval_h = setting.tariff.demand_interval_s / SECONDS_PER_HOUR
    return max(float(np.abs(setting.price_per_kwh).max()) + demand.most_per_kw / interval_h, 1e-3)


def _solved(
    setting: Setting,
    group: Ints,
    flows: Flows,
    flow_weight: Floats,
    demand: Demand | None = None,
    unit_weight: float = 1.0,
) -> Plan:
    """Return the plan of some stays with the least weight; variables are flows, then peaks, then what tapering needs.

    unit_weight: what the weights are divided by for the solver.
    """
    stays = setting.stays.those(group)
    rows = site_rows(stays, flows, setting.grid, setting.limit_a)
    peak_weight = demand.price_weight if demand is not None else np.zeros(0)
    tapering = within_tapers(stays, flows, setting.stretches, flows.stay.size + peak_weight.size)
    more = [demand.rows] if demand is not None else []
    program = Program(
        weights=np.concatenate([flow_weight, peak_weight, np.zeros(tapering.count)]) / unit_weight,
        linear=(
            from_0_to_1(flows.stay.size),
            within_needs(stays, flows),
            tapering.rows,
            rows.linear,
            *more,
        ),
        equations=(tapering.equations,),
        cones=(rows.cones,),
    )
    found = solved(program)
    return Plan(
        flows=flows,
        part_ratio=found.weights[: flows.stay.size].clip(0.0, 1.0),
        value_weight=found.value_weight * unit_weight,
        proven_weight=found.proven_weight * unit_weight,
        size=Size(
            programs=1,
            variables=program.weights.size,
            rows=program.row_count,
            kept_count=rows.kept_count,
            possible_count=rows.possible_count,
        ),
    )


def _together(setting: Setting, groups: Sequence[Ints], plans: Sequence[Plan]) -> Plan:
    """Return the plan of all stays from those of groups that never meet."""
    flows = flows_of(setting.stays, setting.stretches)
    part_ratio: Floats = np.zeros(flows.stay.size)
    for group, plan in zip(groups, plans, strict=True):
        part_ratio[np.isin(flows.stay, group)] = plan.part_ratio
    sizes = [plan.size for plan in plans]
    return Plan(
        flows=flows,
        part_ratio=part_ratio,
        value_weight=sum(plan.value_weight for plan in plans),
        proven_weight=sum(plan.proven_weight for plan in plans),
        size=Size(
            programs=len(plans),
            variables=sum(size.variables for size in sizes),
            rows=sum(size.rows for size in sizes),
            kept_count=sum(size.kept_count for size in sizes),
            possible_count=sum(size.possible_count for size in sizes),
        ),
    )
