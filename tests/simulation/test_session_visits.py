"""Rows become visits as the settings say: needs, stays, words of drivers, batteries, places."""

import math
from pathlib import Path
from typing import Any

import pytest

from voltloom.simulation.scenario_file import Overrides, load_scenario
from voltloom.simulation.session_rows import SessionRow
from voltloom.simulation.session_visits import Converted, Garage, SessionsTable, visits_from
from voltloom.simulation.traits import VehiclesTable
from voltloom.simulation.visits import BatteryKind
from voltloom.site.network import network_of
from voltloom.site.plan import site_of

NETWORK = network_of(
    site_of(
        {
            "voltage_v": 230.0,
            "circuit": [{"id": "grid", "rating_a": 100.0}],
            "evse": [{"ids": ["A1", "A2"], "circuit": "grid", "wiring": "single_phase"}],
        }
    )
)
T0_S = 1_570_000_200.0  # on the 5-minute grid


def row(session_id: str = "s", **changes: Any) -> SessionRow:
    given: dict[str, Any] = {"where": f"line {session_id}", "station_id": "A1", "arrival_s": T0_S, "departure_s": T0_S + 7200.0, "energy_wh": 5000.0}  # fmt: skip
    return SessionRow(session_id=session_id, **{**given, **changes})


def converted(*rows: SessionRow, vehicles: VehiclesTable | None = None, **sessions: Any) -> Converted:
    garage = Garage(
        network=NETWORK,
        sessions=SessionsTable.model_validate(sessions),
        vehicles=vehicles or VehiclesTable(),
        seed=1,
    )
    return visits_from(rows, garage)


def test_times_are_floored_to_the_grid_and_a_long_stay_is_cut() -> None:
    long = row(arrival_s=T0_S + 299.0, departure_s=T0_S + 90_001.0)

    (visit,) = converted(long, floor_to_s=300.0, max_stay_s=43_200.0).visits

    assert (visit.arrival_s, visit.departure_s) == (T0_S, T0_S + 43_200.0)


def test_a_need_is_cut_to_what_full_power_delivers_and_the_cut_is_told() -> None:
    greedy = row(energy_wh=50_000.0)

    result = converted(greedy, clip_to_feasible=True)

    assert result.visits[0].wants_wh == pytest.approx(2 * 230 * 32)
    assert result.notes == ("needs cut to what full power delivers in the stay: 1",)


def test_a_session_that_drew_more_than_its_outlet_can_is_a_bad_row() -> None:
    impossible = row(energy_wh=50_000.0)

    result = converted(impossible)

    assert result.visits == ()
    assert "25.0 kW" in result.bad_rows[0].problem
    assert "clip_to_feasible" in result.bad_rows[0].remedy


def test_what_the_driver_typed_is_told_apart_from_what_the_car_takes() -> None:
    claimed = row("a", requested_wh=9000.0, requested_departure_s=T0_S + 3600.0)
    silent = row("b", station_id="A2")

    visits = converted(claimed, silent, stated_need="typed", stated_departure="typed").visits

    assert [v.wants_wh for v in visits] == [5000.0, 5000.0]
    assert (visits[0].stated_wh, visits[0].stated_departure_s) == (9000.0, T0_S + 3600.0)
    assert math.isnan(visits[1].stated_wh)
    assert math.isnan(visits[1].stated_departure_s)


def test_the_requested_energy_can_be_the_need() -> None:
    visits = converted(row("a", requested_wh=9000.0), row("b", station_id="A2"), need="requested").visits

    assert [(v.wants_wh, v.stated_wh) for v in visits] == [(9000.0, 9000.0), (5000.0, 5000.0)]


def test_two_cars_at_one_outlet_are_named_with_the_remedy() -> None:
    first, second = row("2"), row("3", arrival_s=T0_S + 60.0)

    result = converted(first, second)

    assert [v.session_id for v in result.visits] == ["2"]
    assert result.bad_rows[0].problem == "is still taken by the session on line 2"
    assert 'assign="any_free"' in result.bad_rows[0].remedy


def test_any_free_outlet_takes_the_second_car_and_a_third_finds_none() -> None:
    cars = [row(str(n), station_id="elsewhere", arrival_s=T0_S + n) for n in (2, 3, 4)]

    result = converted(*cars, assign="any_free")

    assert [v.evse_id for v in result.visits] == ["A1", "A2"]
    assert [bad.where for bad in result.bad_rows] == ["line 4"]


def test_rows_that_tell_the_truth_of_a_simulation_stay_untouched() -> None:
    exact = row(
        taken_as_is=True, arrival_s=T0_S + 7, energy_wh=90_000.0, capacity_wh=90_000.0, initial_wh=0.0, max_power_w=6600.0
    )  # fmt: skip

    (visit,) = converted(exact, clip_to_feasible=True, floor_to_s=300.0, max_stay_s=60.0).visits

    assert (visit.arrival_s, visit.departure_s) == (T0_S + 7, T0_S + 7200.0)
    assert (visit.wants_wh, visit.max_power_w, visit.battery.capacity_wh) == (90_000.0, 6600.0, 90_000.0)


def test_traits_follow_the_session_not_its_neighbours() -> None:
    vehicles = VehiclesTable(fixed_share=0.5, one_phase_share=0.5, tier_shares=[0.3, 0.7])
    cars = [
        row(str(n), arrival_s=T0_S + 7200.0 * n, departure_s=T0_S + 7200.0 * n + 3600.0) for n in range(200)
    ]

    everyone = converted(*cars, vehicles=vehicles).visits
    later = converted(*cars[100:], vehicles=vehicles).visits

    assert everyone[100:] == later
    assert 0.35 < sum(v.is_dynamic for v in everyone) / 200 < 0.65
    assert 0.2 < sum(v.tier == 0 for v in everyone) / 200 < 0.4


def test_the_shipped_month_with_tapering_batteries_can_all_be_served() -> None:
    scenario = load_scenario("caltech_54_quantised")

    kinds = {visit.battery.kind for visit in scenario.visits}
    short = [v for v in scenario.visits if v.battery.capacity_wh - v.battery.initial_wh < v.wants_wh - 1e-3]

    assert kinds == {BatteryKind.TWO_STAGE}
    assert not short


# (session, arrival / 300 s, departure / 300 s, kWh, capacity kWh, initial kWh): acnportal 0.3.3's acndata_events with
# period 5, voltage 208, max_len 144, force_feasible, and batt_cap_fn for the batteries.
FROM_ACNSIM = [
    ("2_39_78_364_2019-05-31 14:39:39.550877", 5197711, 5197827, 4.085, 8.0, 3.915000003869335),
    ("2_39_89_25_2019-06-18 23:17:55.227233", 5202999, 5203024, 5.381, 8.0, 2.616066930194696),
    ("2_39_95_444_2019-06-14 17:25:35.208969", 5201777, 5201867, 10.856, 24.0, 13.143484112620355),
    ("2_39_92_436_2019-11-22 17:40:32.186232", 5248148, 5248241, 19.369, 24.0, 4.6288502283692345),
    ("2_39_139_28_2019-08-05 20:18:38.075280", 5216787, 5216845, 1.883, 8.0, 6.116999996562798),
    ("2_39_78_362_2019-10-24 16:39:51.304795", 5239783, 5239864, 4.925, 8.0, 3.0750000015795234),
    ("2_39_95_27_2019-09-21 01:23:14.803375", 5230096, 5230165, 23.014, 24.0, 0.9113224635124211),
    ("2_39_123_23_2019-08-29 20:11:05.350799", 5223698, 5223722, 6.59, 8.0, 1.401135551512242),
    ("2_39_129_17_2019-05-20 00:16:47.302720", 5194371, 5194379, 0.957, 8.0, 0.8724063314865294),
    ("2_39_79_383_2019-07-30 14:46:18.933696", 5214993, 5215015, 5.776, 8.0, 2.213326504309973),
    ("2_39_131_30_2019-05-01 08:18:44.595638", 5188995, 5189139, 44.069, 60.0, 15.70329422539473),
    ("2_39_129_17_2019-05-01 14:43:41.837319", 5189072, 5189216, 31.208, 40.0, 8.785280354142191),
    ("2_39_92_442_2019-05-01 15:43:14.131837", 5189084, 5189177, 51.58399999999999, 85.0, 16.417046508789074),
    ("2_39_126_20_2019-05-06 00:38:39.918068", 5190343, 5190344, 0.5546666666666666, 8.0, 5.845464843749999),
    ("2_39_126_20_2019-05-06 01:10:22.389181", 5190350, 5190354, 2.2186666666666666, 8.0, 4.181449869791667),
]


@pytest.mark.reference
def test_visits_are_those_acn_sim_makes_of_the_same_sessions(shared_data: Path) -> None:
    file = shared_data / "sessions" / "caltech_2019-05_2021-08.csv.gz"
    skip = Overrides(sessions=file, assignments=('sessions.on_bad_row="skip"',))

    visits = {v.session_id: v for v in load_scenario("caltech_54_quantised", skip).visits}

    for session_id, arrival, departure, energy_kwh, capacity_kwh, initial_kwh in FROM_ACNSIM:
        visit = visits[session_id]
        assert (visit.arrival_s, visit.departure_s) == (arrival * 300.0, departure * 300.0)
        assert visit.wants_wh / 1000 == pytest.approx(energy_kwh, abs=1e-9)
        assert visit.battery.capacity_wh / 1000 == pytest.approx(capacity_kwh, abs=1e-9)
        assert visit.battery.initial_wh / 1000 == pytest.approx(initial_kwh, abs=1e-6)
