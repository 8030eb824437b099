"""A candidate that fails, in whatever way, costs nobody a cycle: the policy in force decides about all of them at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.controller.desk import Desk, desk_for
from tests.places import row_of
from voltloom.allocation.contract import AllocationMemory, Proposals
from voltloom.allocation.sharing import nobody_waits
from voltloom.controller.cycle import cycle
from voltloom.controller.memory import ControllerMemory
from voltloom.decision.command import Command
from voltloom.decision.record import Decision, Mode
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.session.alarms import AlarmKind
from voltloom.session.events import CanarySet
from voltloom.session.policy import CanaryEnd, Policy

CANDIDATE = Policy("new", "adaptive")
Answer = Callable[[int], Proposals]


def shaped(count: int, level_a: float = 7.0) -> Proposals:
    return Proposals(
        current_a=np.full(count, level_a),
        cause=np.zeros(count, dtype=np.int64),
        binding_row=np.full(count, -1, dtype=np.int64),
        queue=nobody_waits(count),
    )


def raised(_: int) -> Proposals:
    raise ZeroDivisionError("no vehicle is there")


class Candidate:
    """An architecture that answers well until it fails."""

    name = "candidate"

    def __init__(self, answer: Answer) -> None:
        self.answer: Answer = shaped
        self.fails = answer

    def allocate(
        self, snapshot: SiteSnapshot, memory: AllocationMemory
    ) -> tuple[Proposals, AllocationMemory]:
        """Return its answer."""
        return self.answer(snapshot.setpoint_a.size), memory


class Under:
    """The program's own controller, whose candidates are one architecture that fails."""

    def __init__(self, desk: Desk, candidate: Candidate) -> None:
        self._own = desk.controller
        plant = desk.controller._plant  # what rules is put in here, as no architecture of the program fails
        self._plant = replace(plant, rulers=replace(plant.rulers, of=lambda policy: candidate))
        self.observe, self.start = self._own.observe, self._own.start

    def decide(
        self, memory: ControllerMemory, now_s: float
    ) -> tuple[ControllerMemory, Decision, tuple[Command, ...]]:
        """Return what the core decides."""
        return cycle(memory, self._plant, now_s)


def desks(answer: Answer) -> tuple[Desk, Desk, Candidate]:
    """Return a desk without a trial, and one with a candidate that will fail, both of four outlets that share 32 A."""
    plain, tried = (desk_for(row_of(4, rating_a=32.0)) for _ in range(2))
    candidate = Candidate(answer)
    tried.controller = Under(tried, candidate)  # type: ignore[assignment]  # the three calls are all a desk makes
    return plain, tried, candidate


FAILURES = {
    "raises": (raised, "ZeroDivisionError"),
    "answers for too few": (lambda count: shaped(count - 1), "outlet"),
    "answers no number": (lambda count: shaped(count, float("nan")), "no number"),
}


@pytest.mark.parametrize("evses", [(), (0, 1)])
@pytest.mark.parametrize(("answer", "why"), FAILURES.values(), ids=FAILURES.keys())
def test_a_candidate_that_fails_is_replaced_within_the_cycle_and_nobody_outside_feels_it(
    evses: tuple[int, ...], answer: Answer, why: str
) -> None:
    plain, tried, candidate = desks(answer)
    tried.hear(CanarySet(time_s=0.0, policy=CANDIDATE, evses=evses))
    for step in range(40):
        before, beside = plain.cycle(30.0 * step), tried.cycle(30.0 * step)
        assert np.array_equal(before.after_a[2:], beside.after_a[2:])

    candidate.answer = candidate.fails
    alone, failed = plain.cycle(1200.0), tried.cycle(1200.0)

    trial = tried.memory.canary
    assert trial is not None
    assert trial.end is CanaryEnd.FAILED
    assert why in trial.why
    assert failed.mode is Mode.CHOSEN
    assert np.array_equal(alone.after_a, failed.after_a)
    assert np.array_equal(alone.proposed_a, failed.proposed_a)
    assert {failed.reason(evse).architecture for evse in range(4)} == {"parallel"}
    assert [alarm.kind for alarm in tried.alarms] == [AlarmKind.CANARY_ROLLED_BACK]


def test_a_candidate_that_cannot_be_made_ends_its_trial_and_nothing_else() -> None:
    _, tried, _ = desks(shaped)
    own = tried.controller
    assert isinstance(own, Under)

    def of(policy: Policy) -> Candidate:
        raise ValueError(policy.name)

    own._plant = replace(own._plant, rulers=replace(own._plant.rulers, of=of))
    tried.hear(CanarySet(time_s=0.0, policy=CANDIDATE, evses=(0,)))

    decision = tried.cycle(0.0)

    assert decision.mode is Mode.CHOSEN
    assert tried.memory.canary is not None
    assert tried.memory.canary.end is CanaryEnd.FAILED
