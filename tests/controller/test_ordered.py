"""An operator's orders for one outlet: kept by every architecture and every fallback, named as the cause, gone with their end."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.controller.desk import Desk, desk_for
from tests.places import row_of, site_of
from voltloom.decision.explain import Around, driver_sentence, operator_record
from voltloom.decision.reason import Cause
from voltloom.decision.record import Decision, Mode
from voltloom.live.frozen import frozen, thawed
from voltloom.session.events import CanarySet, OutletOrdered, PluggedIn, Unplugged
from voltloom.session.policy import Policy
from voltloom.site.kernels import loads
from voltloom.site.topology import Circuit, Site

ARCHITECTURES = ("sequential", "parallel", "adaptive", "adaptive-plan", "llf")
HALF_PAST_TWO_S = 13.5 * 3600.0  # 14:30 in Amsterdam on 1 January 1970
AROUND = Around(time_zone="Europe/Amsterdam", now_s=1220.0)


def ordered(
    desk: Desk,
    evse: int,
    most_a: float | None = None,
    *,
    is_boosted: bool = False,
    until_s: float = HALF_PAST_TWO_S,
) -> None:
    desk.hear(
        OutletOrdered(
            time_s=desk.memory.decided_s, evse=evse, most_a=most_a, is_boosted=is_boosted, until_s=until_s
        )
    )


def settled(desk: Desk, from_s: float, until_s: float) -> Decision:
    """Return the last decision of cycles that let everybody rise as far as they may."""
    decision = desk.cycle(from_s)
    for step in range(1, int((until_s - from_s) / 60.0) + 1):
        decision = desk.cycle(from_s + step * 60.0)
    return decision


def busy(architecture: str = "parallel", *, rating_a: float = 60.0, count: int = 4) -> Desk:
    """Return a row of outlets whose cars have risen to all that the fuse bears, at 1200 s."""
    desk = desk_for(row_of(count, rating_a=rating_a), architecture=architecture)
    settled(desk, 400.0, 1200.0)
    return desk


def two_halls() -> Site:
    """Return two circuits of two outlets each, full as soon as both charge, under a wide grid connection."""
    halls = [Circuit(circuit_id=name, parent_id="grid", rating_a=30.0) for name in ("east", "west")]
    evses = row_of(4, rating_a=200.0).evses
    return site_of(
        [Circuit(circuit_id="grid", parent_id="", rating_a=200.0), *halls],
        [replace(evse, circuit_id=halls[at // 2].circuit_id) for at, evse in enumerate(evses)],
    )


def with_offline_limits() -> Desk:
    """Return a row of outlets that all fall back to 8 A, charging at 1200 s."""
    site = row_of(4, rating_a=200.0)
    desk = desk_for(replace(site, evses=tuple(replace(evse, offline_a=8.0) for evse in site.evses)))
    settled(desk, 400.0, 1200.0)
    return desk


def a_served_one(desk: Desk) -> int:
    return int(np.argmax(desk.limit_a))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_paused_car_gets_nothing_at_once_and_goes_on_when_the_order_ends(architecture: str) -> None:
    desk = busy(architecture)
    evse = a_served_one(desk)

    ordered(desk, evse, 0.0, until_s=3000.0)
    paused = desk.cycle(1220.0)
    still = settled(desk, 1280.0, 2980.0)
    after = settled(desk, 3010.0, 3010.0)

    assert paused.before_a[evse] > 0.0
    assert paused.after_a[evse] == still.after_a[evse] == 0.0
    assert paused.reason(evse).cause is still.reason(evse).cause is Cause.ORDERED
    assert after.reason(evse).cause is not Cause.ORDERED
    assert desk.memory.orders == ()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_limit_is_kept_by_every_architecture(architecture: str) -> None:
    desk = busy(architecture, rating_a=200.0)
    evse = a_served_one(desk)

    ordered(desk, evse, 10.0)
    decision = settled(desk, 1220.0, 2400.0)

    assert 6.0 <= decision.after_a[evse] <= 10.0
    assert decision.reason(evse).cause is Cause.ORDERED


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_boosted_car_comes_before_all_others_and_no_fuse_feels_it(architecture: str) -> None:
    desk = busy(architecture, rating_a=36.0)
    evse = int(np.argmin(desk.limit_a))

    ordered(desk, evse, is_boosted=True)
    decision = settled(desk, 1220.0, 3600.0)

    others_a = np.delete(decision.after_a, evse)
    assert decision.after_a[evse] > 15.0
    assert np.all(others_a <= 6.0)
    assert decision.reason(evse).cause is Cause.BOOSTED
    assert np.all(decision.row_load_a <= decision.row_rating_a + 1e-6)


def test_a_boosted_car_that_takes_no_more_is_told_as_its_own_doing() -> None:
    desk = busy(rating_a=200.0)

    ordered(desk, 0, is_boosted=True)
    decision = settled(desk, 1220.0, 2400.0)

    assert decision.after_a[0] == 32.0
    assert decision.reason(0).cause is Cause.VEHICLE_MAXIMUM


def test_those_who_are_served_are_slowed_down_for_a_boost_and_not_paused() -> None:
    desk = busy(rating_a=60.0)

    ordered(desk, 3, is_boosted=True)
    decision = settled(desk, 1220.0, 3600.0)

    assert np.all(decision.after_a[:3] >= 6.0)
    assert decision.after_a[3] > 25.0


@pytest.mark.parametrize("architecture", ["parallel", "adaptive", "adaptive-plan"])
def test_a_car_that_comes_during_a_boost_gets_its_minimum_and_is_told_why_no_more(architecture: str) -> None:
    desk = busy(architecture, rating_a=36.0, count=3)
    desk.hear(Unplugged(time_s=1205.0, evse=2, energy_wh=1.0))
    ordered(desk, 0, is_boosted=True)
    before = settled(desk, 1220.0, 3600.0)

    desk.hear(PluggedIn(time_s=3650.0, evse=2, session_id="other", energy_wh=1.0))
    desk.plug_in(2, 3655.0)
    decision = settled(desk, 3660.0, 4800.0)

    assert before.after_a[0] > 28.0
    assert decision.after_a[1:].tolist() == [6.0, 6.0]
    assert decision.after_a[0] > 23.0
    assert decision.reason(0).cause is Cause.BOOSTED
    assert [decision.reason(evse).cause for evse in (1, 2)] == [Cause.AFTER_BOOST] * 2
    assert decision.reason(2).binding_row.startswith("grid/")
    assert driver_sentence(decision.reason(2), AROUND).endswith(
        "the operator lets another car charge first; yours gets what is left."
    )


@pytest.mark.parametrize("architecture", ["parallel", "adaptive-plan", "rr"])
def test_who_is_slowed_down_for_a_boost_is_told_so_and_for_whom(architecture: str) -> None:
    desk = busy(architecture)
    before = desk.cycle(1210.0)
    ordered(desk, 0, is_boosted=True)

    decision = desk.cycle(1220.0)

    lowered = (decision.after_a < before.after_a - 1.0).nonzero()[0].tolist()
    assert lowered == [1, 2, 3]
    assert all(decision.after_a[evse] > 6.5 for evse in lowered)  # more than their minimum is left
    for evse in lowered:
        reason = decision.reason(evse)
        assert (reason.cause, reason.boosted) == (Cause.AFTER_BOOST, ("a1",))
        assert operator_record(reason, "a2", 1220.0, "Europe/Amsterdam")["boosted"] == ["a1"]
        assert reason.binding_row.startswith("grid/")


def test_a_boost_on_another_circuit_is_no_reason() -> None:
    desk = desk_for(two_halls())
    settled(desk, 400.0, 1200.0)
    ordered(desk, 0, is_boosted=True)

    decision = settled(desk, 1210.0, 2400.0)

    assert decision.after_a[0] > decision.after_a[1]
    assert decision.reason(1).cause is Cause.AFTER_BOOST
    assert [decision.reason(evse).cause for evse in (2, 3)] == [Cause.SHARED] * 2


def test_who_waits_at_zero_has_a_turn_although_another_is_boosted() -> None:
    desk = busy(rating_a=13.0)  # two of four have their minimum at a time
    ordered(desk, 0, is_boosted=True)

    served = np.zeros(4, dtype=np.bool_)
    for step in range(8 * 60):
        served |= desk.cycle(1220.0 + 60.0 * step).after_a > 0.0

    assert served.all()


def test_minimums_that_others_do_not_take_go_to_the_boosted() -> None:
    desk = busy("sequential", rating_a=36.0)
    evse = int(np.argmin(desk.limit_a))

    ordered(desk, evse, is_boosted=True)
    decision = settled(desk, 1220.0, 3600.0)

    assert int((decision.after_a > 0.0).sum()) == 2  # the others wait for their visit, as always there
    assert decision.after_a[evse] > 28.0


@hypothesis_settings(max_examples=40, deadline=None)
@given(
    rating_a=st.floats(30.0, 120.0),
    boosted=st.sets(st.integers(0, 3), min_size=1, max_size=3),
    architecture=st.sampled_from(("parallel", "adaptive")),
)
def test_a_boost_lends_only_what_is_above_everybodys_minimum(
    rating_a: float, boosted: set[int], architecture: str
) -> None:
    desk = desk_for(row_of(4, rating_a=rating_a), architecture=architecture)
    desk.cycle(400.0)
    for evse in boosted:
        ordered(desk, evse, is_boosted=True)

    decision = settled(desk, 460.0, 2400.0)

    others_a = np.delete(decision.after_a, list(boosted))
    assert others_a.sum() >= 6.0 * others_a.size - 1e-6
    assert architecture == "adaptive" or (decision.after_a >= 6.0).all()
    assert (decision.row_load_a <= decision.row_rating_a + 1e-6).all()


def test_a_limit_below_what_a_car_can_charge_with_pauses_it() -> None:
    desk = busy()

    ordered(desk, 1, 5.0)
    decision = desk.cycle(1220.0)

    assert decision.after_a[1] == 0.0
    assert decision.reason(1).cause is Cause.ORDERED


def test_sentences_tell_who_and_until_when() -> None:
    desk = busy(rating_a=200.0)
    ordered(desk, 0, 0.0)
    ordered(desk, 1, 10.0)
    ordered(desk, 2, 0.0, until_s=math.inf)
    decision = desk.cycle(1220.0)

    told = [driver_sentence(decision.reason(evse), AROUND) for evse in range(3)]
    assert told == [
        "Paused by the operator until 14:30.",
        "Slower now: the operator limits this outlet to 10 A until 14:30.",
        "Paused by the operator until the car leaves.",
    ]
    record = operator_record(decision.reason(1), "a2", 1220.0, "Europe/Amsterdam")
    assert (record["cause"], record["causer"]) == ("ordered", "site")
    assert record["ordered"] == {
        "most_a": 10.0,
        "is_boosted": False,
        "until": "1970-01-01T13:30:00Z",
        "sentence": "Limited to 10 A by the operator until 14:30.",
    }


def test_an_order_ends_with_its_visit_and_none_is_kept_for_an_empty_outlet() -> None:
    desk = busy()
    ordered(desk, 0, 0.0, until_s=math.inf)

    desk.hear(Unplugged(time_s=1210.0, evse=0, energy_wh=1.0))
    ordered(desk, 0, 0.0, until_s=math.inf)
    desk.hear(PluggedIn(time_s=1215.0, evse=0, session_id="other", energy_wh=1.0))
    desk.plug_in(0, 1216.0)
    decision = settled(desk, 1220.0, 2400.0)

    assert desk.memory.orders == ()
    assert decision.after_a[0] > 0.0


def test_the_newest_order_counts_and_resuming_takes_it_back() -> None:
    desk = busy()
    ordered(desk, 0, 0.0)
    ordered(desk, 0, 8.0)
    limited = settled(desk, 1220.0, 2400.0)
    ordered(desk, 0)
    resumed = settled(desk, 2460.0, 4000.0)

    assert limited.after_a[0] == pytest.approx(8.0, abs=1.0)
    assert resumed.after_a[0] > 10.0


@pytest.mark.parametrize("mode", [Mode.EQUAL, Mode.FLOOR])
def test_orders_are_kept_while_the_controller_does_not_trust_itself(mode: Mode) -> None:
    desk = with_offline_limits()
    trust = desk.memory.trust
    desk.memory = desk.memory._replace(trust=trust._replace(mode=mode, since_s=1200.0))

    ordered(desk, 0, 0.0)
    ordered(desk, 1, 7.0)
    decision = desk.cycle(1220.0)

    assert decision.mode is mode
    assert decision.after_a[0] == 0.0
    assert 6.0 <= decision.after_a[1] <= 7.0
    assert decision.after_a[2] >= 8.0


def test_orders_are_kept_when_the_core_failed() -> None:
    desk = with_offline_limits()
    ordered(desk, 0, 0.0)
    ordered(desk, 1, 7.0)

    desk.memory, commands = desk.controller.fall(desk.memory, 1220.0)

    assert desk.memory.grants.limit_a.tolist() == [0.0, 7.0, 8.0, 8.0]
    assert commands


def test_orders_are_kept_over_a_restart() -> None:
    desk = busy()
    ordered(desk, 0, 9.0)
    ordered(desk, 1, is_boosted=True, until_s=math.inf)

    again = thawed(frozen(desk.memory))

    assert again.orders == desk.memory.orders
    assert len(again.orders) == 2


def test_a_policy_on_trial_keeps_orders_and_shares_what_a_boost_leaves() -> None:
    desk = busy(rating_a=36.0)
    one = Policy(name="one by one", architecture="sequential")
    desk.hear(CanarySet(time_s=1210.0, policy=one, evses=(0, 1, 2)))

    ordered(desk, 0, is_boosted=True)
    ordered(desk, 1, 0.0)
    decision = settled(desk, 1220.0, 3600.0)

    assert decision.after_a[1] == 0.0
    assert decision.after_a[0] > 15.0
    assert decision.reason(0).cause is Cause.BOOSTED
    assert np.all(decision.row_load_a <= decision.row_rating_a + 1e-6)


orders = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.one_of(st.sampled_from((0.0, 5.0, 6.5, 9.0, 14.0)), st.none(), st.floats(0.0, 32.0)),
        st.booleans(),
        st.sampled_from((30.0, 100.0, 900.0)),
    ),
    min_size=2,
    max_size=6,
)


@hypothesis_settings(max_examples=30, deadline=None)
@given(
    orders=orders,
    rating_a=st.floats(8.0, 120.0),
    architecture=st.sampled_from(("sequential", "parallel", "adaptive")),
)
def test_whatever_is_ordered_no_fuse_is_overloaded_and_no_order_exceeded(
    orders: list[tuple[int, float | None, bool, float]], rating_a: float, architecture: str
) -> None:
    desk = desk_for(row_of(4, rating_a=rating_a), architecture=architecture)
    now_s = 400.0
    for evse, most_a, is_boosted, lasts_s in orders:
        desk.cycle(now_s)
        ordered(desk, evse, most_a, is_boosted=is_boosted, until_s=now_s + lasts_s)
        for _ in range(4):
            now_s += 60.0
            decision = desk.cycle(now_s)
            every = desk.memory.columns.column
            assert np.all(loads(desk.network.grid, every, desk.limit_a) <= rating_a + 1e-6)
            for one in decision.orders:
                if one.most_a is not None:
                    assert decision.after_a[one.evse] <= one.most_a + 1e-9
