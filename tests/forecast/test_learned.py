"""What a site learns of its visits while they come and go."""

import numpy as np
import pytest

from voltloom.forecast.learned import (
    ASKED_EVERY_S,
    Learned,
    Stay,
    asked,
    nothing_learned,
    with_records,
    with_stays,
)
from voltloom.forecast.visits import visit_begun
from voltloom.session.need import Need
from voltloom.session.record import EndReason, SessionRecord

ZONE = "America/Los_Angeles"
MORNING_S = 1_570_543_200.0  # Tuesday, 8 October 2019, 07:00 in Los Angeles
DAY_S, HOUR_S = 86_400.0, 3600.0


def begun(serial: int, arrival_s: float, need: Need | None = None) -> Stay:
    stated = need or Need()
    return Stay(serial, visit_begun("anna", arrival_s, stated, ZONE), stated)


def over(serial: int, arrival_s: float, stay_h: float, wh: float) -> SessionRecord:
    return SessionRecord(
        session_id=f"s{serial}",
        evse_id="A1",
        serial=serial,
        id_token="anna",
        start_s=arrival_s,
        stop_s=arrival_s + stay_h * HOUR_S,
        first_power_s=arrival_s,
        last_power_s=arrival_s,
        idle_s=0.0,
        meter_start_tenth_wh=0,
        meter_stop_tenth_wh=round(wh * 10),
        energy_tenth_wh=round(wh * 10),
        slices=(),
        why=EndReason.DRIVER_LEFT,
    )


def taught(days_count: int) -> Learned:
    """A site of two outlets on whose first one driver stayed 3 h and took 9 kWh on each of some days."""
    learned = nothing_learned(2)
    for day in range(days_count):
        arrival_s = MORNING_S + day * DAY_S
        learned = with_stays(learned, [(0, begun(day + 1, arrival_s))])
        learned = asked(learned, np.zeros(2), arrival_s)
        learned = with_records(learned, [over(day + 1, arrival_s, 3.0, 9000.0)], ZONE)
    return learned


def test_a_driver_who_always_stays_three_hours_is_expected_to_do_so_again() -> None:
    learned = taught(14)
    today_s = MORNING_S + 14 * DAY_S

    learned = with_stays(learned, [(0, begun(99, today_s))])
    learned = asked(learned, np.zeros(2), today_s)

    assert learned.departure_s[0] == pytest.approx(today_s + 3 * HOUR_S, abs=900.0)
    assert learned.energy_wh[0] == pytest.approx(9000.0, abs=1000.0)
    assert np.isnan([learned.departure_s[1], learned.energy_wh[1]]).all()


def test_who_is_still_there_is_expected_later_than_before() -> None:
    learned = asked(with_stays(taught(14), [(1, begun(99, MORNING_S))]), np.zeros(2), MORNING_S)

    later = asked(learned, np.array([0.0, 9500.0]), MORNING_S + 4 * HOUR_S)

    assert later.departure_s[1] > MORNING_S + 4 * HOUR_S
    assert later.energy_wh[1] > 9500.0


def test_a_cycle_soon_after_another_asks_nothing_anew() -> None:
    learned = asked(with_stays(taught(3), [(0, begun(99, MORNING_S))]), np.zeros(2), MORNING_S)

    assert asked(learned, np.zeros(2), MORNING_S + ASKED_EVERY_S - 1.0) is learned
    assert asked(learned, np.zeros(2), MORNING_S + ASKED_EVERY_S) is not learned


def test_a_session_teaches_once_and_only_if_it_was_seen_to_begin() -> None:
    record = over(1, MORNING_S, 2.0, 5000.0)
    learned = with_stays(nothing_learned(2), [(0, begun(1, MORNING_S))])

    once = with_records(learned, [record, over(7, MORNING_S, 2.0, 5000.0)], ZONE)
    twice = with_records(once, [record], ZONE)

    assert once.visits.user.size == twice.visits.user.size == 1


def test_forecasts_are_judged_by_what_became_of_them() -> None:
    learned = taught(14)

    assert learned.stay_skill.outcomes_count == 13  # the first had nothing to be compared with
    assert learned.stay_skill.mean_error_score < 2 * HOUR_S
    assert learned.energy_skill.outcomes_count == 13
