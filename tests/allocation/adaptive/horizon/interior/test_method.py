"""Our own interior-point method beside Clarabel, and against what a plan may never do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.allocation.adaptive.horizon.interior.worlds import Kind, problem_of
from voltloom.allocation.adaptive.horizon import conic
from voltloom.allocation.adaptive.horizon.interior import method
from voltloom.allocation.adaptive.horizon.interior.arrange.kernels import arranged
from voltloom.allocation.adaptive.horizon.interior.form import Form
from voltloom.allocation.adaptive.horizon.interior.method import given_of
from voltloom.allocation.adaptive.horizon.interior.system.ties.kernels import are_fewer
from voltloom.allocation.adaptive.horizon.problem import Answer, Problem

KINDS = st.builds(
    Kind,
    vehicles=st.integers(1, 24),
    steps=st.integers(1, 12),
    lines=st.integers(0, 3),
    cones=st.integers(0, 4),
    angles=st.integers(1, 3),
    room_ratio=st.sampled_from([0.0, 1e-4, 0.02, 0.1, 0.3, 0.6, 2.0]),
    need_ratio=st.sampled_from([0.01, 0.2, 0.5, 1.0]),
    has_peak=st.booleans(),
    has_floor=st.booleans(),
    is_soft=st.booleans(),
    dead_ratio=st.sampled_from([0.0, 0.3]),
    own_weights=st.booleans(),
)


def cost_of(problem: Problem, answer: Answer) -> float:
    """Return what a plan costs, from the statement of the problem."""
    demand, x = problem.demand, answer.current_a
    pull = 0.5 * demand.stiffness_per_a * (x - demand.reference_a) ** 2 * (demand.high_a > 0.0)
    total = float((pull + (demand.cost_per_a - demand.worth_per_kwh[:, None] * demand.kwh_per_a) * x).sum())
    if problem.peak is not None:
        power = problem.peak.base_kw + problem.peak.kw_per_a @ x
        total += problem.peak.price_per_kw * max(problem.peak.least_kw, float(power.max()))
    return total


def excess_of(problem: Problem, answer: Answer) -> float:
    """Return the most that a plan passes a bound, beside the bound and at least 1."""
    demand, x = problem.demand, answer.current_a
    load, rating = np.abs(problem.limits.weight @ x), problem.limits.rating_a
    energy = (demand.kwh_per_a * x).sum(axis=1)
    return max(
        float((x - demand.high_a).max()),
        float((demand.low_a - x).max()),
        float(((energy - demand.need_kwh) / np.maximum(1.0, demand.need_kwh)).max()),
        float(((load - rating) / np.maximum(1.0, rating)).max(initial=0.0)),
    )


def keeps_currents_apart(problem: Problem) -> bool:
    """Return whether no phasor limit is without room: such a limit lets only currents flow that cancel, and has no inside."""
    cones = problem.limits.rating_a[~problem.limits.is_line]
    return bool((cones > 0.0).all())


@settings(max_examples=100, deadline=None, derandomize=True)
@given(kind=KINDS, seed=st.integers(0, 2**20))
@example(kind=Kind(vehicles=1, steps=1, lines=0, cones=0), seed=1)
@example(kind=Kind(vehicles=1, steps=1, room_ratio=0.0), seed=1)
@example(kind=Kind(vehicles=20, steps=12, angles=1, room_ratio=0.1), seed=3)
@example(kind=Kind(vehicles=20, steps=12, has_peak=True, has_floor=True, own_weights=True), seed=4)
def test_every_plan_is_as_good_as_clarabels_and_keeps_every_bound(kind: Kind, seed: int) -> None:
    problem = problem_of(kind, seed)

    answer = method.solved(problem)

    assert answer.is_exact or not keeps_currents_apart(problem)
    if answer.is_exact:
        assert excess_of(problem, answer) <= 1e-6
        oracle = conic.solved(problem)
        if oracle.is_exact:
            cost, best = cost_of(problem, answer), cost_of(problem, oracle)
            assert cost <= best + 1e-5 * max(1.0, abs(best))


def test_a_need_below_the_least_current_is_said_to_have_no_plan() -> None:
    problem = problem_of(Kind(vehicles=6, steps=5, has_floor=True), 7)
    demand = problem.demand
    low = np.maximum(demand.low_a, 0.5 * demand.high_a)

    answer = method.solved(
        problem._replace(demand=demand._replace(low_a=low, need_kwh=0.0 * demand.need_kwh))
    )

    assert not answer.is_exact


@pytest.mark.parametrize("spoiled", ["cost_per_a", "kwh_per_a", "need_kwh"])
def test_a_number_that_is_none_is_never_called_exact(spoiled: str) -> None:
    problem = problem_of(Kind(vehicles=6, steps=5), 8)
    values = getattr(problem.demand, spoiled).copy()
    values[(0,) * values.ndim] = np.nan
    high = np.maximum(problem.demand.high_a, 1.0)

    answer = method.solved(problem._replace(demand=problem.demand._replace(high_a=high, **{spoiled: values})))

    assert not answer.is_exact


def test_the_price_of_a_line_is_what_another_ampere_would_save() -> None:
    problem = problem_of(Kind(vehicles=12, steps=6, cones=0, room_ratio=0.05, need_ratio=1.0), 9)
    answer = method.solved(problem)
    line, step = np.unravel_index(np.argmax(answer.price_per_a), answer.price_per_a.shape)
    rating = problem.limits.rating_a.copy()
    rating[line, step] += 1e-3

    wider = method.solved(problem._replace(limits=problem.limits._replace(rating_a=rating)))

    saved = (cost_of(problem, answer) - cost_of(problem, wider)) / 1e-3
    assert answer.price_per_a[line, step] > 1e-3
    assert saved == pytest.approx(answer.price_per_a[line, step], rel=0.02)


def test_the_same_problem_gives_the_same_bits_from_arrays_of_any_layout() -> None:
    problem = problem_of(Kind(vehicles=9, steps=7, has_peak=True), 10)
    turned = problem.demand._replace(high_a=np.asfortranarray(problem.demand.high_a))
    turned.high_a.flags.writeable = False

    first, second = method.solved(problem), method.solved(problem._replace(demand=turned))

    assert np.array_equal(first.current_a, second.current_a)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("has_peak", [False, True])
def test_many_vehicles_of_few_kinds_are_planned_as_well_by_what_ties_them(seed: int, has_peak: bool) -> None:
    problem = problem_of(
        Kind(vehicles=120, steps=4, cones=1, angles=1, room_ratio=0.3, has_peak=has_peak), seed
    )
    form = Form(*arranged(given_of(problem)[:])[0])
    assert are_fewer(form)

    answer, oracle = method.solved(problem), conic.solved(problem)

    assert answer.is_exact
    assert oracle.is_exact
    assert excess_of(problem, answer) <= 1e-6
    best = cost_of(problem, oracle)
    assert cost_of(problem, answer) <= best + 1e-5 * max(1.0, abs(best))
