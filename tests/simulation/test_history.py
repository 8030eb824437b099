"""Sessions before a simulation, as what its forecasts have learned."""

from pathlib import Path

import numpy as np

from tests.places import row_of
from voltloom.forecast.visits import NOWHERE
from voltloom.simulation.history import history_of
from voltloom.simulation.session_visits import SessionsTable
from voltloom.site.network import network_of

ROWS = """session_id,station_id,user_id,arrival,departure,energy_kwh,requested_kwh,requested_departure
a,CA-1,anna,2019-05-01T08:00:00Z,2019-05-01T11:00:00Z,9.0,20.0,2019-05-01T16:00:00Z
b,CA-1,,2019-05-02T08:00:00Z,2019-05-02T10:00:00Z,5.0,,
c,CA-1,anna,2019-05-03T08:00:00Z,2019-05-03T11:00:00Z,9.0,20.0,2019-05-03T16:00:00Z
"""
BEFORE_S = 1_556_870_400.0 + 3600.0  # 3 May 2019, 09:00 UTC: while c is there


NETWORK = network_of(row_of(2, rating_a=63.0))


def table(tmp_path: Path, stated: str = "typed") -> SessionsTable:
    file = tmp_path / "before.csv"
    file.write_text(ROWS, encoding="utf-8")
    return SessionsTable.model_validate(
        {"history": str(file), "stated_need": stated, "stated_departure": stated}
    )


def test_only_sessions_that_were_over_by_then_have_taught(tmp_path: Path) -> None:
    visits = history_of(table(tmp_path), NETWORK, "UTC", BEFORE_S)

    assert visits is not None
    assert visits.dwell_s.tolist() == [3 * 3600.0, 2 * 3600.0]
    assert visits.energy_wh.tolist() == [9000.0, 5000.0]
    assert visits.typed_wh[0] == 20_000.0
    assert np.isnan(visits.typed_wh[1])
    assert visits.user[0] != visits.user[1]


def test_a_history_says_no_more_than_drivers_do_in_the_simulation(tmp_path: Path) -> None:
    visits = history_of(table(tmp_path, "none"), NETWORK, "UTC", BEFORE_S)

    assert visits is not None
    assert np.isnan(visits.typed_wh).all()
    assert np.isnan(visits.typed_stay_s).all()


def test_a_scenario_without_a_history_begins_with_nothing() -> None:
    assert history_of(SessionsTable(), NETWORK, "UTC", BEFORE_S) is None


def test_a_history_knows_the_outlets_of_the_site_and_no_others(tmp_path: Path) -> None:
    told = table(tmp_path)
    file = Path(told.history)
    file.write_text(ROWS.replace("a,CA-1", "a,a2"), encoding="utf-8")

    visits = history_of(told, NETWORK, "UTC", BEFORE_S)

    assert visits is not None
    assert visits.evse.tolist() == [1, NOWHERE]
