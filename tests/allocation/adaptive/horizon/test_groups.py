"""A plan of one group of outlets is its own: it is kept from cycle to cycle and never given to another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.allocation.adaptive.horizon.places import peak_of, planner
from tests.allocation.adaptive.horizon.test_stored_plans import COST, feeding
from tests.controller.desk import desk_for
from tests.places import row_of
from voltloom.allocation.contract import AllocationMemory
from voltloom.allocation.groups import Grouped
from voltloom.controller.settings import ControlSettings
from voltloom.live.frozen import frozen, thawed
from voltloom.session.events import ArchitectureChosen
from voltloom.site.network import network_of
from voltloom.site.topology import Site


def two_groups() -> Site:
    """Return a row of four, the last two of which are staff's."""
    site = row_of(4, rating_a=60.0)
    evses = tuple(
        replace(evse, group="staff" if number > 1 else "") for number, evse in enumerate(site.evses)
    )
    return replace(site, evses=evses)


def serials(memory: AllocationMemory) -> set[int]:
    return set() if memory.plan is None else {int(serial) for serial in memory.plan.serial}


def test_each_group_that_plans_keeps_a_plan_of_its_own() -> None:
    settings = ControlSettings(group_architecture=(("staff", "adaptive-plan"),))
    desk = desk_for(two_groups(), architecture="adaptive-plan", settings=settings)
    desk.cycle(0.0)
    desk.cycle(30.0)
    first = desk.memory.allocation

    for cycle in range(2, 10):
        decision = desk.cycle(30.0 * cycle)
        assert decision.after_a.sum() <= 60.0 + 1e-6

    staff, rest = desk.memory.allocation.parts
    mine = desk.memory.columns.serial
    assert serials(staff) == set(mine[2:].tolist())
    assert serials(rest) == set(mine[:2].tolist())
    assert staff.plan is first.parts[0].plan  # it held for five minutes: nothing was planned anew
    assert rest.plan is not None
    assert desk.memory.allocation.plans == (staff.plan, rest.plan)
    assert np.isfinite(rest.plan.current_a).all()


def test_the_rest_plans_on_beside_a_group_under_a_rule() -> None:
    settings = ControlSettings(group_architecture=(("staff", "sequential"),))
    desk = desk_for(two_groups(), architecture="adaptive-plan", settings=settings)
    decisions = [desk.cycle(30.0 * cycle) for cycle in range(12)]

    staff, rest = desk.memory.allocation.parts
    assert staff.plan is None
    assert serials(rest) == set(desk.memory.columns.serial[:2].tolist())
    assert len(desk.memory.allocation.serving) == 1
    assert (decisions[-1].after_a[2:] > 0.0).sum() == 1


def test_a_switch_to_a_rule_and_back_leaves_no_old_plan() -> None:
    settings = ControlSettings(group_architecture=(("staff", "parallel"),))
    desk = desk_for(two_groups(), architecture="adaptive-plan", settings=settings)
    for now_s, name in [
        (60.0, "parallel"),
        (120.0, "sequential"),
        (180.0, "adaptive-plan"),
        (240.0, "adaptive-plan"),
    ]:
        desk.cycle(now_s - 30.0)
        desk.hear(ArchitectureChosen(time_s=now_s, architecture=name))
        decision = desk.cycle(now_s)
        assert decision.after_a.sum() <= 60.0 + 1e-6

    plan = desk.memory.allocation.parts[1].plan
    assert plan is not None
    assert plan.made_s == 180.0


def test_the_months_peak_outlives_another_architecture() -> None:
    desk = desk_for(two_groups(), architecture="parallel")
    peak = peak_of(17.0)
    desk.memory = desk.memory._replace(allocation=AllocationMemory(peak_seen=peak))

    desk.cycle(30.0)

    assert desk.memory.allocation.peak_seen is peak


def test_plans_and_peak_come_back_from_a_journal_bit_for_bit() -> None:
    settings = ControlSettings(group_architecture=(("staff", "adaptive-plan"),))
    desk = desk_for(two_groups(), architecture="adaptive-plan", settings=settings)
    desk.cycle(0.0)
    memory = desk.memory
    peak = peak_of(17.0)
    memory = memory._replace(allocation=memory.allocation._replace(peak_seen=peak))

    again = thawed(frozen(memory))

    assert frozen(again) == frozen(memory)
    kept, mine = again.allocation.parts[0].plan, memory.allocation.parts[0].plan
    assert kept is not None
    assert mine is not None
    assert kept.current_a.tobytes() == mine.current_a.tobytes()
    assert kept.serial.tolist() == mine.serial.tolist()
    assert again.allocation.peak_seen.highest_kw == 17.0
    desk.memory = again
    desk.cycle(30.0)
    assert desk.memory.allocation.parts[0].plan.made_s == 0.0  # type: ignore[union-attr]  # asserted above


def test_what_one_group_feeds_back_is_no_room_for_another() -> None:
    first = np.array([True, False])
    ruled = Grouped(name="both", parts=((planner(settings=COST), first), (planner().rules_instead, ~first)))
    tight = network_of(row_of(2, rating_a=10.0)).grid
    snapshot = feeding(delivered_wh=np.array([20_000.0, 0.0]))._replace(grid=tight)

    proposals, _ = ruled.allocate(snapshot, AllocationMemory())

    assert proposals.current_a[0] < -5.0
    assert 6.0 <= proposals.current_a[1] <= 10.0 + 1e-6
