"""Outlets that can discharge in a site plan: what they feed back must never add to what others draw."""

from __future__ import annotations

from typing import Any

import pytest

from voltloom.site.mistakes import PlanError
from voltloom.site.network import network_of
from voltloom.site.plan import site_of


def plan(**more: Any) -> dict[str, Any]:
    """Return a plan of two outlets that can discharge and two that cannot."""
    return {
        "voltage_v": 230.0,
        "circuit": [{"id": "grid", "rating_a": 63.0}],
        "evse": [
            {"name": "two way", "ids": ["V1", "V2"], "circuit": "grid", "discharge_a": 16.0},
            {"name": "one way", "ids": ["C1", "C2"], "circuit": "grid", "angle_deg": 120.0},
        ],
    } | more


def test_the_network_knows_what_each_outlet_can_feed_back() -> None:
    network = network_of(site_of(plan()))

    assert network.discharge_a.tolist() == [16.0, 16.0, 0.0, 0.0]
    assert network.feeds_from_vehicles


@pytest.mark.parametrize(
    "coefficients", [{"two way": 1.0, "one way": 1.0}, {"V1": 1.0, "V2": -1.0}], ids=["angles", "signs"]
)
def test_a_limit_on_which_feeding_back_adds_to_drawing_cannot_be_made_safe(coefficients: Any) -> None:
    limit = {"id": "delta", "rating_a": 80.0, "coefficients": coefficients}

    with pytest.raises(PlanError, match="may add to what others draw"):
        site_of(plan(phasor_limit=[limit]))


def test_a_limit_of_like_angles_is_fine() -> None:
    limit = {"id": "feeder", "rating_a": 80.0, "coefficients": {"two way": 1.0}}

    assert site_of(plan(phasor_limit=[limit])).phasor_limits
