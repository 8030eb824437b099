"""What feeds in may vanish: the other load counts as if nothing did, and never less than a meter shows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltloom.safety.feed_in import without_feed_in
from voltloom.site.network import Floats


def planned_with(building_a: float, generated_a: float, *, most_a: float, planned_a: float) -> float:
    """Return what is planned with where an honest meter shows the building less what is generated."""
    one: Floats = np.ones(1)
    return float(without_feed_in(one * (building_a - generated_a), one * planned_a, one * most_a)[0])


@given(
    building=st.floats(0.0, 1.0), generated=st.floats(0.0, 1.0), most_a=st.floats(0.0, 80.0),
    planned_a=st.floats(0.0, 80.0),
)  # fmt: skip
def test_a_building_within_its_plan_counts_whole_whatever_is_generated_beside_it(
    building: float, generated: float, most_a: float, planned_a: float
) -> None:
    building_a, generated_a = building * planned_a, generated * most_a

    counted_a = planned_with(building_a, generated_a, most_a=most_a, planned_a=planned_a)
    dark_a = planned_with(building_a, 0.0, most_a=0.0, planned_a=planned_a)

    assert counted_a >= dark_a - 1e-9
    assert dark_a == building_a
    assert counted_a <= planned_a + 1e-9


@given(other_a=st.floats(-80.0, 200.0), most_a=st.floats(0.0, 80.0), planned_a=st.floats(0.0, 80.0))
def test_it_never_counts_less_than_the_meter_shows(other_a: float, most_a: float, planned_a: float) -> None:
    one: Floats = np.ones(1)

    counted_a = float(without_feed_in(one * other_a, one * planned_a, one * most_a)[0])

    assert counted_a >= other_a


def test_where_nothing_can_feed_in_the_meter_counts_as_it_is() -> None:
    assert planned_with(7.3, 0.0, most_a=0.0, planned_a=25.0) == 7.3


def test_a_small_plant_costs_no_more_than_it_could_hide() -> None:
    assert planned_with(7.0, 2.0, most_a=3.0, planned_a=25.0) == pytest.approx(8.0)
