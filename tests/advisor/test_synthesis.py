"""A site without a record: a scenario made from answers, every guess told, every missing answer named."""

import pytest

from voltloom.advisor.requirements import read_answers
from voltloom.advisor.synthesis import scenario_from
from voltloom.advisor.usual_faults import usual_faults
from voltloom.simulation.scenario_file import scenario_of
from voltloom.site.mistakes import PlanError

DEPOT = {
    "name": "Depot",
    "time_zone": "Europe/Berlin",
    "load": {
        "sessions_per_hour": 2.0,
        "stay_h": 10.0,
        "energy_kwh": 30.0,
        "power_kw": 11.0,
        "max_concurrent_count": 8,
    },
    "power": {"limit_kw": 40.0},
    "uptime": {"ready_by": "06:30"},
}


def test_answers_become_a_scenario_that_can_be_run() -> None:
    made = scenario_from(read_answers(DEPOT))

    world = scenario_of(made.tables)

    assert len(world.site.evses) == 8
    assert world.site.circuits[0].rating_a == pytest.approx(40_000.0 / 690.0)
    assert world.visits
    assert set(world.faults) >= {"none", "mild", "severe"}
    assert world.faults["severe"]
    assert any("arrivals evenly from 16:00 to 21:00" in guess for guess in made.guesses)


def test_usual_faults_of_a_short_day_still_happen_within_it() -> None:
    short, fortnight = usual_faults(7200.0), usual_faults(14 * 86_400.0)

    assert [len(short[level]) for level in short] == [0, 1, 5]
    assert all(spec.count >= 1 and spec.spread_s == 7200.0 for spec in short["severe"])
    assert [spec.count for spec in fortnight["severe"]] == [56, 14, 14, 4, 2]


def test_missing_answers_are_all_named() -> None:
    with pytest.raises(PlanError) as wrong:
        scenario_from(read_answers({"load": {"stay_h": 2.0}}))

    text = str(wrong.value)
    assert "load.sessions_per_hour" in text
    assert "load.energy_kwh" in text
    assert "power.limit_kw" in text
    assert "load.stay_h" not in text


def test_unlimited_power_bears_every_outlet_at_once() -> None:
    answers = read_answers(
        {
            "load": {"sessions_per_hour": 1.0, "stay_h": 2.0, "energy_kwh": 8.0, "power_kw": 3.7},
            "power": {"is_unlimited": True},
        }
    )

    world = scenario_of(scenario_from(answers).tables)

    assert len(world.site.evses) == 3
    assert world.site.circuits[0].rating_a * 3 * 230.0 == pytest.approx(3 * 3_700.0)
