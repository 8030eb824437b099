"""What drivers ask for, and how long it can wait."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.session.world import need as stated
from voltloom.session.need import ImplausibleNeed, laxities_s, laxity_s, need_of


def test_a_plain_need_is_taken_as_it_is() -> None:
    need = need_of(stated(0.0, 9000.0, departure_s=3600.0), now_s=0.0)

    assert (need.energy_wh, need.departure_s, need.is_known) == (9000.0, 3600.0, True)
    assert math.isnan(need.soc_ratio)


def test_what_the_driver_does_not_know_is_unknown_and_not_zero() -> None:
    need = need_of(stated(0.0, math.nan, departure_s=math.nan), now_s=0.0)

    assert (need.energy_wh, need.departure_s, need.is_known) == (math.inf, math.inf, False)


@pytest.mark.parametrize(
    ("energy_wh", "departure_s", "soc_ratio", "field", "remedy"),
    [
        (-1.0, 9e3, 0.5, "energy_wh", "state what is wanted"),
        (-math.inf, 9e3, 0.5, "energy_wh", "state what is wanted"),
        (4e7, 9e3, 0.5, "energy_wh", "in Wh"),
        (9e3, 50.0, 0.5, "departure_s", "a time to come"),
        (9e3, -math.inf, 0.5, "departure_s", "a time to come"),
        (9e3, 1e10, 0.5, "departure_s", "within 14 days"),
        (9e3, 9e3, 80.0, "soc_ratio", "divide a percentage by 100"),
    ],
)
def test_a_need_that_cannot_be_true_names_the_field_and_the_remedy(
    energy_wh: float, departure_s: float, soc_ratio: float, field: str, remedy: str
) -> None:
    wrong = dataclasses.replace(stated(0.0, energy_wh, departure_s=departure_s), soc_ratio=soc_ratio)

    with pytest.raises(ImplausibleNeed, match=remedy) as told:
        need_of(wrong, now_s=100.0)

    assert told.value.field == field


def test_an_hour_of_energy_with_two_hours_to_go_can_wait_an_hour() -> None:
    assert laxity_s(7000.0, 7000.0, departure_s=7200.0, now_s=0.0) == 3600.0


def test_without_a_departure_a_vehicle_can_wait_for_ever_and_without_power_it_is_too_late() -> None:
    assert laxity_s(math.inf, 7000.0, departure_s=math.inf, now_s=0.0) == math.inf
    assert laxity_s(1000.0, 0.0, departure_s=7200.0, now_s=0.0) == -math.inf
    assert laxity_s(0.0, 0.0, departure_s=7200.0, now_s=0.0) == 7200.0


@given(
    need_wh=st.one_of(st.floats(0.0, 1e5), st.just(math.inf)),
    max_power_w=st.one_of(st.just(0.0), st.floats(1.0, 1e5)),
    departure_s=st.one_of(st.floats(0.0, 1e6), st.just(math.inf)),
)
def test_many_laxities_at_once_are_the_same_as_one_by_one(
    need_wh: float, max_power_w: float, departure_s: float
) -> None:
    together = laxities_s(np.array([need_wh]), np.array([max_power_w]), np.array([departure_s]), 500.0)

    alone_s = laxity_s(need_wh, max_power_w, departure_s, 500.0)
    assert together[0] == pytest.approx(alone_s, rel=1e-12, abs=1e-6)
