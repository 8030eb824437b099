"""Whatever a solver does, cars go on charging: under the last plan, else under the rules, which say so."""

from __future__ import annotations

from collections.abc import Callable

import clarabel
import numpy as np
import pytest
from scipy import sparse

from tests.allocation.adaptive.horizon.places import peak_of, planner, two_cars
from voltloom.allocation.adaptive.horizon.checking import checked
from voltloom.allocation.adaptive.horizon.memory import DaySeen
from voltloom.allocation.adaptive.horizon.problem import Answer, Problem
from voltloom.allocation.adaptive.horizon.settings import Objective, PlanningSettings
from voltloom.allocation.adaptive.horizon.solving import solved
from voltloom.allocation.contract import AllocationMemory
from voltloom.decision.outlook import Outlook
from voltloom.decision.reason import Cause
from voltloom.site.network import Floats


def raises(problem: Problem) -> Answer:
    raise RuntimeError("no memory left")


def times_out(problem: Problem) -> Answer:
    raise TimeoutError


def panics(problem: Problem) -> Answer:
    """Let Clarabel's own Rust side panic, over a matrix that points outside itself."""
    matrix = sparse.csc_matrix(np.eye(2))
    matrix.indices[:] = [0, 7]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    kinds = [clarabel.NonnegativeConeT(2)]
    clarabel.DefaultSolver(matrix, np.zeros(2), matrix, np.zeros(2), kinds, settings).solve()
    return solved(problem)


def gives_all(problem: Problem) -> Answer:
    """Keep every bound but the need."""
    return solved(problem)._replace(current_a=problem.demand.high_a)


def answers(change: Callable[[Floats], object], *, is_exact: bool = True) -> Callable[[Problem], Answer]:
    """Return a solver whose good answer is changed before it is given."""

    def solver(problem: Problem) -> Answer:
        answer = solved(problem)
        return answer._replace(current_a=change(answer.current_a), is_exact=is_exact)  # type: ignore[arg-type]  # no array

    return solver


FAILURES: dict[str, Callable[[Problem], Answer]] = {
    "raises": raises,
    "times out": times_out,
    "panics": panics,
    "NaN": answers(lambda a: np.where(a > 1.0, np.nan, a)),
    "infinite": answers(lambda a: np.full(a.shape, np.inf)),
    "huge": answers(lambda a: np.full(a.shape, 1e308)),
    "one step short": answers(lambda a: a[:, :-1]),
    "one vehicle short": answers(lambda a: a[:-1]),
    "no array": answers(lambda a: a.tolist()),
    "nothing": answers(lambda a: None),
    "words": answers(lambda a: a.astype(str)),
    "not solved": answers(lambda a: a, is_exact=False),
    "below nothing": answers(lambda a: a - 1.0),
    "above the maximum": answers(lambda a: a + 40.0),
    "more than was asked for": gives_all,
}


@pytest.mark.parametrize("how", FAILURES)
def test_without_a_plan_the_rules_rule_and_say_so(how: str) -> None:
    snapshot = two_cars()

    proposals, memory = planner(FAILURES[how]).allocate(snapshot, AllocationMemory())

    assert sorted(proposals.current_a.tolist()) == [6.0, 32.0]
    assert int(Cause.FALLBACK_RULES) in proposals.cause
    assert int(Cause.PLANNED) not in proposals.cause
    assert memory.plan is not None
    assert memory.plan.is_failed


@pytest.mark.parametrize("how", FAILURES)
def test_the_last_plan_goes_on_where_it_knows_everybody(how: str) -> None:
    _, planned = planner().allocate(two_cars(), AllocationMemory())

    proposals, memory = planner(FAILURES[how]).allocate(two_cars(now_s=600.0), planned)

    assert memory.plan is planned.plan
    assert proposals.current_a.sum() == pytest.approx(38.0, abs=0.1)
    assert int(Cause.FALLBACK_RULES) not in proposals.cause


def test_a_plan_that_cannot_be_renewed_is_not_followed_for_ever() -> None:
    _, planned = planner().allocate(two_cars(), AllocationMemory())

    proposals, memory = planner(raises).allocate(two_cars(now_s=1800.0), planned)

    assert memory.plan is not None
    assert memory.plan.is_failed
    assert int(Cause.FALLBACK_RULES) in proposals.cause


@pytest.mark.parametrize("how", FAILURES)
def test_the_last_plan_does_not_go_on_where_a_vehicle_came(how: str) -> None:
    _, planned = planner().allocate(two_cars(), AllocationMemory())

    proposals, memory = planner(FAILURES[how]).allocate(two_cars(60.0, serial=np.array([1, 3])), planned)

    assert memory.plan is not None
    assert memory.plan.is_failed
    assert int(Cause.FALLBACK_RULES) in proposals.cause
    assert proposals.current_a.sum() == pytest.approx(38.0)


@pytest.mark.parametrize("how", FAILURES)
def test_plans_are_made_again_when_the_solver_works_again(how: str) -> None:
    _, failed = planner(FAILURES[how]).allocate(two_cars(), AllocationMemory())

    proposals, memory = planner().allocate(two_cars(now_s=300.0), failed)

    assert memory.plan is not None
    assert not memory.plan.is_failed
    assert memory.plan.made_s == 300.0
    assert int(Cause.FALLBACK_RULES) not in proposals.cause


def test_a_failed_solver_is_not_asked_again_every_cycle() -> None:
    asked: list[Problem] = []

    def fails(problem: Problem) -> Answer:
        asked.append(problem)
        raise ValueError

    memory = AllocationMemory()
    for cycle in range(10):
        _, memory = planner(fails).allocate(two_cars(now_s=30.0 * cycle), memory)

    assert len(asked) == 1


@pytest.mark.parametrize("wanted", [KeyboardInterrupt, SystemExit])
def test_what_ends_the_program_is_let_through(wanted: type[BaseException]) -> None:
    def ends(problem: Problem) -> Answer:
        raise wanted

    with pytest.raises(wanted):
        planner(ends).allocate(two_cars(), AllocationMemory())


def test_noise_of_a_solver_is_cut_off_and_no_failure() -> None:
    kept: list[Answer | None] = []

    def noisy(problem: Problem) -> Answer:
        answer = solved(problem)
        kept.append(checked(problem, lambda _: answer._replace(current_a=answer.current_a - 1e-4)))
        return answer

    planner(noisy).allocate(two_cars(), AllocationMemory())

    assert kept
    assert all(found is not None and found.current_a.min() >= 0.0 for found in kept)


@pytest.mark.parametrize("how", FAILURES)
def test_a_day_that_cannot_be_judged_teaches_nothing_and_stops_nobody(how: str) -> None:
    outlook = Outlook(np.array([90_000.0]), np.array([0.2]), 15.0, 900.0, 0.0, 2e6, 86_400.0, True, 9)
    yesterday = peak_of(7.0)
    came = DaySeen(0.0, True, *(np.array([number]) for number in (5, 3_600.0, 30_000.0, 20.0, 11.0)))
    came = came._replace(price_per_kwh=np.full(144, 0.2))
    cost = PlanningSettings(objective=Objective.COST)
    memory = AllocationMemory(peak_seen=yesterday._replace(today=came))
    snapshot = two_cars(90_000.0, departure_s=np.array([120_000.0, 120_000.0]))._replace(outlook=outlook)

    proposals, after = planner(FAILURES[how], cost).allocate(snapshot, memory)

    assert proposals.current_a.sum() > 0.0
    assert after.peak_seen is not None
    assert after.peak_seen.workdays == 0
    assert np.isfinite(after.peak_seen.worth_kwh).all()
