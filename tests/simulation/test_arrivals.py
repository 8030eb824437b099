"""Described arrivals: the numbers that were asked for on average, the same ones for the same seed."""

import math
import subprocess
import sys
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voltloom.simulation.arrivals import ArrivalsTable, Days, Drawn, drawn_visits
from voltloom.simulation.scenario_file import load_scenario
from voltloom.simulation.traits import VehiclesTable
from voltloom.site.network import network_of
from voltloom.site.plan import site_of

ZONE = "Europe/Amsterdam"
NETWORK = network_of(
    site_of(
        {
            "voltage_v": 230.0,
            "circuit": [{"id": "grid", "rating_a": 400.0}],
            "evse": [{"count": 60, "prefix": "P", "circuit": "grid"}],
        }
    )
)
BUSY: dict[str, Any] = {
    "weekday_per_hour": [0.0] * 8 + [6.0, 3.0] + [0.5] * 14,
    "weekend_per_hour": [0.25] * 24,
}


def drawn(first: date, last: date, seed: int = 1, **changes: Any) -> Drawn:
    table = ArrivalsTable.model_validate({**BUSY, **changes})
    return drawn_visits(table, VehiclesTable(), NETWORK, Days(first=first, last=last, time_zone=ZONE), seed)


def test_as_many_cars_come_in_each_hour_as_were_described() -> None:
    visits = drawn(date(2024, 1, 1), date(2024, 5, 19)).visits

    moments = [datetime.fromtimestamp(v.arrival_s, UTC).astimezone(ZoneInfo(ZONE)) for v in visits]
    at_eight = sum(1 for m in moments if m.hour == 8 and m.weekday() < 5)
    weekend = sum(1 for m in moments if m.weekday() >= 5)
    assert at_eight / 100 == pytest.approx(6.0, abs=3 * math.sqrt(6 / 100))
    assert weekend / 40 == pytest.approx(6.0, abs=3 * math.sqrt(6 / 40))
    assert not [m for m in moments if m.hour < 8 and m.weekday() < 5]


def test_stays_and_energies_have_the_means_that_were_described() -> None:
    visits = drawn(date(2024, 1, 1), date(2024, 4, 28), dwell_mean_h=5.0, energy_mean_kwh=10.0).visits

    stay_h = sum(v.stay_s for v in visits) / len(visits) / 3600
    energy_kwh = sum(v.wants_wh for v in visits) / len(visits) / 1000
    assert stay_h == pytest.approx(5.0, rel=0.06)
    assert energy_kwh == pytest.approx(10.0, rel=0.06)


def test_a_day_is_the_same_whatever_days_are_around_it() -> None:
    week = drawn(date(2024, 1, 1), date(2024, 1, 7)).visits
    friday = drawn(date(2024, 1, 5), date(2024, 1, 5)).visits

    def keys(visits: Any) -> list[tuple[str, float, float]]:
        return [
            (v.session_id, v.arrival_s, v.departure_s) for v in visits if v.session_id.startswith("20240105")
        ]

    assert keys(week) == keys(friday)
    assert len(friday) > 5


@settings(max_examples=30)
@given(seed=st.integers(min_value=0, max_value=2**31), cars_per_h=st.floats(min_value=0.0, max_value=12.0))
def test_no_outlet_ever_holds_two_cars_and_no_need_is_impossible(seed: int, cars_per_h: float) -> None:
    visits = drawn(date(2024, 3, 30), date(2024, 3, 31), seed, weekday_per_hour=[cars_per_h] * 24, weekend_per_hour=[]).visits  # fmt: skip

    free_from_s: dict[str, float] = {}
    for visit in visits:
        assert visit.arrival_s >= free_from_s.get(visit.evse_id, 0.0)
        free_from_s[visit.evse_id] = visit.departure_s
        assert visit.wants_wh <= visit.max_power_w * visit.stay_s / 3600 * (1 + 1e-9)
        assert 0.0 <= visit.battery.initial_wh <= visit.battery.capacity_wh


def test_a_fleet_leaves_by_morning() -> None:
    visits = drawn(date(2024, 1, 8), date(2024, 1, 9), leave_at_h=6.5).visits

    leaving = {
        datetime.fromtimestamp(v.departure_s, UTC).astimezone(ZoneInfo(ZONE)).strftime("%H:%M")
        for v in visits
    }

    assert leaving == {"06:30"}


def test_drivers_who_say_nothing_say_nothing() -> None:
    visits = drawn(date(2024, 1, 8), date(2024, 1, 8), known_departure_share=0.0, known_need_share=0.0).visits

    assert all(math.isnan(v.stated_departure_s) and math.isnan(v.stated_wh) for v in visits)


def test_cars_that_find_no_outlet_are_counted() -> None:
    crowd = drawn(date(2024, 1, 8), date(2024, 1, 8), weekday_per_hour=[60.0] * 24)

    assert crowd.notes[0].startswith("arrivals that found no free outlet and drove on: ")


def test_another_process_draws_the_same_cars() -> None:
    code = "from voltloom.simulation.scenario_file import load_scenario\nprint(load_scenario('depot').visits)"

    elsewhere = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)

    assert elsewhere.stdout.strip() == str(load_scenario("depot").visits)
