"""Whatever the site, the cars and the prices: proposals are limits that a site can carry and stations can offer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.allocation.adaptive.horizon.places import RULES, planner
from tests.places import currents, flags, sessions_at, sites, snapshot_of
from voltloom.allocation.adaptive.horizon.building import edges_s, problem_of
from voltloom.allocation.adaptive.horizon.checking import checked
from voltloom.allocation.adaptive.horizon.pricing import valued
from voltloom.allocation.adaptive.horizon.settings import Objective, PlanningSettings
from voltloom.allocation.adaptive.horizon.solving import solved
from voltloom.allocation.contract import AllocationMemory, Proposals
from voltloom.allocation.sharing import assumed_need_wh, division
from voltloom.decision.expected import Expected
from voltloom.decision.outlook import Outlook
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.forecast.comers import Comers
from voltloom.site.kernels import loads
from voltloom.site.network import Floats, Network, network_of

FEW = settings(max_examples=max(10, settings().max_examples // 4))
NOISE_A = 1e-6


@st.composite
def snapshots(draw: st.DrawFn) -> SiteSnapshot:
    """Any site at any moment: silent outlets, sleeping cars, unknown needs and departures, prices, and anybody still to come."""
    site = draw(sites(most=4))
    network = network_of(site)
    count = len(network.evse_ids)
    unknown = st.sampled_from([np.inf, -100.0, 10.0, 450.0, 7_000.0, 50_000.0, 500_000.0])
    needs = st.sampled_from([np.inf, 1.0, 400.0, 20_000.0, 90_000.0])
    wants = draw(flags(count))
    columns = {
        "departure_s": np.array(draw(st.lists(unknown, min_size=count, max_size=count))),
        "requested_wh": np.array(draw(st.lists(needs, min_size=count, max_size=count))),
        "wants_power": wants,
        "keeps_minimum": draw(flags(count)) & ~wants,
        "column": network.columns(draw(flags(count))),
        "min_a": np.array([_least_a(network, evse) for evse in range(count)]),
    }
    price = np.array(draw(st.lists(st.floats(-0.2, 0.6), min_size=3, max_size=3)))
    start_s, demand = np.array([0.0, 3600.0, 20_000.0]), draw(st.sampled_from([0.0, 15.0]))
    outlook = Outlook(start_s, price, demand, 900.0, 0.0, 2e6, 0.0, True, 9)
    controllable = draw(flags(count))
    grid = network.grid._replace(worst_draw=draw(st.booleans()))
    return snapshot_of(
        site,
        grid=grid,
        sessions=sessions_at(network, **columns),
        setpoint_a=draw(currents(count, 32.0)),
        measured_a=draw(currents(count, 32.0)),
        reserved_a=np.where(controllable, 0.0, draw(currents(count, 20.0))),
        controllable=controllable,
        idle_s=np.array(
            draw(st.lists(st.sampled_from([0.0, 100.0, 4000.0]), min_size=count, max_size=count))
        ),
        served_s=np.array(
            draw(st.lists(st.sampled_from([0.0, 100.0, 4000.0]), min_size=count, max_size=count))
        ),
        outlook=draw(st.sampled_from([None, outlook])),
        expected=draw(st.one_of(st.none(), still_to_come(count))),
    )


@st.composite
def still_to_come(draw: st.DrawFn, count: int) -> Expected:
    """Nobody or up to six visits at any outlets, some of them over or beyond the plan's end."""
    rows = draw(st.integers(0, 6))

    def each(values: st.SearchStrategy[float]) -> Floats:
        return np.array(draw(st.lists(values, min_size=rows, max_size=rows)), dtype=np.float64)

    arrival_s = each(st.sampled_from([-500.0, 0.0, 1.0, 300.0, 5_000.0, 43_000.0, 90_000.0]))
    comers = Comers(
        each(st.integers(0, count - 1)).astype(np.int64),
        arrival_s,
        arrival_s + each(st.sampled_from([1.0, 299.0, 3_600.0, 80_000.0])),
        each(st.sampled_from([100.0, 8_000.0, 90_000.0])),
        each(st.sampled_from([0.2, 1.0, 7.0])),
    )
    unknown = np.full(count, np.nan)
    return Expected(np.zeros(1), np.zeros(0), unknown, unknown, comers)


def _least_a(network: Network, evse: int) -> float:
    """Return the minimum of an outlet as sessions have it: a current that its station offers."""
    offered = network.pilots_a[network.pilot_start[evse] : network.pilot_start[evse + 1]]
    at_least = offered[offered >= max(network.min_a[evse], 1.0)]
    return float(at_least[0]) if offered.size else float(network.min_a[evse])


def judged(snapshot: SiteSnapshot, proposals: Proposals) -> None:
    """Assert what must hold of every proposal."""
    current_a, sessions, network = proposals.current_a, snapshot.sessions, snapshot.network
    todo = division(snapshot, whole_periods=not (network.pilots_a.size or (sessions.min_a > 0.0).any()))
    assert np.isfinite(current_a).all()
    assert (current_a >= 0.0).all()
    free = todo.candidates
    assert (current_a[free] <= np.maximum(sessions.max_a, sessions.min_a)[free] + NOISE_A).all()
    assert ((current_a[free] <= NOISE_A) | (current_a[free] >= sessions.min_a[free] - NOISE_A)).all()
    fixed_a = np.where(free, 0.0, todo.fixed_a)
    carried = loads(snapshot.grid, sessions.column, np.where(free, current_a, fixed_a))
    before = loads(snapshot.grid, sessions.column, fixed_a)
    assert (carried <= np.maximum(snapshot.grid.rating_a, before) + 1e-5).all()
    for evse in np.flatnonzero(free & (current_a > 0.0)):
        offered = network.pilots_a[network.pilot_start[evse] : network.pilot_start[evse + 1]]
        assert not offered.size or np.abs(offered - current_a[evse]).min() < NOISE_A


@FEW
@given(snapshot=snapshots(), objective=st.sampled_from(Objective))
def test_proposals_of_any_site_fit_it_and_its_stations(snapshot: SiteSnapshot, objective: Objective) -> None:
    made = planner(settings=PlanningSettings(objective=objective))

    proposals, memory = made.allocate(snapshot, AllocationMemory())
    later, _ = made.allocate(snapshot._replace(now_s=30.0, setpoint_a=proposals.current_a), memory)

    judged(snapshot, proposals)
    judged(snapshot, later)


@FEW
@given(snapshot=snapshots())
def test_where_changes_cost_nothing_proposals_fit_as_well(snapshot: SiteSnapshot) -> None:
    none = replace(RULES, turn_s=0.0, dwell_s=0.0, wait_limit_s=0.0)

    proposals, _ = planner(rules=none).allocate(snapshot, AllocationMemory())

    judged(snapshot, proposals)


@FEW
@given(snapshot=snapshots(), objective=st.sampled_from(Objective))
def test_a_plan_gives_nobody_more_than_the_need_and_fits_at_every_step(
    snapshot: SiteSnapshot, objective: Objective
) -> None:
    todo = division(snapshot)
    who = np.flatnonzero(todo.candidates & ~todo.courtesy)
    if not who.size:
        return
    edge_s = edges_s(snapshot, who)
    value = valued(PlanningSettings(objective=objective), snapshot.outlook, None, edge_s)
    problem = problem_of(snapshot, todo, who, edge_s, value, None)

    answer = checked(problem, solved)

    assert answer is not None, "a problem that starts from nothing always has an answer"
    current_a = answer.current_a
    given_kwh = (current_a * problem.demand.kwh_per_a).sum(axis=1)
    need_kwh = assumed_need_wh(snapshot)[who] / 1000.0
    assert (given_kwh <= need_kwh * 1.001 + 1e-3).all()
    load = np.abs(problem.limits.weight @ current_a)
    assert (load <= problem.limits.rating_a + 0.02).all()
    everyone = todo.fixed_a.copy()
    for step in range(edge_s.size - 1):
        everyone[who] = current_a[:, step]
        base = loads(snapshot.grid, snapshot.sessions.column, todo.fixed_a)
        carried = loads(snapshot.grid, snapshot.sessions.column, everyone)
        assert (carried <= np.maximum(snapshot.grid.rating_a, base) + 0.05).all()
