"""Growth adds sessions: real ones, on free outlets, and tells when there is none."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.cli.small_site import write_small_site
from voltloom.advisor.study import busiest_days
from voltloom.simulation.growth import BETWEEN_S, Grown, grown_by
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.scenario_file import Overrides, load_scenario
from voltloom.simulation.visits import Visit

OCTOBER = "caltech_sample"


@pytest.fixture(scope="module")
def month() -> Scenario:
    return load_scenario(OCTOBER)


def added(grown: Grown, week: Scenario) -> list[Visit]:
    known = {v.session_id for v in week.visits}
    return [v for v in grown.scenario.visits if v.session_id not in known]


def told(grown: Grown) -> set[tuple[str, str, float, float]]:
    visits = grown.scenario.visits
    return {(v.session_id, v.evse_id, v.arrival_s, v.departure_s) for v in visits}


def test_half_again_the_sessions_are_real_ones_at_their_own_time_of_day(month: Scenario) -> None:
    week = busiest_days(month, 7)
    zone = ZoneInfo(month.site.time_zone)
    originals = {v.session_id: v for v in month.visits}

    grown = grown_by(week, 1.5, month.visits)

    new = added(grown, week)
    assert grown.wanted_count == round(0.5 * len(week.visits))
    assert len(new) == grown.added_count > 0.9 * grown.wanted_count
    for visit in new:
        donor = originals[visit.session_id.split("+")[0]]
        now, then = (datetime.fromtimestamp(v.arrival_s, zone) for v in (visit, donor))
        assert now.time() == then.time()
        assert (now.weekday() >= 5) == (then.weekday() >= 5)
        assert visit.stay_s == pytest.approx(donor.stay_s)
        assert visit.wants_wh == donor.wants_wh


def test_no_outlet_has_two_cars_at_once(month: Scenario) -> None:
    week = busiest_days(month, 7)

    grown = grown_by(week, 2.0, month.visits)

    at: dict[str, list[Visit]] = defaultdict(list)
    for visit in sorted(grown.scenario.visits, key=lambda v: v.arrival_s):
        at[visit.evse_id].append(visit)
    new = {v.session_id for v in added(grown, week)}
    for visits in at.values():
        for one, next_one in pairwise(visits):
            if {one.session_id, next_one.session_id} & new:
                assert one.departure_s + BETWEEN_S <= next_one.arrival_s


def test_more_growth_holds_the_sessions_of_less_and_a_seed_gives_the_same_again(month: Scenario) -> None:
    week = busiest_days(month, 7)

    less, more, again = (told(grown_by(week, ratio, month.visits)) for ratio in (1.25, 1.5, 1.5))

    assert less < more
    assert again == more


def test_another_seed_adds_other_sessions(month: Scenario) -> None:
    other = load_scenario(OCTOBER, Overrides(seed=month.seed + 1))

    one, two = (busiest_days(m, 7) for m in (month, other))
    names = [{v.session_id for v in added(grown_by(w, 1.5, month.visits), w)} for w in (one, two)]

    assert names[0] != names[1]


def test_where_no_outlet_is_free_the_session_is_counted_and_not_added(tmp_path: Path) -> None:
    world = load_scenario(str(write_small_site(tmp_path)))  # three outlets, three cars at the same time

    grown = grown_by(world, 3.0, world.visits)

    assert grown.wanted_count == 6
    assert grown.added_count < 6
    assert len(grown.scenario.visits) == 3 + grown.added_count
