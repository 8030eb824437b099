"""Simulated vehicles that feed back: what they give, what meters count, and that every breach is seen."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from tests.controller.discharge.feeder import Feeder
from tests.controller.discharge.yard import discharging
from tests.places import row_of
from tests.simulation.small_world import START_S, played, scenario_of, visit
from voltloom.decision.command import AnswerToken, SetLimits
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.session.events import EvseReadings, NeedStated, Unplugged, VehicleRequested
from voltloom.simulation.moment import CheckPlan
from voltloom.simulation.play import Play
from voltloom.simulation.run import play_with
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.scenario_file import Overrides, load_scenario
from voltloom.simulation.station import Stations
from voltloom.simulation.summary import RunResult
from voltloom.simulation.visits import BatteryKind, BatterySpec, Visit
from voltloom.site.network import Floats, network_of

RATIO = 0.95 * 0.95


def two_way(*visits: Visit, **world: object) -> Scenario:
    """Return a row of outlets that can discharge 16 A."""
    plain = scenario_of(*visits, **world)  # type: ignore[arg-type]  # by name
    site = discharging(plain.site)
    return replace(plain, site=site, network=network_of(site))


def giver(evse: int = 1, **changes: object) -> Visit:
    """Return a visit of a vehicle that holds a third of 60 kWh and may give all but a tenth."""
    return visit(evse, **({"discharges": True, "floor_ratio": 0.1, "soc_known": True} | changes))


def breach_of(result: RunResult) -> tuple[str, str]:
    return (result.breaches[0].checker, result.breaches[0].what) if result.breaches else ("", "")


def test_a_vehicle_gives_what_it_is_told_and_two_registers_count() -> None:
    result, fake = played(two_way(giver()), [-8.0, 0.0, 0.0])

    given_wh = 8.0 * 690.0 * 2.0
    last = [event for event in fake.heard if isinstance(event, EvseReadings)][-1]
    assert breach_of(result) == ("", "")
    assert result.summary.energy_delivered_wh == pytest.approx(-given_wh)
    assert result.trace.power_w == pytest.approx(np.full(result.trace.power_w.size, -5520.0))
    assert result.trace.max_row_load_ratio.max() == pytest.approx(8.0 / 40.0)
    assert last.exported_wh is not None
    assert last.exported_wh[0] == pytest.approx(given_wh, rel=0.02)
    assert (last.current_a[0], last.energy_wh[0]) == (pytest.approx(-8.0), 0.0)


def test_what_is_fed_back_is_taken_by_what_else_draws() -> None:
    scenario = two_way(giver(), visit(2), other_a=12.0)

    result, _ = played(scenario, [-8.0, 16.0, 0.0])

    assert breach_of(result) == ("", "")
    assert result.trace.max_row_load_ratio.max() == pytest.approx((12.0 + 16.0 - 8.0) / 40.0)
    assert result.trace.max_row_load_ratio.min() == pytest.approx(4.0 / 40.0)


def test_an_empty_vehicle_gives_no_more() -> None:
    held = BatterySpec(kind=BatteryKind.IDEAL, capacity_wh=60_000.0, initial_wh=5_000.0)
    empties = giver(battery=held, floor_ratio=0.0)

    result, _ = played(two_way(empties), [-10.0, 0.0, 0.0])

    assert result.summary.energy_delivered_wh == pytest.approx(-5_000.0 * RATIO)


def test_a_station_that_hears_nothing_more_ends_with_its_lease() -> None:
    def once(time_s: float) -> list[float]:
        return [-10.0 if time_s < 60.0 else 0.0, 0.0, 0.0]

    result, _ = played(
        two_way(giver()),
        once,
        tamper=lambda command: command if command.limit_a[0] < 0.0 else None,
        off=frozenset({"reasons"}),
    )

    assert result.summary.energy_delivered_wh == pytest.approx(-6900.0 * 300.0 / 3600.0)


def test_a_vehicle_that_was_full_asks_again_once_it_gave_some() -> None:
    held = BatterySpec(kind=BatteryKind.IDEAL, capacity_wh=60_000.0, initial_wh=60_000.0)
    full = giver(battery=held, wants_wh=0.0, stated_wh=0.0)

    result, fake = played(
        two_way(full),
        lambda time_s: [-10.0 if time_s < 1800.0 else 16.0, 0.0, 0.0],
        off=frozenset({"waiting"}),
    )

    asked = [event.request_a for event in fake.heard if isinstance(event, VehicleRequested)]
    assert asked[0] == 0.0
    assert max(asked) > 0.0
    assert asked[-1] == 0.0
    taken_wh = 6900.0 * 0.5 * (1.0 / RATIO - 1.0)
    assert result.summary.energy_delivered_wh == pytest.approx(taken_wh, rel=0.05)


def test_what_the_driver_allows_is_told_with_the_need() -> None:
    _, fake = played(two_way(giver(), visit(2)), [0.0, 0.0, 0.0])

    told = {event.evse: event for event in fake.heard if isinstance(event, NeedStated)}
    assert (told[0].floor_ratio, told[0].battery_wh) == (0.1, 60_000.0)
    assert math.isnan(told[1].floor_ratio)


def test_the_unplugging_tells_what_was_fed_back() -> None:
    leaves = giver(departure_s=START_S + 3600.0)

    _, fake = played(two_way(leaves), [-10.0, 0.0, 0.0])

    (left,) = [event for event in fake.heard if isinstance(event, Unplugged)]
    assert left.exported_wh == pytest.approx(6900.0)


@pytest.mark.parametrize(
    ("vehicle", "wish_a", "rating_a", "checker", "words"),
    [
        (giver(floor_ratio=math.nan), -10.0, 40.0, "consent", "without its driver's consent"),
        (giver(floor_ratio=0.3), -16.0, 40.0, "consent", "below its driver's floor"),
        (giver(), -20.0, 40.0, "pilots", "was told -20.000 A"),
        (giver(), -16.0, 15.0, "export", "of export on 15.00 A"),
    ],
    ids=["consent", "floor", "beyond the outlet", "export"],
)
def test_every_breach_is_seen(
    vehicle: Visit, wish_a: float, rating_a: float, checker: str, words: str
) -> None:
    result, _ = played(two_way(vehicle, rating_a=rating_a), [wish_a, 0.0, 0.0])

    assert breach_of(result)[0] == checker
    assert words in breach_of(result)[1]


def test_charging_in_the_room_that_somebody_feeds_in_is_seen() -> None:
    charging = visit(2, max_power_w=22_080.0)

    result, _ = played(two_way(giver(), charging, other_a=10.0), [-16.0, 32.0, 0.0])

    assert breach_of(result)[0] == "feed_in"


def told(limit_a: float, time_s: float, serial: int) -> SetLimits:
    return SetLimits(
        time_s=time_s,
        evses=np.array([0]),
        limit_a=np.array([limit_a]),
        lease_until_s=np.array([time_s + 300.0]),
        serial=np.array([serial]),
    )


def test_what_one_vehicle_was_told_to_give_is_not_asked_of_the_next() -> None:
    stations = Stations(network_of(discharging(row_of(1, rating_a=60.0))), reaction_s=0.0)
    stations.plug_in(0, 0.0)
    stations.answer(AnswerToken(time_s=0.0, evse=0, accepted=True, why=""), 5.0)
    stations.apply(told(-10.0, 10.0, 1), 10.0)
    assert stations.columns.held_a[0] == -10.0

    stations.unplug(0)
    stations.plug_in(0, 30.0)
    assert stations.columns.held_a[0] == 0.0
    stations.apply(told(-12.0, 20.0, 2), 40.0)
    assert stations.columns.held_a[0] == 0.0
    # On a late line the one before is still believed to be there.
    stations.apply(told(-9.0, 50.0, 3), 60.0)
    stations.answer(AnswerToken(time_s=30.0, evse=0, accepted=True, why=""), 90.0)
    assert stations.columns.held_a[0] == 0.0
    stations.apply(told(-9.0, 80.0, 4), 100.0)
    assert stations.columns.held_a[0] == 0.0
    stations.apply(told(-8.0, 110.0, 5), 110.0)
    assert stations.columns.held_a[0] == -8.0


def evening(snapshot: SiteSnapshot) -> Floats:
    """Return a wish: all that may gives in the evening and is charged at night."""
    sessions, hour = snapshot.sessions, snapshot.now_s % 86_400.0 / 3600.0
    if 15.0 <= hour < 20.0:
        return np.where(sessions.most_discharge_a > 0.0, -sessions.most_discharge_a, 0.0)
    return np.where(sessions.wants_power & ((hour < 6.0) | (hour >= 22.0)), sessions.max_a, 0.0)


@pytest.mark.parametrize(("faults", "seed"), [("severe", 2)])
def test_a_day_of_the_depot_keeps_every_floor_and_row(faults: str, seed: int) -> None:
    depot = load_scenario("v2g_depot", Overrides(first_day=date(2024, 1, 8), last_day=date(2024, 1, 8)))
    play = Play(
        scenario=depot,
        architecture="parallel",
        faults=faults,
        seed=seed,
        checks=CheckPlan(off=frozenset({"waiting"})),
    )

    result = play_with(Feeder(depot.site, depot.control, evening), play)

    assert breach_of(result) == ("", "")
    assert result.trace.power_w.min() < -30_000.0
    assert result.summary.breaker_trips == 0
