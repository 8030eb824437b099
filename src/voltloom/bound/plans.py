"""The best plan in a setting: most energy for each group of stays that meet, or least cost or most profit for all at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from voltloom.bound.flows import Flows, flows_of, from_0_to_1, within_needs, within_tapers
from voltloom.bound.money import Demand, demand_of
from voltloom.bound.program import Program, Rows, solved
from voltloom.bound.setting import Aim, Objective, Setting
from voltloom.bound.site_rows import site_rows
from voltloom.bound.stays import components_of
from voltloom.site.network import Floats, Ints
from voltloom.units import kwh_from_wh

SPARED_RATIO = 1e-6  # of the most energy: delivering all but this leaves the solver an inside to walk in
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

    value_weight: the objective, in kWh or the tariff's currency; proven_weight: no plan has a better one.
    """

    flows: Flows
    part_ratio: Floats
    value_weight: float
    proven_weight: float
    size: Size


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
    floors = _at_least(flows, groups, plans)
    return _solved(setting, stays, flows, weights, demand, floors)


def _at_least(flows: Flows, groups: Sequence[Ints], plans: Sequence[Plan]) -> Rows:
    """Return the rows that deliver to each group what its plan does."""
    row, column, weight = [], [], []
    for number, (group, plan) in enumerate(zip(groups, plans, strict=True)):
        mine = np.flatnonzero(np.isin(flows.stay, group))
        row.append(np.full(mine.size, number))
        column.append(mine)
        weight.append(-flows.most_wh[mine] / energy_wh(plan).sum())
    none = np.zeros(0, dtype=np.int64)
    return Rows(
        row=np.concatenate([none, *row]),
        column=np.concatenate([none, *column]),
        weight=np.concatenate([np.zeros(0), *weight]),
        most_weight=np.full(len(row), SPARED_RATIO - 1.0),
    )


def _solved(
    setting: Setting,
    group: Ints,
    flows: Flows,
    flow_weight: Floats,
    demand: Demand | None = None,
    floors: Rows | None = None,
) -> Plan:
    """Return the plan of some stays with the least weight; variables are flows, then peaks, then what tapering needs."""
    stays = setting.stays.those(group)
    rows = site_rows(stays, flows, setting.grid, setting.limit_a)
    peak_weight = demand.price_weight if demand is not None else np.zeros(0)
    tapering = within_tapers(stays, flows, setting.stretches, flows.stay.size + peak_weight.size)
    more = [demand.rows] if demand is not None else []
    more += [floors] if floors is not None else []
    program = Program(
        weights=np.concatenate([flow_weight, peak_weight, np.zeros(tapering.count)]),
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
        value_weight=found.value_weight,
        proven_weight=found.proven_weight,
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
