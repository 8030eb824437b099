"""A plan under a link that loses messages and under wrong departures: nearly all of the energy, and no overload."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from tests.simulation.flat_night import HOUR_S, Night, flat_night
from voltloom.simulation.faults import FaultKind, FaultSpec
from voltloom.simulation.run import run
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.summary import RunResult

HOURS = 6.0


def evening(*faults: FaultSpec, wrong_by_h: float = 0.0) -> Scenario:
    """Return a short night at a narrow fuse. wrong_by_h: by how much vehicles state a later or an earlier departure in turn."""
    world = flat_night(Night(rating_a=100.0))
    end_s = world.start_s + HOURS * HOUR_S
    visits = tuple(
        replace(
            visit,
            departure_s=end_s - 60.0 * number,
            stated_departure_s=end_s - 60.0 * number + wrong_by_h * HOUR_S * (-1.0) ** number,
        )
        for number, visit in enumerate(world.visits)
    )
    return replace(
        world, visits=visits, end_s=end_s, faults=MappingProxyType({"none": (), "link": tuple(faults)})
    )


def played(world: Scenario) -> RunResult:
    return run(world, architecture="adaptive-plan", faults="link", seed=1)


@pytest.mark.parametrize("wrong_by_h", [pytest.param(0.0, marks=pytest.mark.nightly), 2.0])
def test_with_a_tenth_of_all_messages_lost_nearly_all_energy_is_delivered(
    wrong_by_h: float,
) -> None:
    lossy = FaultSpec(kind=FaultKind.MESSAGE_LOSS, magnitude_ratio=0.1)
    sound = played(evening(wrong_by_h=wrong_by_h))

    broken = played(evening(lossy, wrong_by_h=wrong_by_h))

    assert (sound.breaches, broken.breaches) == ((), ())
    assert broken.summary.overload_a_s == 0.0
    assert broken.summary.energy_delivered_wh >= 0.95 * sound.summary.energy_delivered_wh
