"""Play a scenario under an architecture, a level of faults and a seed, and return what came of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from voltloom.controller.listening import Access
from voltloom.controller.memory import ControllerMemory
from voltloom.controller.site_controller import SiteController
from voltloom.session.authorization import AuthorizationRules, TokenEntry, local_list
from voltloom.simulation.measures import Stopwatch
from voltloom.simulation.moment import CheckPlan
from voltloom.simulation.outcomes import (
    Ledger,
    bill_for,
    digest_outcomes,
    fed_back_wh,
    service_figures,
    session_outcomes,
    trace_of,
)
from voltloom.simulation.play import Controller, M, Play
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.shell import Shell
from voltloom.simulation.storage_books import trace_of as storage_trace
from voltloom.simulation.summary import RunResult, RunSummary
from voltloom.simulation.traffic import token_of


def run(
    scenario: Scenario,
    *,
    architecture: str,
    faults: str,
    seed: int,
    watch: Callable[[float], None] | None = None,
    checks: CheckPlan | None = None,
) -> RunResult:
    """Return what becomes of a scenario under an architecture; `watch` is told the part that is done.

    Raises KeyError for an unknown level of faults or an unknown target of a fault, UnknownArchitectureError for an
    architecture that is not registered.
    """
    play = Play(
        scenario=scenario, architecture=architecture, faults=faults, seed=seed, checks=checks or CheckPlan()
    )
    return played(play, watch)


def played(play: Play, watch: Callable[[float], None] | None = None) -> RunResult:
    """Return what becomes of a play under the program's own controller. Raises what `run` does."""
    return play_with(controller_of(play.scenario), play, watch)


def controller_of(scenario: Scenario) -> SiteController:
    """Return the program's own controller of a scenario, with the prices and the visits before that it knows."""
    return SiteController(
        site=scenario.site,
        network=scenario.network,
        settings=scenario.control,
        access=access_of(scenario),
        tariff=scenario.tariff,
        history=scenario.history,
    )


WARM_UP_S = 1800.0
WARM_UP_VISITS_COUNT = 3
WARM_UP_CYCLES_COUNT = 4  # at least, before the first arrival and after it


def warm_up(scenario: Scenario, *, architecture: str, faults: str, seed: int) -> None:
    """Play the beginning of a scenario with its first few vehicles and forget it.

    Compiled code is made or loaded when it is first called. Called once in a process before a run, this keeps that out
    of the run's CPU seconds and its first decisions.
    """
    if scenario.visits:
        first = first_arrivals(scenario)
        run(first, architecture=architecture, faults=faults, seed=seed, checks=CheckPlan(stops=False))


def first_arrivals(scenario: Scenario) -> Scenario:
    """Return a few cycles before the first vehicle comes and the half hour after it: the hours before teach nothing new."""
    visits, period_s = scenario.visits[:WARM_UP_VISITS_COUNT], scenario.control.period_s
    cycles_before = math.floor((visits[0].arrival_s - scenario.start_s) / period_s)
    start_s = scenario.start_s + max(0, cycles_before - WARM_UP_CYCLES_COUNT) * period_s
    end_s = min(scenario.end_s, visits[0].arrival_s + max(WARM_UP_S, WARM_UP_CYCLES_COUNT * period_s))
    return replace(scenario, visits=visits, start_s=start_s, end_s=end_s)


def access_of(scenario: Scenario) -> Access:
    """Return who may charge: every driver of the scenario, each in the tier of the first visit."""
    tokens = {token_of(v): TokenEntry(id_token=token_of(v), tier=v.tier) for v in reversed(scenario.visits)}
    return Access(known=local_list(tuple(tokens.values())), rules=AuthorizationRules(accepts_concurrent=True))


def play_with(
    controller: Controller[M], play: Play, watch: Callable[[float], None] | None = None
) -> RunResult:
    """Return what becomes of a scenario under any controller with the three calls."""
    stopwatch = Stopwatch()
    shell = Shell(controller, play, stopwatch)
    shell.play(watch)
    return result_of(shell, play, stopwatch)


def result_of(shell: Shell[M], play: Play, stopwatch: Stopwatch) -> RunResult:
    """Return the summary and the curves of a run that is over."""
    ledger = Ledger(
        scenario=play.scenario,
        clock=shell.clock,
        steps=shell.steps,
        visits=shell.visits,
        columns=shell.columns,
        counts=shell.counts,
        schedule=shell.schedule,
        changes=shell.last_changes(),
        plan=shell.plan,
    )
    outcomes = session_outcomes(ledger)
    bill = bill_for(ledger)
    storage = None
    if shell.storage is not None:
        storage = storage_trace(shell.storage, play.scenario.site, shell.clock.step_s, shell.steps)
        shell.digest.add(storage.grid_w, storage.power_w, storage.soc_ratio)
    figures = service_figures(ledger, outcomes)
    summary = RunSummary(
        scenario=play.scenario.name,
        architecture=play.architecture,
        faults=play.faults,
        seed=play.seed,
        sessions=figures.sessions,
        energy_requested_wh=figures.energy_requested_wh,
        energy_delivered_wh=figures.energy_delivered_wh,
        delivered_ratio=figures.delivered_ratio,
        peak_w=float(ledger.columns.power_w.max(initial=0.0)),
        peak_a=ledger.columns.peak_a,
        overload_a_s=ledger.columns.overload_a_s,
        wait_s_p95=figures.wait_s_p95,
        unmet_sessions=figures.unmet_sessions,
        cost_minor=0 if bill is None else bill.total_minor,
        setpoint_changes_per_session=figures.setpoint_changes_per_session,
        reversals_per_dwell=figures.reversals_per_dwell,
        jain_fairness=figures.jain_fairness,
        decision_ms_p95=stopwatch.decision_ms_p95,
        cpu_s=stopwatch.cpu_s,
        determinism_digest=digest_outcomes(shell.digest, outcomes),
        failed_sessions=int(shell.visits.is_refused.sum()),
        envelope_lowerings=ledger.counts.envelope_lowerings,
        degraded_s=ledger.counts.degraded_s,
        breaker_trips=shell.trips,
        alarms=shell.alarms,
    )
    memory = shell.memory
    return RunResult(
        summary=summary,
        trace=trace_of(ledger, outcomes),
        breaches=tuple(shell.breaches),
        storage=storage,
        bill=bill,
        fed_back_wh=fed_back_wh(ledger),
        learned=memory.learned if isinstance(memory, ControllerMemory) else None,
    )
