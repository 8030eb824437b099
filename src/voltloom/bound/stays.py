"""The visits of a scenario as the clairvoyant knows them: when each can charge, how fast, and how much it takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voltloom.simulation.clock import Clock
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.visits import BatteryKind, Visit
from voltloom.site.network import Floats, Ints
from voltloom.units import SECONDS_PER_HOUR

NONE_WH = 1e-6  # a need below this is met


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stays:
    """The visits that can take energy, as columns (v,) by arrival.

    visit: its place among the scenario's visits. column: the grid column it loads. It can charge in the steps from
    first_step up to but without end_step, with at most most_a, and takes room_wh in all. missing_wh: to a full
    battery on arrival. taper_per_h: a battery that is short of x Wh takes at most taper_per_h * x W; inf where it
    does not taper.
    """

    visit: Ints
    column: Ints
    first_step: Ints
    end_step: Ints
    most_a: Floats
    w_per_a: Floats
    room_wh: Floats
    missing_wh: Floats
    taper_per_h: Floats

    def those(self, chosen: Ints) -> Stays:
        """Return some of them."""
        return Stays(**{name: getattr(self, name)[chosen] for name in Stays.__slots__})

    def tapered_ratio(self, length_s: Floats) -> Floats:
        """Return the part of what is missing to full that a battery can take within a time, (v,) each.

        Its power is never above taper_per_h times what is missing, so what is missing decays at most exponentially.
        """
        taken_ratio: Floats = -np.expm1(-self.taper_per_h * length_s / SECONDS_PER_HOUR)
        return taken_ratio


def stays_of(scenario: Scenario, clock: Clock) -> Stays:
    """Return the visits of a scenario that can take energy within its steps."""
    found = [(number, visit, *_steps(visit, clock)) for number, visit in enumerate(scenario.visits)]
    visits = [visit for _, visit, _, _ in found]
    network = scenario.network
    evse = np.array([network.index[v.evse_id] for v in visits], dtype=np.int64)
    phases = np.array([v.uses_all_phases for v in visits], dtype=np.int64)
    w_per_a = network.w_per_a[phases, evse]
    offered_a = _offered_a(scenario)[evse]
    starts = np.array([v.min_a for v in visits]) <= offered_a + 1e-9
    drawn_a = offered_a * scenario.vehicles.draw_ratio
    missing_wh = np.array([v.battery.capacity_wh - v.battery.initial_wh for v in visits])
    stays = Stays(
        visit=np.array([number for number, *_ in found], dtype=np.int64),
        column=evse + phases * len(network.evse_ids),
        first_step=np.array([first for *_, first, _ in found], dtype=np.int64),
        end_step=np.array([end for *_, end in found], dtype=np.int64),
        most_a=np.where(
            starts, np.minimum(drawn_a, np.array([v.max_power_w for v in visits]) / w_per_a), 0.0
        ),
        w_per_a=w_per_a,
        room_wh=np.minimum(np.array([v.wants_wh for v in visits]), missing_wh),
        missing_wh=missing_wh,
        taper_per_h=np.array([_taper_per_h(v) for v in visits]),
    )
    can = (stays.room_wh > NONE_WH) & (stays.end_step > stays.first_step) & (stays.most_a > 0.0)
    return stays.those(np.flatnonzero(can))


def components_of(stays: Stays) -> list[Ints]:
    """Return the stays in groups that never meet: nobody of one group is there while one of another is."""
    if stays.visit.size == 0:
        return []
    order = np.argsort(stays.first_step, kind="stable")
    last_step = np.maximum.accumulate(stays.end_step[order])
    begins = np.flatnonzero(stays.first_step[order][1:] >= last_step[:-1]) + 1
    return [np.sort(group) for group in np.split(order, begins)]


def _steps(visit: Visit, clock: Clock) -> tuple[int, int]:
    return clock.step_at(visit.arrival_s), clock.step_at(visit.departure_s)


def _offered_a(scenario: Scenario) -> Floats:
    """Return the most each EVSE ever offers, (n,): its maximum, or the highest pilot up to it."""
    network = scenario.network
    most_a = network.max_a.copy()
    for evse in range(most_a.size):
        pilots_a = network.pilots_a[network.pilot_start[evse] : network.pilot_start[evse + 1]]
        if pilots_a.size:
            most_a[evse] = pilots_a[pilots_a <= most_a[evse] + 1e-9].max(initial=0.0)
    return most_a


def _taper_per_h(visit: Visit) -> float:
    battery = visit.battery
    span_wh = battery.capacity_wh * (1.0 - battery.transition_soc_ratio)
    if battery.kind is BatteryKind.IDEAL or span_wh <= 0.0:
        return np.inf
    return visit.max_power_w / span_wh
