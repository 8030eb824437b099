"""Rationing of writes in any order of orders and pauses: never above what was ordered, never beyond the budget."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from voltloom.live.actuator.rationing import (
    LONG_LEASE_S,
    Action,
    Asked,
    Rationing,
    full,
    judged,
    refilled,
    spent,
)
from voltloom.protocols.ocpp.profiles import Hold

RULES = Rationing(deadband_a=0.5, interval_s=10.0, writes_per_day=240)
LEASE_S = 300.0
OFFLINE_A = 6.0
DAY_S = 86400.0


@dataclass(slots=True)
class Outlet:
    """A station that takes whatever is written; after a lease it holds its offline limit."""

    limit_a: float = OFFLINE_A
    until_s: float = math.inf
    bucket_from_s: float = 0.0
    last_rise_s: float = -math.inf
    rationed_s: list[float] = field(default_factory=list)
    low_s: list[float] = field(default_factory=list)

    def hold(self, now_s: float) -> Hold:
        return Hold(self.limit_a, self.until_s) if now_s < self.until_s else Hold(OFFLINE_A, math.inf)


class AnyOrders(RuleBasedStateMachine):
    """The core orders, time passes; it orders anew at the latest when half a lease is over."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.outlet = Outlet()
        self.bucket = full(RULES, 0.0)
        self.ordered_a, self.lease_until_s = OFFLINE_A, 0.0
        self.is_lowered = True

    @rule(limit_a=st.sampled_from([0.0, 3.0, 6.0, 6.3, 8.0, 10.0, 16.0]))
    def order(self, limit_a: float) -> None:
        now_s, outlet = self.now_s, self.outlet
        held = outlet.hold(now_s)
        self.bucket = refilled(self.bucket, RULES, now_s)
        had_count = self.bucket.writes_count
        asked = Asked(limit_a, now_s + LEASE_S, OFFLINE_A, held, outlet.last_rise_s)
        verdict = judged(asked, self.bucket, RULES, now_s)
        self.ordered_a, self.lease_until_s = limit_a, now_s + LEASE_S
        if verdict.action is Action.WRITE:
            is_lowering = limit_a < held.limit_a - 0.05
            if verdict.is_held_low or had_count < 1.0:
                outlet.low_s.append(now_s)
            elif not is_lowering:
                outlet.rationed_s.append(now_s)
            if verdict.limit_a > held.limit_a:
                outlet.last_rise_s = now_s
            self.bucket = spent(self.bucket)
            outlet.limit_a, outlet.until_s = verdict.limit_a, verdict.lease_until_s
        self.is_lowered = outlet.hold(now_s).limit_a <= limit_a + 0.05

    @rule(passed_s=st.sampled_from([1.0, 9.0, 30.0, 149.0]))
    def wait(self, passed_s: float) -> None:
        self._pass(passed_s)

    @precondition(lambda self: self.now_s > 0.0)
    @rule(
        hours=st.integers(1, 8),
        limits=st.lists(st.sampled_from([0.0, 6.0, 9.0, 16.0]), min_size=1, max_size=4),
    )
    def hours_of_renewals(self, hours: int, limits: list[float]) -> None:
        """A busy time: every half minute another limit, or the same again."""
        for step in range(hours * 120):
            self.order(limits[step % len(limits)])
            self._pass(30.0)

    def _pass(self, passed_s: float) -> None:
        self.now_s += passed_s
        if self.lease_until_s - self.now_s < LEASE_S / 2.0:
            self.order(self.ordered_a)

    @invariant()
    def holds_no_more_than_was_ordered(self) -> None:
        assert self.is_lowered
        if self.now_s < self.lease_until_s:
            assert self.outlet.hold(self.now_s).limit_a <= max(self.ordered_a + 0.05, 0.0)

    @invariant()
    def what_is_held_above_the_offline_limit_ends_with_its_lease(self) -> None:
        if self.outlet.limit_a > OFFLINE_A:
            assert self.outlet.until_s <= self.lease_until_s
        else:
            assert (
                self.outlet.until_s <= self.now_s + max(LONG_LEASE_S, LEASE_S)
                or self.outlet.until_s == math.inf
            )

    @invariant()
    def no_day_has_more_writes_than_the_budget(self) -> None:
        times_s = self.outlet.rationed_s
        within = [t for t in times_s if t > self.now_s - DAY_S]
        assert len(within) <= RULES.writes_per_day + 1


AnyOrders.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestAnyOrders = AnyOrders.TestCase


def test_a_renewal_is_written_before_the_lease_that_is_held_ends() -> None:
    held = Hold(16.0, 200.0)

    early = judged(Asked(16.0, 300.0, 6.0, Hold(16.0, 280.0), 0.0), full(RULES, 0.0), RULES, 0.0)
    due = judged(Asked(16.0, 300.0, 6.0, held, 0.0), full(RULES, 0.0), RULES, 0.0)

    assert early.action is Action.HOLD
    assert (due.action, due.limit_a, due.lease_until_s) == (Action.WRITE, 16.0, 300.0)


def test_with_an_empty_budget_a_renewal_holds_low_for_long_and_lowering_still_passes() -> None:
    empty = full(RULES, 0.0)._replace(writes_count=0.0)

    low = judged(Asked(16.0, 300.0, 6.0, Hold(16.0, 100.0), 0.0), empty, RULES, 0.0)
    rise = judged(Asked(16.0, 300.0, 6.0, Hold(8.0, 290.0), -100.0), empty, RULES, 0.0)
    fall = judged(Asked(3.0, 300.0, 6.0, Hold(16.0, 290.0), 0.0), empty, RULES, 0.0)

    assert (low.action, low.limit_a, low.is_held_low) == (Action.WRITE, 6.0, True)
    assert low.lease_until_s == LONG_LEASE_S
    assert (rise.action, rise.limit_a) == (Action.HOLD, 8.0)
    assert (fall.action, fall.limit_a) == (Action.WRITE, 3.0)


def test_small_and_quick_rises_wait() -> None:
    bucket = full(RULES, 0.0)

    small = judged(Asked(8.3, 300.0, 6.0, Hold(8.0, 290.0), -100.0), bucket, RULES, 0.0)
    quick = judged(Asked(12.0, 300.0, 6.0, Hold(8.0, 290.0), -3.0), bucket, RULES, 0.0)
    fine = judged(Asked(12.0, 300.0, 6.0, Hold(8.0, 290.0), -30.0), bucket, RULES, 0.0)

    assert [v.action for v in (small, quick, fine)] == [Action.HOLD, Action.LATER, Action.WRITE]
