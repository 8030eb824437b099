"""The Adaptive Scheduling Algorithm (ASA) of the ACN papers, the published planner beside which ours is measured.

Written anew from its description (Lee et al., "Adaptive Charging Networks: A Framework for Smart Electric Vehicle Charging",
arXiv 2012.02636, with the weights and steps of the published experiments; no code of theirs), because the package is on no
index and its licence allows no commercial use. In every period a
problem over all stations and the longest stay is written in CVXPY, canonicalised and solved anew; the first period is
applied. Runs inside the acnportal environment only. What the papers leave to acnportal (minimum first, ramp-down) is
acnportal's own code.
"""

import time
from collections import deque
from dataclasses import dataclass

import cvxpy as cp
import numpy as np
from acnportal.acnsim.interface import InfrastructureInfo, SessionInfo
from acnportal.algorithms import (
    BaseAlgorithm,
    SimpleRampdown,
    apply_minimum_charging_rate,
    apply_upper_bound_estimate,
    enforce_pilot_limit,
)
from acnportal.algorithms.utils import infrastructure_constraints_feasible, remaining_amp_periods

from benchmarks.asa_direct import Pays, planned_directly

EQUAL_SHARE_WEIGHT = 1e-12
QUICK_IN_PROFIT_WEIGHT = 1e-6
ROUNDED_UP_A = 0.05  # a current this little under an allowed one counts as allowed


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Money:
    """What the profit objective knows. prices_per_kwh: (periods of the run and the longest stay,).

    The demand charge is divided by the days that are left of `days`; a peak up to `hint_kw` costs nothing more.
    """

    revenue_per_kwh: float
    prices_per_kwh: np.ndarray
    demand_charge_per_kw: float
    days: int
    hint_kw: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one decision cost and whether its problem was solved."""

    cpu_s: float
    wall_s: float
    vehicles: int
    horizon: int
    is_solved: bool


class AdaptiveScheduling(BaseAlgorithm):
    """ASA as an algorithm of acnportal's simulator. Without `money` it charges as quickly as possible (ASA-QC)."""

    def __init__(
        self,
        *,
        quantised: bool,
        uninterrupted: bool,
        estimator: SimpleRampdown | None,
        money: Money | None,
        equal_share_weight: float = EQUAL_SHARE_WEIGHT,
        direct: bool = False,
    ) -> None:
        super().__init__()
        self.max_recompute = 1
        self.quantised, self.uninterrupted = quantised, uninterrupted
        self.estimator, self.money = estimator, money
        self.equal_share_weight, self.direct = equal_share_weight, direct
        self.decisions: list[Decision] = []

    def register_interface(self, interface):
        """Take the simulator's interface, for the ramp-down too."""
        super().register_interface(interface)
        if self.estimator is not None:
            self.estimator.register_interface(interface)

    def schedule(self, active_sessions: list[SessionInfo]) -> dict[str, list[float]]:
        """Return the currents of this period for every station."""
        if not active_sessions:
            return {}
        began_s, cpu_began_s = time.perf_counter(), time.process_time()
        infrastructure = self.interface.infrastructure_info()
        sessions = self._prepared(active_sessions, infrastructure)
        plan_a, is_solved = self._planned(sessions, infrastructure)
        first_a = np.clip(plan_a[:, 0], 0.0, infrastructure.max_pilot)
        if self.quantised:
            first_a = self._quantised(first_a, sessions, infrastructure)
        decision = Decision(
            cpu_s=time.process_time() - cpu_began_s,
            wall_s=time.perf_counter() - began_s,
            vehicles=len(sessions),
            horizon=plan_a.shape[1],
            is_solved=is_solved,
        )
        self.decisions.append(decision)
        return {name: [float(first_a[i])] for i, name in enumerate(infrastructure.station_ids)}

    def _prepared(self, sessions: list[SessionInfo], infrastructure: InfrastructureInfo) -> list[SessionInfo]:
        sessions = enforce_pilot_limit(sessions, infrastructure)
        if self.estimator is not None:
            sessions = apply_upper_bound_estimate(self.estimator, sessions)
        if self.uninterrupted:
            sessions = apply_minimum_charging_rate(sessions, infrastructure, self.interface.period)
        return sessions

    def _planned(
        self, sessions: list[SessionInfo], infrastructure: InfrastructureInfo
    ) -> tuple[np.ndarray, bool]:
        """Return the plan, (stations, horizon), and whether it is one; where it is not, the minimum currents."""
        least_a, most_a = bounds_of(sessions, infrastructure)
        if self.direct:
            pays = self._pays(sessions, infrastructure, most_a.shape[1])
            plan_a = planned_directly(
                least_a=least_a, most_a=most_a, pays=pays, infrastructure=infrastructure
            )
            return (least_a, False) if plan_a is None else (plan_a, True)
        rates_a = cp.Variable(least_a.shape)
        limits = [rates_a >= least_a, rates_a <= most_a]
        limits += energy_limits(rates_a, sessions, infrastructure, self.interface.period)
        limits += circuit_limits(rates_a, infrastructure)
        problem = cp.Problem(cp.Maximize(self._objective(rates_a, infrastructure)), limits)
        problem.solve(solver=cp.CLARABEL)
        if problem.status not in (cp.OPTIMAL, cp.OPTIMAL_INACCURATE):
            return least_a, False
        return rates_a.value, True

    def _objective(self, rates_a: cp.Variable, infrastructure: InfrastructureInfo) -> cp.Expression:
        quick = soon_of(rates_a.shape[1]) @ cp.sum(rates_a, axis=0)
        even = -cp.sum_squares(rates_a)
        if self.money is None:
            return quick + self.equal_share_weight * even
        power_kw = (infrastructure.voltages / 1000) @ rates_a
        peak_per_kw, before_kw = self._peak(infrastructure)
        peak_kw = cp.maximum(cp.max(power_kw), before_kw)
        profit = self._margins_per_kw(rates_a.shape[1]) @ power_kw - peak_per_kw * peak_kw
        return profit + QUICK_IN_PROFIT_WEIGHT * quick + self.equal_share_weight * even

    def _margins_per_kw(self, horizon: int) -> np.ndarray:
        """Return what a kW held for each of the next periods earns."""
        now, period_h = self.interface.current_time, self.interface.period / 60
        return (self.money.revenue_per_kwh - self.money.prices_per_kwh[now : now + horizon]) * period_h

    def _peak(self, infrastructure: InfrastructureInfo) -> tuple[float, float]:
        """Return what a kW of peak is taken to cost, and the peak that costs nothing more."""
        day = int(self.interface.current_time * self.interface.period // (24 * 60))
        before_kw = self.interface.get_prev_peak() * infrastructure.voltages[0] / 1000
        days_left = max(self.money.days - day, 1)
        return self.money.demand_charge_per_kw / days_left, max(before_kw, self.money.hint_kw)

    def _pays(self, sessions: list[SessionInfo], infrastructure: InfrastructureInfo, horizon: int) -> Pays:
        """Return the same objective and energy limits as arrays."""
        kw_per_a = infrastructure.voltages / 1000
        wanted_kwh = np.zeros(infrastructure.num_stations)
        for s in sessions:
            wanted_kwh[infrastructure.get_station_index(s.station_id)] = s.remaining_demand
        per_a, peak_per_kw, before_kw = soon_of(horizon), 0.0, 0.0
        if self.money is not None:
            per_a = QUICK_IN_PROFIT_WEIGHT * per_a + kw_per_a[0] * self._margins_per_kw(horizon)
            peak_per_kw, before_kw = self._peak(infrastructure)
        return Pays(
            per_a=per_a,
            kw_per_a=kw_per_a,
            kwh_per_a=kw_per_a * self.interface.period / 60,
            wanted_kwh=wanted_kwh,
            equal_share_weight=self.equal_share_weight,
            peak_per_kw=peak_per_kw,
            peak_before_kw=before_kw,
        )

    def _quantised(
        self, planned_a: np.ndarray, sessions: list[SessionInfo], infrastructure: InfrastructureInfo
    ) -> np.ndarray:
        """Return allowed currents: each rounded down, then step by step what that freed, the greatest loss first."""
        rounded_a = np.array(
            [
                allowed_below(wanted, allowed)
                for wanted, allowed in zip(planned_a, infrastructure.allowable_pilots, strict=True)
            ]
        )
        most_a = np.zeros(len(planned_a))
        for session in sessions:
            i = infrastructure.get_station_index(session.station_id)
            wanted_a = remaining_amp_periods(session, infrastructure, self.interface.period)
            most_a[i] = min(wanted_a, session.max_rates[0], infrastructure.max_pilot[i])
        return with_what_is_left(rounded_a, planned_a, most_a, infrastructure)


def soon_of(horizon: int) -> np.ndarray:
    """Return the weights of quick charging: 1 now, falling to nearly 0 at the end of the longest stay."""
    return (horizon - np.arange(horizon)) / horizon


def bounds_of(
    sessions: list[SessionInfo], infrastructure: InfrastructureInfo
) -> tuple[np.ndarray, np.ndarray]:
    """Return the least and the greatest current of every station, (stations, horizon) each."""
    horizon = max(s.arrival_offset + s.remaining_time for s in sessions)
    least_a = np.zeros((infrastructure.num_stations, horizon))
    most_a = np.zeros_like(least_a)
    for s in sessions:
        row = infrastructure.get_station_index(s.station_id)
        stay = slice(s.arrival_offset, s.arrival_offset + s.remaining_time)
        least_a[row, stay], most_a[row, stay] = s.min_rates, s.max_rates
    return least_a, np.maximum(most_a, least_a)


def energy_limits(
    rates_a: cp.Variable, sessions: list[SessionInfo], infrastructure: InfrastructureInfo, period_min: float
) -> list[cp.Constraint]:
    """Return one limit for each session: no more energy than it still wants."""
    limits = []
    for s in sessions:
        row = infrastructure.get_station_index(s.station_id)
        kwh_per_a = infrastructure.voltages[row] * period_min / 60 / 1000
        stay = slice(s.arrival_offset, s.arrival_offset + s.remaining_time)
        limits.append(kwh_per_a * cp.sum(rates_a[row, stay]) <= s.remaining_demand)
    return limits


def circuit_limits(rates_a: cp.Variable, infrastructure: InfrastructureInfo) -> list[cp.Constraint]:
    """Return one second-order cone for each circuit and period: the phasors' sum no longer than the rating."""
    angle_rad = np.deg2rad(infrastructure.phases)
    limits = []
    for row, rating_a in zip(infrastructure.constraint_matrix, infrastructure.constraint_limits, strict=True):
        parts = np.stack([row * np.cos(angle_rad), row * np.sin(angle_rad)])
        limits.append(cp.norm(parts @ rates_a, axis=0) <= rating_a)
    return limits


def allowed_below(wanted_a: float, allowed_a: np.ndarray) -> float:
    """Return the greatest allowed current that is no more than a hair above the wanted one."""
    position = np.searchsorted(allowed_a, wanted_a + ROUNDED_UP_A) - 1
    return float(allowed_a[max(position, 0)])


def with_what_is_left(
    rounded_a: np.ndarray, planned_a: np.ndarray, most_a: np.ndarray, infrastructure: InfrastructureInfo
) -> np.ndarray:
    """Return the rounded currents raised in turns by one allowed step each, as long as the sum is no more than planned."""
    currents_a, budget_a = rounded_a.copy(), planned_a.sum()
    turns = deque(i for i in np.argsort(rounded_a - planned_a, kind="stable") if most_a[i] > 0.0)
    while turns:
        i = turns.popleft()
        above = infrastructure.allowable_pilots[i][infrastructure.allowable_pilots[i] > currents_a[i]]
        if currents_a[i] >= most_a[i] or not len(above) or above[0] > most_a[i]:
            continue
        raised_a = currents_a.copy()
        raised_a[i] = above[0]
        if raised_a.sum() <= budget_a and infrastructure_constraints_feasible(raised_a, infrastructure):
            currents_a = raised_a
            turns.append(i)
    return currents_a
