"""Slow and bad lines: room is never given twice, a late meter is no dead one, and who has not got an offer does not refuse it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.controller.desk import Desk, desk_for
from tests.places import row_of
from tests.simulation.small_world import scenario_of, visit
from voltloom.controller.settings import ControlSettings, SmoothingSettings
from voltloom.decision.record import Mode
from voltloom.session.events import EvseReadings
from voltloom.simulation.faults import FaultKind, FaultSpec
from voltloom.simulation.run import run
from voltloom.simulation.summary import RunSummary

PERIOD_S = 30.0
RATING_A = 40.0
OFFLINE_A = 6.0
AT_ONCE = SmoothingSettings(ramp_a_per_s=0.0, dwell_s=0.0, deadband_a=0.0)


def test_a_controller_that_just_started_raises_nobody_before_outlets_showed_what_they_draw() -> None:
    desk = desk_for(row_of(3, rating_a=RATING_A))

    first, *later = (desk.cycle(PERIOD_S * step).after_a for step in range(4))

    assert first.tolist() == [0.0, 0.0, 0.0]
    assert (later[-1] > 0.0).all()


def test_limits_that_nobody_confirmed_yet_are_not_moved_about_below_what_may_be_in_force() -> None:
    desk = desk_for(row_of(3, rating_a=RATING_A), settings=ControlSettings(smoothing=AT_ONCE))

    # Stations speak and hear nothing: what a predecessor allowed them may be in force.
    told = []
    for step in range(20):
        now_s, every = PERIOD_S * step, np.arange(3)
        desk.hear(
            EvseReadings(
                time_s=now_s,
                evses=every,
                sampled_s=np.full(3, now_s),
                current_a=np.zeros(3),
                energy_wh=np.full(3, np.nan),
            )
        )
        desk.memory, decision, _ = desk.controller.decide(desk.memory, now_s)
        told.append(decision.after_a.sum())

    assert told == [0.0] * 20


def kept_low_desk() -> Desk:
    """Return a desk where two cars have all the room, and a third outlet holds less than it would by itself."""
    site = row_of(3, rating_a=RATING_A)
    site = replace(site, evses=tuple(replace(evse, offline_a=OFFLINE_A) for evse in site.evses))
    settings = ControlSettings(smoothing=AT_ONCE)
    desk = desk_for(site, settings=settings)
    desk.memory = desk.controller.start(0.0, "parallel")
    for evse in (0, 1):
        desk.plug_in(evse, 0.0)
    for step in range(40):
        desk.cycle(PERIOD_S * step)
    return desk


def test_room_for_what_a_lost_station_falls_back_to_is_made_before_it_falls_back() -> None:
    desk = kept_low_desk()
    assert desk.limit_a.tolist() == [19.6, 19.6, 0.0]
    ends_s = desk.memory.grants.sure_until_s.item(2)

    step = 40
    while PERIOD_S * (step + 1) < ends_s:
        desk.cycle(PERIOD_S * step, silent=(2,))
        step += 1

    assert desk.memory.readings.heard_s.item(2) > PERIOD_S * step - 300.0  # it does not count as silent yet
    assert desk.limit_a[:2].sum() + OFFLINE_A <= RATING_A


def test_a_circuit_meter_that_tells_everything_late_is_not_a_dead_one() -> None:
    site = row_of(3, rating_a=RATING_A)
    circuits = tuple(replace(circuit, is_metered=True) for circuit in site.circuits)
    desk = desk_for(replace(site, circuits=circuits))

    modes = set()
    for step in range(60):
        shown = [float(desk.limit_a.sum())] * 3
        modes.add(desk.cycle(PERIOD_S * step, shown, row_age_s=400.0).mode)
    dead = [desk.cycle(PERIOD_S * step).mode for step in range(60, 100)]
    stuck = [desk.cycle(PERIOD_S * step, [0.0] * 3, row_age_s=1000.0).mode for step in range(100, 110)]

    assert modes == {Mode.CHOSEN}
    assert dead[-1] is Mode.FLOOR
    assert stuck[-1] is Mode.FLOOR


def test_confirmations_that_are_minutes_late_make_leases_longer_and_ratings_planned() -> None:
    site = row_of(3, rating_a=RATING_A)
    circuits = tuple(replace(circuit, is_metered=True, other_load_a=10.0) for circuit in site.circuits)
    desk = desk_for(replace(site, circuits=circuits))
    ratings_a = [
        desk.cycle(PERIOD_S * step, [float(desk.limit_a.sum())] * 3).row_rating_a.min() for step in range(60)
    ]
    trips_s = np.full(3, 240.0)
    grants, now_s = desk.memory.grants, PERIOD_S * 60 + 240.0

    desk.memory = desk.memory._replace(grants=grants._replace(round_trip_s=trips_s))
    decision = desk.cycle(now_s, [float(desk.limit_a.sum())] * 3)
    grants = desk.memory.grants

    assert (grants.lease_until_s > now_s + 600.0).any()
    assert ratings_a[-1] > RATING_A - 10.0
    assert decision.row_rating_a.max() <= RATING_A - 10.0


def late_day(*faults: FaultSpec) -> RunSummary:
    cars = [replace(visit(evse), wants_wh=30_000.0, stated_wh=30_000.0) for evse in (1, 2, 3)]
    world = scenario_of(
        *cars, rating_a=40.0, hours=4.0, step_s=30.0, settings=ControlSettings(period_s=30.0), faults=faults
    )
    result = run(world, architecture="parallel", faults="some", seed=1)
    assert result.breaches == ()
    return result.summary


def test_most_of_the_energy_is_delivered_over_a_line_that_is_minutes_late() -> None:
    sound = late_day()

    for late_s, least_ratio in ((60.0, 0.95), (120.0, 0.9), (300.0, 0.8)):
        lossy = FaultSpec(kind=FaultKind.MESSAGE_LOSS, magnitude_ratio=0.1)
        slow = late_day(FaultSpec(kind=FaultKind.MESSAGE_DELAY, jitter_s=late_s), lossy)
        assert slow.overload_a_s == 0.0
        assert slow.energy_delivered_wh >= least_ratio * sound.energy_delivered_wh, late_s
