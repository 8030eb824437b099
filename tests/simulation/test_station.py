"""Stations hold the newest limit whatever order commands come in, and no longer than its lease."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.places import row_of
from voltloom.decision.command import AnswerToken, SetLimits, StopCause, StopSession
from voltloom.simulation.station import Stations
from voltloom.site.network import network_of

NETWORK = network_of(row_of(2, rating_a=60.0))


def limit(serial: int, limit_a: float, until_s: float = math.inf, evse: int = 0) -> SetLimits:
    return SetLimits(
        time_s=0.0,
        evses=np.array([evse]),
        limit_a=np.array([limit_a]),
        lease_until_s=np.array([until_s]),
        serial=np.array([serial]),
    )


@given(serials=st.lists(st.integers(0, 30), min_size=1, max_size=20))
def test_late_doubled_and_reordered_limits_leave_the_newest_in_force(serials: list[int]) -> None:
    stations = Stations(NETWORK, reaction_s=0.0)

    told = [stations.apply(limit(s, 6.0 + s), 10.0).serial[0] for s in serials]

    assert stations.columns.held_a[0] == 6.0 + max(serials)
    assert told == [max(serials[: n + 1]) for n in range(len(serials))]


@given(length_s=st.floats(1.0, 1000.0), later_s=st.floats(0.0, 2000.0))
def test_a_limit_is_held_until_its_lease_ends_and_then_the_offline_limit(
    length_s: float, later_s: float
) -> None:
    stations = Stations(NETWORK, reaction_s=0.0)
    stations.apply(limit(1, 16.0, until_s=length_s), 0.0)

    stations.expire(later_s)

    assert stations.columns.held_a[0] == (16.0 if later_s < length_s else 0.0)


def test_renewing_one_lease_does_not_keep_another_alive() -> None:
    stations = Stations(NETWORK, reaction_s=0.0)
    stations.apply(limit(1, 16.0, until_s=100.0, evse=0), 0.0)
    stations.apply(limit(2, 16.0, until_s=100.0, evse=1), 0.0)

    stations.apply(limit(3, 16.0, until_s=200.0, evse=0), 50.0)
    stations.expire(150.0)

    assert stations.columns.held_a.tolist() == [16.0, 0.0]


def test_a_limit_is_obeyed_after_the_reaction_time_and_the_old_one_until_then() -> None:
    stations = Stations(NETWORK, reaction_s=10.0)
    stations.apply(limit(1, 16.0), 0.0)
    stations.apply(limit(2, 6.0), 100.0)

    columns = stations.columns

    assert (columns.before_a[0], columns.held_a[0], columns.follow_s[0]) == (16.0, 6.0, 110.0)


def test_a_disobedient_station_confirms_and_stays_where_it_was() -> None:
    stations = Stations(NETWORK, reaction_s=0.0)
    stations.apply(limit(1, 16.0, until_s=50.0), 0.0)
    stations.disobeys[0] = True

    confirmed = stations.apply(limit(2, 6.0, until_s=90.0), 10.0)
    stations.expire(200.0)

    assert confirmed.serial[0] == 2
    assert stations.columns.held_a[0] == 16.0


def test_a_station_that_starts_again_holds_its_offline_limit_and_ignores_what_was_sent_before() -> None:
    stations = Stations(NETWORK, reaction_s=0.0)
    stations.apply(limit(5, 16.0), 0.0)

    stations.boot(np.array([0]), 10.0)
    stations.apply(limit(4, 32.0), 11.0)

    assert stations.columns.held_a[0] == 0.0


def test_an_answer_or_a_stop_for_the_car_before_is_not_meant_for_the_one_that_is_here() -> None:
    stations = Stations(NETWORK, reaction_s=0.0)
    stations.plug_in(0, 100.0)

    late = stations.answer(AnswerToken(time_s=90.0, evse=0, accepted=True, why=""), 110.0)
    meant = stations.answer(AnswerToken(time_s=100.0, evse=0, accepted=True, why=""), 110.0)
    stopped = stations.stop(StopSession(time_s=99.0, evse=0, cause=StopCause.FAULT))

    assert (late, meant, stopped) == (False, True, False)
    assert stations.columns.is_authorised[0]
