"""What an operator is told of meters, leases, circuits and trust: once when it begins, and when it is over."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from tests.controller.desk import Desk, desk_for
from tests.controller.test_staleness import BUILDING_A, metered_desk
from tests.places import row_of, site_of
from voltloom.session.alarms import Alarm, AlarmKind
from voltloom.session.events import (
    Event,
    FaultCleared,
    FaultReported,
    HardwareFault,
    LimitsAcknowledged,
    OutsideLimitSet,
    OutsideLimitWithdrawn,
    Unplugged,
)
from voltloom.site.outside import LimitSource, OutsideLimit
from voltloom.site.topology import Circuit, Evse, Phase, Wiring
from voltloom.units import span_words

CYCLE_S = 10.0
LEASE_S, CONFIRM_S, SILENT_S, HALFWAY_S = 300.0, 60.0, 300.0, 210.0


def true_a(desk: Desk) -> list[float]:
    """Return what an honest meter of the grid connection shows."""
    return [float(desk.limit_a.sum()) + BUILDING_A] * 3


def nothing_a(_: Desk) -> Sequence[float]:
    return ()


def goes_on(
    desk: Desk,
    duration_s: float,
    shows: Callable[[Desk], Sequence[float]] = nothing_a,
    silent: Sequence[int] = (),
) -> float:
    """Let time pass and return the moment of the last cycle. shows: what the meter does."""
    now_s = desk.memory.decided_s
    until_s = now_s + duration_s
    while now_s < until_s:
        now_s += CYCLE_S
        desk.cycle(now_s, shows(desk), silent=silent)
    return now_s


def of_kind(alarms: Sequence[Alarm], kind: AlarmKind) -> list[Alarm]:
    return [alarm for alarm in alarms if alarm.kind is kind]


def told(desk: Desk, kind: AlarmKind) -> Alarm:
    """Return the only alarm of a kind."""
    (alarm,) = of_kind(desk.alarms, kind)
    return alarm


def over_s(desk: Desk, kind: AlarmKind) -> float:
    """Return when the only alarm of a kind was over, after which it stands no more."""
    (alarm,) = of_kind(desk.over, kind)
    assert of_kind(desk.memory.standing.alarms, kind) == []
    return alarm.over_s


def test_a_site_where_all_is_well_raises_nothing() -> None:
    desk = metered_desk()

    goes_on(desk, 3600.0, true_a)

    assert desk.alarms == desk.over == []
    assert desk.memory.standing.alarms == ()


def test_a_meter_that_falls_silent_is_told_of_once_with_its_age_and_is_over_with_its_next_word() -> None:
    desk = metered_desk()
    silent_s = goes_on(desk, 600.0, true_a)

    again_s = goes_on(desk, 1800.0)
    alarm = told(desk, AlarmKind.METER_STALE)
    assert of_kind(desk.over, AlarmKind.METER_STALE) == []
    goes_on(desk, 60.0, true_a)

    assert alarm.source == "grid"
    assert HALFWAY_S < alarm.time_s - silent_s <= HALFWAY_S + CYCLE_S
    assert f"for {span_words(alarm.time_s - silent_s)}" in alarm.what
    assert over_s(desk, AlarmKind.METER_STALE) == again_s + CYCLE_S
    assert len(of_kind(desk.alarms, AlarmKind.METER_STALE)) == 1


def test_a_meter_that_comes_late_but_in_time_is_no_alarm() -> None:
    desk = metered_desk()

    for now_s in np.arange(CYCLE_S, 1800.0, CYCLE_S):
        late_s = 200.0 if now_s > 300.0 else 0.0
        desk.cycle(float(now_s), true_a(desk), row_age_s=late_s)

    assert of_kind(desk.alarms, AlarmKind.METER_STALE) == []


def test_a_meter_that_never_speaks_is_told_of_when_its_time_to_begin_is_over() -> None:
    desk = metered_desk()

    goes_on(desk, 1200.0)

    alarm = told(desk, AlarmKind.METER_STALE)
    assert "never since the start" in alarm.what
    assert alarm.time_s == SILENT_S


def test_an_outlet_that_charges_and_sends_no_readings_is_told_of_until_its_vehicle_left() -> None:
    desk = desk_for(row_of(2, rating_a=80.0))
    now_s = begun_s = goes_on(desk, 900.0)
    for step in range(60):  # its station speaks, but tells no current
        now_s = begun_s + (step + 1) * CYCLE_S
        desk.cycle(now_s, silent=(0,))
        first = np.array([0], dtype=np.int64)
        desk.hear(LimitsAcknowledged(time_s=now_s, evses=first, serial=desk.memory.grants.serial[first]))
    alarm = told(desk, AlarmKind.METER_STALE)
    assert of_kind(desk.over, AlarmKind.METER_STALE) == []

    desk.hear(Unplugged(time_s=now_s, evse=0, energy_wh=0.0))
    goes_on(desk, 60.0, silent=(0,))

    assert alarm.source == "a1"
    assert HALFWAY_S < alarm.time_s - begun_s <= HALFWAY_S + CYCLE_S
    assert over_s(desk, AlarmKind.METER_STALE) == now_s + CYCLE_S
    assert of_kind(desk.alarms, AlarmKind.LEASE_LOST) == []


def test_a_meter_that_shows_less_than_flows_below_it_is_told_of_with_the_reason_until_it_is_trusted() -> None:
    desk = metered_desk()
    good_s = goes_on(desk, 900.0, true_a)

    again_s = goes_on(desk, 900.0, lambda _: [0.5] * 3)
    alarm = told(desk, AlarmKind.METER_IMPLAUSIBLE)
    assert of_kind(desk.over, AlarmKind.METER_IMPLAUSIBLE) == []
    goes_on(desk, 3600.0, true_a)

    assert alarm.source == "grid"
    assert alarm.time_s > good_s
    assert "0.5 A, it is less than what is measured below it" in alarm.what
    assert over_s(desk, AlarmKind.METER_IMPLAUSIBLE) - again_s >= 600.0
    assert len(of_kind(desk.alarms, AlarmKind.METER_IMPLAUSIBLE)) == 1


def test_an_outlets_reading_that_cannot_be_is_told_of_once() -> None:
    desk = desk_for(row_of(2, rating_a=80.0))
    goes_on(desk, 600.0)

    for _ in range(20):
        desk.limit_a[0] = -12.0
        goes_on(desk, CYCLE_S)

    alarm = told(desk, AlarmKind.METER_IMPLAUSIBLE)
    assert alarm.source == "a1"
    assert "-12.0 A, it is negative" in alarm.what


def test_a_lease_that_ran_out_unconfirmed_is_told_of_once_and_over_with_the_next_confirmation() -> None:
    desk = desk_for(row_of(2, rating_a=40.0))
    silent_s = goes_on(desk, 900.0)

    again_s = goes_on(desk, 3600.0, silent=(1,))
    alarm = told(desk, AlarmKind.LEASE_LOST)
    assert of_kind(desk.over, AlarmKind.LEASE_LOST) == []
    goes_on(desk, 60.0)

    assert alarm.source == "a2"
    # The newest confirmed lease was given within half a lease before.
    assert LEASE_S / 2 + CONFIRM_S < alarm.time_s - silent_s <= LEASE_S + CONFIRM_S + CYCLE_S
    assert again_s < over_s(desk, AlarmKind.LEASE_LOST) <= again_s + 60.0


def test_stations_that_never_came_have_no_lease_to_lose_and_overload_nothing() -> None:
    desk = desk_for(row_of(4, rating_a=40.0))  # all of it is reserved for them, and more

    goes_on(desk, 3600.0, silent=(0, 1, 2, 3))

    kinds = {alarm.kind for alarm in desk.alarms}
    assert not kinds & {AlarmKind.LEASE_LOST, AlarmKind.LIMIT_OUT_OF_REACH}


def test_a_car_that_takes_more_than_its_fuse_bears_and_obeys_nobody_is_out_of_reach() -> None:
    desk = desk_for(row_of(2, rating_a=30.0))
    goes_on(desk, 600.0)

    for _ in range(30):
        desk.limit_a[0] = 32.0
        goes_on(desk, CYCLE_S)
    alarm = told(desk, AlarmKind.LIMIT_OUT_OF_REACH)
    assert of_kind(desk.over, AlarmKind.LIMIT_OUT_OF_REACH) == []
    goes_on(desk, 1800.0)

    assert "32.0 A where 30.0 A are allowed" in alarm.what
    assert over_s(desk, AlarmKind.LIMIT_OUT_OF_REACH) > alarm.time_s


def test_a_building_that_takes_more_than_the_fuse_bears_is_told_of_after_a_minute_until_a_minute_after_it() -> (
    None
):
    desk = metered_desk()
    before_s = goes_on(desk, 900.0, true_a)

    again_s = goes_on(desk, 600.0, lambda desk: [105.0 + float(desk.limit_a.sum())] * 3)
    alarm = told(desk, AlarmKind.LIMIT_OUT_OF_REACH)
    assert of_kind(desk.over, AlarmKind.LIMIT_OUT_OF_REACH) == []
    goes_on(desk, 900.0, true_a)

    assert alarm.source == "grid"
    assert CONFIRM_S < alarm.time_s - before_s <= CONFIRM_S + 2 * CYCLE_S
    assert "105.0 A where 100.0 A are allowed" in alarm.what
    assert again_s + CONFIRM_S <= over_s(desk, AlarmKind.LIMIT_OUT_OF_REACH) <= again_s + CONFIRM_S + CYCLE_S


@pytest.mark.parametrize("building_a", [97.0, 105.0], ids=["full, not over", "a moment too much"])
def test_a_full_fuse_and_a_short_peak_are_no_alarm(building_a: float) -> None:
    desk = metered_desk()
    goes_on(desk, 900.0, true_a)

    lasts_s = 600.0 if building_a < 100.0 else CONFIRM_S - CYCLE_S
    goes_on(desk, lasts_s, lambda desk: [building_a + float(desk.limit_a.sum())] * 3)
    goes_on(desk, 600.0, true_a)

    assert of_kind(desk.alarms, AlarmKind.LIMIT_OUT_OF_REACH) == []


def test_a_limit_of_the_grid_operator_below_what_an_unmetered_building_may_take_is_out_of_reach() -> None:
    desk = desk_for(
        site_of(
            [Circuit(circuit_id="grid", parent_id="", rating_a=100.0, other_load_a=30.0)],
            [
                Evse(
                    evse_id="a1",
                    circuit_id="grid",
                    wiring=Wiring.THREE_PHASE,
                    phases=(Phase.L1, Phase.L2, Phase.L3),
                )
            ],
        )
    )
    from_s = goes_on(desk, 600.0)
    limit = OutsideLimit(
        source=LimitSource.GRID_OPERATOR, limit_id="evening", limit_a=20.0, until_s=from_s + 7200.0
    )
    desk.hear(OutsideLimitSet(time_s=from_s, limit=limit))

    until_s = goes_on(desk, 900.0)
    alarm = told(desk, AlarmKind.LIMIT_OUT_OF_REACH)
    desk.hear(OutsideLimitWithdrawn(time_s=until_s, source=LimitSource.GRID_OPERATOR, limit_id="evening"))
    goes_on(desk, 300.0)

    assert desk.memory.grants.limit_a[0] > 0.0  # it charges again
    assert alarm.time_s - from_s <= CONFIRM_S + 2 * CYCLE_S
    assert "30.0 A where 20.0 A are allowed" in alarm.what
    assert over_s(desk, AlarmKind.LIMIT_OUT_OF_REACH) - until_s <= CONFIRM_S + 2 * CYCLE_S


def test_a_mode_that_falls_is_over_when_the_chosen_architecture_decides_again() -> None:
    desk = metered_desk()
    goes_on(desk, 600.0, true_a)

    again_s = goes_on(desk, 1200.0)
    assert of_kind(desk.over, AlarmKind.MODE_LOWERED) == []
    goes_on(desk, 1800.0, true_a)

    first, *deeper = of_kind(desk.alarms, AlarmKind.MODE_LOWERED)
    (over,) = of_kind(desk.over, AlarmKind.MODE_LOWERED)
    assert (over.time_s, over.what) == (first.time_s, first.what)
    assert over.over_s > again_s + 600.0
    assert all(alarm.time_s > first.time_s for alarm in deeper)


def test_what_a_journal_without_a_kept_memory_tells_is_not_raised_once_more_and_what_lasts_stands() -> None:
    desk = desk_for(row_of(2, rating_a=80.0))
    fault = HardwareFault.GROUND_FAULT
    past: list[Event] = [
        FaultReported(time_s=100.0, evse=0, fault=fault),
        FaultCleared(time_s=200.0, evse=0),
        FaultReported(time_s=300.0, evse=0, fault=fault),
        FaultReported(time_s=400.0, evse=1, fault=fault),
        FaultCleared(time_s=500.0, evse=1),
    ]
    told = desk.controller.recall(desk.memory, past)

    again = desk.controller.begun_again(told, 900.0)
    after, _, _ = desk.controller.decide(again, 900.0)

    assert [alarm.time_s for alarm in again.standing.alarms] == [300.0]
    assert of_kind(after.alarms, AlarmKind.GROUND_FAULT) == []
    assert of_kind(after.standing.over, AlarmKind.GROUND_FAULT) == []
    assert [alarm.source for alarm in of_kind(after.standing.alarms, AlarmKind.GROUND_FAULT)] == ["a1"]
