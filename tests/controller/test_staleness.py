"""The older a circuit's reading, the wider the margin; too old, and the controller plans for the worst by itself (C3)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tests.controller.desk import Desk, desk_for
from tests.places import site_of
from voltloom.decision.record import Decision, Mode
from voltloom.safety.other_load import STEP_RATIO
from voltloom.site.topology import Circuit, Evse, Phase, Wiring

RATING_A = 100.0
PLANNED_A = 30.0
BUILDING_A = 4.0
PERIOD_S = 30.0
LAST_WORD_S = 3600.0


def metered_desk(architecture: str = "adaptive") -> Desk:
    site = site_of(
        [
            Circuit(
                circuit_id="grid", parent_id="", rating_a=RATING_A, other_load_a=PLANNED_A, is_metered=True
            )
        ],
        [
            Evse(
                evse_id=f"a{number}",
                circuit_id="grid",
                wiring=Wiring.THREE_PHASE,
                phases=(Phase.L1, Phase.L2, Phase.L3),
                offline_a=6.0,
            )
            for number in range(4)
        ],
    )
    return desk_for(site, architecture=architecture)


def run_until(desk: Desk, from_s: float, until_s: float, *, is_heard: bool) -> list[Decision]:
    """Return the decisions of each cycle; the meter tells the truth or nothing any more."""
    decisions = []
    for now_s in np.arange(from_s, until_s, PERIOD_S):
        load_a = float(desk.limit_a.sum()) + BUILDING_A
        decisions.append(desk.cycle(float(now_s), [load_a] * 3 if is_heard else ()))
    return decisions


def room_a(decision: Decision) -> float:
    return float(decision.row_rating_a.min())


@pytest.fixture(name="story", scope="module")
def _story() -> list[Decision]:
    """One hour of a talking meter, then a quarter of an hour of silence."""
    desk = metered_desk()
    talking = run_until(desk, 0.0, LAST_WORD_S, is_heard=True)
    return [*talking, *run_until(desk, LAST_WORD_S, LAST_WORD_S + 900.0, is_heard=False)]


def at_age(story: list[Decision], age_s: float) -> Decision:
    last_s = LAST_WORD_S - PERIOD_S
    return next(d for d in story if d.now_s == last_s + age_s)


def test_a_fresh_reading_leaves_all_but_the_plain_margin_and_what_the_building_takes(
    story: list[Decision],
) -> None:
    step_a = STEP_RATIO * 0.02 * RATING_A  # so much more may be counted, so that limits stand still
    assert RATING_A * 0.98 - BUILDING_A - step_a < room_a(at_age(story, 0.0)) <= RATING_A * 0.98 - BUILDING_A
    assert room_a(at_age(story, 120.0)) == pytest.approx(room_a(at_age(story, 0.0)), abs=0.5)


def test_as_the_reading_ages_the_margin_widens_and_never_narrows(story: list[Decision]) -> None:
    rooms = [room_a(at_age(story, age_s)) for age_s in (120.0, 150.0, 180.0, 210.0, 240.0, 270.0)]

    assert all(later < earlier - 0.5 for earlier, later in pairwise(rooms))
    assert rooms[-1] > RATING_A * 0.9 - PLANNED_A, "the reading still counts"


def test_a_reading_too_old_to_use_forces_the_conservative_allocation(story: list[Decision]) -> None:
    silent = [decision for decision in story if decision.now_s >= LAST_WORD_S - PERIOD_S + 300.0]

    for decision in silent:
        assert room_a(decision) == pytest.approx(RATING_A * 0.9 - PLANNED_A, abs=1e-6)
        assert decision.mode is not Mode.CHOSEN
        assert decision.after_a.sum() + PLANNED_A <= RATING_A * 0.9 + 1e-6
    on_the_floor = [decision for decision in silent if decision.mode is Mode.FLOOR]
    assert on_the_floor, "the only meter of the site is gone"
    for decision in on_the_floor:
        np.testing.assert_array_equal(decision.after_a, decision.network.offline_a)
    assert silent[-1].after_a.sum() < at_age(story, 0.0).after_a.sum()


def test_limits_fall_with_the_margin_before_they_fall_to_the_conservative_ones(story: list[Decision]) -> None:
    given_a = [float(at_age(story, age_s).after_a.sum()) for age_s in (0.0, 240.0, 300.0)]

    assert given_a[0] > given_a[1] > given_a[2]


def test_a_sample_that_was_old_when_it_came_counts_by_its_own_age() -> None:
    fresh, late = metered_desk(), metered_desk()

    first = run_until(fresh, 0.0, 1800.0, is_heard=True)[-1]
    second = [
        late.cycle(float(now_s), [float(late.limit_a.sum()) + BUILDING_A] * 3, row_age_s=240.0)
        for now_s in np.arange(0.0, 1800.0, PERIOD_S)
    ][-1]

    assert first.mode is Mode.CHOSEN
    assert room_a(second) < room_a(first) - 3.0


def test_when_the_meter_speaks_again_trust_returns_step_by_step() -> None:
    desk = metered_desk()
    run_until(desk, 0.0, 600.0, is_heard=True)
    run_until(desk, 600.0, 1200.0, is_heard=False)

    back = run_until(desk, 1200.0, 3600.0, is_heard=True)

    ranks = [(Mode.FLOOR, Mode.EQUAL, Mode.CHOSEN).index(decision.mode) for decision in back]
    assert ranks[0] == 0
    assert ranks[-1] == 2
    assert all(later - earlier in (0, 1) for earlier, later in pairwise(ranks))


@pytest.mark.parametrize("end", [Mode.EQUAL, Mode.FLOOR])
def test_a_site_that_serves_one_at_a_time_does_so_too_when_it_trusts_nothing(end: Mode) -> None:
    desk = metered_desk("sequential")
    run_until(desk, 0.0, 1200.0, is_heard=True)

    silent = run_until(desk, 1200.0, 2400.0, is_heard=False)

    assert silent[-1].mode is Mode.FLOOR
    within = [decision for decision in silent if decision.mode is end]
    assert all(np.count_nonzero(decision.after_a) == 1 for decision in within)
    assert all(sorted(decision.place) == [0, 1, 2, 3] for decision in within)


def test_a_silent_vehicle_that_takes_more_than_its_station_keeps_is_reserved_where_only_the_grid_meter_sees_it() -> (
    None
):
    taken_a, row_rating_a, planned_a = 20.0, 40.0, 4.0
    grid = Circuit(
        circuit_id="grid", parent_id="", rating_a=RATING_A, other_load_a=planned_a, is_metered=True
    )
    row = Circuit(circuit_id="row", parent_id="grid", rating_a=row_rating_a)
    evses = [
        Evse(
            evse_id=f"a{number}",
            circuit_id="row",
            wiring=Wiring.THREE_PHASE,
            phases=(Phase.L1, Phase.L2, Phase.L3),
            offline_a=6.0,
        )
        for number in range(3)
    ]
    desk = desk_for(site_of([grid, row], evses), architecture="parallel")
    decisions = []
    for now_s in np.arange(0.0, 3600.0, PERIOD_S):
        silent = {0} if now_s >= 1200.0 else set()
        heard_a = float(np.delete(desk.limit_a, list(silent)).sum())
        shown_a = [heard_a + planned_a + taken_a * len(silent)] * 3
        decisions.append(desk.cycle(float(now_s), [*shown_a, 0.0, 0.0, 0.0], silent=silent))

    assert decisions[-1].after_a[1:].sum() <= row_rating_a - taken_a
    assert decisions[-1].after_a[1:].sum() >= 6.0
