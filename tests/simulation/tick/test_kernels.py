"""The quick tests of a step suspect whatever a checker would find, so that checkers may look only where they are asked to."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.simulation.small_world import PLAIN, START_S, scenario_of, visit
from voltloom.decision.command import SetLimits
from voltloom.decision.record import Decision, Mode
from voltloom.simulation.checkers import checkers_for
from voltloom.simulation.clock import clock_of
from voltloom.simulation.moment import Moment
from voltloom.simulation.tick.ticker import Ticker
from voltloom.simulation.world import World, rows_over_evses
from voltloom.site.network import Network

OUTLETS = 3
LIMITS_A = st.sampled_from([0.0, 3.0, 6.0, 10.0, 16.0, 32.0, 33.0, -1.0, math.nan, math.inf])


def three(values: st.SearchStrategy[float]) -> st.SearchStrategy[NDArray[np.float64]]:
    return st.lists(values, min_size=OUTLETS, max_size=OUTLETS).map(
        lambda listed: np.array(listed, dtype=float)
    )


def three_flags() -> st.SearchStrategy[NDArray[np.bool_]]:
    return st.lists(st.booleans(), min_size=OUTLETS, max_size=OUTLETS).map(
        lambda listed: np.array(listed, dtype=bool)
    )


@st.composite
def decisions(
    draw: st.DrawFn,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_], NDArray[np.int64]]:
    """Return (before, after, sent, cause), sound ones and others."""
    cause = draw(st.lists(st.sampled_from([-1, 0, 3, 99]), min_size=OUTLETS, max_size=OUTLETS))
    before_a, after_a = draw(three(LIMITS_A)), draw(three(LIMITS_A))
    sent = draw(st.one_of(three_flags(), st.just(after_a != before_a)))
    return before_a, after_a, sent, np.array(cause, dtype=np.int64)


@settings(deadline=None)
@given(
    decided=decisions(),
    told_a=three(LIMITS_A),
    tells_truth=st.booleans(),
    repeats=st.booleans(),
    held_a=three(st.sampled_from([0.0, 6.0, 16.0, 32.0])),
    other_a=st.sampled_from([0.0, 9.0, 30.0]),
    flags=st.tuples(three_flags(), three_flags(), three_flags()),
    register_wh=st.sampled_from([0.0, -1.0]),
    left_wh=st.sampled_from([5_000.0, -1.0]),
)
def test_no_checker_finds_what_its_quick_test_did_not_suspect(
    decided: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_], NDArray[np.int64]],
    told_a: NDArray[np.float64],
    tells_truth: bool,
    repeats: bool,
    held_a: NDArray[np.float64],
    other_a: float,
    flags: tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]],
    register_wh: float,
    left_wh: float,
) -> None:
    control = replace(PLAIN, safety=replace(PLAIN.safety, follows_meters=True))
    scenario = scenario_of(visit(1), outlets=OUTLETS, rating_a=40.0, settings=control, other_a=other_a)
    network, world = scenario.network, World(scenario, 1)
    clock = clock_of(start_s=START_S, end_s=START_S + 600.0, step_s=60.0, period_s=60.0, report_period_s=60.0)
    ticker = Ticker(world, control, clock, np.full(OUTLETS, np.nan))
    is_there, is_authorised, is_refused = flags
    before_a, after_a, sent, cause = decided
    world.vehicles.is_there[:], world.stations.columns.is_authorised[:] = is_there, is_authorised
    world.vehicles.visit[:] = np.arange(OUTLETS)
    world.vehicles.left_wh[:], world.vehicles.capacity_wh[:], world.vehicles.max_w[:] = (
        left_wh,
        50_000.0,
        11_000.0,
    )
    world.stations.columns.held_a[:] = held_a
    world.stations.columns.register_wh[0] = register_wh
    ticker.run.watched.barred[0] = is_refused
    limits = commands(after_a if tells_truth else told_a, repeats=repeats)
    decision = decision_of(scenario.network, before_a, after_a, sent, cause)
    registers_wh = ticker.run.watched.register_wh.copy()

    ticker.take(decision, limits, 0)
    world.begin(START_S)
    signs = ticker.step(0, START_S)

    moment = Moment(
        now_s=START_S,
        step_s=60.0,
        world=world,
        is_refused=is_refused,
        is_faulty=np.zeros(OUTLETS, dtype=np.bool_),
        register_wh=registers_wh,
        decision=decision,
        limits=limits,
        opened_row=ticker.opened_row,
    )
    eager = checkers_for(scenario, "parallel", rows_over_evses(network), delay_s=-1000.0)
    for checker in eager:
        assert checker.sign & signs or checker.is_watching or not checker.look(moment), checker.name


def commands(limit_a: NDArray[np.float64], *, repeats: bool) -> list[SetLimits]:
    """Return a command to every outlet, or two of which the second says the sound thing."""

    def command(amperes: NDArray[np.float64]) -> SetLimits:
        count = np.arange(OUTLETS)
        return SetLimits(
            time_s=START_S, evses=count, limit_a=amperes, lease_until_s=np.full(OUTLETS, 1e12), serial=count
        )

    return [command(limit_a), command(np.zeros(OUTLETS))] if repeats else [command(limit_a)]


def decision_of(
    network: Network,
    before_a: NDArray[np.float64],
    after_a: NDArray[np.float64],
    sent: NDArray[np.bool_],
    cause: NDArray[np.int64],
) -> Decision:
    nothing = np.zeros(OUTLETS)
    return Decision(
        now_s=START_S,
        architecture="fake",
        mode=Mode.CHOSEN,
        network=network,
        before_a=before_a,
        proposed_a=after_a,
        after_a=after_a,
        sent=sent,
        cause=cause,
        binding_row=np.full(OUTLETS, -1, dtype=np.int64),
        row_load_a=np.zeros(len(network.row_ids)),
        row_rating_a=network.grid.rating_a,
        age_s=nothing,
        place=np.zeros(OUTLETS, dtype=np.int64),
        expected_start_s=nothing,
    )
