"""From the columns of a run to what a reader wants: the outcome of every visit, the curves, and the summary."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from voltloom.decision.plan import Plan
from voltloom.decision.record import Setpoint
from voltloom.simulation.clock import Clock
from voltloom.simulation.faults import FaultSchedule, FaultWindow
from voltloom.simulation.measures import (
    DecisionCounts,
    Digest,
    StepColumns,
    VisitColumns,
    coarse,
    energy_wh,
    jain_fairness,
    reversals_per_dwell,
)
from voltloom.simulation.outside_limits import limits_at
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.summary import FaultMark, RunTrace, SessionOutcome
from voltloom.simulation.vehicle import obtainable_wh
from voltloom.site.kernels import loads
from voltloom.site.network import Floats
from voltloom.site.tariff import Bill, bill_of

UNMET_RATIO = 0.99


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ledger:
    """All columns of a run that is over. steps: how many were played."""

    scenario: Scenario
    clock: Clock
    steps: int
    visits: VisitColumns
    columns: StepColumns
    counts: DecisionCounts
    schedule: FaultSchedule
    changes: tuple[Setpoint, ...]
    plan: Plan | None = None

    @property
    def end_s(self) -> float:
        """Return when the last step that was played ended."""
        return self.clock.time_s(self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFigures:
    """What the drivers got."""

    sessions: int
    energy_requested_wh: float
    energy_delivered_wh: float
    wait_s_p95: float
    unmet_sessions: int
    jain_fairness: float
    setpoint_changes_per_session: float
    reversals_per_dwell: float

    @property
    def delivered_ratio(self) -> float:
        """Return the part of the requested energy that was delivered."""
        return self.energy_delivered_wh / self.energy_requested_wh if self.energy_requested_wh > 0.0 else 1.0


def service_figures(ledger: Ledger, outcomes: tuple[SessionOutcome, ...]) -> ServiceFigures:
    """Return the figures of every visit that had begun when the run ended."""
    wanting = [o for o in outcomes if o.requested_wh > 0.0]
    waits = [o.wait_s for o in wanting if math.isfinite(o.wait_s)]
    ratios = np.array([o.delivered_wh / o.requested_wh for o in wanting])
    plugged_s = sum(
        min(o.departure_s, ledger.end_s) - o.plugged_in_s for o in outcomes if math.isfinite(o.plugged_in_s)
    )
    return ServiceFigures(
        sessions=len(outcomes),
        energy_requested_wh=math.fsum(o.requested_wh for o in outcomes),
        energy_delivered_wh=math.fsum(o.delivered_wh for o in outcomes),
        wait_s_p95=float(np.quantile(np.array(waits), 0.95)) if waits else 0.0,
        unmet_sessions=sum(1 for o in outcomes if o.delivered_wh < UNMET_RATIO * o.obtainable_wh),
        jain_fairness=jain_fairness(ratios) if ratios.size else 1.0,
        setpoint_changes_per_session=ledger.counts.changes / max(len(outcomes), 1),
        reversals_per_dwell=reversals_per_dwell(ledger.counts.reversals, plugged_s, ledger.counts.dwell_s),
    )


def session_outcomes(ledger: Ledger) -> tuple[SessionOutcome, ...]:
    """Return what became of each visit that arrived before the run ended."""
    visits = ledger.scenario.visits
    return tuple(_outcome(ledger, number) for number, v in enumerate(visits) if v.arrival_s < ledger.end_s)


def _outcome(ledger: Ledger, number: int) -> SessionOutcome:
    scenario, clock, columns = ledger.scenario, ledger.clock, ledger.visits
    visit = scenario.visits[number]
    plugged_s, first_s = float(columns.plugged_s[number]), float(columns.first_power_s[number])
    left_s = min(visit.departure_s, ledger.end_s)
    evse = scenario.network.index[visit.evse_id]
    times_s = samples_w = np.zeros(0)
    if math.isfinite(plugged_s):
        # A car that is not gone when the run ends has its samples up to there.
        until_s = columns.unplugged_s[number]
        last = clock.step_at(float(until_s)) if math.isfinite(until_s) else ledger.steps
        steps = np.arange(clock.step_at(plugged_s), last, dtype=np.int64)
        begins_s = np.asarray(clock.start_s + steps * clock.step_s, dtype=np.float64)
        times_s, samples_w = coarse(begins_s, ledger.columns.evse_w[steps, evse])
    stay_s = clock.time_s(clock.step_at(left_s)) - clock.time_s(clock.step_at(visit.arrival_s))
    never_s = max(0.0, left_s - visit.arrival_s)  # who never got any has waited all the stay
    return SessionOutcome(
        session_id=visit.session_id,
        evse_id=visit.evse_id,
        arrival_s=visit.arrival_s,
        plugged_in_s=plugged_s,
        first_power_s=first_s,
        finished_s=float(columns.finished_s[number]),
        departure_s=visit.departure_s,
        requested_wh=visit.wants_wh,
        obtainable_wh=obtainable_wh(scenario.network, evse, visit, stay_s),
        delivered_wh=float(columns.delivered_wh[number]),
        wait_s=max(0.0, first_s - visit.arrival_s) if math.isfinite(first_s) else never_s,
        is_refused=bool(columns.is_refused[number]),
        sample_s=times_s,
        sample_w=samples_w,
    )


def trace_of(ledger: Ledger, outcomes: tuple[SessionOutcome, ...]) -> RunTrace:
    """Return the curves of a run."""
    scenario, clock, steps = ledger.scenario, ledger.clock, ledger.steps
    times_s: Floats = clock.start_s + np.arange(steps, dtype=np.float64) * clock.step_s
    names, members = _circuits(scenario)
    evse_w = ledger.columns.evse_w[:steps]
    return RunTrace(
        time_s=times_s,
        step_s=clock.step_s,
        power_w=ledger.columns.power_w[:steps],
        limit_w=limit_w(scenario, times_s),
        max_row_load_ratio=ledger.columns.max_load_ratio[:steps],
        circuits=names,
        circuit_w=evse_w.astype(np.float64) @ members,
        sessions=outcomes,
        faults=tuple(_mark(scenario, w) for w in ledger.schedule.windows if w.start_s < ledger.end_s),
        changes=ledger.changes,
        plan=ledger.plan,
    )


def limit_w(scenario: Scenario, times_s: Floats) -> Floats:
    """Return what the vehicles together may draw at each time (T,).

    Where a tree has a root: its rating, or what somebody outside lets it carry, less the other load on each phase, as power. Otherwise the power at which equal
    currents at all EVSEs fill the first row.
    """
    site, network = scenario.site, scenario.network
    step = np.searchsorted(scenario.other_load.start_s, times_s, side="right") - 1
    other_a = scenario.other_load.current_a[step.clip(0)]
    rating_a = network.grid.rating_a
    if scenario.outside_limits:
        rating_a = np.minimum(rating_a, np.array([limits_at(scenario, float(time_s)) for time_s in times_s]))
    roots = {circuit.circuit_id for circuit in site.circuits if not circuit.parent_id}
    rows = [r for r, circuit in enumerate(network.row_circuit) if circuit in roots]
    if rows and not site.phasor_limits:
        left_a = (rating_a[..., rows] - other_a[:, rows]).clip(0.0)
        return np.asarray(left_a.sum(axis=1) * site.voltage_v)
    count = len(network.evse_ids)
    columns = network.columns(np.ones(count, dtype=np.bool_))
    per_a = loads(network.grid._replace(worst_draw=False), columns, np.ones(count))
    loaded = per_a > 0.0
    left_a = (rating_a[..., loaded] - other_a[:, loaded]).clip(0.0)
    return np.asarray((left_a / per_a[loaded]).min(axis=1) * network.w_per_a[1].sum())


def bill_for(ledger: Ledger) -> Bill | None:
    """Return what the vehicles' energy costs by the scenario's tariff, None where it has none."""
    if ledger.scenario.tariff is None:
        return None
    drawn_wh = energy_wh(ledger.columns.power_w[: ledger.steps], ledger.clock.step_s)
    return bill_of(ledger.scenario.tariff, ledger.clock.start_s, ledger.clock.step_s, drawn_wh)


def fed_back_wh(ledger: Ledger) -> float | None:
    """Return what vehicles fed back, None where none of the site's outlets lets them."""
    if not ledger.scenario.network.feeds_from_vehicles:
        return None
    given_w = -ledger.columns.evse_w[: ledger.steps].clip(max=0.0)
    return float(energy_wh(given_w.sum(axis=1), ledger.clock.step_s).sum())


def digest_outcomes(digest: Digest, outcomes: tuple[SessionOutcome, ...]) -> str:
    """Add every outcome to the decisions and return the fingerprint."""
    for o in outcomes:
        digest.add(o.session_id, np.array([o.plugged_in_s, o.first_power_s, o.finished_s, o.delivered_wh]))
    return digest.text()


def _circuits(scenario: Scenario) -> tuple[tuple[str, ...], Floats]:
    """Return the circuits right under the grid connection, or it alone, and (n, k) which EVSE stands under which."""
    site = scenario.site
    parent = {circuit.circuit_id: circuit.parent_id for circuit in site.circuits}
    roots = [name for name, above in parent.items() if not above]
    names = [name for name, above in parent.items() if above in roots] or roots
    members: Floats = np.zeros((len(site.evses), len(names)))
    for number, evse in enumerate(site.evses):
        above = evse.circuit_id
        while above:
            if above in names:
                members[number, names.index(above)] = 1.0
            above = parent[above]
    return tuple(names), members


def _mark(scenario: Scenario, window: FaultWindow) -> FaultMark:
    network = scenario.network
    hit = [network.evse_ids[e] for e in window.evses] or list(
        dict.fromkeys(network.row_circuit[r] for r in window.rows)
    )
    everybody = len(window.evses) == len(network.evse_ids)
    target = (
        "all" if everybody else ", ".join(hit[:4]) + (f" and {len(hit) - 4} more" if len(hit) > 4 else "")
    )
    return FaultMark(kind=window.spec.kind.value, target=target, start_s=window.start_s, end_s=window.end_s)
