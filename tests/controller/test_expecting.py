"""What a controller learns from its sessions and meters, and what its plans then rest on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.controller.desk import Desk
from tests.places import row_of, site_of
from voltloom.allocation.adaptive.horizon.settings import Departures, PlanningSettings
from voltloom.controller.expecting import alike_of, expecting_of, looked_ahead
from voltloom.controller.memory import ControllerMemory
from voltloom.controller.seating import as_seated
from voltloom.controller.settings import ControlSettings
from voltloom.controller.site_controller import SiteController
from voltloom.decision.expected import Expected
from voltloom.forecast.visits import Visits, no_visits, remembered, visit_begun
from voltloom.live.frozen import frozen, thawed
from voltloom.session.events import (
    CapabilityReported,
    PluggedIn,
    TokenKind,
    TokenPresented,
    Unplugged,
)
from voltloom.session.need import Need
from voltloom.site.network import network_of
from voltloom.site.topology import Circuit, Site

MONDAY_S = 1_717_970_400.0  # 10 June 2024, 00:00 in Berlin
HOUR_S = 3600.0
FORECAST = ControlSettings(period_s=60.0, planning=PlanningSettings(departures=Departures.FORECAST))


def metered_row() -> Site:
    site = row_of(2, rating_a=100.0)
    circuits = tuple(replace(circuit, is_metered=True) for circuit in site.circuits)
    return replace(site, time_zone="Europe/Berlin", circuits=circuits)


def two_hour_visits() -> Visits:
    """Twenty mornings on which somebody who told nothing stayed 2 h and took 8 kWh."""
    visits = no_visits()
    for day in range(20):
        begun = visit_begun("", MONDAY_S + (day - 21) * 24 * HOUR_S + 8 * HOUR_S, Need(), "Europe/Berlin")
        visits = remembered(visits, begun._replace(dwell_s=2 * HOUR_S, energy_wh=8000.0))
    return visits


def desk_at(
    architecture: str,
    settings: ControlSettings = FORECAST,
    history: Visits | None = None,
    start_s: float = MONDAY_S,
) -> Desk:
    site = metered_row()
    network = network_of(site)
    controller = SiteController(site=site, network=network, settings=settings, history=history)
    memory = controller.start(start_s, architecture)
    return Desk(controller=controller, network=network, memory=memory, limit_a=np.zeros(2))


def arrive(desk: Desk, evse: int, now_s: float) -> None:
    desk.hear(
        PluggedIn(time_s=now_s, evse=evse, session_id=f"s{now_s:.0f}", energy_wh=0.0),
        TokenPresented(time_s=now_s, evse=evse, id_token=f"t{evse}", kind=TokenKind.RFID),
        CapabilityReported(
            time_s=now_s, evse=evse, is_dynamic=True, uses_all_phases=True, min_a=6.0, max_a=32.0
        ),
    )


def expected_at(desk: Desk, memory: ControllerMemory, now_s: float, settings: ControlSettings) -> Expected:
    rules = expecting_of(metered_row(), desk.network, settings, None)
    _, expected = looked_ahead(memory, as_seated(memory), np.zeros(2), rules, now_s)
    assert expected is not None
    return expected


def test_who_tells_no_departure_is_expected_to_stay_as_long_as_others_did() -> None:
    eight_s = MONDAY_S + 8 * HOUR_S
    desk = desk_at("adaptive-plan", history=two_hour_visits(), start_s=eight_s)

    arrive(desk, 0, eight_s)
    for minute in range(8):
        desk.cycle(eight_s + minute * 60.0, [40.0] * 3)

    expected = expected_at(desk, desk.memory, eight_s, FORECAST)
    assert expected.departure_s[0] == pytest.approx(eight_s + 2 * HOUR_S, abs=0.25 * HOUR_S)
    assert np.isnan(expected.departure_s[1])
    plan = desk.memory.allocation.plan
    assert plan is not None
    assert plan.edge_s[-1] < eight_s + 3 * HOUR_S  # as told it would be 8 h


def test_plans_by_what_is_told_learn_all_the_same_but_rest_on_none_of_it() -> None:
    told = replace(FORECAST, planning=PlanningSettings())
    desk = desk_at("adaptive-plan", told, two_hour_visits())
    eight_s = MONDAY_S + 8 * HOUR_S

    arrive(desk, 0, eight_s)
    desk.cycle(eight_s)

    expected = expected_at(desk, desk.memory, eight_s, told)
    assert np.isnan(expected.departure_s).all()
    assert np.isnan(expected.need_wh).all()
    assert desk.memory.learned is not None
    assert np.isfinite(desk.memory.learned.departure_s[0])


def test_an_architecture_that_plans_nothing_learns_nothing() -> None:
    desk = desk_at("parallel")

    arrive(desk, 0, MONDAY_S)
    desk.cycle(MONDAY_S)

    assert desk.memory.learned is None


def test_what_was_learned_and_expected_survives_a_restart_bit_for_bit() -> None:
    desk = desk_at("adaptive-plan", history=two_hour_visits())
    for minute in range(20):
        if minute == 3:
            arrive(desk, 0, MONDAY_S + minute * 60.0)
        desk.cycle(MONDAY_S + minute * 60.0, [10.0, 10.0, 10.0])
    again = desk_at("adaptive-plan")
    again.memory, again.limit_a = thawed(frozen(desk.memory)), desk.limit_a.copy()

    for minute in range(20, 40):
        desk.cycle(MONDAY_S + minute * 60.0, [10.0, 10.0, 10.0])
        again.cycle(MONDAY_S + minute * 60.0, [10.0, 10.0, 10.0])

    assert frozen(again.memory) == frozen(desk.memory)


def test_a_journal_read_without_cycles_teaches_what_drivers_did() -> None:
    desk = desk_at("adaptive-plan")
    come_s, leave_s = MONDAY_S + 8 * HOUR_S, MONDAY_S + 10 * HOUR_S

    for day in range(3):
        add_s = day * 24 * HOUR_S
        for event in (
            PluggedIn(time_s=come_s + add_s, evse=0, session_id=f"s{day}", energy_wh=0.0),
            TokenPresented(time_s=come_s + add_s, evse=0, id_token="anna", kind=TokenKind.RFID),
            Unplugged(time_s=leave_s + add_s, evse=0, energy_wh=5000.0),
        ):
            desk.memory = desk.controller.recall(desk.memory, (event,))

    learned = desk.memory.learned
    assert learned is not None
    assert learned.visits.dwell_s.tolist() == [2 * HOUR_S] * 3


def test_the_building_is_what_the_meter_shows_beside_the_outlets() -> None:
    desk = desk_at("adaptive-plan")
    building_a, ticks = 20.0, range(0, 26 * 60, 5)

    for minute in ticks:
        desk.cycle(MONDAY_S + minute * 60.0, [building_a] * 3)

    expected = expected_at(desk, desk.memory, MONDAY_S + ticks[-1] * 60.0, FORECAST)
    known = expected.other_kw[np.isfinite(expected.other_kw)]
    assert known.size
    assert known == pytest.approx(building_a * 3 * metered_row().voltage_v / 1000.0, rel=0.02)
    assert expected.edge_s.size == expected.other_kw.size + 1


def arriving(desk: Desk, now_s: float) -> tuple[list[int], list[float]]:
    """Return the outlets of those who are still to come, and their hours of Monday."""
    comers = expected_at(desk, desk.memory, now_s, FORECAST).comers
    assert comers is not None
    return comers.evse.tolist(), ((comers.arrival_s - MONDAY_S) / HOUR_S).tolist()


def a_visit(desk: Desk, evse: int, begin_s: float, hours: float) -> None:
    """Let somebody charge at an outlet and leave."""
    arrive(desk, evse, begin_s)
    desk.cycle(begin_s + 60.0)
    desk.hear(Unplugged(time_s=begin_s + hours * HOUR_S, evse=evse, energy_wh=9000.0))
    desk.cycle(begin_s + hours * HOUR_S)


def test_who_came_yesterday_is_still_to_come_today_until_the_hour_has_passed() -> None:
    desk = desk_at("adaptive-plan")
    a_visit(desk, 1, MONDAY_S + 8 * HOUR_S, 2.0)
    tuesday_s = MONDAY_S + 24 * HOUR_S

    desk.cycle(tuesday_s + 6 * HOUR_S)
    before = arriving(desk, tuesday_s + 6 * HOUR_S)
    desk.cycle(tuesday_s + 9 * HOUR_S)
    after = arriving(desk, tuesday_s + 9 * HOUR_S)

    assert before[0] == [1]
    assert before[1] == pytest.approx([32.0], abs=0.1)
    assert after == ([], [])


def test_who_is_still_to_come_is_kept_over_a_restart_bit_for_bit() -> None:
    desk = desk_at("adaptive-plan")
    a_visit(desk, 1, MONDAY_S + 8 * HOUR_S, 2.0)
    desk.cycle(MONDAY_S + 30 * HOUR_S)

    kept = frozen(desk.memory)

    assert desk.memory.learned is not None
    assert desk.memory.learned.comers is not None
    assert desk.memory.learned.comers.evse.tolist() == [1]
    assert frozen(thawed(kept)) == kept


def test_outlets_that_load_the_same_limits_are_alike() -> None:
    row = row_of(4, rating_a=100.0)
    apart = Circuit(circuit_id="apart", parent_id="grid", rating_a=40.0)
    evses = tuple(
        replace(evse, circuit_id="apart") if number % 2 else evse for number, evse in enumerate(row.evses)
    )

    assert alike_of(network_of(site_of([*row.circuits, apart], evses))).tolist() == [0, 1, 0, 1]
