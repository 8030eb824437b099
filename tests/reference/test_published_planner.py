"""What is kept of the published planner (ASA) was run on the very sessions that our scenarios play.

`benchmarks/results/asa.json` holds it (`python -m benchmarks.asa_peer` makes it), so no acnportal is needed here.
"""

import json
from datetime import date

import pytest

from benchmarks.asa_peer import KEPT, WEEK, Peer, outcome
from benchmarks.bench_plan import World, our_row
from benchmarks.worlds import SAMPLE, TAPERING, THREE_PHASE, garage
from voltloom.simulation.run import run
from voltloom.units import kwh_from_wh

RUNS = {" ".join(run["options"]): run for run in json.loads(KEPT.read_text(encoding="utf-8"))["runs"]}


@pytest.mark.parametrize("name", sorted(RUNS))
def test_the_sessions_of_the_peer_are_the_scenario_s_sessions(name: str) -> None:
    found = RUNS[name]["found"]
    first = date.fromisoformat(RUNS[name]["options"][2])
    site = TAPERING if found["battery"] == "two_stage" else THREE_PHASE

    ours = garage(site, cap_kw=found["cap_kw"], sessions=SAMPLE, first=first, days=found["days"])

    assert RUNS[name]["options"][0] == SAMPLE.name
    assert len(ours.visits) == found["sessions"]
    wanted_kwh = kwh_from_wh(sum(visit.wants_wh for visit in ours.visits))
    assert wanted_kwh == pytest.approx(found["requested_kwh"], rel=1e-9)


def test_the_peer_plans_better_than_least_laxity_where_power_is_short_and_never_overloads() -> None:
    peer = Peer(sessions=WEEK.sessions, first=WEEK.first, days=WEEK.days, cap_kw=30.0, options=("--direct",))
    scenario = garage(THREE_PHASE, cap_kw=30.0, first=WEEK.first, days=WEEK.days)

    asa = outcome(peer, None)
    llf = run(scenario, architecture="llf", faults="none", seed=1).summary

    assert asa is not None
    assert asa["delivered_ratio"] > llf.delivered_ratio + 0.04
    assert asa["overload_a"] < 1e-5
    assert asa["unsolved"] == 0


def test_where_profit_is_measured_our_planner_knows_the_prices_and_plans_for_it() -> None:
    day = World(name="a day", sessions=SAMPLE, first=date(2019, 10, 21), days=1, caps_kw=(150.0,))
    scenario = day.scenario("profit", 150.0, ())

    row = our_row(day, "profit", scenario, "adaptive-plan")
    ours = run(scenario, architecture="adaptive-plan", faults="none", seed=1).summary
    for_energy = run(
        day.scenario("ideal", 150.0, ()), architecture="adaptive-plan", faults="none", seed=1
    ).summary

    assert row.peak_kw == pytest.approx(ours.peak_w / 1000)
    assert ours.peak_w < 0.8 * for_energy.peak_w
