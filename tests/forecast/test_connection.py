"""What a site learns of its building and its sun at the grid connection."""

import numpy as np
import pytest

from voltloom.forecast.connection import (
    STEP_S,
    Beside,
    Connection,
    expected_kw,
    nothing_beside,
    with_reading,
)
from voltloom.forecast.pv import Plant, clear_w_in
from voltloom.forecast.sun import Plane

MONDAY_S = 1_717_970_400.0  # 10 June 2024, 00:00 in Berlin
DAY_S = 86_400.0
ROOF = Plant(
    plane=Plane(latitude_deg=52.5, longitude_deg=13.4, tilt_deg=30.0, azimuth_deg=180.0), rated_w=30_000.0
)


def office_w(time_s: float) -> float:
    """20 kW from 08:00 to 18:00, 5 kW else."""
    hour = (time_s - MONDAY_S) % DAY_S / 3600.0
    return 20_000.0 if 8.0 <= hour < 18.0 else 5_000.0


def lived(connection: Connection, days: float, clearness_ratio: float = 0.6) -> Beside:
    beside = nothing_beside(connection)
    for time_s in np.arange(MONDAY_S, MONDAY_S + days * DAY_S, 300.0):
        sun_w = [clearness_ratio * clear_w_in(plant, np.array([time_s]))[0] for plant in connection.plants]
        beside = with_reading(beside, connection, time_s, np.array([office_w(time_s), *sun_w]))
    return beside


def test_a_building_is_expected_to_draw_what_it_drew_on_like_days() -> None:
    beside = lived(Connection(time_zone="Europe/Berlin"), 4.0)

    edge_s, other_kw = expected_kw(beside)

    hour = (edge_s[:-1] - MONDAY_S) % DAY_S / 3600.0
    assert edge_s.size == other_kw.size + 1 == 97
    assert other_kw[(hour >= 8.5) & (hour < 17.5)] == pytest.approx(20.0, abs=0.5)
    assert other_kw[hour < 7.5] == pytest.approx(5.0, abs=0.5)
    assert beside.load_skill.outcomes_count > 150
    assert beside.load_skill.mean_error_score < 500.0


def test_a_roof_with_a_meter_of_its_own_is_learned_apart_and_taken_off() -> None:
    connection = Connection(time_zone="Europe/Berlin", plants=(ROOF,))
    beside = lived(connection, 3.0)

    edge_s, other_kw = expected_kw(beside)

    clear_kw = clear_w_in(ROOF, edge_s[:-1]) / 1000.0
    noon = int(clear_kw.argmax())
    assert other_kw[noon] == pytest.approx(20.0 - 0.6 * clear_kw[noon], abs=1.0)
    assert beside.sun_skill.outcomes_count > 50


def test_before_a_like_day_is_over_nothing_is_expected() -> None:
    edge_s, other_kw = expected_kw(lived(Connection(time_zone="Europe/Berlin"), 0.5))

    assert edge_s[0] == MONDAY_S + 0.5 * DAY_S - STEP_S
    assert np.isnan(other_kw).all()


def test_what_a_meter_does_not_tell_is_not_learned() -> None:
    connection = Connection(time_zone="Europe/Berlin")
    beside = with_reading(nothing_beside(connection), connection, MONDAY_S, np.array([np.nan]))

    later = with_reading(beside, connection, MONDAY_S + STEP_S, np.array([np.nan]))

    assert np.isnan(later.load.today).all()


def test_a_pause_of_hours_leaves_a_gap_and_judges_nothing_in_it() -> None:
    connection = Connection(time_zone="Europe/Berlin")
    beside = lived(connection, 3.0)
    judged_count = beside.load_skill.outcomes_count

    after = with_reading(beside, connection, MONDAY_S + 3.25 * DAY_S, np.array([5000.0]))
    after = with_reading(after, connection, MONDAY_S + 3.25 * DAY_S + STEP_S, np.array([5000.0]))

    # The quarter before the pause is judged; the one after it was forecast by nobody an hour ahead.
    assert after.load_skill.outcomes_count <= judged_count + 1
