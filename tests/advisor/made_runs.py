"""Runs made by hand: what an architecture did is stated, not simulated, so that a test knows the right verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from voltloom.advisor.comparison import Comparison
from voltloom.advisor.study import Probe, Study, StudyPlan
from voltloom.controller.settings import ControlSettings
from voltloom.simulation.scenario import Scenario, no_other_load
from voltloom.simulation.summary import Breach, FaultMark, RunResult, RunSummary, RunTrace, SessionOutcome
from voltloom.site.network import network_of
from voltloom.site.tariff import Season, Tariff
from voltloom.site.topology import Circuit, Evse, Phase, Site, Wiring

START_S = 1_569_913_200.0  # 2019-10-01 00:00 in Los Angeles
DAY_S = 86_400.0
ASKED_WH = 10_000.0
FLAT_TARIFF = Tariff(
    name="flat",
    currency="USD",
    time_zone="America/Los_Angeles",
    seasons=(
        Season(
            season_id="all",
            first=(1, 1),
            last=(12, 31),
            weekdays=frozenset(range(7)),
            start_min=(0,),
            price_nano_per_kwh=(300_000_000,),
            demand_nano_per_kw=0,
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What a run did: energy and waiting of session k on day d, and what went wrong."""

    delivered_wh: Callable[[int, int], float] = lambda day, k: ASKED_WH
    wait_s: Callable[[int, int], float] = lambda day, k: 0.0
    trips: int = 0
    breach: str = ""
    cost_minor: int = 0


def a_site(evse_ids: Sequence[str] = ("CA-1", "CA-2", "CA-3"), name: str = "Test garage") -> Site:
    return Site(
        name=name,
        time_zone="America/Los_Angeles",
        voltage_v=230.0,
        between_phases_v=400.0,
        circuits=(Circuit(circuit_id="grid", parent_id="", rating_a=63.0),),
        evses=tuple(
            Evse(
                evse_id=e, circuit_id="grid", wiring=Wiring.THREE_PHASE, phases=(Phase.L1, Phase.L2, Phase.L3)
            )
            for e in evse_ids
        ),
    )


def a_scenario(
    *, days: int = 10, site: Site | None = None, tariff: Tariff | None = None, name: str = "made"
) -> Scenario:
    place = site or a_site()
    network = network_of(place)
    return Scenario(
        name=name,
        site=place,
        network=network,
        visits=(),
        start_s=START_S,
        end_s=START_S + days * DAY_S,
        step_s=60.0,
        control=ControlSettings(),
        other_load=no_other_load(network),
        tariff=tariff,
    )


def a_result(scenario: Scenario, architecture: str, faults: str, seed: int, deed: Deed) -> RunResult:
    days = round((scenario.end_s - scenario.start_s) / DAY_S)
    evse_ids = [e.evse_id for e in scenario.site.evses]
    sessions = tuple(_session(evse_ids[k], day, k, deed) for day in range(days) for k in range(len(evse_ids)))
    asked_wh = ASKED_WH * len(sessions)
    given_wh = sum(s.delivered_wh for s in sessions)
    return RunResult(
        summary=RunSummary(
            scenario=scenario.name,
            architecture=architecture,
            faults=faults,
            seed=seed,
            sessions=len(sessions),
            energy_requested_wh=asked_wh,
            energy_delivered_wh=given_wh,
            delivered_ratio=given_wh / asked_wh,
            peak_w=22_000.0,
            peak_a=32.0,
            overload_a_s=0.0,
            wait_s_p95=max(s.wait_s for s in sessions),
            unmet_sessions=sum(s.delivered_wh < 0.99 * s.obtainable_wh for s in sessions),
            cost_minor=deed.cost_minor,
            setpoint_changes_per_session=4.0,
            reversals_per_dwell=0.0,
            jain_fairness=1.0,
            decision_ms_p95=0.2,
            cpu_s=1.0,
            determinism_digest=f"digest-{architecture}",
            failed_sessions=0,
            envelope_lowerings=0,
            degraded_s=0.0,
            breaker_trips=deed.trips,
            alarms=0,
        ),
        trace=_trace(scenario, sessions, faults),
        breaches=_breaches(deed, seed),
    )


def a_study(
    deeds: dict[tuple[str, str], Deed],
    *,
    scenario: Scenario | None = None,
    seeds: tuple[int, ...] = (1,),
    probes: tuple[Probe, ...] = (),
) -> Study:
    """Return a study of (architecture, faults) → what it did."""
    world = scenario or a_scenario()
    results = tuple(
        a_result(world, architecture, faults, seed, deed)
        for (architecture, faults), deed in deeds.items()
        for seed in seeds
    )
    comparison = Comparison(scenario=world, results=results)
    plan = StudyPlan(
        architectures=comparison.architectures, fault_levels=comparison.fault_levels, seeds=seeds
    )
    return Study(plan=plan, comparison=comparison, probes=probes, growth=())


def _session(evse_id: str, day: int, k: int, deed: Deed) -> SessionOutcome:
    begin_s = START_S + day * DAY_S + 8 * 3600.0 + 600.0 * k
    wait_s = deed.wait_s(day, k)
    energy_wh = deed.delivered_wh(day, k)
    first_s = begin_s + wait_s
    return SessionOutcome(
        session_id=f"s-{day}-{k}",
        evse_id=evse_id,
        arrival_s=begin_s,
        plugged_in_s=begin_s,
        first_power_s=first_s,
        finished_s=first_s + 7200.0 if energy_wh >= ASKED_WH else math.nan,
        departure_s=begin_s + 9 * 3600.0,
        requested_wh=ASKED_WH,
        obtainable_wh=ASKED_WH,
        delivered_wh=energy_wh,
        wait_s=wait_s,
        is_refused=False,
        sample_s=np.array([first_s, first_s + 7200.0]),
        sample_w=np.array([energy_wh / 2.0, 0.0]),
    )


def _trace(scenario: Scenario, sessions: tuple[SessionOutcome, ...], faults: str) -> RunTrace:
    time_s = np.arange(scenario.start_s, scenario.end_s, 300.0)
    power_w = np.zeros(len(time_s))
    for session in sessions:
        begin, end = session.sample_s
        power_w[(time_s >= begin) & (time_s < end)] += session.sample_w[0]
    marks = (
        ()
        if faults == "none"
        else (FaultMark(kind="station_offline", target="CA-1", start_s=START_S, end_s=START_S + 600.0),)
    )
    return RunTrace(
        time_s=time_s,
        step_s=300.0,
        power_w=power_w,
        limit_w=np.full(len(time_s), 43_470.0),
        max_row_load_ratio=power_w / 43_470.0,
        circuits=("grid",),
        circuit_w=power_w[:, None],
        sessions=sessions,
        faults=marks,
        changes=(),
    )


def _breaches(deed: Deed, seed: int) -> tuple[Breach, ...]:
    if not deed.breach:
        return ()
    return (
        Breach(
            checker="rating",
            time_s=START_S + 60.0,
            what=deed.breach,
            seed=seed,
            how_to_repeat=f"--seed {seed}",
        ),
    )
